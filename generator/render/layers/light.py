"""The light: a cloud that passes, leaf shadows where the sun falls, a lamp's filament."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.render.layers.areas import Area
from generator.render.layers.harmonics import Harmonics, Plane, generator_of
from generator.render.layers.wind import Breeze
from generator.video.srgb import LUMINANCE

_CLOUD = 0.13
"""How much a cloud takes from what the sun lights, of its coded brightness."""
_SHADE = 0.3
"""The share of that which the shade loses too: the sky goes grey with the sun."""
_DAPPLE = 0.020
"""How much the shadows of leaves take and give where the sun falls, rms."""
_DAPPLE_GRAIN = 0.016
"""How large they are, a share of the plate's width."""
_FLICKER = 0.012
"""A filament's own, rms."""
CLOUD_TINT = (1.06, 1.0, 0.92)
"""What is left under a cloud is bluer."""
LAMP_TINT = (0.8, 1.0, 1.5)
"""A filament that cools loses its blue first."""


def sunlit(area: Area, plate: NDArray[np.uint8]) -> Plane:
    """How far the sun falls on each cell, 0 to 1: what is brighter than its surroundings."""
    height, width = area.alpha.shape
    cut = plate[area.y : area.y + height, area.x : area.x + width]
    rows, columns = area.cells
    luma = cv2.resize(
        cut.astype(np.float32) @ LUMINANCE.astype(np.float32),
        (columns, rows),
        interpolation=cv2.INTER_AREA,
    )
    around = cv2.GaussianBlur(luma, (0, 0), max(2.0, 0.09 * area.plate_px[0] / area.cell))
    share = np.clip((luma / np.maximum(around, 8.0) - 0.85) / 0.5, 0.0, 1.0)
    bright = np.clip((luma - 60.0) / 80.0, 0.0, 1.0)
    bright *= np.clip((222.0 - luma) / 30.0, 0.0, 1.0)  # the sky is no surface
    return np.asarray(share * share * (3 - 2 * share) * bright, np.float32)


def light(area: Area, breeze: Breeze, sun: Plane) -> Harmonics:
    """What a cloud and the leaves' shadows do to the light: one channel, gain - 1.

    `sun`: from `sunlit`. The loop begins and ends in full sun.
    """
    strength = np.float32(area.layer.strength)
    loss = strength * np.float32(_CLOUD) * (np.float32(_SHADE) + np.float32(1 - _SHADE) * sun)
    chance = generator_of("light", area.layer.name)
    # 0.56 - 0.5 cos - 0.06 cos 3: in and out of the shadow a little faster than a cosine.
    turns, cosines, sines = [0, 1, 3], [-0.56 * loss, 0.5 * loss, 0.06 * loss], [loss * 0] * 3
    shadows = breeze.turns(0.2, 1.4, 5)
    for turn, size in zip(shadows, breeze.answer(shadows, 0.4, 0.9), strict=True):
        amount = np.float32(_DAPPLE * size * breeze.strength) * strength * sun
        turns.append(turn)
        cosines.append(amount * area.noise(chance, _DAPPLE_GRAIN))
        sines.append(amount * area.noise(chance, _DAPPLE_GRAIN))
    return _one_channel(turns, cosines, sines)


def lamp(area: Area, breeze: Breeze) -> Harmonics:
    """A filament's flicker: one channel, gain - 1. It is too heavy to follow the fast ones."""
    chance = generator_of("lamp", area.layer.name)
    turns = breeze.turns(0.3, 5.0, 9)
    even = np.ones(area.cells, np.float32) * np.float32(area.layer.strength * _FLICKER)
    sizes = [1.0 / (1.0 + turn / max(breeze.loop_s, 1e-3)) for turn in turns]
    total = float(np.sqrt(sum(size**2 for size in sizes)))
    lags = chance.uniform(0, 2 * np.pi, len(turns))
    scale = [np.float32(np.sqrt(2) * size / total) for size in sizes]
    return _one_channel(
        list(turns),
        [even * s * np.float32(np.cos(lag)) for s, lag in zip(scale, lags, strict=True)],
        [even * s * np.float32(np.sin(lag)) for s, lag in zip(scale, lags, strict=True)],
    )


def _one_channel(turns: list[int], cosines: list[Plane], sines: list[Plane]) -> Harmonics:
    return Harmonics(
        tuple(turns),
        np.stack(cosines)[:, None].astype(np.float32),
        np.stack(sines)[:, None].astype(np.float32),
    )
