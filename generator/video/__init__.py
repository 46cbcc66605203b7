"""Moving pictures as values: ffmpeg, metadata, frames, loops, shots, projective maps."""
