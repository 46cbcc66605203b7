"""Old tracks under new corners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generator.artifacts import Quad
from generator.artifacts.track import Track
from generator.server.workshop import rebased_track
from generator.video import homography

PICKED = ((0.3, 0.26), (0.66, 0.24), (0.65, 0.6), (0.31, 0.66))
NEW = ((0.28, 0.25), (0.67, 0.23), (0.66, 0.62), (0.3, 0.67))
# Frame by frame: the motion of the plane, as maps of fractions of the frame.
MOTIONS = (
    np.eye(3),
    np.array([[1.0, 0.0, 0.01], [0.0, 1.0, -0.02], [0.0, 0.0, 1.0]]),
    np.array([[1.05, 0.02, -0.01], [-0.01, 0.97, 0.02], [0.03, -0.02, 1.0]]),
)


def rows(quad: Quad) -> tuple[Quad, ...]:
    return homography.as_quads(homography.apply(np.stack(MOTIONS), np.array(quad)), 9)


def test_new_corners_go_the_way_of_the_plane() -> None:
    track = Track("ambient", 16, 3, (640, 352), "none", rows(PICKED))
    rebased = rebased_track(track, PICKED, NEW)
    assert replace(rebased, corners=track.corners) == track
    assert np.array(rebased.corners) == pytest.approx(np.array(rows(NEW)), abs=1e-5)
