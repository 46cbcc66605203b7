"""The dense tracker: a clip's luma and the glass on its picked frame → a map for every frame.

Frames are solved outward from the picked one. Each gets its first guess from its neighbours'
motion, and is then aligned to the picked frame itself, at the scale at which the screen shows.
Small copies of the frame come first, so that a shake of many pixels is still caught.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from generator.errors import TrackError
from generator.vision import homography
from generator.vision.align import Fit, Model, fit, lost
from generator.vision.homography import Floats
from generator.vision.motion import Luma, Motion
from generator.vision.patches import Singles, Template, make_template

log = logging.getLogger(__name__)

SCALE_STEP = 0.25
"""Templates are cut a quarter of an octave apart: 9 % of blur either way is below what shows."""
LEAST_PATCHES = 12
"""Under so many patches a homography is no longer over-determined enough to be believed."""
COARSE_WIDTH_PX = 110.0
"""On the smallest copy the screen is about so wide: a tenth of it still falls into the basin."""
LOST_RESIDUAL = 0.5
"""Above this share of unexplained contrast a frame shows something else than the picked one."""
LOST_INLIERS = 0.25


@dataclass
class _Templates:
    """The picked frame's templates by scale and copy, cut when first asked for."""

    picked: Singles
    glass: Floats
    cut: dict[float, Template] = field(default_factory=dict)

    def at(self, scale: float) -> Template:
        """The template whose scale is nearest to `scale` on the quarter-octave ladder."""
        rung = round(np.log2(scale) / SCALE_STEP) * SCALE_STEP
        if rung not in self.cut:
            self.cut[rung] = make_template(self.picked, self.glass, scale=float(2.0**rung))
        return self.cut[rung]


def follow(
    luma: Sequence[Luma],
    glass: Floats,
    picked_frame: int,
    *,
    grey_scale: float = 1.0,
    on_frame: Callable[[int], None] | None = None,
) -> Motion:
    """Track the plane of `glass` through `luma`.

    `luma`: frames (h, w); `grey_scale` brings their values to the range of 8 bits. `glass`: (4, 2)
    px on frame `picked_frame`. Raises TrackError when the picked frame has nothing to hold on to.
    """
    picked = _grey(luma[picked_frame], grey_scale)
    templates = _Templates(picked, glass)
    base = templates.at(1.0)
    if base.patch_count < LEAST_PATCHES:
        raise TrackError(
            f"tracking from frame {picked_frame}",
            got=f"{base.patch_count} patches with any texture around the glass",
            expected=f"at least {LEAST_PATCHES}",
            remedy="pick the corners on a frame where the monitor's bezel shows",
        )
    count = len(luma)
    fits: list[Fit | None] = [None] * count
    patch_count = np.zeros(count, dtype=np.int64)
    for frame, first, second in _outward(count, picked_frame):
        guesses = _guesses(fits, first, second)
        image = _grey(luma[frame], grey_scale)
        fits[frame], patch_count[frame] = _fit_frame(image, guesses, templates)
        if on_frame:
            on_frame(frame)
    done = [one for one in fits if one is not None]
    residual = np.array([one.residual for one in done])
    inlier_share = np.array([one.inlier_share for one in done])
    found = (residual < LOST_RESIDUAL) & (inlier_share > LOST_INLIERS)
    found &= patch_count >= LEAST_PATCHES
    maps = np.stack([one.map for one in done])
    return Motion(
        maps=maps,
        residual=residual,
        inlier_share=inlier_share,
        patch_count=patch_count,
        found=found,
        shiver=np.stack([one.shiver for one in done]),
        method="dense",
        model="homography",
    )


def _grey(frame: Luma, grey_scale: float) -> Singles:
    image = frame.astype(np.float32)
    if grey_scale != 1.0:
        image *= grey_scale
    return image


def _outward(count: int, start: int) -> Iterator[tuple[int, int, int]]:
    """Frames from `start` outward, each with its solved neighbour and that one's neighbour."""
    yield start, start, start
    for frame in range(start + 1, count):
        yield frame, frame - 1, max(frame - 2, start)
    for frame in range(start - 1, -1, -1):
        yield frame, frame + 1, min(frame + 2, start)


def _guesses(fits: Sequence[Fit | None], first: int, second: int) -> list[Floats]:
    """Where the frame may be: going on as its neighbours moved, or standing where one stood."""
    near, far = fits[first], fits[second]
    if near is None:
        return [np.eye(3)]
    if far is None or first == second:
        return [near.map]
    going_on = homography.compose(near.map, homography.invert(far.map), near.map)
    return [going_on, near.map]


def _fit_frame(image: Singles, guesses: Sequence[Floats], templates: _Templates) -> tuple[Fit, int]:
    """Coarse to fine from the most hopeful guess."""
    best: Fit | None = None
    patches = 0
    for guess in guesses:
        size = _width(homography.apply(guess, templates.glass))
        if not 0.05 < size / _width(templates.glass) < 4.0:
            continue
        coarse = _coarse(image, guess, templates)
        shown = _width(homography.apply(coarse, templates.glass))
        template = templates.at(min(1.0, shown / _width(templates.glass)))
        if template.patch_count < LEAST_PATCHES:
            continue
        result = fit(template, image, coarse, "homography")
        if best is None or result.residual < best.residual:
            best, patches = result, template.patch_count
        if best.residual < 0.1 and best.inlier_share > 0.5:
            break
    if best is None:
        return lost(guesses[-1]), 0
    return best, patches


def _coarse(image: Singles, guess: Floats, templates: _Templates) -> Floats:
    """Bring `guess` nearer on small copies of the frame, the smallest first."""
    current = guess
    width = _width(homography.apply(guess, templates.glass))
    halvings = max(0, int(np.floor(np.log2(max(width, 1.0) / COARSE_WIDTH_PX))))
    for level in range(halvings, 0, -1):
        factor = 0.5**level
        small: Singles = np.asarray(
            cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA),
            dtype=np.float32,
        )
        shrink = np.diag([small.shape[1] / image.shape[1], small.shape[0] / image.shape[0], 1.0])
        scale = width / _width(templates.glass) * factor
        template = templates.at(min(1.0, scale))
        if template.patch_count < LEAST_PATCHES:
            continue
        model: Model = "affine" if level > 1 else "homography"
        result = fit(template, small, shrink @ current, model, iterations=8, tolerance_px=0.05)
        if result.residual < 0.9:
            current = homography.compose(homography.invert(shrink), result.map)
    return current


def _width(corners: Floats) -> float:
    """Side of the square of equal area, px."""
    x, y = corners.T
    area = 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
    return float(np.sqrt(area))
