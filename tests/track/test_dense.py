"""The dense tracker against clips whose every corner is known (`tests/synthetic.py`)."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from generator.errors import TrackError
from generator.track import bezel, dense, smoothing
from generator.video import homography
from tests.synthetic import Film, Recipe, errors_px, film

SYNTHETIC_RMS_PX = 0.05
"""The product's own bar on synthetic truth; interpolation alone leaves about 0.02."""
shot_of = partial(Recipe, frame_count=10)


def _track(shot: Film) -> tuple[np.ndarray, object]:
    glass = bezel.find_glass(shot.frames[0].astype(np.float32), shot.text[0], (640, 400))
    motion = dense.follow(list(shot.frames), glass.ring, 0)
    return homography.apply(motion.maps, shot.text[0]), motion


@pytest.mark.parametrize(
    "recipe",
    [
        shot_of(),
        shot_of(surroundings="plain"),
        shot_of(surroundings="leaves", wall_parallax=0.4),
        shot_of(noise=4.0, light_dip=0.3),
        shot_of(motion="slide"),
    ],
    ids=["sway", "plain wall", "leaves behind, in parallax", "noise and a cloud", "slide"],
)
def test_a_known_motion_is_found_to_a_twentieth_of_a_pixel(recipe):
    shot = film(recipe)
    corners, motion = _track(shot)
    rms, _ = errors_px(corners, shot)
    assert motion.found.all()
    assert rms <= SYNTHETIC_RMS_PX


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_still_clip_stands_exactly_still_noise_or_not(noise):
    corners, motion = _track(film(shot_of(motion="still", noise=noise, light_dip=0.1)))
    assert motion.model == "still"
    assert (corners == corners[0]).all()


def test_a_hand_before_a_still_monitor_does_not_move_it():
    shot = film(shot_of(motion="still", noise=0.0, light_dip=0.0, occluded=0.25))
    corners, motion = _track(shot)
    assert motion.found.all()
    assert (corners == corners[0]).all()


def test_a_shake_of_nine_pixels_a_frame_is_followed():
    shot = film(shot_of(motion="shake", amplitude_px=9.0))
    corners, motion = _track(shot)
    assert motion.found.all()
    assert errors_px(corners, shot)[0] <= SYNTHETIC_RMS_PX


def test_the_tremble_filter_leaves_a_real_shake_alone():
    shot = film(shot_of(motion="shake", amplitude_px=9.0))
    assert (smoothing.remove_jitter(shot.text, np.full_like(shot.text, 0.02)) == shot.text).all()


@pytest.mark.parametrize(
    "behind",
    [
        shot_of(),
        shot_of(wall_parallax=0.4, seed=2),
        shot_of(surroundings="leaves", wall_parallax=0.4, seed=3),
        shot_of(surroundings="leaves", wall_parallax=-0.4),
        shot_of(surroundings="leaves", wall_parallax=1.0),
    ],
    ids=["wall", "wall lagging", "leaves lagging", "leaves leading", "leaves standing still"],
)
def test_something_before_a_quarter_of_the_ring_costs_less_than_a_tenth_of_a_pixel(behind):
    """A whole side of the opening, both its corners, whatever the wall behind does."""
    clear, occluded = film(behind), film(replace(behind, occluded=0.25))
    without, _ = errors_px(_track(clear)[0], clear)
    corners, motion = _track(occluded)
    assert motion.found.all()
    assert errors_px(corners, occluded)[0] - without < 0.1


def test_an_approach_from_a_third_of_the_size_is_followed_and_called_no_translation():
    shot = film(shot_of(motion="approach", frame_count=24))
    corners, motion = _track(shot)
    assert motion.model in {"similarity", "affine", "homography"}
    assert errors_px(corners, shot)[0] <= SYNTHETIC_RMS_PX


def test_frames_that_show_something_else_are_not_called_found():
    shot = film(shot_of(frame_count=6))
    random = np.random.default_rng(3)
    shot.frames[4] = random.integers(0, 255, shot.frames[4].shape, dtype=np.uint8)
    _, motion = _track(shot)
    assert motion.found.tolist() == [True, True, True, True, False, True]


def test_a_picked_frame_without_texture_is_refused_with_a_reason():
    blank = [np.full((240, 320), 90, np.uint8)] * 3
    quad = np.array([[80.0, 60.0], [240.0, 60.0], [240.0, 180.0], [80.0, 180.0]])
    with pytest.raises(TrackError, match="0 patches"):
        dense.follow(blank, quad, 0)


def test_the_opening_is_found_within_two_pixels_of_where_it_is():
    shot = film(shot_of())
    glass = bezel.find_glass(shot.frames[0].astype(np.float32), shot.text[0], (640, 400))
    assert np.abs(glass.ring - shot.opening[0]).max() < 2.0


def test_of_two_openings_much_alike_the_nearer_is_tracked():
    """Scores of the reference room's opening, and of its housing where noise once flattered it."""
    opening = bezel.Edge(0.104, 0.0, 85.6), bezel.Edge(0.103, 0.005, 88.1)
    housing = bezel.Edge(0.187, 0.0, 48.3), bezel.Edge(0.192, 0.005, 215.4)
    assert bezel._weakness(opening) < bezel._weakness(housing)
