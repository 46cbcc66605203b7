"""Small clips of a made-up monitor whose every corner is known, for tests and benches.

A flat monitor (wall, plain bezel, dark opening, glass with reflections) is drawn three times as
large as needed, warped by exact homographies and averaged down, so that the truth is good to about
a hundredth of a pixel. Reflections move against the glass, as they do.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.video import homography
from generator.video.ffmpeg import find_ffmpeg
from generator.video.homography import Floats

FINE = 3
"""Drawn so many times as large as shown."""
Surroundings = Literal["plaster", "plain", "leaves"]
MotionName = Literal["sway", "still", "slide", "shake", "approach"]


@dataclass(frozen=True)
class Recipe:
    """What to film. Lengths in px of the frame."""

    size_px: tuple[int, int] = (640, 352)
    frame_count: int = 16
    motion: MotionName = "sway"
    amplitude_px: float = 4.0
    surroundings: Surroundings = "plaster"
    wall_parallax: float = 0.0
    """Share of the monitor's motion that the wall behind it lags by."""
    noise: float = 1.0
    """Standard deviation in grey levels."""
    blur_px: float = 0.6
    light_dip: float = 0.12
    occluded: float = 0.0
    """Share of the ring that something hides from the second quarter of the clip on."""
    seed: int = 1


@dataclass(frozen=True)
class Film:
    """Frames (n, h, w) uint8, and the corners of the text area and of the opening, (n, 4, 2) px."""

    frames: NDArray[np.uint8]
    text: Floats
    opening: Floats
    recipe: Recipe = field(default_factory=Recipe)


def film(recipe: Recipe) -> Film:
    """Shoot it."""
    random = np.random.default_rng(recipe.seed)
    width, height = recipe.size_px
    opening = np.array([[0.24, 0.18], [0.70, 0.15], [0.69, 0.76], [0.27, 0.84]]) * [width, height]
    unit = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    inset = np.array([[0.09, 0.17], [0.91, 0.17], [0.91, 0.83], [0.09, 0.83]])
    text = homography.apply(homography.from_corners(unit, opening), inset)
    wall, monitor, shape, glass = _paint(recipe, opening, random)
    reflections = _speckle(random, wall.shape, 14.0 * FINE) * 30
    maps = _motions(recipe, opening, random)
    frames = []
    for k, moved in enumerate(maps):
        behind = _warp(wall, _part(moved, 1.0 - recipe.wall_parallax, opening))
        mask = _warp(shape, moved)
        slipping = np.array([[1.0, 0, 6.0 * k], [0, 1.0, -3.0 * k], [0, 0, 1.0]])
        shine = cv2.warpPerspective(
            reflections, slipping, reflections.shape[::-1], borderMode=cv2.BORDER_WRAP
        )
        front = _warp(monitor, moved) + _warp(glass, moved) * shine
        picture = behind * (1 - mask) + front * mask
        picture *= 1.0 - recipe.light_dip * (0.5 - 0.5 * np.cos(2 * np.pi * k / len(maps)))
        picture = cv2.GaussianBlur(picture, (0, 0), max(0.05, recipe.blur_px * FINE))
        if recipe.occluded > 0 and k >= len(maps) // 4:
            _occlude(picture, opening * FINE, recipe.occluded, k)
        shown = cv2.resize(picture, recipe.size_px, interpolation=cv2.INTER_AREA)
        shown += random.normal(0, recipe.noise, shown.shape) if recipe.noise else 0
        frames.append(np.clip(np.rint(shown), 0, 255).astype(np.uint8))
    return Film(
        frames=np.stack(frames),
        text=homography.apply(np.stack(maps), text),
        opening=homography.apply(np.stack(maps), opening),
        recipe=recipe,
    )


def errors_px(corners: Floats, film_: Film, picked: int = 0) -> tuple[float, float]:
    """(rms, jitter) of corners (n, 4, 2) against the truth, less the picked frame's own error."""
    error = corners - film_.text
    error = error - error[picked]
    rms = float(np.sqrt((error**2).sum(axis=-1).mean()))
    return rms, float(np.sqrt((np.diff(error, axis=0) ** 2).sum(axis=-1).mean()))


