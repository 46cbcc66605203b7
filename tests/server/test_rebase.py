"""Old tracks under new corners."""

from __future__ import annotations

import numpy as np
import pytest

from generator.server.rebase import rebased_track
from generator.video import homography

PICKED = ((0.3, 0.26), (0.66, 0.24), (0.65, 0.6), (0.31, 0.66))
NEW = ((0.28, 0.25), (0.67, 0.23), (0.66, 0.62), (0.3, 0.67))
# Frame by frame: the motion of the plane, as maps of fractions of the frame.
MOTIONS = (
    np.eye(3),
    np.array([[1.0, 0.0, 0.01], [0.0, 1.0, -0.02], [0.0, 0.0, 1.0]]),
    np.array([[1.05, 0.02, -0.01], [-0.01, 0.97, 0.02], [0.03, -0.02, 1.0]]),
)


def rows(quad: tuple[tuple[float, float], ...]) -> list[list[float]]:
    return [homography.apply(m, np.array(quad)).ravel().tolist() for m in MOTIONS]


def test_new_corners_go_the_way_of_the_plane() -> None:
    track = {"schema": 1, "frame_count": 3, "loop": "none", "corners": rows(PICKED)}
    rebased = rebased_track(track, PICKED, NEW)
    assert {**rebased, "corners": []} == {**track, "corners": []}
    assert np.array(rebased["corners"]) == pytest.approx(np.array(rows(NEW)), abs=1e-5)
