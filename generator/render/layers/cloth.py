"""A curtain in the wind: it swings from its rod, and folds travel through it.

Cloth that hangs is a pendulum along its height: what the wind does at the rod comes to the hem a
little later and much larger. A fold is a wave across the cloth; the picture shows it as a sideways
shift and, more, as the light on its flanks.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.render.layers.areas import Area, reach_of
from generator.render.layers.harmonics import Harmonics, Plane, generator_of
from generator.render.layers.wind import Breeze

_SWING = 0.016
"""How far the hem swings in a breeze, rms, as a share of the cloth's length."""
_LIFT = 0.006
"""How far the hem is lifted, rms."""
_FOLD = 0.0045
"""How far a fold moves the cloth sideways, rms."""
_SHADE = 0.05
"""How much the flank of a fold darkens and lightens, rms."""
_FOLD_WIDTH = 0.11
"""From fold to fold, as a share of the cloth's length."""
_LAG = 0.9
"""Radians by which the hem lags the rod, for each harmonic."""


def curtain(area: Area, breeze: Breeze) -> Harmonics:
    """How the cloth moves: channels shift x, shift y (px of the plate) and gain - 1."""
    reach = reach_of(area)
    chance = generator_of("curtain", area.layer.name)
    turns = breeze.turns(0.1, 1.0, 6)
    sizes = breeze.answer(turns, natural_hz=0.3, damping_hz=0.6)
    field = _Sum(turns, area.cells)
    strength = breeze.strength * area.layer.strength
    _swing(field, reach.away, reach.along / reach.length_px, sizes, breeze, strength, chance)
    uneven = area.noise(chance, 0.35 * reach.length_px / area.plate_px[0]) * np.float32(0.5)
    _folds(field, reach.away, reach.along / reach.length_px, uneven, sizes, strength, chance)
    along = np.array(reach.along_xy) * reach.length_px
    away = np.array(reach.away_xy) * reach.length_px
    return field.to_harmonics(along, away)


class _Sum:
    """Waves, gathered by harmonic: along the rod, away from it, and the light."""

    def __init__(self, turns: tuple[int, ...], cells: tuple[int, int]) -> None:
        self.turns = turns
        self.cosines = np.zeros((len(turns), 3, *cells), np.float32)
        self.sines = np.zeros_like(self.cosines)

    def add(self, place: int, channel: int, size: Plane, lag: NDArray[np.floating[Any]]) -> None:
        """Add `size` x cos(turns x phase - lag) to one harmonic."""
        self.cosines[place, channel] += size * np.cos(lag)
        self.sines[place, channel] += size * np.sin(lag)

    def to_harmonics(self, along: NDArray[np.float64], away: NDArray[np.float64]) -> Harmonics:
        """The same with shifts in x and y; `along`, `away`: the two directions, px."""
        turned = []
        for part in (self.cosines, self.sines):
            x = part[:, 0] * along[0] + part[:, 1] * away[0]
            y = part[:, 0] * along[1] + part[:, 1] * away[1]
            turned.append(np.stack([x, y, part[:, 2]], axis=1).astype(np.float32))
        return Harmonics(self.turns, *turned)


def _swing(
    field: _Sum,
    away: Plane,
    along: Plane,
    sizes: list[float],
    breeze: Breeze,
    strength: float,
    chance: np.random.Generator,
) -> None:
    """The whole cloth, as a pendulum that the wind reaches from one side."""
    growth = away**1.6
    sideways = _SWING * (0.35 + 0.65 * abs(breeze.across))
    lift = _LIFT * (0.4 + 0.6 * abs(breeze.towards))
    sweep = 1.2 if breeze.across >= 0 else -1.2
    for place, size in enumerate(sizes):
        lag = chance.uniform(0, 2 * math.pi) + (_LAG + 0.5 * place) * away + sweep * along
        scale = size * math.sqrt(2) * strength
        field.add(place, 0, scale * sideways * growth, lag)
        field.add(place, 1, -scale * lift * growth * away, lag + 0.8)
        field.add(place, 2, scale * 0.35 * _SHADE * growth, lag - 0.6)


def _folds(
    field: _Sum,
    away: Plane,
    along: Plane,
    uneven: Plane,
    sizes: list[float],
    strength: float,
    chance: np.random.Generator,
) -> None:
    """Folds of three widths that travel across, each at the pace of a harmonic of its own."""
    growth = np.asarray(np.clip(away, 0, 1) ** 0.9, np.float32)
    for width, share in ((1.9, 0.6), (1.0, 0.65), (0.6, 0.45)):
        wave = 2 * math.pi / (_FOLD_WIDTH * width)
        for place in range(min(4, len(sizes))):
            way = 1.0 if chance.uniform() < 0.7 else -1.0
            lag = chance.uniform(0, 2 * math.pi) + way * wave * along
            lag = lag + uneven * (1.5 / width) + chance.uniform(-1.5, 1.5) * away
            scale = np.float32(share * sizes[place] * math.sqrt(2) * strength)
            field.add(place, 0, scale * np.float32(_FOLD) * growth, lag)
            field.add(place, 2, scale * np.float32(_SHADE) * growth, lag + way * math.pi / 2)
