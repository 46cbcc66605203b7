"""Where a layer lies on the plate: its soft mask, and how far each place is from its anchor.

The plate is the hero, made as small as the closest shot allows. Places on it are continuous px: the
centre of the first pixel is (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts import Point
from generator.errors import AssetError
from generator.render.layers.harmonics import Plane, smooth_noise
from generator.scene.model import Layer

_SOFT: dict[str, float] = {
    "curtain": 0.0025,
    "foliage": 0.006,
    "light": 0.05,
    "dust": 0.03,
    "lamp": 0.01,
    "steam": 0.008,
    "front": 0.001,
}
"""How far an edge fades, a share of the hero's width, when the scene does not say."""
_CELL = 1 / 640
"""The side of a cell in which motion is computed, a share of the plate's width."""
_SHIFT = 4
"""Bits of a pixel in the polygons that OpenCV draws."""


@dataclass(frozen=True)
class Area:
    """One layer on the plate.

    `x`, `y`: the px of its box's top left corner. `alpha`: (h, w) float32, 0 outside and at the
    outline, 1 where it fully counts. `cell`: the side of a motion cell, px.
    """

    layer: Layer
    x: int
    y: int
    alpha: Plane
    cell: float
    plate_px: tuple[int, int]

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of the motion's cells; they cover the box."""
        height, width = self.alpha.shape
        return (max(2, -int(-height // self.cell)), max(2, -int(-width // self.cell)))

    def centres(self) -> tuple[Plane, Plane]:
        """X and y of each cell's centre, px of the plate: two of (rows, columns) float32."""
        rows, columns = self.cells
        x = self.x + (np.arange(columns, dtype=np.float32) + 0.5) * np.float32(self.cell)
        y = self.y + (np.arange(rows, dtype=np.float32) + 0.5) * np.float32(self.cell)
        return (
            np.broadcast_to(x, (rows, columns)).astype(np.float32),
            np.broadcast_to(y[:, None], (rows, columns)).astype(np.float32),
        )

    def noise(self, chance: np.random.Generator, grain: float) -> Plane:
        """Chance by cells, with lumps of `grain`, a share of the plate's width."""
        width, height = self.plate_px
        grain_px = max(grain * width, 1.5 * self.cell)
        return smooth_noise(chance, *self.centres(), grain_px, (width, height))

    def small_alpha(self) -> Plane:
        """The mask by cells."""
        rows, columns = self.cells
        height, width = self.alpha.shape
        covered = (round(columns * self.cell), round(rows * self.cell))
        padded = cv2.copyMakeBorder(
            self.alpha, 0, max(0, covered[1] - height), 0, max(0, covered[0] - width),
            cv2.BORDER_CONSTANT, value=0.0,
        )  # fmt: skip
        return np.asarray(cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA))


@dataclass(frozen=True)
class Reach:
    """How a layer hangs or stands. All by cells, (rows, columns) float32.

    `along`: px along the anchor from its first point. `away`: 0 at the anchor to 1 at the place
    farthest from it. `along_xy`, `away_xy`: the two directions on the plate, unit vectors.
    `length_px`: what 1 of `away` is.
    """

    along: Plane
    away: Plane
    along_xy: tuple[float, float]
    away_xy: tuple[float, float]
    length_px: float


def area_of(layer: Layer, plate_px: tuple[int, int], hero_px: tuple[int, int], root: Path) -> Area:
    """The layer on a plate of `plate_px` (width, height), made of a hero of `hero_px`.

    Raises AssetError for a mask that is no picture of the hero's size, or is black all over.
    """
    width, height = plate_px
    if layer.mask:
        full = _read_mask(layer, hero_px, root)
        cover = np.asarray(cv2.resize(full, plate_px, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        cover = np.zeros((height, width), np.uint8)
        points = np.array(layer.shape) * plate_px * (1 << _SHIFT) - (1 << (_SHIFT - 1))
        outline = [np.round(points).astype(np.int32)]
        cv2.fillPoly(cover, outline, 255, cv2.LINE_AA, _SHIFT)
    soft_px = layer.soft_px
    if soft_px is None:
        soft_px = _SOFT[layer.motion] * hero_px[0]
    x, y, box_width, box_height = cv2.boundingRect(cover)
    if not box_width:
        raise AssetError(
            f'scene.toml [[layers]] "{layer.name}" {"mask" if layer.mask else "shape"}',
            got="nothing white in it" if layer.mask else "less than one px",
            expected="white where the layer is" if layer.mask else "a larger shape",
        )
    alpha = _faded(cover, (x, y, box_width, box_height), soft_px * width / hero_px[0])
    return Area(layer, x, y, alpha, max(2.0, _CELL * width), plate_px)


def _read_mask(layer: Layer, hero_px: tuple[int, int], root: Path) -> NDArray[np.uint8]:
    subject = f'scene.toml [[layers]] "{layer.name}" mask {layer.mask}'
    path = root / layer.mask
    read = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if read is None:
        raise AssetError(
            subject,
            got="a file that is no picture" if path.is_file() else "no such file",
            expected="a one-channel PNG of the hero's size, white where the layer is",
        )
    size = (read.shape[1], read.shape[0])
    if size != hero_px:
        raise AssetError(
            subject,
            got=f"{size[0]}x{size[1]} px",
            expected=f"{hero_px[0]}x{hero_px[1]}, the hero's size",
            remedy="draw it again on the hero as it is now",
        )
    return np.asarray(read, np.uint8)


def _faded(cover: NDArray[np.uint8], box: tuple[int, int, int, int], soft_px: float) -> Plane:
    """A box (x, y, width, height) of a mask, faded inwards over `soft_px`.

    Nothing outside the mask is touched. What the picture's edge cuts off goes on beyond it, so
    there it does not fade.
    """
    x, y, width, height = box
    reach = int(soft_px) + 2
    wide = cv2.copyMakeBorder(cover, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    solid = np.asarray(wide[y : y + height + 2 * reach, x : x + width + 2 * reach] >= 250, np.uint8)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.clip(inside[reach:-reach, reach:-reach] / max(soft_px, 0.5), 0.0, 1.0)
    return np.ascontiguousarray(share * share * (3.0 - 2.0 * share), np.float32)


def outline_of(area: Area) -> tuple[Point, ...]:
    """The layer's outline, fractions of the plate: as drawn, or the largest one of its mask."""
    if area.layer.shape:
        return area.layer.shape
    cover = (area.alpha > 0.05).astype(np.uint8)
    found, _ = cv2.findContours(cover, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(found, key=cv2.contourArea)[:, 0, :] + (area.x + 0.5, area.y + 0.5)
    width, height = area.plate_px
    return tuple((float(x) / width, float(y) / height) for x, y in largest)


def anchor_of(area: Area) -> tuple[Point, ...]:
    """The layer's anchor as px of the plate, or the edge of its box that stands for it."""
    layer = area.layer
    if layer.anchor:
        return tuple((x * area.plate_px[0], y * area.plate_px[1]) for x, y in layer.anchor)
    height, width = area.alpha.shape
    y = area.y if layer.motion == "curtain" else area.y + height
    return ((float(area.x), float(y)), (float(area.x + width), float(y)))


def reach_of(area: Area) -> Reach:
    """How the layer hangs from its anchor, or stands on it."""
    line = np.array(anchor_of(area))
    span = line[-1] - line[0]
    length = float(np.hypot(*span))
    along_xy = span / length if length > 0 else np.array([1.0, 0.0])
    away_xy = np.array([-along_xy[1], along_xy[0]])
    x, y = area.centres()
    along = (x - line[0, 0]) * along_xy[0] + (y - line[0, 1]) * along_xy[1]
    off = (x - line[0, 0]) * away_xy[0] + (y - line[0, 1]) * away_xy[1]
    counts = area.small_alpha() > 0.02
    if not counts.any():
        counts = np.ones_like(counts)
    if off[counts].mean() < 0:
        away_xy, off = -away_xy, -off
    bends = (line - line[0]) @ np.stack([along_xy, away_xy], axis=1)
    order = np.argsort(bends[:, 0])
    off = off - np.interp(along, bends[order, 0], bends[order, 1])
    length_px = max(float(off[counts].max()), 1.0)
    return Reach(
        along.astype(np.float32),
        np.clip(off / length_px, 0.0, 1.2).astype(np.float32),
        _pair(along_xy),
        _pair(away_xy),
        length_px,
    )


def _pair(vector: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
    return (float(vector[0]), float(vector[1]))
