"""Does a deployed copy answer as the bundle needs? Asked from outside, one finding a question."""
