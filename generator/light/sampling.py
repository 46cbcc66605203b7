"""The light around the screen: sixteen by sixteen cells over the glass and a margin → two numbers.

The page does the same sums every frame on a canvas of the same size (`site_src/runtime/light.js`);
`tests/fixtures/light.json` holds both to one result. Cells that touch the glass have no weight:
what black glass shows is reflections, not the room's light.

>>> weights(np.array([[4.0, 4.0], [12.0, 4.0], [12.0, 12.0], [4.0, 12.0]]), 1.5).shape
(16, 16)
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.video import homography, srgb
from generator.video.homography import Floats

CELLS = 16
GUARD = 1.03
"""Cells stay so far outside the glass, as a multiple of it: its edge is soft."""


@dataclass(frozen=True)
class Colour:
    """Mean linear light of the patch, red green blue, 0 to 1."""

    rgb: Floats

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 to 1."""
        return float(srgb.LUMINANCE @ self.rgb)

    @property
    def warmth(self) -> float:
        """(R - B) / (R + B); 0 for black."""
        red, _, blue = self.rgb
        return float((red - blue) / (red + blue)) if red + blue > 0 else 0.0


def linear(encoded: NDArray[np.uint8] | Floats) -> Floats:
    """sRGB-encoded 0 to 255 → linear light 0 to 1 (IEC 61966-2-1)."""
    return srgb.linear(np.asarray(encoded, dtype=np.float64) / 255.0)


def box(glass: Floats, patch: float) -> tuple[float, float, float, float]:
    """x, y, width, height of the upright box round the glass (4, 2), grown `patch` times, px."""
    low, high = glass.min(axis=0), glass.max(axis=0)
    centre, size = (low + high) / 2, (high - low) * patch
    x, y = centre - size / 2
    return float(x), float(y), float(size[0]), float(size[1])


def weights(glass: Floats, patch: float) -> Floats:
    """(16, 16), rows from the top: 1 for a cell wholly outside the glass, else 0.

    `glass`: (4, 2) px of the frame, TL TR BR BL. A cell counts as outside when the glass, grown by
    `GUARD` about its centre, holds none of its corners and not its centre.
    """
    x, y, width, height = box(glass, patch)
    steps = np.arange(CELLS + 1) / CELLS
    middles = (np.arange(CELLS) + 0.5) / CELLS
    centre = glass.mean(axis=0)
    grown = centre + (glass - centre) * GUARD
    corner_in = _inside(grown, x + steps * width, y + steps * height)
    middle_in = _inside(grown, x + middles * width, y + middles * height)
    touched = corner_in[:-1, :-1] | corner_in[:-1, 1:] | corner_in[1:, :-1] | corner_in[1:, 1:]
    return np.where(touched | middle_in, 0.0, 1.0)


def _inside(quad: Floats, xs: Floats, ys: Floats) -> NDArray[np.bool_]:
    """(len(ys), len(xs)): whether each grid point lies in the convex quad."""
    grid_x, grid_y = np.meshgrid(xs, ys)
    held = np.ones(grid_x.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        held &= (bx - ax) * (grid_y - ay) - (by - ay) * (grid_x - ax) >= 0
    return held


def measure(cells: NDArray[np.uint8] | Floats, cell_weights: Floats) -> Colour:
    """Mean light of weighted cells. `cells`: (16, 16, 3 or 4) sRGB-encoded 0 to 255, RGB(A)."""
    total = float(cell_weights.sum())
    if total <= 0:
        return Colour(np.zeros(3))
    return Colour(np.einsum("ij,ijc->c", cell_weights, linear(cells[..., :3])) / total)


def cells_of(frame: NDArray[np.uint8], glass: Floats, patch: float) -> Floats:
    """Average the box round the glass down to (16, 16, 3), still encoded, as a canvas does.

    `frame`: (h, w, 3) uint8 RGB. Outside the frame its edge goes on.
    """
    x, y, width, height = box(glass, patch)
    # Four samples a cell each way at least, by area: each lands on a grid of whole sub-cells.
    fine = CELLS * max(4, int(np.ceil(max(width, height) / CELLS / 2)))
    to_frame = homography.from_corners(
        homography.plane_corners((fine, fine)),
        np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]),
    )
    matrix = homography.between_indices(to_frame)[:2]
    patch_px = cv2.warpAffine(
        frame,
        matrix,
        (fine, fine),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    small = cv2.resize(patch_px.astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64)
