"""Content-Encoding undone: every coding, packed well, badly and with malice."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

from generator.engine.codings import decoded

PLAIN = b"<rss>" + b"words " * 200 + b"</rss>"


def raw_deflate(data: bytes) -> bytes:
    """As some servers understand `deflate`."""
    pack = zlib.compressobj(wbits=-15)
    return pack.compress(data) + pack.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
    "": bytes,
}


@pytest.mark.parametrize("coding", PACKERS)
def test_every_coding_of_the_web_is_undone(coding: str) -> None:
    """To the byte at the limit, and no further than one byte past it."""
    packed = PACKERS[coding](PLAIN)
    assert decoded(packed, coding, len(PLAIN)) == PLAIN
    assert len(decoded(packed, coding, len(PLAIN) - 1)) >= len(PLAIN)


def test_deflate_without_its_frame() -> None:
    """Some servers never read the standard."""
    assert decoded(raw_deflate(PLAIN), "deflate", 10_000) == PLAIN


def test_codings_on_top_of_each_other_and_members_in_a_row() -> None:
    """In the order that the header gives; padding after the end is no damage."""
    assert decoded(brotli.compress(gzip.compress(PLAIN)), "gzip, br", 10_000) == PLAIN
    in_two = gzip.compress(PLAIN[:50]) + gzip.compress(PLAIN[50:]) + b"\0\0"
    assert decoded(in_two, "gzip", 10_000) == PLAIN


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_an_end_too_early_is_told(coding: str) -> None:
    """Half a feed is not taken for a whole one."""
    with pytest.raises(ValueError, match="cut short"):
        decoded(PACKERS[coding](PLAIN)[:-5], coding, 10_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_bomb_goes_off_in_a_small_room(coding: str) -> None:
    """Megabytes of nothing: no more of it is unpacked than was asked for."""
    zeros = bytes(1 << 20)
    pack = zstandard.ZstdCompressor().compressobj() if coding == "zstd" else None
    if coding.startswith("gzip"):
        packed = gzip.compress(gzip.compress(zeros * 8)) if "," in coding else gzip.compress(zeros)
    elif pack is not None:
        packed = b"".join(pack.compress(zeros) for _ in range(500)) + pack.flush()
    else:
        packed = PACKERS[coding](zeros * 8)
    assert len(decoded(packed, coding, 1000)) == 1001


@pytest.mark.parametrize("coding", ["snappy", "gzip, gzip, gzip, gzip", "*"])
def test_an_unknown_coding_is_a_value_error(coding: str) -> None:
    """So is a pile of known ones."""
    with pytest.raises(ValueError, match=r"Content-Encoding|on top"):
        decoded(PLAIN, coding, 10_000)


def test_a_thousand_small_members_cost_no_time() -> None:
    """Twenty bytes a member, none of which says anything."""
    assert decoded(gzip.compress(b"") * 1000, "gzip", 10_000) == b""


def test_an_empty_body_has_nothing_to_undo() -> None:
    """As comes with a 304 that repeats the headers."""
    assert decoded(b"", "gzip", 10) == b""
