"""Frames on which something hides part of the ring → what the clear frames teach about them.

With a side out of sight little holds a homography there, and what is left may be the wall behind,
which a moving camera shows in parallax. Two things are known from the frames that show the whole
ring: which patches move with the opening, and how fast its shape changes. A patch that moved by
another law is left out of the hidden frames, and the shape, where nothing else tells it, stays near
its neighbour's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from generator.track.align import Fit
from generator.track.motion_model import simplest
from generator.track.patches import Template
from generator.video import homography
from generator.video.homography import Floats

CLEAR = 0.9
"""A frame on which so much of what the patches tell is seen shows the whole ring: clean clips have
0.98, one with a quarter hidden 0.73."""
TRUSTED = 0.5
"""A patch that kept half its weight over the clear frames moves with the opening."""
UNKNOWN_LOOSE = 0.004
"""How far the shape may change from frame to frame where no two clear frames tell: a share of the
opening's width, ten times what a handheld camera does."""

LEAST_LOOSE_PX = 0.01
"""As much as the measured shape of a still clip changes by chance."""


def is_clear(one: Fit) -> bool:
    """Whether the frame shows the whole ring."""
    return one.inlier_share > CLEAR


def trusted(template: Template, fits: Sequence[Fit], opening: Floats) -> Template:
    """`template` without the patches that moved by another law on the clear frames.

    A frame's word counts as much as it moved: beside the picked one all agree.
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


def like(shape: Floats, place: Floats, opening: Floats) -> Floats:
    """The map that puts the opening where `place` does, with its shape under `shape`."""
    here = homography.apply(shape, opening)
    change = homography.compose(place, homography.invert(shape))
    return homography.compose(simplest(change, here, "similarity"), shape)


def _reshaped_px(before: Floats, after: Floats, opening: Floats) -> float:
    """Rms distance of the corners from those of a similar shape."""
    similar = homography.apply(like(before, after, opening), opening)
    there = homography.apply(after, opening)
    return float(np.sqrt(((there - similar) ** 2).mean()))
