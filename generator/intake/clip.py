"""Any video → a master of the room's size and frame rate, in the colours that browsers expect.

    taken = take_clip(ffmpeg, Path("IMG_0815.MOV"), Path("room/assets/source/ambient"), room)
    taken.path, taken.changes       # ambient.mp4, ("HDR (HLG) tone-mapped", "sound dropped", ...)

A clip that the room can use already is copied to the byte.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from generator.engine.disk import disk_errors
from generator.engine.ports import Ffmpeg
from generator.errors import AssetError, MediaError
from generator.scene.model import Room
from generator.video.ffmpeg import BT709, Filter, Source, command
from generator.video.metadata import ProbedClip, probe

EXPECTED = "a video, such as MP4, MOV, MKV, WebM or GIF"
MAX_S = 120.0
"""Beyond it nobody waits for a clip of a web page."""
_CRF = 12
"""Half a grey level of error: later steps see no difference, and the file stays small."""
_PQ, _HLG = "smpte2084", "arib-std-b67"
_STREAM = re.compile(r"^\[info\]\s+Stream #0:\d+.*?: Video: (.*)$", re.MULTILINE)
_SAR = re.compile(r"SAR (\d+):(\d+)")
_INTERLACED = re.compile(
    r"\b(top|bottom) (?:coded )?first|\((?:tv, |pc, )?[^)]*(?:top|bottom) first"
)
_ROTATION = re.compile(r"isplay ?[mM]atrix: rotation of (-?[\d.]+) degrees")
_START = re.compile(r"Duration: [^,]+, start: (-?[\d.]+)")


@dataclass(frozen=True)
class TakenClip:
    """What was taken in: the file that was written, its frames, and what was changed."""

    path: Path
    frame_count: int
    changes: tuple[str, ...]


def take_clip(ffmpeg: Ffmpeg, source: Path, target: Path, room: Room) -> TakenClip:
    """Write the video at `source` to `target` (without a suffix: the format's own is added).

    Raises AssetError for what is no video, or does not decode to its end; MediaError from ffmpeg,
    StoreError from the disk.
    """
    if not source.is_file():
        got = "a folder" if source.is_dir() else "no such file"
        raise AssetError(str(source), got=got, expected=EXPECTED)
    seen = probe(ffmpeg, source, name=str(source))
    _require_whole(seen, source)
    header = _header(ffmpeg, source)
    filters, changes = _conversion(seen, header, room)
    if not changes:
        path = target.with_suffix(source.suffix.lower())
        with disk_errors(str(path.parent)):
            shutil.copyfile(source, path)
        return TakenClip(path, seen.frame_count, ())
    path = target.with_name(f"{target.name}.mp4")
    options: dict[str, str | int | float | None] = {
        "c:v": "libx264",
        "crf": _CRF,
        "preset": "medium",
        "pix_fmt": "yuv420p",
        "an": None,
        "sn": None,
        "dn": None,
        "map_metadata": -1,
    }
    arguments = command([Source(source)], filters, path, options)
    seconds = seen.frame_count / seen.fps if seen.fps else 0.0
    ffmpeg.run(arguments, label=f"take in {source.name}", total_s=seconds)
    made = probe(ffmpeg, path, name=str(path))
    return TakenClip(path, made.frame_count, tuple(changes))


def _require_whole(seen: ProbedClip, source: Path) -> None:
    if seen.frame_count < 2:
        raise AssetError(
            str(source),
            got="a single picture",
            expected=EXPECTED,
            remedy="a photo is the hero: breathe add hero FILE",
        )
    if seen.complaints or seen.missing_s > max(0.5, 2.0 / max(seen.fps, 1.0)):
        raise AssetError(
            str(source),
            got=f"a damaged file: {seen.frame_count} frames could be read",
            expected="a video that decodes to its end",
            remedy="copy it again, or make it anew",
            detail="\n".join(seen.complaints.splitlines()[:4]),
        )
    seconds = seen.frame_count / seen.fps if seen.fps else 0.0
    if seconds > MAX_S:
        raise AssetError(
            str(source),
            got=f"a video of {seconds:.0f} s",
            expected=f"at most {MAX_S:.0f} s",
            remedy="cut it: a walk-in takes 6 to 11 s, a loop 4 to 8",
        )


def _header(ffmpeg: Ffmpeg, source: Path) -> str:
    """What ffmpeg says of the file before it decodes: streams, rotation, start."""
    arguments = command([Source(source)], [], None, {"frames:v": 1})
    try:
        return ffmpeg.run(arguments, label=f"read {source.name}")
    except MediaError as exc:
        raise AssetError(
            str(source), got="a file that cannot be read", expected=EXPECTED, detail=exc.detail
        ) from exc


def _conversion(seen: ProbedClip, header: str, room: Room) -> tuple[list[Filter], list[str]]:
    """The chain of filters to the room's form, and in words what it changes."""
    stream = _STREAM.search(header)
    words = stream[1] if stream else ""
    filters: list[Filter] = []
    changes: list[str] = []
    if _INTERLACED.search(words):
        filters.append(Filter("bwdif", {"mode": "send_frame"}))
        changes.append("interlaced fields joined to whole frames")
    if (rotation := _ROTATION.search(header)) and float(rotation[1]) % 360:
        changes.append("turned upright")
    filters += _colours(seen, changes)
    shape = _SAR.search(words)
    if shape and shape[1] != shape[2] and int(shape[1]) and int(shape[2]):
        filters.append(Filter("scale", {"w": "trunc(iw*sar/2)*2", "h": "ih", "flags": "lanczos"}))
        filters.append(Filter("setsar", {"sar": 1}))
        changes.append(f"pixels of {shape[1]}:{shape[2]} made square")
    width, height = room.size
    if seen.size_px != (width, height) or (shape and shape[1] != shape[2]):
        fill = {"force_original_aspect_ratio": "increase", "flags": "lanczos"}
        filters.append(Filter("scale", {"w": width, "h": height, **fill}))
        filters.append(Filter("crop", {"w": width, "h": height}))
        changes.append("from {}x{} to {}x{} px".format(*seen.size_px, width, height))
    if not seen.steady or abs(seen.fps / room.fps - 1.0) > 0.002:
        rate = f"{seen.fps:.2f}" if seen.steady else "a varying number of"
        changes.append(f"from {rate} to {room.fps} frames a second")
    start = _START.search(header)
    if start and abs(float(start[1])) > 0.5 / room.fps:
        changes.append("its start moved to 0")
    if seen.has_sound:
        changes.append("sound dropped")
    if changes:
        filters.append(Filter("setpts", {"expr": "PTS-STARTPTS"}))
        filters.append(Filter("fps", {"fps": room.fps}))
        filters += [Filter("format", {"pix_fmts": "yuv420p"}), BT709]
    return filters, changes


def _colours(seen: ProbedClip, changes: list[str]) -> list[Filter]:
    """HDR tone-mapped, other matrices and primaries brought to BT.709."""
    color = seen.color
    if color.transfer in (_PQ, _HLG):
        changes.append(f"HDR ({'PQ' if color.transfer == _PQ else 'HLG'}) tone-mapped")
        return [
            Filter("zscale", {"t": "linear", "npl": 203}),
            Filter("format", {"pix_fmts": "gbrpf32le"}),
            Filter("zscale", {"p": "bt709"}),
            Filter("tonemap", {"tonemap": "mobius", "desat": 0}),
            Filter("zscale", {"t": "bt709", "m": "bt709", "r": "limited"}),
        ]
    is_full = color.range == "pc"
    if color.primaries == "bt2020" or color.space in ("bt2020nc", "bt2020c"):
        changes.append("colours from BT.2020 to BT.709")
        return [Filter("zscale", {"p": "bt709", "t": "bt709", "m": "bt709", "r": "limited"})]
    if color.primaries == "smpte432":
        changes.append("colours from Display P3 to BT.709")
        return [Filter("zscale", {"p": "bt709", "t": "bt709", "m": "bt709", "r": "limited"})]
    is_sd = color.space in ("smpte170m", "bt470bg", "fcc") or (
        color.space == "unknown" and seen.size_px[1] < 720 and seen.pixel_format.startswith("yuv")
    )
    if is_sd or is_full or color.space in ("gbr", "smpte240m") or not _is_plain(seen.pixel_format):
        if color.space not in ("unknown", "bt709") or is_full or not _is_plain(seen.pixel_format):
            changes.append("colours to BT.709, limited range")
        matrix = {"in_color_matrix": "bt601"} if is_sd else {}
        return [
            Filter("scale", {**matrix, "out_color_matrix": "bt709", "out_range": "tv"}),
        ]
    return []


def _is_plain(pixel_format: str) -> bool:
    return pixel_format in ("yuv420p", "yuv422p", "yuv444p", "yuvj420p")
