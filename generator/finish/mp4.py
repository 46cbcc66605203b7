"""What an MP4 file says of itself: codec string, colour, timing, order of its boxes.

`<source type>` wants the exact codec (RFC 6381), and only the file knows it: profile and level are
the encoder's choice. Layouts: ISO/IEC 14496-12 (boxes), 14496-15 (avcC), the AV1 codec ISO media
file format binding (av1C, and its section 5 for the string).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from generator.errors import MediaError

Box: TypeAlias = tuple[str, bytes]
"""Four-letter name and content."""

_VISUAL_ENTRY_BYTES = 78
"""Fields of a VisualSampleEntry before its own boxes."""


@dataclass(frozen=True)
class Mp4Info:
    """One video file, read from its `moov` box."""

    codec: str
    """For `<source type>`: avc1.64001f, av01.0.05M.08."""
    color: tuple[int, int, int, bool] | None
    """nclx codes of primaries, transfer and matrix (ITU-T H.273; 1 is bt709), full range or not."""
    timescale_hz: int
    frame_ticks: tuple[int, ...]
    """Length of each frame in ticks of `timescale_hz`, in decoding order."""
    reordered: bool
    """Frames are shown in another order than decoded: B-frames."""
    starts_at_ticks: int
    """Where in the track the presentation starts."""
    key_frames: tuple[int, ...]
    """Numbers of the frames that can be decoded alone, from 0."""
    track_kinds: tuple[str, ...]
    """`vide` or `soun`, one a track."""
    fast_start: bool
    """Whether the index stands before the pictures, so that playing starts at once."""

    @property
    def mime_type(self) -> str:
        """The value for `<source type>`."""
        return f'video/mp4; codecs="{self.codec}"'


def read_mp4(path: Path) -> Mp4Info:
    """Read the boxes of a video file. Raises MediaError when it is not such a file."""
    data = path.read_bytes()
    try:
        top = list(_boxes(data))
        names = [name for name, _ in top]
        moov = dict(top)["moov"]
        tracks = [content for name, content in _boxes(moov) if name == "trak"]
        kinds = tuple(_find(track, "mdia", "hdlr")[8:12].decode("ascii") for track in tracks)
        return _read_video(tracks[kinds.index("vide")], kinds, names)
    except (KeyError, IndexError, ValueError, struct.error) as exc:
        raise MediaError(
            path.name, got="no readable video track", expected="an MP4 file", detail=str(exc)
        ) from exc


def _read_video(track: bytes, kinds: tuple[str, ...], names: list[str]) -> Mp4Info:
    table = _find(track, "mdia", "minf", "stbl")
    parts = dict(_boxes(table))
    header = _find(track, "mdia", "mdhd")
    (timescale_hz,) = struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)
    (entry_kind, entry), *_ = _boxes(parts["stsd"][8:])
    extras = dict(_boxes(entry[_VISUAL_ENTRY_BYTES:]))
    (run_count,) = struct.unpack_from(">I", parts["stts"], 4)
    ticks: list[int] = []
    for k in range(run_count):
        count, length = struct.unpack_from(">II", parts["stts"], 8 + 8 * k)
        ticks += [length] * count
    return Mp4Info(
        codec=_codec(entry_kind, extras),
        color=_color(extras.get("colr")),
        timescale_hz=timescale_hz,
        frame_ticks=tuple(ticks),
        reordered="ctts" in parts,
        starts_at_ticks=_start(track),
        key_frames=_key_frames(parts.get("stss"), len(ticks)),
        track_kinds=kinds,
        fast_start=names.index("moov") < names.index("mdat"),
    )


def _boxes(data: bytes) -> Iterator[Box]:
    """The boxes in `data`, one after another. Raises ValueError where a length makes no sense."""
    at = 0
    while at + 8 <= len(data):
        size, raw_name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        elif size == 0:
            size = len(data) - at
        if size < head or at + size > len(data):
            raise ValueError(f"box at byte {at}: got a length of {size}")
        yield raw_name.decode("latin-1"), data[at + head : at + size]
        at += size


def _find(data: bytes, *way: str) -> bytes:
    """The content of the first box on the way down. Raises KeyError when there is none."""
    for step in way:
        for name, content in _boxes(data):
            if name == step:
                data = content
                break
        else:
            raise KeyError(step)
    return data


def _codec(entry_kind: str, extras: dict[str, bytes]) -> str:
    if entry_kind == "avc1":
        profile, compatibility, level = extras["avcC"][1:4]
        return f"avc1.{profile:02x}{compatibility:02x}{level:02x}"
    if entry_kind == "av01":
        first, second = extras["av1C"][1:3]
        profile, level = first >> 5, first & 31
        tier = "H" if second & 0x80 else "M"
        high, twelve = bool(second & 0x40), bool(second & 0x20)
        depth = 12 if twelve else 10 if high else 8
        return f"av01.{profile}.{level:02d}{tier}.{depth:02d}"
    raise ValueError(f"sample entry {entry_kind}: expected avc1 or av01")


def _color(box: bytes | None) -> tuple[int, int, int, bool] | None:
    if box is None or box[:4] != b"nclx":
        return None
    primaries, transfer, matrix, flags = struct.unpack_from(">HHHB", box, 4)
    return primaries, transfer, matrix, bool(flags & 0x80)


def _start(track: bytes) -> int:
    """The media time of the first edit that shows something; 0 without an edit list."""
    try:
        edits = _find(track, "edts", "elst")
    except KeyError:
        return 0
    wide = edits[0] == 1
    (count,) = struct.unpack_from(">I", edits, 4)
    for k in range(count):
        layout, size = (">Qq", 20) if wide else (">Ii", 12)
        _, media_time = struct.unpack_from(layout, edits, 8 + size * k)
        if media_time >= 0:
            return int(media_time)
    return 0


def _key_frames(box: bytes | None, frame_count: int) -> tuple[int, ...]:
    if box is None:
        return tuple(range(frame_count))
    (count,) = struct.unpack_from(">I", box, 4)
    return tuple(number - 1 for number in struct.unpack_from(f">{count}I", box, 8))
