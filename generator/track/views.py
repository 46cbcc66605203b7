"""The picked frame's templates and the other frames' pixels, each made when first needed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.track.motion import Luma
from generator.track.patches import Singles, Template, make_template
from generator.video import homography
from generator.video.homography import Floats

SCALE_STEP = 0.25
"""Templates are cut a quarter of an octave apart: 9 % of blur either way is below what shows."""
MARGIN_PX = 16
"""Pixels around the ring that are read beside it, for a frame that lies off its guess."""


@dataclass
class Templates:
    """The picked frame's templates by scale, cut when first asked for.

    `picked`: (h, w) float32 grey levels. `opening`: (4, 2) px.
    """

    picked: Singles
    opening: Floats
    cut: dict[float, Template] = field(default_factory=dict)
    by_all: bool = False

    def __post_init__(self) -> None:
        """Measure the opening once."""
        self.width_px = _width(self.opening)

    def at(self, scale: float) -> Template:
        """The template nearest to `scale` on the quarter-octave ladder, never above 1."""
        rung = min(0.0, round(np.log2(scale) / SCALE_STEP) * SCALE_STEP)
        if rung not in self.cut:
            made = make_template(self.picked, self.opening, scale=float(2.0**rung))
            self.cut[rung] = replace(made, by_all=self.by_all)
        return self.cut[rung]

    @cached_property
    def judged_by_all(self) -> Templates:
        """The same with `Template.by_all`: they reach further, and are more easily led astray."""
        cut = {scale: replace(template, by_all=True) for scale, template in self.cut.items()}
        return Templates(self.picked, self.opening, cut, by_all=True)

    def scale_under(self, guess: Floats) -> float:
        """How large the opening shows under the map `guess`, against the picked frame."""
        return _width(homography.apply(guess, self.opening)) / self.width_px


@dataclass(frozen=True)
class View:
    """One frame as it lies in memory; parts and small copies of it are made when needed."""

    luma: Luma
    grey_scale: float

    def around(self, points: Floats) -> tuple[Singles, Floats]:
        """The part that holds `points` (n, 2) px, and the map from frame px to its px."""
        height, width = self.luma.shape
        low = np.clip(np.floor(points.min(axis=0)) - MARGIN_PX, 0, [width - 8, height - 8])
        high = np.clip(np.ceil(points.max(axis=0)) + MARGIN_PX, low + 8, [width, height])
        x, y = low.astype(int)
        part = self.luma[y : int(high[1]), x : int(high[0])]
        return self._grey(part), np.array([[1.0, 0, -x], [0, 1.0, -y], [0, 0, 1.0]])

    def small(self, halvings: int) -> tuple[Singles, Floats]:
        """The frame halved so many times, and the map from frame px to its px."""
        height, width = self.luma.shape
        size = (max(16, width >> halvings), max(16, height >> halvings))
        copy = cv2.resize(self.luma, size, interpolation=cv2.INTER_AREA)
        return self._grey(copy), np.diag([size[0] / width, size[1] / height, 1.0])

    def _grey(self, part: NDArray[Any]) -> Singles:
        grey = part.astype(np.float32)
        if self.grey_scale != 1.0:
            grey *= np.float32(self.grey_scale)
        return grey


def _width(corners: Floats) -> float:
    """Side of the square of equal area, px."""
    x, y = corners.T
    area = 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
    return float(np.sqrt(area))
