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

Floats = NDArray[np.float64]


def from_corners(source: Floats, target: Floats) -> Floats:
    """The map that takes four points onto four others.

    `source`, `target`: (4, 2) float64. Heckbert, "Fundamentals of Texture Mapping and Image
    Warping" (1989), section 2.2.3: eight equations, eight coefficients. Both sets are first moved
    to their mean and unit spread, so that the system is well conditioned at any size.

    Raises ValueError when three of the points lie on a line.
    """
    before, after = _normaliser(source), _normaliser(target)
    x, y = apply(before, source).T
    u, v = apply(after, target).T
    zero, one = np.zeros(4), np.ones(4)
    rows_u = np.stack([x, y, one, zero, zero, zero, -x * u, -y * u], axis=1)
    rows_v = np.stack([zero, zero, zero, x, y, one, -x * v, -y * v], axis=1)
    system = np.concatenate([rows_u, rows_v])
    flattest = min(_flattest(apply(before, source)), _flattest(apply(after, target)))
    if flattest < 1e-9 or np.linalg.cond(system) > 1e12:
        raise ValueError(f"corners: got {source.tolist()} and {target.tolist()}; expected quads")
    solved = np.linalg.solve(system, np.concatenate([u, v]))
    return compose(invert(after), np.append(solved, 1.0).reshape(3, 3), before)


def _flattest(points: Floats) -> float:
    """Twice the area of the smallest triangle that three of four points make."""
    areas = []
    for left_out in range(4):
        (ax, ay), (bx, by), (cx, cy) = np.delete(points, left_out, axis=0)
        areas.append(abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)))
    return float(min(areas))


def _normaliser(points: Floats) -> Floats:
    centre = points.mean(axis=0)
    spread = float(np.abs(points - centre).max()) or 1.0
    return np.array(
        [[1 / spread, 0, -centre[0] / spread], [0, 1 / spread, -centre[1] / spread], [0, 0, 1]]
    )


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


def coefficients(matrix: Floats) -> Floats:
    """The eight coefficients of a map, row by row, its ninth being 1."""
    result: Floats = (matrix / matrix[2, 2]).reshape(9)[:8]
    return result


def is_convex_quad(corners: Floats) -> bool:
    """Whether (4, 2) corners in the order TL TR BR BL make a convex quad seen from its front."""
    sides = np.roll(corners, -1, axis=0) - corners
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    return bool((turns > 0).all())
