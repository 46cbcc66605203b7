"""What a video file or a photo really holds, found by decoding it to its end.

The wheel of imageio-ffmpeg brings no ffprobe, and a header can promise what the file does not keep;
ffmpeg's `showinfo` filter tells the time, size and colour tags of every decoded frame.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.engine.ports import Ffmpeg
from generator.errors import AssetError, MediaError
from generator.video.ffmpeg import Filter, Option, Source, command

_FRAME = re.compile(r"\bn: *\d+ pts: *\S+ pts_time:(\S+) .*? fmt:(\S+) .*? s:(\d+)x(\d+) ")
_COLOR = re.compile(r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)")
_DURATION = re.compile(r"^\[info\] +Duration: (\d+):(\d+):([\d.]+)", re.MULTILINE)
_SOUND = re.compile(r"^\[info\]\s+Stream #0:\d+.*?: Audio:", re.MULTILINE)
_ERROR = re.compile(r"\[(?:error|fatal|panic)\]")
_CUT = re.compile(r"\[warning\] EOI missing")
"""FFmpeg fills the rest of a JPEG that was cut short with green, and only warns."""
_METADATA = re.compile(r"EXIF|APP fields|ICC|XMP", re.IGNORECASE)
"""Damage beside the picture, which leaves every pixel as it was."""
_CLIP = "a video clip (mp4, mkv, webm, mov)"
_PHOTO = "a photo (png, jpg, webp)"
_AGAIN = "make it again; a copy that was cut short looks like this"

_JITTER_S = 0.0015
"""Containers like Matroska round times to whole milliseconds."""


@dataclass(frozen=True)
class ColorTags:
    """FFmpeg's names for the four colour properties of a frame; `unknown` where untagged."""

    range: str
    space: str
    primaries: str
    transfer: str


@dataclass(frozen=True)
class ProbedClip:
    """A decoded clip: `size_px` is width and height after the rotation that the file asks for."""

    frame_count: int
    fps: float
    steady: bool
    """Whether all frames last equally long."""
    size_px: tuple[int, int]
    pixel_format: str
    color: ColorTags
    missing_s: float
    """How much shorter the pictures are than the header says; over half a frame means a cut."""
    complaints: str
    """The decoder's own words about damage; empty for a sound file."""
    has_sound: bool
    """Whether there is an audio stream: the header's length may then be that of the sound."""


def probe(ffmpeg: Ffmpeg, path: Path, *, name: str) -> ProbedClip:
    """Decode the first video stream of `path` and say what is in it; `name` is for messages.

    Raises AssetError when there is no video in it, or nothing that ffmpeg can read.
    """
    return _read(_decode(ffmpeg, path, name, _CLIP), name, _CLIP)


def probe_photo(ffmpeg: Ffmpeg, path: Path, *, name: str) -> tuple[int, int]:
    """Decode the photo at `path`; returns its (width, height) in px, upright. `name`: as above.

    Raises AssetError when it is none, or not whole, or moves.
    """
    said = _decode(ffmpeg, path, name, _PHOTO)
    seen = _read(said, name, _PHOTO)
    if seen.frame_count > 1:
        raise AssetError(
            name,
            got=f"an animation of {seen.frame_count} pictures",
            expected=_PHOTO,
            remedy="save one picture of it as JPEG or PNG",
        )
    damage = [
        line
        for line in said.splitlines()
        if _CUT.search(line) or (_ERROR.search(line) and not _METADATA.search(line))
    ]
    if damage:
        raise AssetError(
            name,
            got="a picture that does not decode to its end",
            expected=_PHOTO,
            remedy=_AGAIN,
            detail="\n".join(damage),
        )
    return seen.size_px


def color_of(ffmpeg: Ffmpeg, path: Path, *, name: str) -> ColorTags:
    """The colour tags of a clip by its first frame alone. Raises AssetError as `probe` does."""
    return _read(_decode(ffmpeg, path, name, _CLIP, {"frames:v": 1}), name, _CLIP).color


def matrix_of(color: ColorTags, height_px: int) -> dict[str, str]:
    """What ffmpeg's scaler must be told of a clip: an untagged one is what browsers take it for.

    They read 720 lines and more as BT.709, fewer as BT.601. Not for stills: those are BT.601.
    """
    if color.space != "unknown":
        return {}
    return {"in_color_matrix": "bt709" if height_px >= 720 else "bt601"}


def _decode(
    ffmpeg: Ffmpeg,
    path: Path,
    name: str,
    expected: str,
    options: Mapping[str, Option] | None = None,
) -> str:
    """What ffmpeg says while it decodes `path`, a line a frame among it."""
    watch = Filter("showinfo", {"checksum": 0})
    arguments = command([Source(path)], [watch], None, options or {})
    try:
        return ffmpeg.run(arguments, label=f"read {name}")
    except MediaError as exc:
        if "matches no streams" in exc.detail:
            raise AssetError(
                name, got="a file without video", expected=expected, detail=exc.detail
            ) from exc
        raise AssetError(
            name,
            got="a file that ffmpeg cannot read",
            expected=expected,
            remedy=_AGAIN,
            detail=exc.detail,
        ) from exc


def _read(said: str, name: str, expected: str) -> ProbedClip:
    frames = _FRAME.findall(said)
    color = _COLOR.search(said)
    if not frames or color is None:
        raise AssetError(name, got="no pictures in it", expected=expected)
    times_s = [float(frame[0]) for frame in frames]
    sizes = {(int(frame[2]), int(frame[3])) for frame in frames}
    if len(sizes) > 1:
        raise AssetError(name, got="pictures of several sizes", expected="one size throughout")
    count = len(times_s)
    span_s = times_s[-1] - times_s[0]
    step_s = span_s / (count - 1) if count > 1 else 0.0
    steady = all(
        abs(time_s - times_s[0] - k * step_s) <= _JITTER_S for k, time_s in enumerate(times_s)
    )
    return ProbedClip(
        frame_count=count,
        fps=1.0 / step_s if step_s > 0.0 else 0.0,
        steady=steady,
        size_px=sizes.pop(),
        pixel_format=frames[0][1],
        color=ColorTags(*color.groups()),
        missing_s=_header_s(said) - (span_s + step_s),
        complaints="\n".join(line for line in said.splitlines() if _ERROR.search(line)),
        has_sound=_SOUND.search(said) is not None,
    )


def _header_s(said: str) -> float:
    """The first input's length by its header, in seconds; 0 when it has none."""
    found = _DURATION.search(said)
    if found is None:
        return 0.0
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
