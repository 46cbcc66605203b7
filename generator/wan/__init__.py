"""The GPU box: what it is told to render, how it is examined, set up and reached."""
