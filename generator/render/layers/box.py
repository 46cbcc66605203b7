"""The picture as a room: a box of five planes, and upright things that stand in it.

Horry, Anjyo, Arai, "Tour Into the Picture" (1997): a far wall and a vanishing point make a picture
a box. Everything here is written as plane plus parallax. A plane is a covector n; the nearness of a
place (x, y) on it is n · (x, y, 1), one over its depth. A camera that has moved sees that place at

    x' ~ (x, y, 1) - nearness · e

where the step e is where the camera went, in the picture's own terms (`video.camera`). No focal
length is needed as long as the camera only moves along the room's axes, nor any unit: 1 is the
nearness of the far wall's top left corner.

>>> box = box_of(np.array([[1, 1], [3, 1], [3, 3], [1, 3]]), np.array([2, 2]))
>>> [round(float(nearness(plane, np.array([[2.0, 3.5]]))[0]), 6) for plane in (box.wall, box.floor)]
[1.0, 1.5]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generator.video.homography import Floats, from_corners

_SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


@dataclass(frozen=True)
class Box:
    """The room's five planes, (3,) float64 each, and its axes.

    `across`, `down`, `deep`: (3,) where the picture has its directions, points at infinity of the
    room as homogeneous places; a step by a whole far wall's width or height is `across` or `down`.
    """

    wall: Floats
    floor: Floats
    ceiling: Floats
    left: Floats
    right: Floats
    across: Floats
    down: Floats
    deep: Floats

    @property
    def planes(self) -> tuple[Floats, ...]:
        """All five; the nearest of them is what one sees."""
        return (self.wall, self.floor, self.ceiling, self.left, self.right)


def box_of(wall: Floats, eye: Floats) -> Box:
    """The box of a far wall, (4, 2) in the order TL TR BR BL, and a vanishing point, (2,).

    Both in the same places as the picture. The wall is convex and holds the eye.
    """
    to_wall = from_corners(_SQUARE, np.asarray(wall, np.float64))
    across, down = to_wall[:, 0], to_wall[:, 1]
    deep = np.array([eye[0], eye[1], 1.0])
    corners = [np.array([*corner, 1.0]) for corner in np.asarray(wall, np.float64)]
    far = plane_of([(corners[0], 1.0)], [across, down])

    def side(corner: Floats, direction: Floats) -> Floats:
        return plane_of([(corner, float(far @ corner))], [direction, deep])

    return Box(
        far,
        side(corners[3], across),
        side(corners[0], across),
        side(corners[0], down),
        side(corners[1], down),
        across,
        down,
        deep,
    )


def plane_of(points: list[tuple[Floats, float]], directions: list[Floats]) -> Floats:
    """The plane through places of known nearness that contains some directions; three in all.

    `points`: homogeneous places and their nearness. `directions`: homogeneous points at infinity.
    Raises numpy.linalg.LinAlgError when they do not make a plane.
    """
    rows = np.array([*(point for point, _ in points), *directions])
    return np.linalg.solve(
        rows, np.array([*(near for _, near in points), *(0.0 for _ in directions)])
    )


def nearness(plane: Floats, places: Floats) -> Floats:
    """Of each of (..., 2) places on a plane."""
    near: Floats = places @ plane[:2] + plane[2]
    return near


def box_nearness(box: Box, places: Floats) -> Floats:
    """Of each of (..., 2) places on the box: on the plane that its ray meets first."""
    near: Floats = np.max([nearness(plane, places) for plane in box.planes], axis=0)
    return near


def upright(foot: Floats, near: Floats, down: Floats) -> Floats:
    """The upright plane over a foot line, (2, 2) with the nearness of both ends, (2,).

    Raises numpy.linalg.LinAlgError for a foot line that runs straight up.
    """
    return plane_of([(np.array([*foot[k], 1.0]), float(near[k])) for k in range(2)], [down])


def level(place: Floats, near: float, box: Box) -> Floats:
    """The level plane through a place, (2,), of known nearness."""
    return plane_of([(np.array([*place, 1.0]), near)], [box.across, box.deep])
