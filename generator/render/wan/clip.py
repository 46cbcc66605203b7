"""What comes back from a render, decoded to its end before it counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.engine.disk import sha256_file
from generator.engine.ports import Ports
from generator.errors import AssetError
from generator.render.takes import TakeFile
from generator.video.metadata import probe


@dataclass(frozen=True)
class Expected:
    """What was asked for. `size_px`: width, height."""

    frame_count: int
    fps: int
    size_px: tuple[int, int]


def check_clip(ports: Ports, path: Path, expected: Expected, final: str, *, name: str) -> TakeFile:
    """The facts of the clip at `path`, which will be called `final`.

    Raises AssetError when it is damaged, or not what was asked for.
    """
    probed = probe(ports.require_ffmpeg(name), path, name=name)
    remedy = "run breathe render again; it lies beside the take as refused.*, should you want it"
    if probed.complaints or probed.missing_s > 0.5 / expected.fps:
        raise AssetError(
            name,
            got=f"a damaged file: {probed.frame_count} frames decode",
            expected="a clip that decodes to its end",
            remedy=remedy,
            detail=probed.complaints[:600],
        )
    if probed.size_px != expected.size_px:
        raise AssetError(
            name,
            got="{}x{} px".format(*probed.size_px),
            expected="{}x{} px".format(*expected.size_px),
            remedy=f"look for a resize in the workflow; {remedy}",
        )
    if probed.frame_count != expected.frame_count:
        raise AssetError(
            name,
            got=f"{probed.frame_count} frames",
            expected=f"{expected.frame_count}, as asked",
            remedy=f"set frames to what the workflow makes, or mend it; {remedy}",
        )
    if abs(probed.fps - expected.fps) > 0.02 * expected.fps:
        raise AssetError(
            name,
            got=f"{probed.fps:.3f} frames a second",
            expected=f"{expected.fps}, the room's",
            remedy=f"set the rate at the workflow's saving node; {remedy}",
        )
    return TakeFile(
        name=final,
        sha256=sha256_file(path),
        bytes=path.stat().st_size,
        frame_count=probed.frame_count,
        fps=round(probed.fps, 4),
        size_px=probed.size_px,
    )
