"""The dense tracker: a clip's luma and the bezel on its picked frame → a map for every frame.

Frames are solved outward from the picked one. Each gets its first guess from its neighbours'
motion, and is then aligned to the picked frame itself, at the scale at which the screen shows.
Where that guess fails, small copies of the frame lead the way, so that a shake of many pixels is
still caught.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.errors import TrackError
from generator.track.align import Fit, Model, ShapePrior, fit, lost
from generator.track.motion import (
    Motion,
    choose_model,
    is_clear,
    looseness_px,
    simplest,
    trusted,
    with_shape,
)
from generator.track.patches import Luma, Singles, Templates
from generator.video import homography
from generator.video.homography import Floats

LEAST_PATCHES = 12
"""Under so many patches a homography is no longer over-determined enough to be believed."""
COARSE_WIDTH_PX = 110.0
"""On the smallest copy the opening is about so wide: a tenth of it still falls into the basin."""
BEST_RESIDUAL, GOOD_RESIDUAL = 0.006, 0.03
"""A fit that leaves no more unexplained than the first needs no help, and none that leaves no more
than the second is worth a search, as long as it sees as much again as its neighbour."""
NEAR_PX = 1.0
"""A fit that ends so near to its guess did not run into anything on the way."""
LOST_RESIDUAL = 0.15
"""Above this share of unexplained contrast the fit is not to be believed: good ones stay under 0.02
on clean clips and 0.06 where the screen is a sixth of its picked size."""
LOST_INLIERS = 0.45
"""Under this share of patches that are seen again, too: an occluder over half of the ring."""
SEARCH_REACH = 0.12
"""How far a frame may jump beyond its guess and still be found, as a share of the opening."""
SEARCH_STEP_PX = 3.0
MOST_GROWTH = 1.4
"""No fit may grow or shrink its guess by more."""
SCALES = (0.04, 4.0)
"""A guess that shows the opening smaller or larger than so many times the picked one is astray."""
MARGIN_PX = 16
"""Pixels around the ring that are read beside it, for a frame that lies off its guess."""


@dataclass(frozen=True)
class Picture:
    """One frame as it was decoded: parts and small copies of it become grey levels when needed."""

    luma: Luma
    grey_scale: float

    def around(self, points: Floats) -> tuple[Singles, Floats]:
        """The part that priors `points` (n, 2) px, and the map from frame px to its px."""
        height, width = self.luma.shape
        low = np.clip(np.floor(points.min(axis=0)) - MARGIN_PX, 0, [width - 8, height - 8])
        high = np.clip(np.ceil(points.max(axis=0)) + MARGIN_PX, low + 8, [width, height])
        x, y = low.astype(int)
        part = self.luma[y : int(high[1]), x : int(high[0])]
        return self.grey(part), np.array([[1.0, 0, -x], [0, 1.0, -y], [0, 0, 1.0]])

    def small(self, halvings: int) -> tuple[Singles, Floats]:
        """The frame halved so many times, and the map from frame px to its px."""
        height, width = self.luma.shape
        size = (max(16, width >> halvings), max(16, height >> halvings))
        copy = cv2.resize(self.luma, size, interpolation=cv2.INTER_AREA)
        return self.grey(copy), np.diag([size[0] / width, size[1] / height, 1.0])

    def grey(self, part: NDArray[Any] | None = None) -> Singles:
        """The whole of it, or a part, as grey levels in the range of 8 bits."""
        grey = (self.luma if part is None else part).astype(np.float32)
        if self.grey_scale != 1.0:
            grey *= np.float32(self.grey_scale)
        return grey


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
    pictures = [Picture(one, grey_scale) for one in luma]
    templates = Templates(pictures[picked_frame].grey(), opening)
    if templates.at(1.0).patch_count < LEAST_PATCHES:
        raise TrackError(
            f"tracking from frame {picked_frame}",
            got=f"{templates.at(1.0).patch_count} patches with any texture around the glass",
            expected=f"at least {LEAST_PATCHES}",
            remedy="pick the corners on a frame where the monitor's bezel shows",
        )
    fits = _outward(pictures, picked_frame, templates, on_frame)
    priors: dict[int, ShapePrior] = {}
    if any(_found(one) and not is_clear(one) for one in fits):
        cut = {scale: trusted(one, fits, opening) for scale, one in templates.cut.items()}
        templates = replace(templates, cut=cut)
        fits, priors = _solve_occluded(pictures, fits, picked_frame, templates)

    def refit(frame: int, start: Floats, model: Model, iterations: int = 10) -> Fit:
        picture, prior = pictures[frame], priors.get(frame)
        return _fine(picture, start, templates, model, iterations=iterations, prior=prior)

    def tried(frame: int, start: Floats, model: Model) -> Fit:
        """Near enough to compare models by: the start is already each one's best."""
        return refit(frame, start, model, iterations=2)

    model, evidence = choose_model(fits, opening, tried)
    if model != "homography":
        starts = [simplest(one.map, opening, model) for one in fits]
        fits = [refit(frame, start, model) for frame, start in enumerate(starts)]
    return Motion(
        maps=np.stack([one.map for one in fits]),
        residual=np.array([one.residual for one in fits]),
        inlier_share=np.array([one.inlier_share for one in fits]),
        patch_count=np.array([len(one.weights) for one in fits]),
        found=np.array([_found(one) for one in fits]),
        noise=np.stack([one.noise for one in fits]),
        method="dense",
        model=model,
        evidence=evidence,
    )


