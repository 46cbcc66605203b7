"""Flashes counted in sequences whose flashes are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.finish.flash import COLUMNS, ROWS, measure, to_cells

FPS = 16
Box = tuple[slice, slice]
WHOLE: Box = (slice(None), slice(None))


def strobe(
    flashes_per_s: float,
    *,
    low: float = 0.2,
    high: float = 0.6,
    box: Box = WHOLE,
    seconds: float = 3.0,
    fps: int = FPS,
) -> NDArray[np.float64]:
    """A square wave of grey inside `box`: (frame_count, ROWS, COLUMNS, 3)."""
    frames = np.full((round(seconds * fps), ROWS, COLUMNS, 3), low)
    on = (np.arange(len(frames)) * flashes_per_s / fps) % 1.0 >= 0.5
    frames[(on, *box)] = high
    return frames


@pytest.mark.parametrize("rate", [1.0, 2.0, 4.0, 8.0])
def test_a_square_wave_has_its_own_rate(rate: float) -> None:
    """The count in a second is the wave's rate, to half a flash at the edge of the second."""
    assert measure(strobe(rate), FPS).general_per_s == pytest.approx(rate, abs=0.5)


def test_three_pass_and_four_fail() -> None:
    """The limit is more than three in one second."""
    assert measure(strobe(3.0, fps=48), 48).passed
    assert not measure(strobe(4.0), FPS).passed


@pytest.mark.parametrize(
    ("low", "high", "counts"),
    [
        (0.20, 0.29, False),  # a step under a tenth
        (0.20, 0.31, True),
        (0.81, 0.99, False),  # the darker state is bright
        (0.75, 0.90, True),
    ],
)
def test_which_steps_count(low: float, high: float, counts: bool) -> None:
    """A tenth of full luminance, with the darker state below 0.8."""
    assert (measure(strobe(5.0, low=low, high=high), FPS).general_per_s > 0) is counts


def test_a_small_spot_is_safe_and_a_quarter_of_the_field_is_not() -> None:
    """Ten degrees are a third of the picture each way; a quarter of that is the limit."""
    inside = (slice(9, 13), slice(16, 24))  # 32 of the field's 144 cells
    beyond = (slice(9, 14), slice(16, 24))  # 40 of them
    assert measure(strobe(8.0, box=inside), FPS).general_per_s == 0.0
    assert not measure(strobe(8.0, box=beyond), FPS).passed


def test_spots_far_apart_do_not_add_up() -> None:
    """Two small flashing spots in different fields of view stay safe."""
    frames = strobe(8.0, box=(slice(0, 4), slice(0, 8)))
    other = strobe(8.0, box=(slice(23, 27), slice(40, 48)))
    assert measure(np.maximum(frames, other), FPS).general_per_s == 0.0


def test_a_rough_wall_that_drifts_by_is_no_flash() -> None:
    """Every cell flickers, yet as many darken as brighten: that is motion."""
    wall = np.random.default_rng(4).choice([0.2, 0.6], (ROWS, 4 * COLUMNS))
    drift = np.stack([wall[:, k : k + COLUMNS] for k in range(48)])
    frames = np.broadcast_to(drift[..., None], (48, ROWS, COLUMNS, 3))
    assert measure(frames, FPS).passed


def test_halves_that_flash_against_each_other_are_caught() -> None:
    """The mean of the whole picture never changes; each half is a strobe."""
    left, right = (slice(None), slice(0, 24)), (slice(None), slice(24, 48))
    frames = strobe(4.0, box=left)
    on = frames[:, 0, 0, 0] > 0.5
    frames[(~on, *right)] = 0.6
    assert not measure(frames, FPS).passed


def test_a_slow_ramp_and_a_cloud_count_once_or_never() -> None:
    """Light that goes to three quarters and back over seconds is one flash at most."""
    time_s = np.arange(8 * FPS) / FPS
    level = 0.5 * (1.0 - 0.125 * (1.0 - np.cos(2 * np.pi * time_s / 8.0)))
    frames = np.broadcast_to(level[:, None, None, None], (len(level), ROWS, COLUMNS, 3))
    assert measure(frames, FPS).general_per_s <= 1.0


def test_noise_below_the_step_is_silence() -> None:
    """Grain does not flash."""
    noise = np.random.default_rng(1).uniform(0.3, 0.38, (48, ROWS, COLUMNS, 3))
    assert measure(noise, FPS).worst_per_s == 0.0


def test_red_against_grey_of_the_same_luminance_is_a_red_flash() -> None:
    """No change of luminance at all, and yet a hazard."""
    grey = np.full(3, 0.2126 * 0.9)
    red = np.array([0.9, 0.0, 0.0])
    frames = np.empty((48, ROWS, COLUMNS, 3))
    frames[:] = grey
    frames[np.arange(48) % 4 >= 2] = red
    report = measure(frames, FPS)
    assert report.general_per_s == 0.0
    assert report.red_per_s == pytest.approx(4.0, abs=0.5)
    assert not report.passed


def test_orange_and_dark_red_noise_are_no_red_flash() -> None:
    """A hue that is not saturated red, and black with noise, do not count."""
    frames = np.zeros((48, ROWS, COLUMNS, 3))
    frames[::2] = (0.001, 0.0, 0.0)
    assert measure(frames, FPS).worst_per_s == 0.0
    frames[:] = (0.10, 0.05, 0.01)
    frames[::2] = (0.12, 0.12, 0.12)
    assert measure(frames, FPS).red_per_s == 0.0


def test_cells_are_averages() -> None:
    """Every pixel counts once, at any size."""
    picture = np.random.default_rng(2).uniform(size=(135, 240, 3))
    assert to_cells(picture).mean() == pytest.approx(picture.mean())
    assert to_cells(np.ones((9, 16, 3))).shape == (ROWS, COLUMNS, 3)
    odd = to_cells(np.broadcast_to(np.arange(100.0)[:, None, None], (100, 101, 3)))
    assert np.all(np.diff(odd[:, 0, 0]) > 0)


def test_another_grid_is_refused() -> None:
    """The message says the shape that is wanted."""
    with pytest.raises(ValueError, match=r"\(n, 27, 48, 3\)"):
        measure(np.zeros((4, 10, 10, 3)), FPS)


def test_nothing_flashes_in_nothing() -> None:
    """An empty sequence passes."""
    assert measure(np.zeros((0, ROWS, COLUMNS, 3)), FPS).passed


def test_a_change_that_is_counted_makes_no_second_turn() -> None:
    """Cells that rise while most of a field falls are not counted again in the pictures after."""
    frames = np.full((60, ROWS, COLUMNS, 3), 0.1)
    frames[10:, :5, :12] = 0.9
    frames[11:, 5:9, :16] = 0.9
    frames[12:, :9, :16] = np.where(np.arange(16) < 6, 0.9, 0.1)[:, None]
    assert measure(frames, 60).general_per_s == 1.0
