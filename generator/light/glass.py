"""What the photographed glass shows, and whether text reads on it.

The page adds its light to the picture (CSS `screen`), so dark glass keeps its own reflections over
the text. Glass that is lit, pale or busy takes the contrast away: there the page lays a tube that
is off over it. Which of the two is decided here, from the clip's own pictures.

>>> white, blue = colour("#ffffff"), colour("#2e2c9b")
>>> round(contrast_on(np.zeros(3), white, blue), 1)
11.0
>>> round(contrast_on(np.full(3, 0.9), white, blue), 1)
1.2
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts.light import GlassFacts
from generator.light.sampling import linear
from generator.scene.palette import PALETTE
from generator.video import homography, srgb
from generator.video.homography import Floats

Tube = Literal["dark", "lit"]

COLUMNS, ROWS = 40, 25
_FINE = 16
"""Samples along each side of a cell."""
MIN_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
DIMMED = 0.8
"""What scanlines and the darker edge of the tube leave of the text's light, sRGB-encoded.

The page's styles take 22 % between lines and up to 16 % near the edge, seldom both on one letter.
"""
MAX_TEXTURE = 0.09
"""A cell's standard deviation above which it shows something of its own: reflections on the sample
room's dark glass read 0.05, a picture or a text 0.3."""


@dataclass(frozen=True)
class GlassLook:
    """One glass over a clip, under text of one colour on another.

    `contrast`: WCAG contrast of the text on its worst cell in its worst frame. `texture`: 99th
    percentile over the cells of the standard deviation within a cell, sRGB-encoded, 0 to 0.5, in
    the worst frame. `text`, `background`: (3,) sRGB-encoded, 0 to 1.
    """

    text: Floats
    background: Floats
    contrast: float = float("inf")
    texture: float = 0.0

    @classmethod
    def on(cls, inks: tuple[int, int]) -> GlassLook:
        """Nothing seen yet; `inks`: the palette's numbers of text and background."""
        text, background = (colour(PALETTE[ink]) for ink in inks)
        return cls(text, background)

    def worse(self, picture: NDArray[np.uint8], corners: Floats) -> GlassLook:
        """The worse of what was seen and one more picture, each figure for itself.

        `picture`: (h, w, 3) uint8 RGB. `corners`: (4, 2) px of the text area, TL TR BR BL.
        """
        cells = _cells(picture, corners)
        contrast = contrast_on(cells.mean(axis=(1, 3)), self.text, self.background).min()
        texture = np.percentile(cells.mean(axis=4).std(axis=(1, 3)), 99)
        return replace(
            self,
            contrast=min(self.contrast, float(contrast)),
            texture=max(self.texture, float(texture)),
        )

    @property
    def tube(self) -> Tube:
        """What the glass counts as.

        Colours that do not reach the contrast on black glass either are not the glass's fault.
        """
        on_black = float(contrast_on(np.zeros(3), self.text, self.background))
        reads = self.contrast >= min(MIN_CONTRAST, 0.9 * on_black)
        return "dark" if reads and self.texture <= MAX_TEXTURE else "lit"

    def facts(self, mirrored: Reflection) -> GlassFacts:
        """What is kept of it."""
        return GlassFacts(
            round(self.contrast, 2), round(self.texture, 3), self.tube, mirrored.rgb, mirrored.at
        )


@dataclass(frozen=True)
class Reflection:
    """What a dark tube in this room reflects.

    `rgb`: mean light of the room round it, sRGB-encoded 0 to 255. `at`: where it is brightest,
    fractions of the tube, xy.
    """

    rgb: tuple[int, int, int]
    at: tuple[float, float]


def reflection(cells: Floats, cell_weights: Floats) -> Reflection:
    """From the cells round the glass, as `sampling` gives them: (16, 16, 3) and (16, 16).

    The tube mirrors what stands before it, which no photo of it shows; the light beside it is the
    nearest thing to that.
    """
    light = linear(cells) * cell_weights[..., None]
    total = max(float(cell_weights.sum()), 1.0)
    mean = srgb.encoded(light.sum(axis=(0, 1)) / total)
    red, green, blue = (round(255 * float(value)) for value in mean)
    pull = (light @ srgb.LUMINANCE) ** 2
    place = (np.arange(len(cells)) + 0.5) / len(cells)
    weight = max(float(pull.sum()), 1e-9)
    x, y = float(pull.sum(axis=0) @ place) / weight, float(pull.sum(axis=1) @ place) / weight
    return Reflection((red, green, blue), (round(x, 3), round(y, 3)))


def colour(text: str) -> Floats:
    """`#rrggbb` → (3,) sRGB-encoded, 0 to 1."""
    return np.array([int(text[at : at + 2], 16) for at in (1, 3, 5)]) / 255.0


def contrast_on(picture: Floats, text: Floats, background: Floats) -> Floats:
    """WCAG contrast of text on its background where both are added to a picture.

    All sRGB-encoded 0 to 1, the last axis RGB; `screen` of CSS Compositing 1, section 9.1.3.
    """
    first, second = (
        linear(255.0 * (1 - (1 - DIMMED * own) * (1 - picture))) @ srgb.LUMINANCE
        for own in (text, background)
    )
    lighter, darker = np.maximum(first, second), np.minimum(first, second)
    ratio: Floats = (lighter + 0.05) / (darker + 0.05)
    return ratio


def _cells(picture: NDArray[np.uint8], corners: Floats) -> Floats:
    """(ROWS, fine, COLUMNS, fine, 3) sRGB-encoded 0 to 1: the text area laid flat."""
    size = (COLUMNS * _FINE, ROWS * _FINE)
    to_flat = homography.from_corners(corners, homography.plane_corners(size))
    matrix = homography.between_indices(to_flat)
    flat = cv2.warpPerspective(
        picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat.reshape(ROWS, _FINE, COLUMNS, _FINE, 3) / 255.0, dtype=np.float64)
