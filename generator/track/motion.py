"""What a tracker hands on: one map a frame, and how far it may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from generator.video.homography import Floats

Luma = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Motion:
    """The motion of one plane through a clip. One entry a frame, in the clip's own order.

    `maps`: (n, 3, 3) float64, px of the picked frame → px of that frame; a guess where `found` is
    False. `residual`: (n,) share of the ring's contrast left unexplained, 0 to 1. `inlier_share`:
    (n,) 0 to 1. `patch_count`: (n,) patches or features that had a say. `noise`: (n, 4, 2) px,
    what chance adds to the corners of a square round the opening, as standard errors.
    `evidence`: each motion model's criterion less the chosen one's (see `evidence`).
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
