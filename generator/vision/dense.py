"""The dense tracker: a clip's luma and the bezel on its picked frame → a map for every frame.

Frames are solved outward from the picked one. Each gets its first guess from its neighbours'
motion, and is then aligned to the picked frame itself, at the scale at which the screen shows.
Where that guess fails, small copies of the frame lead the way, so that a shake of many pixels is
still caught.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from generator.errors import TrackError
from generator.vision import homography
from generator.vision.align import Fit, Model, fit, lost
from generator.vision.evidence import choose_model, simplest
from generator.vision.homography import Floats
from generator.vision.motion import Luma, Motion
from generator.vision.views import Templates, View

LEAST_PATCHES = 12
"""Under so many patches a homography is no longer over-determined enough to be believed."""
COARSE_WIDTH_PX = 110.0
"""On the smallest copy the opening is about so wide: a tenth of it still falls into the basin."""
LOST_RESIDUAL = 0.5
"""Above this share of unexplained contrast a frame shows something else than the picked one."""
LOST_INLIERS = 0.25
SCALES = (0.04, 4.0)
"""A guess that shows the opening smaller or larger than so many times the picked one is astray."""


def follow(
    luma: Sequence[Luma],
    opening: Floats,
    picked_frame: int,
    *,
    grey_scale: float = 1.0,
    on_frame: Callable[[int], None] | None = None,
) -> Motion:
    """Track the plane of `opening` through `luma`.

    `luma`: frames (h, w); `grey_scale` brings their values to the range of 8 bits. `opening`:
    (4, 2) px on frame `picked_frame`, the bezel's edge round the glass. Raises TrackError when the
    picked frame has nothing to hold on to.
    """
    templates = Templates(luma[picked_frame].astype(np.float32) * np.float32(grey_scale), opening)
    if templates.at(1.0).patch_count < LEAST_PATCHES:
        raise TrackError(
            f"tracking from frame {picked_frame}",
            got=f"{templates.at(1.0).patch_count} patches with any texture around the glass",
            expected=f"at least {LEAST_PATCHES}",
            remedy="pick the corners on a frame where the monitor's bezel shows",
        )
    fits: list[Fit] = [lost(np.eye(3))] * len(luma)
    for frame, first, second in _outward(len(luma), picked_frame):
        view = View(luma[frame], grey_scale)
        fits[frame] = _fit_frame(view, fits[first], fits[second], templates)
        if on_frame:
            on_frame(frame)

    def refit(frame: int, start: Floats, model: Model) -> Fit:
        return _fine(View(luma[frame], grey_scale), start, templates, model)

    model, evidence = choose_model(fits, opening, refit)
    if model != "homography":
        fits = [
            refit(frame, simplest(one.map, opening, model), model) for frame, one in enumerate(fits)
        ]
    residual = np.array([one.residual for one in fits])
    inlier_share = np.array([one.inlier_share for one in fits])
    patch_count = np.array([len(one.weights) for one in fits])
    return Motion(
        maps=np.stack([one.map for one in fits]),
        residual=residual,
        inlier_share=inlier_share,
        patch_count=patch_count,
        found=(residual < LOST_RESIDUAL)
        & (inlier_share > LOST_INLIERS)
        & (patch_count >= LEAST_PATCHES),
        shiver=np.stack([one.shiver for one in fits]),
        method="dense",
        model=model,
        evidence=evidence,
    )


def _outward(count: int, start: int) -> Iterator[tuple[int, int, int]]:
    """Frames from `start` outward, each with its solved neighbour and that one's neighbour."""
    yield start, start, start
    for frame in range(start + 1, count):
        yield frame, frame - 1, max(frame - 2, start)
    for frame in range(start - 1, -1, -1):
        yield frame, frame + 1, min(frame + 2, start)


def _fit_frame(view: View, near: Fit, far: Fit, templates: Templates) -> Fit:
    """Align one frame, hoping that it goes on as its solved neighbours moved.

    The full frame is tried at once: on a smooth clip it is all that is needed. When the fit is
    worse than its neighbour's, small copies of the frame lead to it, from either guess.
    """
    going_on = homography.compose(near.map, homography.invert(far.map), near.map)
    best = _fine(view, going_on, templates, "homography")
    good_enough = 1.5 * near.residual + 0.02
    if best.settled and best.residual < good_enough:
        return best
    for guess in (going_on, near.map):
        again = _fine(view, _coarse(view, guess, templates), templates, "homography")
        if again.residual < best.residual:
            best = again
        if best.residual < good_enough:
            break
    return best


def _fine(view: View, guess: Floats, templates: Templates, model: Model) -> Fit:
    """Align at the scale at which the opening shows."""
    scale = templates.scale_under(guess)
    if not SCALES[0] < scale < SCALES[1]:
        return lost(guess)
    template = templates.at(scale)
    if template.patch_count < LEAST_PATCHES:
        return lost(guess)
    part, to_part = view.around(homography.apply(guess, template.hull))
    result = fit(template, part, to_part @ guess, model)
    return replace(result, map=homography.compose(homography.invert(to_part), result.map))


def _coarse(view: View, guess: Floats, templates: Templates) -> Floats:
    """Bring `guess` nearer on small copies of the frame, the smallest first."""
    current = guess
    width = templates.width_px * templates.scale_under(guess)
    halvings = max(0, int(np.floor(np.log2(max(width, 1.0) / COARSE_WIDTH_PX))))
    for level in range(halvings, 0, -1):
        small, shrink = view.small(level)
        template = templates.at(width / templates.width_px * 0.5**level)
        if template.patch_count < LEAST_PATCHES:
            continue
        model: Model = "affine" if level > 1 else "homography"
        result = fit(template, small, shrink @ current, model, tolerance_px=0.05)
        if result.residual < 0.9:
            current = homography.compose(homography.invert(shrink), result.map)
    return current
