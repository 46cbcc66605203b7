"""What a request asks of one file: which bytes, in which encoding, and whether they are news to it.

Pure: header values in, decisions out. Section numbers are RFC 9110's.

>>> byte_range("bytes=0-1", 10), byte_range("bytes=-3", 10), byte_range("bytes=8-99", 10)
(ByteRange(start=0, stop=2), ByteRange(start=7, stop=10), ByteRange(start=8, stop=10))
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class ByteRange:
    """Bytes `start` up to, not including, `stop`."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.stop - self.start


class UnsatisfiableRange(ValueError):  # noqa: N818, RFC 9110's own word: an answer, not a fault
    """The range begins past the file's end: 416 (section 15.5.17)."""


def byte_range(value: str | None, size: int) -> ByteRange | None:
    """The one range that a `Range` header asks of a file of `size` bytes (section 14.2).

    None means the whole file: no header, another unit, several ranges, or nonsense, all of which
    a server may ignore. Raises UnsatisfiableRange.
    """
    match = _ONE_RANGE.fullmatch(value or "")
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        wanted = min(int(last), size)
        if wanted == 0:
            raise UnsatisfiableRange(value)
        return ByteRange(size - wanted, size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableRange(value)
    return ByteRange(int(first), min(int(last) + 1, size) if last else size)


def chosen_encoding(accept: str | None, available: Collection[str]) -> str | None:
    """The first of `available` that an `Accept-Encoding` header takes (section 12.5.3).

    None means as it is. `available` is in order of preference.
    """
    weights: dict[str, float] = {}
    for part in (accept or "").split(","):
        name, _, parameter = part.strip().partition(";")
        weights[name.strip().lower()] = _quality(parameter)
    for name in available:
        if weights.get(name, weights.get("*", 0.0)) > 0:
            return name
    return None


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def already_has(if_none_match: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` header names `etag`, by weak comparison (section 13.1.2)."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag in {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
