"""An old track under new corners: what the page shows until the new track is ready.

The track says how the picture's plane moved since its reference frame. That motion, applied to the
corners as they are now, is the best guess there is: exact for a plane, and off only by what the
tracker will find better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator.model import Quad

_DIGITS = 5


def rebased_track(track: dict[str, Any], reference: Quad, corners: Quad) -> dict[str, Any]:
    """`track` (the content of a track.json) as if `corners` had been picked, not `reference`.

    Both are fractions of the frame, order TL TR BR BL, on the frame they were picked on.
    """
    import numpy as np

    from generator.vision import homography

    start = np.asarray(reference, dtype=np.float64)
    moved = np.asarray(corners, dtype=np.float64)
    rows = []
    for row in track["corners"]:
        quad = np.asarray(row, dtype=np.float64).reshape(4, 2)
        motion = homography.from_corners(start, quad)
        rows.append(_rounded(homography.apply(motion, moved).ravel()))
    return {**track, "corners": rows}


def _rounded(values: Sequence[float] | Any) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
