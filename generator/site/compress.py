"""Text, compressed once at build time, so that a host never spends a cycle on it.

The same bytes in give the same bytes out, whenever and wherever: no time, no file name, no
machine in the gzip header. (Deflate itself is zlib's, whose level 9 has been stable for a decade;
brotli is pinned to its major version by pyproject.toml.)

>>> sorted(encodings("a.txt", b"breathe " * 99))
['br', 'gzip']
>>> encodings("clip.mp4", b"breathe " * 99)
{}
"""

from __future__ import annotations

import struct
import zlib

import brotli

from generator.site.media_types import is_text

SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Content-Encoding → what is added to the file's name. In order of preference."""

# RFC 1952: magic, deflate, no flags, time 0, best compression, unknown system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def brotli_bytes(data: bytes) -> bytes:
    """`data` at brotli's highest quality."""
    compressed: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=11, lgwin=22)
    return compressed


def gzip_bytes(data: bytes) -> bytes:
    """`data` as a gzip member (RFC 1952) without time or name."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    body = deflate.compress(data) + deflate.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def encodings(path: str, data: bytes) -> dict[str, bytes]:
    """Content-Encoding → compressed bytes, for text that gets smaller by it."""
    if not is_text(path):
        return {}
    candidates = {"br": brotli_bytes(data), "gzip": gzip_bytes(data)}
    return {name: coded for name, coded in candidates.items() if len(coded) < len(data)}
