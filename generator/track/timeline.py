"""A path of corners over a master's frames → the rows that the page plays.

>>> from generator.video.loops import playing_frames
>>> unfold(np.zeros((3, 4, 2)), playing_frames(3, "pingpong")).shape
(4, 4, 2)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from generator.artifacts import FRACTION_DIGITS, Json
from generator.video.homography import Floats
from generator.video.loops import Blend


def unfold(path: Floats, blends: Sequence[Blend]) -> Floats:
    """(master frames, 4, 2) → (playing frames, 4, 2); blended pictures get blended corners."""
    rows = [
        sum(weight * path[frame] for frame, weight in zip(frames, weights, strict=True))
        if len(frames) > 1
        else path[frames[0]]
        for frames, weights in blends
    ]
    return np.stack(rows)


def as_rows(path: Floats, size_px: tuple[int, int]) -> list[Json]:
    """(n, 4, 2) px → n rows of eight fractions of the frame, x y by x y, order TL TR BR BL."""
    fractions = np.round(path / np.array(size_px, dtype=np.float64), FRACTION_DIGITS) + 0.0
    return [[float(value) for value in row] for row in fractions.reshape(len(path), 8)]


def closure_px(path: Floats) -> tuple[float, float]:
    """The loop's seam and an ordinary step, px: how far the furthest corner moves.

    The first is from the last playing frame to the first, the second the median over the others.
    """
    steps = np.linalg.norm(np.roll(path, -1, axis=0) - path, axis=-1).max(axis=1)
    usual = float(np.median(steps[:-1])) if len(steps) > 1 else 0.0
    return float(steps[-1]), usual
