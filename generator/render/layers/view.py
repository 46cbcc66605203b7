"""A view of the solids: where on the still each px of the frame looks, and what covers what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generator.render.layers.harmonics import Plane
from generator.render.layers.painter import Places, alpha_at
from generator.render.layers.relief import look_up
from generator.render.layers.solids import Solid
from generator.render.layers.walk import Look
from generator.video.homography import Floats

_CLOSEST = 0.04
"""What is nearer than this share of the way to the far wall has been passed."""


@dataclass(frozen=True)
class Seen:
    """A solid in the frame: the rectangle it touches, its places on the still, how far it covers.

    `alpha`: (h, w) float32; None covers all. `near`: (h, w) float32, its nearness as seen now.
    """

    solid: Solid
    rows: slice
    columns: slice
    places: Places
    alpha: Plane | None
    near: Plane


def seen(solid: Solid, look: Look, size_px: tuple[int, int]) -> Seen | None:
    """The solid as the camera sees it now, or None when it is out of the frame or passed."""
    window = _window(solid, look, size_px)
    if window is None:
        return None
    rows, columns = window
    if solid.relief is not None:
        x, y, near = look_up(solid.relief, look, size_px)
        return Seen(solid, rows, columns, Places(x, y), None, near)
    places, near, ahead = _places(solid, look, rows, columns)
    if solid.area is None:
        return Seen(solid, rows, columns, places, None, near)
    alpha = alpha_at(solid.area, places) * ahead
    return Seen(solid, rows, columns, places, alpha, near) if alpha.any() else None


def _places(solid: Solid, look: Look, rows: slice, columns: slice) -> tuple[Places, Plane, Plane]:
    """Where on the still each px looks; its nearness now; 1 where it is ahead of the camera."""
    u = np.arange(columns.start, columns.stop, dtype=np.float32) + np.float32(0.5)
    v = (np.arange(rows.start, rows.stop, dtype=np.float32) + np.float32(0.5))[:, None]
    best: Plane | None = None
    x = y = w = np.zeros((0, 0), np.float32)
    for plane in solid.planes:
        back = np.linalg.inv(look.matrix(plane))
        # `back` keeps its scale: the third part is one over how much nearer the place has come.
        ahead = _linear(back[2], u, v)
        near = _linear(look.plane(plane) @ back, u, v)
        if best is None:
            best, w = near, ahead
            x, y = _linear(back[0], u, v), _linear(back[1], u, v)
            continue
        wins = (near > best) if solid.inside else (near < best)
        if solid.inside:
            wins &= ahead > 0
            wins |= w <= 0
        if not wins.any():
            continue
        for kept, row in ((x, back[0]), (y, back[1])):
            np.copyto(kept, _linear(row, u, v), where=wins)
        np.copyto(w, ahead, where=wins)
        np.copyto(best, near, where=wins)
    if best is None:
        raise ValueError("a solid without planes")
    ahead_of = np.asarray((w > 0) & (w < 1.0 / _CLOSEST), np.float32)
    safe = np.where(np.abs(w) > 1e-6, w, np.float32(1e-6))
    places = Places(np.asarray(x / safe, np.float32), np.asarray(y / safe, np.float32))
    return places, best, ahead_of


def _linear(row: Floats, u: Plane, v: Plane) -> Plane:
    """Row · (u, v, 1) over a grid."""
    a, b, c = (np.float32(value) for value in row)
    return np.asarray((a * u + c) + b * v, np.float32)


def _window(solid: Solid, look: Look, size_px: tuple[int, int]) -> tuple[slice, slice] | None:
    """The rectangle of the frame that the solid may touch."""
    width, height = size_px
    if solid.area is None:
        return slice(0, height), slice(0, width)
    points = _outline(solid, look)
    if len(points) < 3:
        return None
    left, top = np.floor(points.min(axis=0)) - 2
    right, bottom = np.ceil(points.max(axis=0)) + 2
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        return None
    return (
        slice(int(max(0, top)), int(min(height, bottom))),
        slice(int(max(0, left)), int(min(width, right))),
    )


def _outline(solid: Solid, look: Look) -> Floats:
    """The corners of the solid's box in the frame, px; what is behind the camera is cut off."""
    area = solid.area
    if area is None:
        raise ValueError("the room has no outline")
    height, width = area.alpha.shape
    xs = np.linspace(area.x, area.x + width, 9)
    ys = np.linspace(area.y, area.y + height, 9)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    near = (1 - look.flat) * solid.nearness(grid) + look.flat * look.screen
    moved = np.concatenate([grid, np.ones((len(grid), 1))], axis=1) - near[:, None] * look.step
    kept = moved[moved[:, 2] > _CLOSEST]
    if len(kept) < len(moved):  # it reaches past the camera: it may fill the frame
        kept = np.concatenate([kept, moved[moved[:, 2] <= _CLOSEST] + [0, 0, 1.0]])
    shown = kept @ look.to_frame.T
    points: Floats = shown[:, :2] / np.maximum(shown[:, 2:], 1e-6)
    if len(kept) and (moved[:, 2] <= _CLOSEST).any():
        far = 1e5
        points = np.concatenate([points, [[-far, -far], [far, far]]]) if len(points) else points
    return points
