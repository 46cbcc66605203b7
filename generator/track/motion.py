"""Every frame's fit → the motion of the clip: its motion model, and what occluded frames learn.

**The model.** Over the frames that move most, each patch counts as one observation. Whether the
clip moves at all is asked strictly (Schwarz's criterion, ln K a parameter), so that a clip that
stands still is found to stand exactly still. How it moves is asked leniently (Akaike's, 2 a
parameter): a plane before a camera moves by a homography, and a simpler model must not win by
thrift alone.

**Occlusion.** With a side out of sight little holds a homography, and what is left may be the wall
behind, which a moving camera shows in parallax. Two things are known from the frames that show the
whole ring: which patches move with the opening, and how fast its shape changes. A patch that moved
by another law is left out of the occluded frames, and the shape, where no patch tells it, stays
near its neighbour's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from generator.track.align import Fit, Model, basis
from generator.track.patches import Template
from generator.video import homography
from generator.video.homography import Floats

MODELS: tuple[Model, ...] = ("still", "translation", "similarity", "affine", "homography")
FRAMES = 5
MOST_MISFIT = 90.0
"""A larger misfit counts no more: this is nearly ten standard deviations."""
CLEAR = 0.9
"""A frame on which so much of what the patches tell is seen shows the whole ring: clean clips have
0.98, one with a quarter occluded 0.73."""
TRUSTED = 0.5
"""A patch that kept half its weight over the clear frames moves with the opening."""
UNKNOWN_LOOSE = 0.004
"""How far the shape may change from frame to frame where no two clear frames tell: a share of the
opening's width, ten times what a handheld camera does."""

LEAST_LOOSE_PX = 0.01
"""As much as the measured shape of a still clip changes by chance."""


@dataclass(frozen=True)
class Motion:
    """The motion of one plane through a clip. One entry a frame, in the clip's own order.

    `maps`: (n, 3, 3) float64, px of the picked frame → px of that frame; a guess where `found` is
    False. `residual`: (n,) share of the ring's contrast left unexplained, 0 to 1. `inlier_share`:
    (n,) 0 to 1. `patch_count`: (n,) patches or features that counted. `noise`: (n, 4, 2) px,
    what chance adds to the corners of a square round the opening, as standard errors.
    `evidence`: each motion model's criterion less the chosen one's.
    """

    maps: Floats
    residual: Floats
    inlier_share: Floats
    patch_count: NDArray[np.int64]
    found: NDArray[np.bool_]
    noise: Floats
    method: str
    model: str
    evidence: Mapping[str, float] = field(default_factory=dict)


def standing(frame_count: int, method: str) -> Motion:
    """The motion of a clip that is taken to stand still, whatever it shows."""
    zeros = np.zeros(frame_count)
    return Motion(
        maps=np.tile(np.eye(3), (frame_count, 1, 1)),
        residual=zeros,
        inlier_share=zeros,
        patch_count=np.zeros(frame_count, dtype=np.int64),
        found=np.ones(frame_count, dtype=np.bool_),
        noise=np.zeros((frame_count, 4, 2)),
        method=method,
        model="still",
    )


def choose_model(
    fits: Sequence[Fit], opening: Floats, refit: Callable[[int, Floats, Model], Fit]
) -> tuple[Model, dict[str, float]]:
    """The best model, and each one's criterion (Akaike's) less the best one's.

    `fits`: every frame's homography. `opening`: (4, 2) px of the picked frame. `refit`: (frame,
    start, model) → that frame aligned anew.
    """
    moved = [np.abs(homography.apply(one.map, opening) - opening).max() for one in fits]
    frames = [int(k) for k in np.argsort(moved)[::-1][:FRAMES]]
    lenient: dict[Model, float] = {}
    strict: dict[Model, float] = {}
    for model in MODELS:
        again = [fits[k] for k in frames]
        if model != "homography":
            again = [refit(k, simplest(fits[k].map, opening, model), model) for k in frames]
        misfit = sum(_log_misfit(one, fits[k]) for one, k in zip(again, frames, strict=True))
        free = basis(model).shape[1] * len(frames)
        lenient[model] = misfit + 2.0 * free
        strict[model] = misfit + float(np.log(max(1, len(again[0].misfit)))) * free
    moving = [model for model in MODELS if model != "still"]
    best: Model = min(moving, key=lambda model: lenient[model])
    if strict["still"] <= min(strict[model] for model in moving):
        best = "still"
    return best, {model: value - lenient[best] for model, value in lenient.items()}


