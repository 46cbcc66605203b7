"""Render backend `wan`: Wan 2.2 image-to-video on a ComfyUI server."""
