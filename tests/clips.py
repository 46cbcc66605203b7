"""Tiny clips and pictures for tests, made on the spot by the bundled ffmpeg."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generator.engine.ports import Ports
from generator.engine.stage import Stage, StageResult, StageRun
from generator.video.ffmpeg import BT709, FfmpegBinary, Filter, Source, command

LOSSLESS = {"c:v": "libx264", "qp": 0, "preset": "ultrafast", "pix_fmt": "yuv420p"}


class RecordedProgress:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.updates: list[tuple[str, float, float]] = []
        self.notes: list[str] = []

    def update(self, label: str, done: float, total: float) -> None:
        self.updates.append((label, done, total))

    def note(self, message: str) -> None:
        self.notes.append(message)


def write_clip(
    target: Path,
    pictures: NDArray[np.uint8],
    fps: float = 16,
    options: Mapping[str, str | int] | None = None,
) -> Path:
    """Encode `pictures` (frame_count, height, width, 3) uint8 RGB without loss, tagged bt709."""
    raw = target.with_suffix(".rgb")
    raw.write_bytes(pictures.tobytes())
    size = f"{pictures.shape[2]}x{pictures.shape[1]}"
    source = Source(raw, {"f": "rawvideo", "pix_fmt": "rgb24", "s": size, "r": fps})
    to_bt709 = Filter("scale", {"out_color_matrix": "bt709", "out_range": "tv"})
    yuv = Filter("format", {"pix_fmts": "yuv420p"})
    arguments = command([source], [to_bt709, yuv, BT709], target, {**LOSSLESS, **(options or {})})
    FfmpegBinary().run(arguments, label="make a test clip")
    raw.unlink()
    return target


def write_picture(target: Path, picture: NDArray[np.uint8]) -> Path:
    """Write `picture` (height, width, 3) uint8 RGB in the format of the target's ending."""
    raw = target.with_suffix(".rgb")
    raw.write_bytes(picture.tobytes())
    size = f"{picture.shape[1]}x{picture.shape[0]}"
    source = Source(raw, {"f": "rawvideo", "pix_fmt": "rgb24", "s": size})
    options: dict[str, str | int] = {"frames:v": 1}
    if target.suffix == ".webp":
        options |= {"c:v": "libwebp", "quality": 98, "pix_fmt": "yuv420p"}
    if target.suffix == ".jpg":
        options |= {"q:v": 2, "pix_fmt": "yuvj444p"}
    FfmpegBinary().run(command([source], [], target, options), label="make a test picture")
    raw.unlink()
    return target


def read_frames(path: Path, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Decode a bt709 clip to (frame_count, height, width, 3) uint8 RGB.

    The matrix is ours (ITU-R BT.709-6): ffmpeg's own fast conversion is off by up to 4 levels.
    """
    raw = path.with_suffix(".decoded")
    FfmpegBinary().run(
        command(
            [Source(path)],
            [Filter("format", {"pix_fmts": "yuv444p10le"})],
            raw,
            {"f": "rawvideo", "fps_mode": "passthrough"},
        ),
        label="read a test clip",
    )
    planes = np.fromfile(raw, "<u2").reshape(-1, 3, size_px[1], size_px[0]).astype(np.float32)
    raw.unlink()
    luma = (planes[:, 0] - 64.0) / 876.0
    blue, red = (planes[:, 1] - 512.0) / 896.0, (planes[:, 2] - 512.0) / 896.0
    colors = [luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue]
    return np.rint(np.clip(np.stack(colors, axis=-1), 0.0, 1.0) * 255.0).astype(np.uint8)


def drifting(frame_count: int, width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """A rough wall behind a wave, drifting to the right: (frame_count, height, width, 3) uint8."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    grain = np.random.default_rng(7).uniform(-0.25, 0.25, (height // 3 + 1, width // 3 + 1))
    wall = np.kron(grain, np.ones((3, 3)))[:height, :width]
    frames = []
    for k in range(frame_count):
        wave = np.sin((x - 1.5 * k) / 9.0) * np.cos(y / 11.0)
        rough = np.roll(wall, 2 * k, axis=1)
        channels = [0.5 + 0.2 * wave + rough, 0.45 + rough, 0.4 - 0.1 * wave + rough]
        frames.append(np.stack(channels, axis=-1))
    return np.rint(np.clip(frames, 0.0, 1.0) * 255).astype(np.uint8)


def run_stage(
    stage: Stage, root: Path, inputs: Mapping[str, Path]
) -> tuple[StageResult, Path, RecordedProgress]:
    """Run one stage as the pipeline does: (its result, its folder, what it reported)."""
    out_dir = root / "out" / stage.name.replace(":", "-")
    out_dir.mkdir(parents=True)
    progress = RecordedProgress()
    ports = Ports(progress=progress, ffmpeg=FfmpegBinary("bundled", progress))
    return (
        stage.execute(StageRun(root, out_dir, inputs, ports)),
        out_dir,
        progress,
    )
