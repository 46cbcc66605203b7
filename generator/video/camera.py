"""What a camera that we moved ourselves sees of a plane of the still.

A plane is a covector n: the nearness of a place (x, y) on it is n · (x, y, 1), one over its depth.
A camera that has made a step e sees that place at (x, y, 1) - nearness · e: plane plus parallax
(Hartley and Zisserman, "Multiple View Geometry" (2004), section 13.3).
"""

from __future__ import annotations

import numpy as np

from generator.video.homography import Floats


def closed_up(plane: Floats, flat: float, screen: float) -> Floats:
    """A plane, (..., 3), as it is once the room has closed up to the screen's nearness by `flat`.

    0 leaves it, 1 makes it parallel to the picture: then all that moves is the shot.
    """
    return (1.0 - flat) * plane + flat * np.array([0.0, 0.0, screen])


def plane_map(plane: Floats, step: Floats, to_frame: Floats) -> Floats:
    """(3, 3): places of the still on a plane → px, or fractions, of the frame.

    `to_frame`: (3, 3) from what a camera that made the `step`, (3,), sees to the frame.
    """
    mapped: Floats = to_frame @ (np.eye(3) - np.outer(step, plane))
    return mapped
