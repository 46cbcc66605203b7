"""What is done to a path after it was measured, and what is left alone."""

import numpy as np

from generator.track import smoothing
from generator.track.smoothing import Correction
from generator.video.loops import playing_frames


def _path(frames: int = 64) -> np.ndarray:
    time = np.linspace(0, 1, frames)[:, None, None]
    return 100 + np.sin(5 * time + np.arange(4)[:, None]) * [[[6.0, 3.0]]]


def test_a_sway_with_jitter_comes_out_nearer_to_the_truth():
    truth = _path()
    jittery = truth + np.random.default_rng(1).normal(0, 0.03, truth.shape)
    smooth = smoothing.remove_jitter(jittery, np.full_like(jittery, 0.03))
    assert np.diff(smooth - truth, axis=0).std() < 0.3 * np.diff(jittery - truth, axis=0).std()
    assert (smooth - truth).std() < (jittery - truth).std()


def test_a_jolt_of_one_frame_stays_where_it_is():
    path = _path()
    path[30] += 5.0
    smooth = smoothing.remove_jitter(path, np.full_like(path, 0.03))
    assert np.abs(smooth[30] - path[30]).max() <= 6 * 0.03 + 1e-9


def test_frames_that_were_measured_badly_lean_on_their_neighbours():
    truth, random = _path(), np.random.default_rng(5)
    noise = np.full_like(truth, 0.02)
    noise[20:26] = 0.5
    measured = truth + random.normal(0, 1, truth.shape) * noise
    smooth = smoothing.remove_jitter(measured, noise)
    assert np.abs(smooth - truth)[20:26].max() < 0.2 * np.abs(measured - truth)[20:26].max()
    assert (smooth - truth)[:18].std() < 0.02


def test_the_picked_frame_stays_where_it_was_picked():
    path = _path() + np.random.default_rng(6).normal(0, 0.03, (64, 4, 2))
    noise = np.full_like(path, 0.03)
    noise[9] = 0.0
    assert np.abs(smoothing.remove_jitter(path, noise)[9] - path[9]).max() < 1e-3


def test_no_motion_stays_no_motion_through_every_filter():
    still = np.full((20, 4, 2), 123.456)
    assert (smoothing.remove_jitter(still, np.full_like(still, 0.03)) == still).all()
    assert np.abs(smoothing.low_pass(still, 2.0, 16) - still).max() < 1e-9
    assert (smoothing.damp(still, 0, 0.25) == still).all()


def test_a_low_pass_keeps_the_ends_and_halves_power_at_its_cutoff():
    time = np.arange(256) / 16.0
    wave = np.sin(2 * np.pi * 2.0 * time)[:, None, None] * np.ones((1, 4, 2))
    passed = smoothing.low_pass(wave, 2.0, 16.0)
    assert np.abs(passed[[0, -1]] - wave[[0, -1]]).max() < 1e-9
    middle = slice(64, 192)
    ratio = passed[middle].std() / wave[middle].std()
    assert abs(ratio - 2**-0.5) < 0.02


def test_damping_scales_motion_about_the_picked_frame():
    path = _path()
    assert np.allclose(smoothing.damp(path, 7, 0.25) - path[7], (path - path[7]) * 0.25)


def test_a_correction_is_full_on_its_frame_half_at_half_reach_and_nothing_beyond():
    path = np.zeros((40, 4, 2))
    moved = smoothing.correct(path, [Correction(20, np.ones((4, 2)), 8.0)])
    assert moved[20].min() == 1.0
    assert np.allclose(moved[[16, 24]], 0.5)
    assert (moved[:13] == 0).all()


def test_two_corrections_that_overlap_share_the_frames_between():
    path = np.zeros((40, 4, 2))
    keys = [Correction(k, np.full((4, 2), 2.0), 20.0) for k in (15, 20)]
    assert smoothing.correct(path, keys).max() <= 2.0 + 1e-12


def test_a_ping_pong_unfolds_exactly_and_closes_with_a_usual_step():
    path = _path(9)
    playing = smoothing.unfold(path, playing_frames(9, "pingpong"))
    assert (playing[9:] == path[7:0:-1]).all()
    jump, _ = smoothing.closure_px(playing)
    assert jump == np.linalg.norm(path[1] - path[0], axis=-1).max()


def test_a_crossfade_blends_corners_with_the_pictures_own_weights():
    path = _path(20)
    order = playing_frames(20, "crossfade", 4)
    playing = smoothing.unfold(path, order)
    frames, weights = order[1]
    assert np.allclose(playing[1], weights[0] * path[frames[0]] + weights[1] * path[frames[1]])


def test_rows_are_fractions_rounded_to_a_hundred_thousandth():
    rows = smoothing.as_rows(np.full((1, 4, 2), 64.0), (640, 352))
    assert rows == (((0.1, 0.18182),) * 4,)
