"""Each figure against clips of which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.render.quality import FIGURES, Pictures, continuity, quality, shift

FRAMES, HEIGHT, WIDTH = 24, 176, 320


def room() -> NDArray[np.float64]:
    """A still of smooth texture: (176, 320) in 0..1."""
    rng = np.random.default_rng(7)
    coarse = rng.random((24, 42))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    fy, fx = y / HEIGHT * 22, x / WIDTH * 40
    y0, x0 = fy.astype(int), fx.astype(int)
    wy, wx = fy - y0, fx - x0
    top = coarse[y0, x0] * (1 - wx) + coarse[y0, x0 + 1] * wx
    low = coarse[y0 + 1, x0] * (1 - wx) + coarse[y0 + 1, x0 + 1] * wx
    return 0.2 + 0.5 * (top * (1 - wy) + low * wy)


def figures(frames: list[NDArray[np.float64]]) -> dict[str, float]:
    coloured = [
        np.repeat((np.clip(f, 0, 1) * 255).round().astype(np.uint8)[..., None], 3, axis=2)
        for f in frames
    ]
    return quality(Pictures.gather(coloured))


def test_a_still_clip_has_no_motion_at_all() -> None:
    """Zero motion gives zero, and all of the detail."""
    measured = figures([room()] * FRAMES)
    assert measured["camera_drift_px"] == measured["moving_percent"] == 0.0
    assert measured["flicker_percent"] == measured["exposure_creep_percent"] == 0.0
    assert measured["sharpness_kept_percent"] == 100.0
    assert set(measured) == set(FIGURES)


@pytest.mark.parametrize("drift", [4, 10])
def test_camera_drift_is_measured_in_px_of_the_clip(drift: int) -> None:
    """Within a px: the pictures are half the size, and a parabola finds the peak between."""
    still = room()
    frames = [np.roll(still, round(drift * k / (FRAMES - 1)), axis=1) for k in range(FRAMES)]
    assert figures(frames)["camera_drift_px"] == pytest.approx(drift, abs=1.0)


def test_the_sign_of_a_shift() -> None:
    """Right and down are positive."""
    still = room()
    x, y = shift(still, np.roll(still, (3, 5), axis=(0, 1)))
    assert (x, y) == (pytest.approx(5, abs=0.2), pytest.approx(3, abs=0.2))


def test_flicker_and_creep_are_told_apart() -> None:
    """A shiver of 2 percent is no creep; a ramp of 10 percent is no flicker."""
    still = room()
    shiver = figures([still * (1 + 0.02 * (-1) ** k) for k in range(FRAMES)])
    ramp = figures([still * (1 + 0.1 * k / FRAMES) for k in range(FRAMES)])
    assert 1.0 < shiver["flicker_percent"] < 3.0 and abs(shiver["exposure_creep_percent"]) < 0.5
    assert ramp["flicker_percent"] < 0.3 and 5.0 < ramp["exposure_creep_percent"] < 10.0


def test_a_seam_is_counted_in_steps_of_the_clip() -> None:
    """A pulse that comes back has none; a ramp that does not has one of all its steps."""
    still = room()
    pulse = [still + 0.05 * np.sin(2 * np.pi * k / FRAMES) for k in range(FRAMES)]
    ramp = [still + 0.005 * k for k in range(FRAMES)]
    assert figures(pulse)["loop_seam"] == pytest.approx(1, abs=0.7)
    assert figures(ramp)["loop_seam"] == pytest.approx(FRAMES - 1, rel=0.1)


def test_moving_area_is_the_share_that_moves() -> None:
    """A quarter of the picture pulses."""
    frames = []
    for k in range(FRAMES):
        frame = room()
        frame[:88, :160] += 0.1 * np.sin(k)
        frames.append(frame)
    assert figures(frames)["moving_percent"] == pytest.approx(25, abs=1)


def test_detail_that_is_lost_shows() -> None:
    """The last third is smoothed."""
    still = room() + 0.05 * np.random.default_rng(1).standard_normal((HEIGHT, WIDTH))
    soft = (still + np.roll(still, 1, axis=1) + np.roll(still, -1, axis=1)) / 3
    measured = figures([still] * 16 + [soft] * 8)
    assert measured["sharpness_kept_percent"] < 60


def test_a_large_newcomer_is_noticed_and_a_cloud_is_not() -> None:
    """Somebody of a tenth of the picture, and the sun going in over the whole of it."""
    visited = []
    for k in range(FRAMES):
        frame = room()
        if k > 6:
            frame[40:176, 100:140] = 0.05
        visited.append(frame)
    cloudy = [room() * (1 - 0.25 * k / FRAMES) for k in range(FRAMES)]
    assert figures(visited)["newcomer_percent"] > 4
    assert figures(cloudy)["newcomer_percent"] < 1


def test_skin_that_appears_is_noticed() -> None:
    """Light and dark skin alike; curtains and wood are of other colours."""
    for tone in ((224, 172, 140), (120, 78, 58)):
        plain = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        seen = plain.copy()
        seen[50:90, 100:140] = tone
        measured = quality(Pictures.gather([plain] * 8 + [seen] * 8))
        assert measured["skin_percent"] == pytest.approx(100 * 40 * 40 / (HEIGHT * WIDTH), abs=0.3)


def test_the_joint_of_two_clips() -> None:
    """The walk-in's end against the loop's start."""
    still = np.repeat((room() * 255).astype(np.uint8)[..., None], 3, axis=2)
    same = Pictures.gather([still] * 3)
    moved = Pictures.gather([np.roll(still, 6, axis=1)] * 3)
    assert continuity(same, same) == {"joint_levels": 0.0, "joint_shift_px": 0.0}
    assert continuity(same, moved)["joint_shift_px"] == pytest.approx(6, abs=1)


def test_too_few_frames_have_no_figures() -> None:
    """Two pictures are no clip."""
    assert figures([room()] * 2) == {}
