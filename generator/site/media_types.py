"""What a file is by its name: one table for the server, the manifest and the hosts' settings.

The machine's own table is never asked: it differs from host to host, and some don't know AVIF.

>>> media_type("clips/walkin.av1.mp4")
'video/mp4'
"""

from __future__ import annotations

from pathlib import PurePosixPath

OCTETS = "application/octet-stream"

MEDIA_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml; charset=utf-8",
}


def media_type(path: str) -> str:
    """The Content-Type of a file called `path`."""
    return MEDIA_TYPES.get(PurePosixPath(path).suffix.lower(), OCTETS)


def is_text(path: str) -> bool:
    """Whether `path` gains from compression; pictures, clips and fonts are compressed already."""
    return "charset" in media_type(path)


def essence(content_type: str) -> str:
    """The bare type: `text/html; charset=utf-8` becomes `text/html`."""
    return content_type.partition(";")[0].strip().lower()