def _outward(
    pictures: Sequence[Picture],
    picked_frame: int,
    templates: Templates,
    on_frame: Callable[[int], None] | None,
) -> list[Fit]:
    """Every frame's homography, each by itself, from the picked one outward."""
    fits: list[Fit] = [lost(np.eye(3))] * len(pictures)
    for way in (range(picked_frame, len(pictures)), range(picked_frame - 1, -1, -1)):
        near = far = fits[picked_frame]
        for frame in way:
            fits[frame] = _fit_frame(pictures[frame], near, far, templates)
            # A frame that was not found leads nobody on; the next starts where one was.
            near, far = (fits[frame], near) if _found(fits[frame]) else (near, near)
            if on_frame:
                on_frame(frame)
    return fits


def _found(one: Fit) -> bool:
    return one.residual < LOST_RESIDUAL and one.inlier_share > LOST_INLIERS


def _solve_occluded(
    pictures: Sequence[Picture],
    fits: Sequence[Fit],
    picked_frame: int,
    templates: Templates,
) -> tuple[list[Fit], dict[int, ShapePrior]]:
    """The frames that are found but partly occluded, solved anew by what the clear ones teach.

    `templates`: without the patches that those distrust. Returns all fits, and the shape priors of
    the frames solved anew.
    """
    result, priors = list(fits), dict[int, ShapePrior]()
    loose_px = looseness_px(fits, templates.opening)
    for way in (range(picked_frame, len(pictures)), range(picked_frame - 1, -1, -1)):
        near = far = fits[picked_frame]
        for frame in way:
            first = fits[frame]
            if _found(first) and not is_clear(first):
                prior = ShapePrior(near.map, loose_px)
                picture = pictures[frame]
                extrapolated = _extrapolated(near.map, far.map, templates.opening)
                again = _fine(picture, extrapolated, templates, "homography", prior=prior)
                if not _as_good(again, near, GOOD_RESIDUAL):
                    there = with_shape(near.map, first.map, templates.opening)
                    other = _fine(picture, there, templates, "homography", prior=prior)
                    again = min(again, other, key=_badness)
                result[frame], priors[frame] = again, prior
            near, far = (result[frame], near) if _found(result[frame]) else (near, near)
    return result, priors


def _fit_frame(picture: Picture, near: Fit, far: Fit, templates: Templates) -> Fit:
    """Align one frame that lies somewhere near its solved neighbours.

    A frame far off has no patch near the glass that agrees. The misfit of all patches reaches it,
    and the near ones have the last word.
    """
    best = _follow(picture, near, far, templates)
    if _as_good(best, near, GOOD_RESIDUAL):
        return best
    reached = _follow(picture, near, far, templates.judged_by_all)
    again = _fine(picture, reached.map, templates, "homography")
    return min(best, again, key=_badness)