def simplest(moved: Floats, opening: Floats, model: Model) -> Floats:
    """The map of `model` that takes `opening` nearest to where `moved` takes it (least squares)."""
    if model == "homography":
        return moved
    result = np.eye(3)
    if model == "still":
        return result
    target = homography.apply(moved, opening)
    centre, centre_there = opening.mean(axis=0), target.mean(axis=0)
    start, end = opening - centre, target - centre_there
    if model == "affine":
        result[:2, :2] = np.linalg.lstsq(start, end, rcond=None)[0].T
    elif model == "similarity":
        along = float((start * end).sum())
        across = float((start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]).sum())
        turn = np.array([[along, -across], [across, along]]) / float((start**2).sum())
        result[:2, :2] = turn
    result[:2, 2] = centre_there - result[:2, :2] @ centre
    return result


def _log_misfit(one: Fit, freest: Fit) -> float:
    """Twice the negative log-likelihood but for a constant: K ln(mean misfit).

    Each patch counts with the weight that the freest model gives it: an occluder, or a wall in
    parallax, must not choose the model.
    """
    if len(one.misfit) != len(freest.misfit) or not freest.weights.any():
        return float("inf")
    misfit = np.average(np.minimum(one.misfit, MOST_MISFIT), weights=freest.weights)
    return len(one.misfit) * float(np.log(misfit + 1e-9))


def is_clear(one: Fit) -> bool:
    """Whether the frame shows the whole ring."""
    return one.inlier_share > CLEAR


def trusted(template: Template, fits: Sequence[Fit], opening: Floats) -> Template:
    """`template` without the patches that moved by another law on the clear frames.

    A frame counts the more, the further it moved: near the picked one all patches agree.
    """
    clear = [one for one in fits if is_clear(one) and one.scale == template.scale]
    moved = [np.abs(homography.apply(one.map, opening) - opening).max() ** 2 for one in clear]
    if not sum(moved):
        return template
    agreed = np.average([one.weights for one in clear], axis=0, weights=moved)
    return replace(template, prior=template.prior * np.minimum(1.0, agreed / TRUSTED) ** 2)


def looseness_px(fits: Sequence[Fit], opening: Floats) -> float:
    """How far the opening's corners leave their shape from one clear frame to the next, rms px."""
    changes = [
        _reshaped_px(before.map, after.map, opening)
        for before, after in pairwise(fits)
        if is_clear(before) and is_clear(after)
    ]
    if not changes:
        return UNKNOWN_LOOSE * float(np.ptp(opening[:, 0]))
    return max(LEAST_LOOSE_PX, float(np.sqrt(np.mean(np.square(changes)))))


def with_shape(shape: Floats, place: Floats, opening: Floats) -> Floats:
    """The map that puts the opening where `place` does, with its shape under `shape`."""
    here = homography.apply(shape, opening)
    change = homography.compose(place, homography.invert(shape))
    return homography.compose(simplest(change, here, "similarity"), shape)


def _reshaped_px(before: Floats, after: Floats, opening: Floats) -> float:
    """Rms distance of the corners from those of a similar shape."""
    similar = homography.apply(with_shape(before, after, opening), opening)
    there = homography.apply(after, opening)
    return float(np.sqrt(((there - similar) ** 2).mean()))
