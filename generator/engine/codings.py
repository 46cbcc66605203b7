"""Content-Encoding undone, within limits: a kilobyte may stand for a gigabyte.

>>> decoded(zlib.compress(b"<rss/>"), "deflate", max_bytes=100)
b'<rss/>'
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

MAX_BYTES = 64_000_000
"""Larger than any file of a bundle."""
_MAX_CODINGS = 3
_MAX_MEMBERS = 64
_MAX_WINDOW_BYTES = 8 << 20
"""What RFC 9659 lets a zstd encoder on the web use."""
_ZSTD_STEP_BYTES = 512
"""Four bytes of zstd may stand for 128 kB, and its decoder takes no limit."""


def decoded(body: bytes, coding: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes behind a Content-Encoding header, at most `max_bytes` + 1 of them.

    Raises ValueError for damage, an end that comes too early, or an unknown name.
    """
    names = [name for part in coding.lower().split(",") if (name := part.strip())]
    if len(names) > _MAX_CODINGS:
        raise ValueError(f"{len(names)} encodings on top of each other")
    for name in reversed(names):
        if name not in _DECODERS:
            raise ValueError(f"Content-Encoding: {name[:40]}")
        body, is_whole = _DECODERS[name](body, max_bytes + 1) if body else (body, True)
        if not is_whole and len(body) <= max_bytes:
            raise ValueError(f"an answer cut short after {len(body)} bytes")
    return body


def _gunzip(body: bytes, limit: int) -> tuple[bytes, bool]:
    plain = bytearray()
    try:
        for _ in range(_MAX_MEMBERS):
            unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            plain += unpack.decompress(body, limit - len(plain))
            body = unpack.unused_data
            if len(plain) >= limit or not body.startswith(b"\x1f\x8b"):
                break
    except zlib.error as exc:
        raise ValueError(f"gzip: {exc}") from exc
    return bytes(plain), unpack.eof


def _inflate(body: bytes, limit: int) -> tuple[bytes, bool]:
    """With zlib's frame, as RFC 9110 has it, or without, as some servers do."""
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpack = zlib.decompressobj(wbits)
        try:
            return unpack.decompress(body, limit), unpack.eof
        except zlib.error as exc:
            trouble = exc
    raise ValueError(f"deflate: {trouble}") from trouble


def _unbrotli(body: bytes, limit: int) -> tuple[bytes, bool]:
    import brotli

    unpack = brotli.Decompressor()
    try:
        plain: bytes = unpack.process(body, output_buffer_limit=limit)
        while len(plain) < limit and not (unpack.is_finished() or unpack.can_accept_more_data()):
            plain += unpack.process(b"", output_buffer_limit=limit)
    except brotli.error as exc:
        raise ValueError(f"br: {exc}") from exc
    return plain[:limit], unpack.is_finished()


def _unzstd(body: bytes, limit: int) -> tuple[bytes, bool]:
    import zstandard

    unpack = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).decompressobj()
    plain = bytearray()
    try:
        for start in range(0, len(body), _ZSTD_STEP_BYTES):
            plain += unpack.decompress(body[start : start + _ZSTD_STEP_BYTES])
            if unpack.eof or len(plain) >= limit:
                break
    except zstandard.ZstdError as exc:
        raise ValueError(f"zstd: {exc}") from exc
    return bytes(plain[:limit]), unpack.eof


_DECODERS: dict[str, Callable[[bytes, int], tuple[bytes, bool]]] = {
    "identity": lambda body, _: (body, True),
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
