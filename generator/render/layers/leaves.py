"""Leaves and branches in the wind: stochastic motion textures.

A branch is a damped oscillator in the wind's spectrum (`wind`): slow and wide near the trunk, with
twigs that swing faster and less on top, and leaves that flutter and flash on the twigs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generator.render.layers.areas import Area, reach_of
from generator.render.layers.harmonics import Harmonics, generator_of
from generator.render.layers.wind import Breeze


@dataclass(frozen=True)
class _Tier:
    """One size of thing that swings.

    `natural_hz`, `damping_hz`: its own frequency, and how fast it comes to rest. `swing`, `grain`:
    how far it swings (rms) and how large it is, shares of the plate's width. `flash`: how much its
    light flickers, rms. At most `count` harmonics from `low_hz` to `high_hz` move it.
    """

    low_hz: float
    high_hz: float
    natural_hz: float
    damping_hz: float
    swing: float
    grain: float
    flash: float
    count: int


_TIERS = (
    _Tier(0.1, 0.9, 0.35, 0.8, 0.0020, 0.034, 0.0, 6),
    _Tier(0.5, 1.8, 1.0, 1.2, 0.0009, 0.012, 0.02, 5),
    _Tier(1.2, 3.2, 2.0, 2.0, 0.0004, 0.0055, 0.055, 5),
)
"""Branches, twigs, leaves. No swing is more than a sixth of its grain: nothing folds over."""


def foliage(area: Area, breeze: Breeze) -> Harmonics:
    """How the leaves move: channels shift x, shift y (px of the plate) and gain - 1."""
    reach = reach_of(area)
    width_px = area.plate_px[0]
    strength = breeze.strength * area.layer.strength
    growth = (0.3 + 0.7 * np.clip(reach.away, 0, 1) ** 1.3).astype(np.float32)
    turns, cosines, sines = [], [], []
    sideways = 0.75 + 0.25 * abs(breeze.across)
    for number, tier in enumerate(_TIERS):
        # One wind over the whole plate: a tree behind four panes moves as one.
        chance = generator_of("foliage", str(number))
        harmonics = breeze.turns(tier.low_hz, tier.high_hz, tier.count)
        for turn, size in zip(
            harmonics, breeze.answer(harmonics, tier.natural_hz, tier.damping_hz), strict=True
        ):
            swing = tier.swing * width_px * size * strength
            amounts = (swing * sideways, swing * 0.55, tier.flash * size * strength)
            parts = [
                np.stack(
                    [
                        np.float32(amount) * growth * area.noise(chance, tier.grain)
                        for amount in amounts
                    ]
                )
                for _ in range(2)
            ]
            turns.append(turn)
            cosines.append(parts[0])
            sines.append(parts[1])
    return Harmonics(tuple(turns), np.stack(cosines), np.stack(sines))
