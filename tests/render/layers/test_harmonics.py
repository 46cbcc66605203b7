"""Motion is a sum of harmonics of the loop, and the wind has a spectrum."""

from __future__ import annotations

import numpy as np

from generator.render.layers.harmonics import Harmonics, generator_of, smooth_noise
from generator.render.layers.wind import Breeze
from generator.scene.model import Wind


def test_a_field_comes_round_after_one_loop() -> None:
    chance = np.random.default_rng(2)
    shape = (3, 2, 4, 5)
    field = Harmonics(
        (1, 3, 7),
        chance.normal(size=shape).astype(np.float32),
        chance.normal(size=shape).astype(np.float32),
    )
    assert (field.at(0.0) == field.at(1.0)).all()
    assert (field.at(0.25) == field.at(5.25)).all()
    assert np.abs(field.at(0.3) - field.at(0.6)).max() > 0.1


def test_the_winds_answer_peaks_at_the_things_own_frequency() -> None:
    breeze = Breeze.of(Wind(), loop_s=8.0)
    turns = tuple(range(1, 17))
    stiff = breeze.answer(turns, natural_hz=1.0, damping_hz=0.6)
    assert int(np.argmax(stiff)) + 1 == 8, "8 turns in 8 s are 1 Hz"
    np.testing.assert_allclose(sum(size**2 for size in stiff), 1.0)
    slack = breeze.answer(turns, natural_hz=0.1, damping_hz=0.6)
    assert slack[0] == max(slack)


def test_harmonics_fit_any_loop() -> None:
    for loop_s in (0.25, 1.0, 8.0, 60.0):
        turns = Breeze.of(Wind(), loop_s).turns(0.1, 1.0, 6)
        assert 1 <= len(turns) <= 6
        assert all(turn >= 1 for turn in turns)
        assert len(set(turns)) == len(turns)


def test_chance_hangs_on_the_layers_name_alone() -> None:
    y, x = np.mgrid[:60, :90].astype(np.float32)
    one, same, other = (
        smooth_noise(generator_of("curtain", name), x, y, 6.0, (90, 60)) for name in ("a", "a", "b")
    )
    assert (one == same).all()
    assert (one != other).any()
    assert 0.5 < float(one.std()) < 1.5
    part = smooth_noise(generator_of("curtain", "a"), x[9:, 7:], y[9:, 7:], 6.0, (90, 60))
    assert (part == one[9:, 7:]).all(), "a layer drawn larger moves as before"
