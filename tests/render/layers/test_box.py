"""A picture as a box, held against a real camera in a real room."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.render.layers.box import Box, box_nearness, box_of, level, nearness, upright
from generator.video.camera import closed_up, plane_map

Floats = NDArray[np.float64]
ROOM = np.array([4.0, 2.5, 5.0])
"""Width, height and depth in metres; x to the right, y down, z from the far wall to the viewer."""
EYE = np.array([2.3, 1.0, 4.2])


def camera(eye: Floats, yaw: float, pitch: float) -> Floats:
    """(3, 4): metres → px of a picture 1.6 wide and 1 high, its middle in the middle."""
    c, s, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    right = np.array([c, 0, s])
    forward = np.array([s * cp, sp, -c * cp])
    down = np.cross(forward, right)
    turn = np.stack([right, down, forward])
    lens = np.array([[1.3, 0, 0.8], [0, 1.3, 0.5], [0, 0, 1.0]])
    return lens @ np.concatenate([turn, -(turn @ eye)[:, None]], axis=1)


def seen(matrix: Floats, points: Floats) -> Floats:
    moved = points @ matrix[:, :3].T + matrix[:, 3]
    return moved[:, :2] / moved[:, 2:]


@pytest.fixture(params=[(0.0, 0.0), (0.2, 0.1), (-0.15, -0.08)])
def real(request: pytest.FixtureRequest) -> tuple[Floats, Box, tuple[float, float]]:
    """A camera that looks straight, or turned; the box that its picture gives; how it is turned."""
    matrix = camera(EYE, *request.param)
    width, height, _ = ROOM
    corners = np.array([[0, 0, 0], [width, 0, 0], [width, height, 0], [0, height, 0]], float)
    deep = matrix[:, :3] @ [0, 0, 1.0]
    return matrix, box_of(seen(matrix, corners), deep[:2] / deep[2]), request.param


def step_of(box: Box, way_m: Floats) -> Floats:
    """What a camera that went `way_m` (right, down, towards the wall) made as a step."""
    inverse = np.linalg.inv(np.stack([box.across, box.down, -box.deep], axis=1))
    # The camera's own place in the box: nearness has no unit but its distance from the wall.
    far = -inverse @ corner_of(box)
    unit = far[2] / EYE[2]
    return (
        way_m[0] / ROOM[0] * box.across
        + way_m[1] / ROOM[1] * box.down
        - way_m[2] * unit * -box.deep
    )


def corner_of(box: Box) -> Floats:
    """The far wall's top left corner as a homogeneous place of nearness 1."""
    rows = np.array([box.wall, box.ceiling, box.left])
    return np.linalg.solve(rows, np.ones(3))


POINTS = {
    "wall": [[0.5, 0.7, 0.0], [3.5, 2.2, 0.0], [2.0, 1.1, 0.0]],
    "floor": [[0.7, 2.5, 1.0], [3.1, 2.5, 2.5]],
    "ceiling": [[1.0, 0.0, 1.5]],
    "left": [[0.0, 1.2, 1.2], [0.0, 2.0, 2.0]],
    "right": [[4.0, 0.6, 1.3]],
}


@pytest.mark.parametrize("side", list(POINTS))
def test_a_moved_camera_sees_every_side_where_the_box_says(
    side: str, real: tuple[Floats, Box, tuple[float, float]]
) -> None:
    matrix, box, turned = real
    points = np.array(POINTS[side])
    places = seen(matrix, points)
    near = nearness(getattr(box, side), places)
    np.testing.assert_allclose(box_nearness(box, places), near, rtol=1e-9)
    depth = points @ matrix[2, :3] + matrix[2, 3]
    np.testing.assert_allclose(near * depth, (near * depth)[0], rtol=1e-9)
    way = np.array([0.3, -0.1, 1.1])
    moved = camera(EYE + way * [1, 1, -1], *turned)
    mapped = plane_map(getattr(box, side), step_of(box, way), np.eye(3))
    homogeneous = np.concatenate([places, np.ones((len(places), 1))], axis=1) @ mapped.T
    np.testing.assert_allclose(
        homogeneous[:, :2] / homogeneous[:, 2:], seen(moved, points), atol=1e-9
    )


def test_an_upright_thing_and_its_level_top(
    real: tuple[Floats, Box, tuple[float, float]],
) -> None:
    """A desk: its foot on the floor, its front upright, its top level; a lamp at its back."""
    matrix, box, turned = real
    foot = np.array([[1.0, 2.5, 1.2], [2.6, 2.5, 1.5]])
    at = seen(matrix, foot)
    card = upright(at, nearness(box.floor, at), box.down)
    edge = foot - [0, 0.8, 0]
    middle = seen(matrix, edge).mean(axis=0)
    top = level(middle, float(nearness(card, middle)), box)
    back = edge + np.array([[0.1, 0, -0.9], [-0.2, 0, -1.0]])
    way = np.array([-0.2, 0.15, 1.0])
    moved = camera(EYE + way * [1, 1, -1], *turned)
    for plane, points in ((card, edge), (top, back)):
        places = seen(matrix, points)
        mapped = plane_map(plane, step_of(box, way), np.eye(3))
        homogeneous = np.concatenate([places, np.ones((2, 1))], axis=1) @ mapped.T
        found = homogeneous[:, :2] / homogeneous[:, 2:]
        # The middle of the edge as seen is not quite the middle of the edge.
        np.testing.assert_allclose(found, seen(moved, points), atol=2e-3)


def test_a_room_that_has_closed_up_is_the_still() -> None:
    box = box_of(np.array([[0.2, 0.2], [0.9, 0.1], [0.9, 0.9], [0.2, 0.8]]), np.array([0.5, 0.5]))
    step = np.array([0.1, 0.2, 0.4])
    maps = [plane_map(closed_up(plane, 1.0, 1.1), step, np.eye(3)) for plane in box.planes]
    for mapped in maps:
        np.testing.assert_allclose(mapped, maps[0])
    assert maps[0][2, 0] == maps[0][2, 1] == 0.0, "no perspective is left, only a shot"
