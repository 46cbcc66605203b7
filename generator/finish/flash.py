"""Flashes in a sequence of pictures, against WCAG 2.3.1 (three flashes or below threshold).

A flash is a pair of opposing changes: in relative luminance by 0.1 or more with the darker state
below 0.8 (general), or to and from a saturated red (red). More than three of them in any second,
over a quarter of any 10 degree field of view, is dangerous. Definitions and figures:
https://www.w3.org/TR/WCAG22/#dfn-general-flash-and-red-flash-thresholds

>>> calm = np.full((16, ROWS, COLUMNS, 3), 0.3)
>>> measure(calm, fps=16).passed
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.video.srgb import LUMINANCE

ROWS, COLUMNS = 27, 48
"""The grid of cells that pictures are averaged down to; divisible by three."""
LIMIT_PER_S = 3.0

_WINDOW = (ROWS // 3, COLUMNS // 3)
"""10 degrees: WCAG's 341 x 256 px of a 1024 x 768 display that the picture fills."""
_AREA_SHARE = 0.25
_LUMINANCE_STEP = 0.1
_DARKER_BELOW = 0.8
_RED_SHARE = 0.8
_CHROMATICITY_STEP = 0.2
_TOGETHER_S = 0.1
"""Cells that change within this time change together: a flash is rarely over in one frame."""
_COHERENT = 2
"""So many times more cells must brighten than darken, or the other way round: a picture that moves
does both at once and leaves the light of the field as it was."""

_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_DARK = 0.002
"""Linear light added to each channel, so that the hue of black is grey and not noise."""


@dataclass(frozen=True)
class FlashReport:
    """The most flashes that any second of any 10 degree field holds. Half a flash is one change."""

    general_per_s: float
    red_per_s: float
    at_s: float
    """Where the worst second ends."""

    @property
    def worst_per_s(self) -> float:
        """The larger of the two."""
        return max(self.general_per_s, self.red_per_s)

    @property
    def passed(self) -> bool:
        """Whether the sequence stays within the limit."""
        return self.worst_per_s <= LIMIT_PER_S


def measure(cells: NDArray[np.floating], fps: float) -> FlashReport:
    """Count the flashes in `cells`: (frame_count, ROWS, COLUMNS, 3) linear sRGB light, 0..1, RGB.

    Averages over cells are meant (see `to_cells`). A clip that loops should be given with its
    first second again at the end. Raises ValueError for another shape.
    """
    if cells.ndim != 4 or cells.shape[1:] != (ROWS, COLUMNS, 3):
        raise ValueError(f"cells: got shape {cells.shape}; expected (n, {ROWS}, {COLUMNS}, 3)")
    if len(cells) == 0:
        return FlashReport(0.0, 0.0, 0.0)
    general = _worst(luminance_changes(cells @ LUMINANCE), fps)
    red = _worst(red_changes(cells), fps)
    worst = max(general, red, key=lambda found: found[0])
    return FlashReport(general[0] / 2, red[0] / 2, worst[1] / fps)


