"""Reads a picture of the page: the clip's frame number, its dots, and the overlay's discs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.glue.card import BARCODE_AT, BIT_PX, BITS, DOTS, PLANE_PX, Floats, barcode, project

DISCS = ((24.0, 24.0), (616.0, 24.0), (616.0, 376.0), (24.0, 376.0))
"""Centres of the discs that the bench draws into `#screen`, in the plane's px."""
DISC_RADIUS = 8.0
"""Discs fill one character cell each, so that no edge of theirs is snapped to another pixel."""

_BRIGHT = 165
_BIT_ABOVE = 85


@dataclass(frozen=True)
class Reading:
    """What one picture shows."""

    frame: int
    """The clip's frame, from its barcode."""
    clip_corners: Floats
    """The text area's corners as the clip's dots imply them, (4, 2), px of the picture."""
    overlay_corners: Floats
    """The same as the overlay's discs imply them."""

    @property
    def worst_px(self) -> float:
        """The largest distance between the two, px of the picture."""
        return float(np.linalg.norm(self.clip_corners - self.overlay_corners, axis=1).max())


def read(picture: NDArray[np.uint8]) -> Reading | None:
    """Read `picture`, (h, w, 3) uint8 BGR; None when dots, discs or barcode are not all there."""
    blue, green, red = (picture[..., c].astype(np.float64) for c in range(3))
    dots = _four(np.minimum(np.minimum(red, green), blue), DOTS)
    discs = _four(green - np.maximum(red, blue), DISCS)
    if dots is None or discs is None:
        return None
    clip, overlay = _fit(DOTS, dots), _fit(DISCS, discs)
    frame = _frame(picture, clip)
    if frame is None:
        return None
    width, height = PLANE_PX
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    return Reading(frame, project(clip, corners), project(overlay, corners))


def nearest_frame(corners: Floats, track: Floats, to_picture: Floats) -> int:
    """Which row of `track`, (n, 4, 2) fractions, lies nearest to `corners`, (4, 2) px.

    `to_picture`: (2, 2) rows scale and origin of the clip in the picture, px.
    """
    scale, origin = to_picture
    distance = np.linalg.norm(track * scale + origin - corners, axis=2).max(axis=1)
    return int(distance.argmin())


def clip_rectangle(reading: Reading, track: Floats) -> Floats:
    """Where the clip lies in the picture, from its own dots: rows scale and origin, (2, 2) px."""
    known = track[reading.frame]
    rows = [np.polyfit(known[:, axis], reading.clip_corners[:, axis], 1) for axis in (0, 1)]
    return np.array(rows).T


def _four(weights: Floats, expected: tuple[tuple[float, float], ...]) -> Floats | None:
    """Weighted centroids of the four round bright spots, in the order of `expected`."""
    mask = (weights > _BRIGHT).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    spots: list[tuple[float, float]] = []
    for left, top, width, height, area in stats[1:count]:
        round_enough = 0.62 < area / (width * height) < 0.92 and 0.6 < width / height < 1.7
        if area < 20 or not round_enough:
            continue
        rows = slice(max(0, top - 3), top + height + 3)
        columns = slice(max(0, left - 3), left + width + 3)
        patch = np.clip(weights[rows, columns] - 40, 0, None)
        y, x = np.mgrid[rows.start : rows.start + patch.shape[0],
                        columns.start : columns.start + patch.shape[1]]  # fmt: skip
        spots.append((float((x * patch).sum() / patch.sum()) + 0.5,
                      float((y * patch).sum() / patch.sum()) + 0.5))  # fmt: skip
    if len(spots) != len(expected):
        return None
    found = np.array(spots)
    side = np.sign(np.array(expected) - np.mean(expected, axis=0))
    centred = found - found.mean(axis=0)
    order = [int((centred * corner).sum(axis=1).argmax()) for corner in side]
    return found[order] if len(set(order)) == len(order) else None


def _fit(plane: tuple[tuple[float, float], ...], seen: Floats) -> Floats:
    matrix: Floats = cv2.getPerspectiveTransform(
        np.array(plane, np.float32), seen.astype(np.float32)
    )
    return matrix


def _frame(picture: NDArray[np.uint8], to_picture: Floats) -> int | None:
    grey = picture.mean(axis=2)
    centres = np.array(
        [
            [BARCODE_AT[0] + (bit + 0.45) * BIT_PX, BARCODE_AT[1] + BIT_PX / 2]
            for bit in range(BITS + 2)
        ]
    )
    columns, rows = np.floor(project(to_picture, centres)).astype(int).T
    if rows.min() < 0 or columns.min() < 0:
        return None
    if rows.max() >= grey.shape[0] or columns.max() >= grey.shape[1]:
        return None
    bits = (grey[rows, columns] > _BIT_ABOVE).astype(int)
    frame = int("".join(map(str, bits[1:-1])), 2)
    return frame if barcode(frame) == bits.tolist() else None
