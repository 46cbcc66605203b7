"""The doors to the outside world that `ports` describes: ffmpeg, ssh, ComfyUI, the web."""
