"""A clip's light, frame by frame: the ring round the glass against that of the picked frame."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generator.artifacts.decode import read
from generator.artifacts.light import GlassFacts, Light
from generator.artifacts.track import Track, TrackReport
from generator.engine.ports import Ffmpeg
from generator.engine.stage import StageRun
from generator.errors import AssetError
from generator.light import sampling
from generator.light.glass import GlassLook, reflection
from generator.light.sampling import Colour
from generator.video import homography
from generator.video.frames import iter_rgb
from generator.video.homography import Floats
from generator.video.loops import Blend, playing_frames

DECIMALS = 4


def measure_light(
    run: StageRun, clip: str, patch: float, inks: tuple[int, int] | None
) -> tuple[Light, GlassFacts | None]:
    """The light of every playing frame against that of the picked one, and the glass.

    `patch`: the outer edge of the sampled ring, as a multiple of the glass. `inks`: the numbers of
    the text's and the background's colour; None leaves the glass unmeasured. Raises StageError
    without an ffmpeg, AssetError and MediaError for inputs that cannot be used.
    """
    name = f"light:{clip}"
    ffmpeg = run.ports.require_ffmpeg(name)
    report, track = read(TrackReport, run.inputs["report"]), read(Track, run.inputs["track"])
    settings, rows = report.settings, report.frames.corners_px
    plane = homography.plane_corners(settings.plane_px)
    glass_plane = np.array(report.glass.plane_px)

    def ring(picture: NDArray[np.uint8], text: Floats) -> tuple[Floats, Floats]:
        """The cells round the glass and their weights."""
        glass = homography.apply(homography.from_corners(plane, text), glass_plane)
        return sampling.cells_of(picture, glass, patch), sampling.weights(glass, patch)

    look = GlassLook.on(inks) if inks else None
    anchor = run.inputs.get("anchor", run.inputs["master"])
    reference = _frame(ffmpeg, anchor, settings.picked_frame, settings.size_px, name)
    around = ring(reference, np.array(settings.corners) * settings.size_px)
    neutral = sampling.measure(*around)
    colours: list[Colour] = []
    for picture in iter_rgb(ffmpeg, run.inputs["master"], settings.size_px, name=f"{name} master"):
        text = np.array(rows[len(colours)])
        colours.append(sampling.measure(*ring(picture, text)))
        look = look.worse(picture, text) if look else None
        run.ports.progress.update(name, len(colours), len(rows))
    order = playing_frames(report.frame_count, settings.loop, settings.overlap)
    brightness, warmth = _timeline(colours, order, neutral)
    light = Light(clip, track.fps, track.frame_count, brightness, warmth)
    return light, look.facts(reflection(*around)) if look else None


def _frame(
    ffmpeg: Ffmpeg, clip: Path, frame: int, size_px: tuple[int, int], name: str
) -> NDArray[np.uint8]:
    """One frame of `clip`, (h, w, 3) RGB. Raises AssetError where there is none."""
    pictures = iter_rgb(ffmpeg, clip, size_px, name=f"{name} anchor")
    found = next(islice(pictures, frame, None), None)
    pictures.close()
    if found is None:
        raise AssetError(name, got=f"no frame {frame}", expected="the picked one")
    return found


def _timeline(
    colours: Sequence[Colour], order: Sequence[Blend], neutral: Colour
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Brightness and warmth of every playing frame against the neutral one."""
    brightness, warmth = [], []
    for frames, weights in order:
        rgb = sum(w * colours[k].rgb for k, w in zip(frames, weights, strict=True))
        mixed = Colour(np.asarray(rgb))
        brightness.append(round(mixed.luminance / max(neutral.luminance, 1e-6), DECIMALS))
        warmth.append(round(mixed.warmth - neutral.warmth, DECIMALS) + 0.0)
    return tuple(brightness), tuple(warmth)
