"""Steam over a cup: it rises from the rim, curls, thins out, and repeats with the loop.

Two sheets of noise that wrap round are drawn upwards a whole number of times a loop, each pushed
sideways by curls that grow with height (Perlin, "An Image Synthesizer", 1985, for noise as smoke).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from generator.render.layers.areas import Area, Reach, reach_of
from generator.render.layers.harmonics import Plane, generator_of
from generator.render.layers.wind import Breeze

_TILE = 128
_OPAQUE = 0.34
"""How much of what is behind thick steam is lost."""
_WHITE = np.array([246.0, 244.0, 240.0], np.float32)
_CURL = 0.10
"""How far a curl goes, a share of the height."""


@dataclass(frozen=True)
class Steam:
    """The steam of one layer: how thick it is, by cells, at every phase."""

    area: Area
    reach: Reach
    sheets: tuple[Plane, Plane]
    lags: tuple[float, ...]
    lean: float

    def thickness(self, phase: float) -> Plane:
        """0 to 1 by cells: (rows, columns) float32."""
        height = self.reach.away
        across = self.reach.along / np.float32(self.reach.length_px)
        turn = 2 * math.pi * phase
        curl = np.zeros_like(height)
        for k, lag in enumerate(self.lags, start=1):
            wave = np.float32(k * 5.0) * height - np.float32(k * turn + lag)
            curl += np.float32(_CURL / k) * np.sin(wave)
        place = across + curl * height + np.float32(self.lean) * height**2
        total = np.zeros_like(height)
        for sheet, stretch, rises in zip(self.sheets, (1.3, 2.9), (1, 2), strict=True):
            u = (place * np.float32(stretch) * 2.2 % 1.0) * _TILE
            v = ((height * np.float32(stretch) + np.float32(rises * phase)) % 1.0) * _TILE
            total += cv2.remap(
                sheet, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_WRAP,
            )  # fmt: skip
        wisps = np.clip(total * np.float32(0.55) + np.float32(0.1), 0.0, 1.0) ** 1.6
        centre = float(across.mean())
        width = np.float32(0.10) + np.float32(0.22) * height
        column = np.exp(-(((place - np.float32(centre)) / width) ** 2))
        rise = np.clip(height / 0.12, 0, 1) * np.clip(1.15 - height, 0, 1) ** 1.2
        return np.asarray(wisps * column * rise, np.float32)

    def draw(self, frame: Plane, cell_x: Plane, cell_y: Plane, alpha: Plane, phase: float) -> None:
        """Lay it over a part of a frame, (h, w, 3) float32 RGB; the rest by px, (h, w)."""
        thick = cv2.remap(
            self.thickness(phase), cell_x, cell_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT
        )
        share = np.clip(thick, 0, 1) * alpha
        share *= np.float32(_OPAQUE * min(self.area.layer.strength, 2.0))
        frame += (_WHITE - frame) * share[..., None]


def steam_in(area: Area, breeze: Breeze) -> Steam:
    """The steam of a layer."""
    chance = generator_of("steam", area.layer.name)
    sheets = (_wrapping_noise(chance, 10), _wrapping_noise(chance, 22))
    lags = tuple(float(lag) for lag in chance.uniform(0, 2 * math.pi, 3))
    return Steam(area, reach_of(area), sheets, lags, 0.12 * breeze.across * breeze.strength)


def _wrapping_noise(chance: np.random.Generator, lumps: int) -> Plane:
    """A square of noise whose edges meet: (_TILE, _TILE) float32, mean 0, spread 1."""
    coarse = chance.standard_normal((lumps, lumps)).astype(np.float32)
    wrapped = np.pad(coarse, 2, mode="wrap")
    step = lumps / _TILE
    at = (np.arange(_TILE, dtype=np.float32) * np.float32(step)) + 2
    x = np.broadcast_to(at, (_TILE, _TILE)).copy()
    noise = cv2.remap(wrapped, x, np.ascontiguousarray(x.T), cv2.INTER_CUBIC)
    return np.asarray(noise / np.float32(0.75), np.float32)
