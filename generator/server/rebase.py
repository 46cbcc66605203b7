"""An old track under new corners: what the page shows until the new track is ready.

The track says how the picture's plane moved since its reference frame. That motion, applied to the
corners as they are now, is the best guess there is: exact for a plane, and off only by what the
tracker will find better.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from generator.artifacts import Quad
from generator.track.timeline import as_rows
from generator.video import homography


def rebased_track(track: dict[str, Any], reference: Quad, corners: Quad) -> dict[str, Any]:
    """`track` (the content of a track.json) as if `corners` had been picked, not `reference`.

    Both are fractions of the frame, order TL TR BR BL, on the frame they were picked on.
    """
    start = np.asarray(reference, dtype=np.float64)
    moved = np.asarray(corners, dtype=np.float64)
    rows = np.asarray(track["corners"], dtype=np.float64).reshape(-1, 4, 2)
    motions = homography.from_corners(start, rows)
    return {**track, "corners": as_rows(homography.apply(motions, moved), (1, 1))}
