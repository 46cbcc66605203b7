"""Posters: the hero at the widths that viewports need, and the seated still for reduced motion.

The room's poster is what the page shows before the film, so it must be the walk-in's first frame;
where the walk-in does not start on the hero, its own first frame is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generator.artifacts.decode import encode
from generator.artifacts.finish import PosterFacts, PostersFacts
from generator.engine.ports import Ffmpeg
from generator.engine.stage import StageResult, StageRun
from generator.errors import SceneError
from generator.scene.model import WALKIN, Scene
from generator.video.ffmpeg import Filter, Option, Source, command
from generator.video.metadata import matrix_of, probe
from generator.video.shots import Shot, crop_shot

_WIDTHS_PX = (640, 960, 1280, 1920)
_SAME_PICTURE = 12.0
"""Root mean square of 255 up to which two stills count as one picture, seen from afar."""


@dataclass(frozen=True)
class Format:
    """A still format: the end of its name, its MIME type, its colours, and its encoder's options.

    Colours: WebP and JPEG are BT.601 by definition. An AVIF says what it is; we give it the
    video's own matrix and primaries, with sRGB's transfer, which browsers show alike.
    """

    suffix: str
    mime_type: str
    pixel_format: str
    matrix: str
    range: str
    options: dict[str, Option]

    def filters(self) -> list[Filter]:
        """Pixel format and tags, after scaling."""
        tags = {
            "range": self.range,
            "color_primaries": "bt709",
            "color_trc": "iec61966-2-1",
            "colorspace": "bt709" if self.matrix == "bt709" else "bt470bg",
        }
        return [Filter("format", {"pix_fmts": self.pixel_format}), Filter("setparams", tags)]


AVIF = Format(
    "avif",
    "image/avif",
    "yuv420p",
    "bt709",
    "pc",
    {
        "c:v": "libaom-av1",
        "still-picture": 1,
        "crf": 20,
        "cpu-used": 4,
        "threads": 2,
        "f": "avif",
    },
)
WEBP = Format(
    "webp",
    "image/webp",
    "yuv420p",
    "bt601",
    "tv",
    {"c:v": "libwebp", "quality": 80, "compression_level": 6},
)
JPEG = Format(
    "jpg",
    "image/jpeg",
    "yuvj420p",
    "bt601",
    "pc",
    {"c:v": "mjpeg", "q:v": 4, "huffman": "optimal", "f": "image2", "update": 1},
)
FORMATS = (AVIF, WEBP, JPEG)


def make_posters(run: StageRun, scene: Scene, *, draft: bool = False) -> StageResult:
    """The work of the stage `finish:poster`. Raises StageError, MediaError."""
    formats = (JPEG,) if draft else FORMATS
    ffmpeg = run.ports.require_ffmpeg("finish:poster")
    hero = run.inputs["hero"]
    seen = {
        label: probe(ffmpeg, path, name=f"finish:poster {label}")
        for label, path in run.inputs.items()
    }
    size_px = scene.room.size
    shot = crop_shot(scene.walkin.crop, seen["hero"].size_px, size_px, clip=WALKIN)
    whole = Shot(0.0, 0.0, *size_px)
    room = _Still("poster", "room", Source(hero), shot, size_px, {})
    first = _Still(
        "poster",
        "room",
        Source(run.inputs["walkin"]),
        whole,
        size_px,
        matrix_of(seen["walkin"].color, seen["walkin"].size_px[1]),
    )
    apart = _difference(ffmpeg, room, first, run.out_dir)
    if apart > _SAME_PICTURE:
        run.ports.progress.note(
            "finish:poster: the walk-in does not start on the hero "
            f"(they differ by {apart:.0f} of 255); the poster is the walk-in's first frame"
        )
        room = first
    pick = Filter("select", {"expr": f"eq(n,{scene.screen.frame})"})
    seated = _Still(
        "seated",
        "seated",
        Source(run.inputs["seated"], filters=[pick]),
        whole,
        size_px,
        matrix_of(seen["seated"].color, seen["seated"].size_px[1]),
    )
    if scene.screen.frame >= seen["seated"].frame_count:
        raise SceneError(
            "scene.toml [screen] frame",
            got=str(scene.screen.frame),
            expected=f"0 to {seen['seated'].frame_count - 1}, the frames of {scene.screen.clip}",
        )
    posters: list[PosterFacts] = []
    files: dict[str, str] = {}
    stills = [(still, width) for still in (room, seated) for width in still.widths()]
    for k, (still, width) in enumerate(stills):
        for form in formats:
            label = f"{still.stem}-{width}-{form.suffix}"
            target = run.out_dir / f"{still.stem}-{width}.{form.suffix}"
            height = still.height(width)
            ffmpeg.run(still.command(width, form, target), label=f"finish:poster {target.name}")
            files[label] = target.name
            size = target.stat().st_size
            posters.append(PosterFacts(label, still.kind, form.mime_type, width, height, size))
        run.ports.progress.update("finish:poster", k + 1, len(stills))
    facts = PostersFacts(tuple(posters), from_hero=room is not first)
    return StageResult(files=files, facts=encode(facts))


@dataclass(frozen=True)
class _Still:
    """One picture to be made in several sizes."""

    stem: str
    kind: str
    source: Source
    shot: Shot
    size_px: tuple[int, int]
    matrix: dict[str, str]
    """How to read the source's colours (see `matrix_of`)."""

    def widths(self) -> tuple[int, ...]:
        """The widths that need no enlarging; at least one."""
        widths = tuple(width for width in _WIDTHS_PX if width <= self.shot.width + 0.5)
        return widths or (int(self.shot.width) // 2 * 2,)

    def height(self, width: int) -> int:
        """The even height that goes with `width`."""
        return round(width * self.size_px[1] / self.size_px[0] / 2) * 2

    def command(self, width: int, form: Format, target: Path) -> tuple[str, ...]:
        """The arguments that make it `width` px wide."""
        filters = [*self.scaled(width, form.matrix, form.range), *form.filters()]
        return command([self.source], filters, target, {**form.options, "frames:v": 1})

    def scaled(self, width: int, matrix: str, color_range: str) -> list[Filter]:
        """Crop and scale, in the given YUV matrix and range (`tv` or `pc`)."""
        shot = self.shot
        return [
            Filter(
                "crop",
                {
                    "w": round(shot.width),
                    "h": round(shot.height),
                    "x": round(shot.x),
                    "y": round(shot.y),
                    "exact": 1,
                },
            ),
            Filter(
                "scale",
                {
                    "w": width,
                    "h": self.height(width),
                    "flags": "lanczos+accurate_rnd+full_chroma_int",
                    "out_color_matrix": matrix,
                    "out_range": color_range,
                    **self.matrix,
                },
            ),
        ]


def _difference(ffmpeg: Ffmpeg, one: _Still, other: _Still, work: Path) -> float:
    """Root mean square difference of two stills, 0 to 255, looked at from afar."""
    small = []
    for k, still in enumerate((one, other)):
        target = work / f".small-{k}.gray"
        filters = [*still.scaled(160, "bt709", "pc"), Filter("format", {"pix_fmts": "gray"})]
        ffmpeg.run(
            command([still.source], filters, target, {"f": "rawvideo", "frames:v": 1}),
            label="finish:poster compare",
        )
        small.append(np.fromfile(target, np.uint8).astype(np.float64))
        target.unlink()
    return float(np.sqrt(np.mean(np.square(small[0] - small[1]))))