def _paint(
    recipe: Recipe, opening: Floats, random: np.random.Generator
) -> tuple[NDArray[np.float32], ...]:
    """Wall, monitor, the monitor's outline and the glass's, all (h, w) float32, drawn fine."""
    width, height = (side * FINE for side in recipe.size_px)
    texture: dict[Surroundings, Callable[[], NDArray[np.float32]]] = {
        "plaster": lambda: 150 + 14 * _speckle(random, (height, width), 2.5 * FINE),
        "plain": lambda: np.full((height, width), 150, np.float32),
        "leaves": lambda: 120 + 60 * _speckle(random, (height, width), 5.0 * FINE),
    }
    wall = texture[recipe.surroundings]()
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    monitor = np.broadcast_to(190 - 12 * across, (height, width)).astype(np.float32)
    monitor = monitor + 1.5 * _speckle(random, (height, width), 6.0 * FINE)
    centre = opening.mean(axis=0)

    def region(factor: float) -> NDArray[np.float32]:
        mask = np.zeros((height, width), np.uint8)
        corners = (centre + (opening - centre) * factor) * FINE
        cv2.fillConvexPoly(mask, np.rint(corners * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
        return mask.astype(np.float32) / 255

    inside, glass = region(1.0), region(0.9)
    monitor = monitor * (1 - inside) + (34 - 10 * across) * inside
    monitor = monitor * (1 - glass) + 18 * glass
    return wall.astype(np.float32), monitor.astype(np.float32), region(1.25), glass


def _speckle(
    random: np.random.Generator, shape: tuple[int, ...], grain_px: float
) -> NDArray[np.float32]:
    """Smooth noise of unit variance."""
    small = (max(4, int(shape[0] / grain_px)), max(4, int(shape[1] / grain_px)))
    grain = random.normal(size=small).astype(np.float32)
    smooth = cv2.resize(grain, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth / smooth.std(), dtype=np.float32)


def _motions(recipe: Recipe, opening: Floats, random: np.random.Generator) -> list[Floats]:
    """One map a frame, the first the identity."""
    maps = []
    time = np.linspace(0, 1, recipe.frame_count)
    centre = opening.mean(axis=0)
    phases = np.cumsum(random.uniform(0.2, 0.5, (4, 2)), axis=0)
    for k, t in enumerate(time):
        target = opening.copy()
        if recipe.motion == "sway":
            common = np.array([np.sin(2.6 * t), 0.7 * np.sin(4.1 * t)])
            own = 0.15 * (np.sin(3.0 * t + phases) - np.sin(phases))
            target = opening + recipe.amplitude_px * (common + own)
        elif recipe.motion == "slide":
            target = opening + recipe.amplitude_px * t
        elif recipe.motion == "shake" and k:
            target = opening + recipe.amplitude_px * random.uniform(-1, 1, 2)
            target = target + random.normal(0, 0.4, (4, 2))
        elif recipe.motion == "approach":
            target = centre + (opening - centre) * (1 - 0.7 * t) + [30 * t, -12 * t]
        maps.append(homography.from_corners(opening, target))
    return maps


def _part(moved: Floats, share: float, opening: Floats) -> Floats:
    """The map that moves the opening's corners by a share of what `moved` does."""
    if share == 1.0:
        return moved
    target = opening + (homography.apply(moved, opening) - opening) * share
    return homography.from_corners(opening, target)


def _warp(image: NDArray[np.float32], moved: Floats) -> NDArray[np.float32]:
    """Warp a fine image; coordinates are continuous, so OpenCV's half pixel is taken care of."""
    grow = np.diag([FINE, FINE, 1.0])
    half = np.array([[1.0, 0, -0.5], [0, 1.0, -0.5], [0, 0, 1.0]])
    matrix = half @ grow @ moved @ np.linalg.inv(grow) @ np.linalg.inv(half)
    size = (image.shape[1], image.shape[0])
    warped = cv2.warpPerspective(
        image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(warped, dtype=np.float32)


def _occlude(picture: NDArray[np.float32], opening: Floats, share: float, k: int) -> None:
    """Hide so much of the ring behind something dark and textured that moves by itself."""
    centre = opening.mean(axis=0)
    reach = np.abs(opening - centre).max() * 1.6
    half = np.pi * share
    turn = -0.4 + 0.02 * k
    angles = turn + np.linspace(-half, half, 24)
    rim = centre + reach * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    shape = np.concatenate([[centre + (rim.mean(axis=0) - centre) * 0.3], rim])
    mask = np.zeros(picture.shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(shape).astype(np.int32)], 1)
    stripes = 60 + 30 * np.sin(np.arange(picture.shape[1]) / 7 + k)
    picture[:] = np.where(mask > 0, stripes[None], picture)


def save(frames: NDArray[np.uint8], path: Path, *options: str, fps: int = 16) -> Path:
    """Encode grey (n, h, w) or RGB (n, h, w, 3) frames; without loss unless `options` say so."""
    height, width = frames.shape[1:3]
    pixels = "gray" if frames.ndim == 3 else "rgb24"
    argv = [str(find_ffmpeg()), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", pixels]
    argv += ["-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    chosen = options or ("-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")
    subprocess.run([*argv, *chosen, str(path)], input=frames.tobytes(), check=True)
    return path
