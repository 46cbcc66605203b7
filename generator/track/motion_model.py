"""Fits of a clip → the motion model that the pictures speak for.

Over the frames that move most, each patch counts as one observation. Whether the clip moves at all
is asked strictly (Schwarz's criterion, ln K a parameter), so that a clip that stands still is found
to stand exactly still. How it moves is asked leniently (Akaike's, 2 a parameter): a plane before a
camera moves by a homography, and a simpler model must not win by thrift alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from generator.track.align import Fit, Model, basis
from generator.video import homography
from generator.video.homography import Floats

MODELS: tuple[Model, ...] = ("still", "translation", "similarity", "affine", "homography")
FRAMES = 5
MOST_MISFIT = 90.0
"""A misfit says no more from here on: nearly ten standard deviations."""


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
