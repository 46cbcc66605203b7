"""The plane on the glass: four corner pairs ↔ a projective map, and what is done with such maps.

Points are continuous pixel coordinates, xy: the frame spans (0, 0) to (width, height), the centre
of the first pixel is (0.5, 0.5). A map is a (3, 3) float64 matrix acting on columns (x, y, 1),
scaled so that its last element is 1.

>>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
>>> from_corners(square, square * 2 + 1).round(12).tolist()
[[2.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, 0.0, 1.0]]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from generator.artifacts import Quad

Floats = NDArray[np.float64]


_TRIANGLES = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
"""Four points without one of them."""


def plane_corners(plane_px: tuple[int, int]) -> Floats:
    """(4, 2): the text area's own corners in its own units."""
    width, height = plane_px
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)


def as_quad(points: Floats, decimals: int) -> Quad:
    """(4, 2) points in the form in which they are kept; `np.array(quad)` leads back."""
    x0, y0, x1, y1, x2, y2, x3, y3 = (round(float(p), decimals) + 0.0 for p in points.ravel())
    return ((x0, y0), (x1, y1), (x2, y2), (x3, y3))


def as_quads(points: Floats, decimals: int) -> tuple[Quad, ...]:
    """(n, 4, 2) points likewise."""
    return tuple(as_quad(one, decimals) for one in points)


def between_indices(points: Floats) -> Floats:
    """A (3, 3) map of points as one of pixel indices, as OpenCV's warps have it.

    There the centre of the first pixel is (0, 0).
    """
    shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    moved: Floats = shift @ points @ np.linalg.inv(shift)
    return moved


def from_corners(source: Floats, target: Floats) -> Floats:
    """The map that takes four points onto four others: (..., 3, 3).

    `source`, `target`: (..., 4, 2) float64; one set against many gives many maps. Heckbert,
    "Fundamentals of Texture Mapping and Image Warping" (1989), section 2.2.3: eight equations,
    eight coefficients. Both sets are first moved to their mean and unit spread, so that the system
    is well conditioned at any size.

    Raises ValueError when three of the points lie on a line.
    """
    source, target = np.broadcast_arrays(source, target)
    before, after = _normaliser(source), _normaliser(target)
    x, y = np.moveaxis(apply(before, source), -1, 0)
    u, v = np.moveaxis(apply(after, target), -1, 0)
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows_u = np.stack([x, y, one, zero, zero, zero, -x * u, -y * u], axis=-1)
    rows_v = np.stack([zero, zero, zero, x, y, one, -x * v, -y * v], axis=-1)
    system = np.concatenate([rows_u, rows_v], axis=-2)
    flattest = np.minimum(_flattest(apply(before, source)), _flattest(apply(after, target)))
    bad = np.argwhere(np.atleast_1d((flattest < 1e-9) | (np.linalg.cond(system) > 1e12)))
    if bad.size:
        first = tuple(bad[0]) if system.ndim > 2 else ()
        raise ValueError(
            f"corners: got {source[first].tolist()} and {target[first].tolist()}; expected quads"
        )
    right = np.concatenate([u, v], axis=-1)[..., np.newaxis]
    solved = np.linalg.solve(system, right)[..., 0]
    maps = np.concatenate([solved, one[..., :1]], axis=-1).reshape(*solved.shape[:-1], 3, 3)
    return compose(invert(after), maps, before)


def _flattest(points: Floats) -> Floats:
    """Twice the area of the smallest triangle that three of four points make: (..., 4, 2) → ..."""
    a, b, c = np.moveaxis(points[..., _TRIANGLES, :], -2, 0)
    (x1, y1), (x2, y2) = np.moveaxis(b - a, -1, 0), np.moveaxis(c - a, -1, 0)
    areas: Floats = np.abs(x1 * y2 - x2 * y1).min(axis=-1)
    return areas


def _normaliser(points: Floats) -> Floats:
    """The maps that bring (..., 4, 2) points to their mean and unit spread: (..., 3, 3)."""
    centre = points.mean(axis=-2)
    spread = np.abs(points - centre[..., np.newaxis, :]).max(axis=(-2, -1))
    scale = 1 / np.where(spread > 0, spread, 1.0)
    maps = np.zeros((*scale.shape, 3, 3))
    maps[..., 0, 0] = maps[..., 1, 1] = scale
    maps[..., :2, 2] = -centre * scale[..., np.newaxis]
    maps[..., 2, 2] = 1
    return maps


def apply(maps: Floats, points: Floats) -> Floats:
    """Points through a map: (..., 3, 3) and (n, 2) → (..., n, 2)."""
    columns = np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1)
    moved = columns @ np.swapaxes(maps, -1, -2)
    result: Floats = moved[..., :2] / moved[..., 2:]
    return result


def compose(*maps: Floats) -> Floats:
    """The map that applies the last of `maps` first."""
    product = maps[0]
    for following in maps[1:]:
        product = product @ following
    result: Floats = product / product[..., 2:3, 2:3]
    return result


def invert(maps: Floats) -> Floats:
    """The way back."""
    inverse: Floats = np.asarray(np.linalg.inv(maps), dtype=np.float64)
    return inverse / inverse[..., 2:3, 2:3]
