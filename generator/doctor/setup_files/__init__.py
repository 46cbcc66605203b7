"""The files that `spark setup` brings to the box: scripts as they are, templates to fill in."""