def _follow(picture: Picture, near: Fit, far: Fit, templates: Templates) -> Fit:
    """Align one frame, hoping that it goes on as its solved neighbours moved.

    The full frame is tried at once: on a smooth clip it is all that is needed. When the fit is
    worse than its neighbour's, small copies of the frame lead to it, from either guess.
    """
    extrapolated = _extrapolated(near.map, far.map, templates.opening)
    best = _fine(picture, extrapolated, templates, "homography")
    moved = homography.apply(best.map, templates.opening)
    moved -= homography.apply(extrapolated, templates.opening)
    allowed = GOOD_RESIDUAL if np.abs(moved).max() < NEAR_PX else BEST_RESIDUAL
    if best.converged and _as_good(best, near, allowed):
        return best
    for lead, guess in ((_coarse, extrapolated), (_coarse, near.map), (_search, near.map)):
        again = _fine(picture, lead(picture, guess, templates), templates, "homography")
        if _badness(again) < _badness(best):
            best = again
        if _as_good(best, near, GOOD_RESIDUAL if guess is near.map else BEST_RESIDUAL):
            break
    if not _as_good(best, near, GOOD_RESIDUAL):
        # It may sit askew on a part of the ring: once more, without the perspective it ran into.
        upright = with_shape(near.map, best.map, templates.opening)
        again = _fine(picture, upright, templates, "homography")
        if _badness(again) < _badness(best):
            best = again
    return best


def _extrapolated(near: Floats, far: Floats, opening: Floats) -> Floats:
    """Where the next frame is if it moves on as from `far` to `near`.

    Only as a similarity: a perspective that one frame got wrong must not be carried on and grow.
    """
    here = homography.apply(near, opening)
    before = homography.compose(far, homography.invert(near))
    return homography.compose(homography.invert(simplest(before, here, "similarity")), near)


def _as_good(one: Fit, near: Fit, allowed: float) -> bool:
    expected = max(allowed, 1.3 * near.residual)
    return one.residual < expected and one.inlier_share > near.inlier_share - 0.15


def _badness(one: Fit) -> float:
    return 5.0 * one.residual + 1.0 - one.inlier_share


def _search(picture: Picture, guess: Floats, templates: Templates) -> Floats:
    """Try shifts of `guess` on a small copy, in every direction, and lead on from the best."""
    width = templates.width_px * templates.scale_under(guess)
    halvings = max(0, int(np.floor(np.log2(max(width, 1.0) / COARSE_WIDTH_PX))))
    small, shrink = picture.small(halvings)
    template = templates.at(width / templates.width_px * 0.5**halvings)
    if template.patch_count < LEAST_PATCHES:
        return guess
    reach = SEARCH_REACH * width * 0.5**halvings
    shifts = np.arange(-reach, reach + 0.1, SEARCH_STEP_PX)
    best, least = guess, np.inf
    for dx in shifts:
        for dy in shifts:
            moved = np.array([[1.0, 0, dx], [0, 1.0, dy], [0, 0, 1.0]]) @ shrink @ guess
            one = fit(template, small, moved, "still", iterations=1)
            if _badness(one) < least:
                best, least = moved, _badness(one)
    return _coarse(picture, homography.compose(homography.invert(shrink), best), templates)


def _fine(
    picture: Picture,
    guess: Floats,
    templates: Templates,
    model: Model,
    *,
    iterations: int = 10,
    prior: ShapePrior | None = None,
) -> Fit:
    """Align at the scale at which the opening shows."""
    scale = templates.scale_under(guess)
    if not SCALES[0] < scale < SCALES[1]:
        return lost(guess)
    template = templates.at(scale)
    if template.patch_count < LEAST_PATCHES:
        return lost(guess)
    part, to_part = picture.around(homography.apply(guess, template.hull))
    if prior is not None:
        prior = replace(prior, shape=to_part @ prior.shape)
    result = fit(template, part, to_part @ guess, model, iterations=iterations, prior=prior)
    moved = homography.compose(homography.invert(to_part), result.map)
    if not 1 / MOST_GROWTH < templates.scale_under(moved) / scale < MOST_GROWTH:
        return lost(guess)  # the fit ran away to something small and similar enough
    return replace(result, map=moved)


def _coarse(picture: Picture, guess: Floats, templates: Templates) -> Floats:
    """Bring `guess` nearer on small copies of the frame, the smallest first."""
    current = guess
    width = templates.width_px * templates.scale_under(guess)
    halvings = max(0, int(np.floor(np.log2(max(width, 1.0) / COARSE_WIDTH_PX))))
    for level in range(halvings, 0, -1):
        small, shrink = picture.small(level)
        template = templates.at(width / templates.width_px * 0.5**level)
        if template.patch_count < LEAST_PATCHES:
            continue
        model: Model = "affine" if level > 1 else "homography"
        result = fit(template, small, shrink @ current, model, tolerance_px=0.05)
        if result.residual < 0.9:
            current = homography.compose(homography.invert(shrink), result.map)
    return current
