"""The master's frames as plain numbers in a file, and the playing clip cut from them.

Everything that finish makes or measures reads this one file of raw planes: timestamps cannot slip,
a loop is a choice of rows, and a clip larger than memory still fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generator.engine.ports import Ffmpeg
from generator.errors import MediaError
from generator.video import srgb
from generator.video.ffmpeg import Filter, Option, Source, command
from generator.video.loops import Blend
from generator.video.metadata import ProbedClip, matrix_of

PIXEL_FORMAT = "yuv420p10le"
_SMALL_PX = 160


@dataclass(frozen=True)
class RawClip:
    """Frames in `path`, one after another, as planes Y, U, V of 10-bit bt709 in tv range."""

    path: Path
    size_px: tuple[int, int]
    fps: int
    frame_count: int

    @cached_property
    def rows(self) -> NDArray[np.uint16]:
        """(frame_count, samples a frame) uint16: a frame's three planes in one row, on the disk."""
        width, height = self.size_px
        return np.memmap(
            self.path, dtype="<u2", mode="r", shape=(self.frame_count, width * height * 3 // 2)
        )

    def small(self, frame: int) -> NDArray[np.float32]:
        """A frame averaged down to about 160 px: (rows, columns, 3) float32, YUV codes 0..1023.

        Averaging first keeps film grain out of what is measured as motion or light.
        """
        width, height = self.size_px
        row = self.rows[frame]
        luma, chroma = width * height, width * height // 4
        block = max(1, width // (2 * _SMALL_PX))
        planes = [
            _average(row[:luma].reshape(height, width), 2 * block),
            _average(row[luma : luma + chroma].reshape(height // 2, width // 2), block),
            _average(row[luma + chroma :].reshape(height // 2, width // 2), block),
        ]
        return np.stack(planes, axis=-1)

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return self.frame_count / self.fps

    def source(self) -> Source:
        """The clip as an input of ffmpeg."""
        options: dict[str, Option] = {
            "f": "rawvideo",
            "pix_fmt": PIXEL_FORMAT,
            "s": "{}x{}".format(*self.size_px),
            "r": self.fps,
        }
        return Source(self.path, options)


def unpack(
    ffmpeg: Ffmpeg,
    master: Path,
    probed: ProbedClip,
    target: Path,
    *,
    fps: int,
    label: str,
    deflicker: bool = False,
) -> RawClip:
    """Decode `master` into `target`, converted to bt709 from whatever its tags say.

    Raises MediaError when ffmpeg fails or the count of frames is not the probed one.
    """
    filters = [Filter("setpts", {"expr": f"N/({fps}*TB)"})]
    if deflicker:
        filters.append(Filter("deflicker", {"size": 5, "mode": "pm"}))
    filters += [_to_bt709(probed), Filter("format", {"pix_fmts": PIXEL_FORMAT})]
    ffmpeg.run(
        command(
            [Source(master)],
            filters,
            target,
            {"f": "rawvideo", "fps_mode": "passthrough"},
        ),
        label=label,
        total_s=probed.frame_count / fps,
    )
    width, height = probed.size_px
    frame_bytes = width * height * 3
    frame_count, rest = divmod(target.stat().st_size, frame_bytes)
    if rest or frame_count != probed.frame_count:
        raise MediaError(
            f"ffmpeg, {label}",
            got=f"{frame_count} whole frames",
            expected=f"{probed.frame_count}, as in the master",
        )
    return RawClip(target, probed.size_px, fps, frame_count)


def _to_bt709(probed: ProbedClip) -> Filter:
    """The matrix and range conversion."""
    return Filter(
        "scale",
        {
            "flags": "bicubic+accurate_rnd+full_chroma_int",
            "out_color_matrix": "bt709",
            "out_range": "tv",
            **matrix_of(probed.color, probed.size_px[1]),
        },
    )


def cut(clip: RawClip, order: Sequence[Blend], target: Path) -> RawClip:
    """The playing clip: the frames of `order`, blended where it says so, written to `target`.

    Raises OSError when the disk says no.
    """
    with target.open("wb") as out:
        for numbers, weights in order:
            if len(numbers) == 1:
                out.write(clip.rows[numbers[0]].tobytes())
                continue
            blend = sum(
                weight * clip.rows[number].astype(np.float32)
                for number, weight in zip(numbers, weights, strict=True)
            )
            out.write(np.rint(blend).astype("<u2").tobytes())
    return RawClip(target, clip.size_px, clip.fps, len(order))


def linear_light(yuv: NDArray[np.float32]) -> NDArray[np.float32]:
    """10-bit bt709 codes in tv range (…, 3) → linear RGB 0..1 (…, 3), by sRGB's curve.

    Browsers show bt709 video through sRGB's transfer. Matrix: ITU-R BT.709-6, 3.2 to 3.5.
    """
    luma = (yuv[..., 0] - 64.0) / 876.0
    blue, red = (yuv[..., 1] - 512.0) / 896.0, (yuv[..., 2] - 512.0) / 896.0
    coded = np.stack(
        [luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue], axis=-1
    )
    np.clip(coded, 0.0, 1.0, out=coded)
    return srgb.linear(coded).astype(np.float32)


def _average(plane: NDArray[np.uint16], block: int) -> NDArray[np.float32]:
    """The means of `plane` over squares of `block` px; what is left at right and below is cut."""
    rows, columns = plane.shape[0] // block, plane.shape[1] // block
    trimmed = plane[: rows * block, : columns * block].reshape(rows, block, columns, block)
    means: NDArray[np.float32] = trimmed.mean(axis=(1, 3), dtype=np.float32)
    return means