def to_cells(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average a picture (height, width, 3) over the grid: (ROWS, COLUMNS, 3) float64.

    A picture smaller than the grid has its pixels repeated first.
    """
    down, across = -(-ROWS // picture.shape[0]), -(-COLUMNS // picture.shape[1])
    picture = picture.repeat(down, axis=0).repeat(across, axis=1)
    height, width = picture.shape[:2]
    tops = np.arange(ROWS) * height // ROWS
    lefts = np.arange(COLUMNS) * width // COLUMNS
    sums = np.add.reduceat(picture.astype(np.float64), tops, axis=0)
    sums = np.add.reduceat(sums, lefts, axis=1)
    counts = np.outer(np.diff(tops, append=height), np.diff(lefts, append=width))
    result: NDArray[np.float64] = sums / counts[..., None]
    return result


def luminance_changes(luminance: NDArray[np.floating]) -> NDArray[np.int8]:
    """Where each cell completes a change: (frame_count, rows, columns) int8, +1 up, -1 down.

    `luminance`: the same shape, 0..1. A change is measured from the last extreme, so a slow ramp
    counts once, and noise below the threshold does not count at all.
    """
    changes = np.zeros(luminance.shape, np.int8)
    low = luminance[0].astype(np.float64)
    high = low.copy()
    heading = np.zeros(low.shape, np.int8)
    for k, now in enumerate(luminance):
        np.minimum(low, now, out=low)
        np.maximum(high, now, out=high)
        up = (heading <= 0) & (now - low >= _LUMINANCE_STEP) & (low < _DARKER_BELOW)
        down = (heading >= 0) & (high - now >= _LUMINANCE_STEP) & (now < _DARKER_BELOW) & ~up
        changes[k] = up.astype(np.int8) - down.astype(np.int8)
        heading = np.where(up, 1, np.where(down, -1, heading)).astype(np.int8)
        turned = up | down
        low = np.where(turned, now, low)
        high = np.where(turned, now, high)
    return changes


def red_changes(cells: NDArray[np.floating]) -> NDArray[np.int8]:
    """Where each cell turns to a saturated red (+1) or from it (-1), over 0.2 in CIE 1976 u'v'.

    `cells`: (frame_count, rows, columns, 3) linear light. Result: (frame_count, rows, columns).
    """
    light = cells.astype(np.float64) + _DARK
    is_red = light[..., 0] / light.sum(axis=-1) >= _RED_SHARE
    xyz = light @ _TO_XYZ.T
    scale = xyz @ np.array([1.0, 15.0, 3.0])
    hue = np.stack([4.0 * xyz[..., 0] / scale, 9.0 * xyz[..., 1] / scale], axis=-1)
    changes = np.zeros(is_red.shape, np.int8)
    in_red = is_red[0].copy()
    held = hue[0].copy()
    for k in range(1, len(light)):
        far = np.linalg.norm(hue[k] - held, axis=-1) > _CHROMATICITY_STEP
        turned = far & (in_red != is_red[k])
        changes[k] = np.where(turned, np.where(is_red[k], 1, -1), 0)
        in_red = np.where(turned, is_red[k], in_red)
        # Off red, remember the latest hue; in red, the one that was entered.
        follow = turned | ~in_red
        held = np.where(follow[..., None], hue[k], held)
    return changes


def _worst(changes: NDArray[np.int8], fps: float) -> tuple[int, int]:
    """The most opposing changes in one second over enough area, and the frame where it ends."""
    turns = _turns(
        _windowed(changes == 1), _windowed(changes == -1), max(1, round(_TOGETHER_S * fps))
    )
    per_second = _running(turns, max(1, round(fps))).max(axis=(1, 2))
    at = int(per_second.argmax())
    return int(per_second[at]), at


def _turns(up: NDArray[np.int32], down: NDArray[np.int32], together: int) -> NDArray[np.int32]:
    """1 where a field changes against its last change; the same direction again counts nothing.

    `up`, `down`: how many cells of each field change, (frame_count, fields down, fields across).
    Those of one frame count, and those of the last `together` frames, but none from before the
    field's last turn: no change makes two turns.
    """
    result = np.zeros(up.shape, np.int32)
    heading = np.zeros(up.shape[1:], np.int8)
    rising = np.zeros((together, *up.shape[1:]), np.int32)
    falling = np.zeros_like(rising)
    for k in range(len(up)):
        rising[k % together], falling[k % together] = up[k], down[k]
        now, lately = (up[k], down[k]), (rising.sum(axis=0), falling.sum(axis=0))
        rises = (_coherent(*now) | _coherent(*lately)) & (heading <= 0)
        falls = (_coherent(*now[::-1]) | _coherent(*lately[::-1])) & (heading >= 0) & ~rises
        result[k] = rises | falls
        heading = np.where(rises, 1, np.where(falls, -1, heading)).astype(np.int8)
        rising[:, rises | falls] = falling[:, rises | falls] = 0
    return result


def _coherent(these: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Where enough cells of a field change one way, without as many that change the other way."""
    needed = _AREA_SHARE * _WINDOW[0] * _WINDOW[1]
    enough: NDArray[np.bool_] = (these >= needed) & (these >= _COHERENT * others)
    return enough


def _windowed(hits: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many cells are hit in each 10 degree field: (frame_count, fields down, fields across)."""
    total = np.zeros((hits.shape[0], hits.shape[1] + 1, hits.shape[2] + 1), np.int32)
    total[:, 1:, 1:] = hits.cumsum(axis=1).cumsum(axis=2)
    rows, columns = _WINDOW
    inside: NDArray[np.int32] = (
        total[:, rows:, columns:]
        - total[:, :-rows, columns:]
        - total[:, rows:, :-columns]
        + total[:, :-rows, :-columns]
    )
    return inside


def _running(values: NDArray[np.int32], frames: int) -> NDArray[np.int32]:
    """The sum over the last `frames` frames at each frame."""
    total = values.cumsum(axis=0, dtype=np.int32)
    total[frames:] = total[frames:] - total[:-frames]
    return total
