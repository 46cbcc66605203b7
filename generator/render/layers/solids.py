"""What stands in the room as planes: the box itself, and each `front` on its foot line.

A front is an upright plane over its foot; with a `top` it is a level plane behind that edge, too.
It stands on the floor, on the wall it hangs on, or on the top of another front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generator.errors import SceneError
from generator.render.layers.areas import Area, anchor_of
from generator.render.layers.box import (
    Box,
    box_nearness,
    level,
    nearness,
    upright,
)
from generator.render.layers.harmonics import Plane
from generator.render.layers.relief import plane_under
from generator.video.homography import Floats


@dataclass(frozen=True)
class Solid:
    """Some planes of which, at each place, the nearest (`inside`) or the farthest shows.

    One looks at the room from inside and at a thing from outside. `area` is None for the room.
    `relief`: (h, w) float32 over the plate, the room's nearness where a depth map says it; the
    planes are then the one of the screen.
    """

    planes: tuple[Floats, ...]
    inside: bool
    area: Area | None
    relief: Plane | None = None

    def nearness(self, places: Floats) -> Floats:
        """Of each of (..., 2) places on it."""
        if self.relief is not None:
            height, width = self.relief.shape
            x = np.clip(places[..., 0].astype(int), 0, width - 1)
            y = np.clip(places[..., 1].astype(int), 0, height - 1)
            seen: Floats = self.relief[y, x].astype(np.float64)
            return seen
        all_ = np.array([nearness(plane, places) for plane in self.planes])
        near: Floats = all_.max(axis=0) if self.inside else all_.min(axis=0)
        return near


def solids_of(box: Box, fronts: Sequence[Area]) -> list[Solid]:
    """The room and what stands in it, from the farthest to the nearest.

    Raises SceneError for a front whose foot is behind the camera or runs straight up.
    """
    room = Solid(box.planes, inside=True, area=None)
    made: list[tuple[tuple[float, float], Solid]] = []
    # What stands on another has its foot higher in the picture: carriers come first.
    for area in sorted(fronts, key=lambda front: -_foot_y(front)):
        solid, carrier = _front(area, box, [solid for _, solid in made])
        foot = float(np.mean(solid.nearness(np.array(anchor_of(area)))))
        base = next((rank[0] for rank, other in made if other is carrier), foot)
        made.append(((base, foot if carrier else 0.0), solid))
    return [room, *(solid for _, solid in sorted(made, key=lambda item: item[0]))]


def solids_in_relief(
    room: Plane, map_: Plane, plane: Floats, fronts: Sequence[Area]
) -> list[Solid]:
    """The same where a depth map says how near everything is.

    `room`: the map without what stands in the room, `plane` the screen's in it; `map_`: all of it.
    """
    things = [Solid((plane_under(map_, area),), inside=False, area=area) for area in fronts]
    things.sort(key=lambda solid: float(np.mean(solid.nearness(_middle(solid)))))
    return [Solid((plane,), inside=False, area=None, relief=room), *things]


def _middle(solid: Solid) -> Floats:
    return np.empty((0, 2)) if solid.area is None else np.array(anchor_of(solid.area))


def _foot_y(area: Area) -> float:
    return max(y for _, y in anchor_of(area))


def _front(area: Area, box: Box, others: Sequence[Solid]) -> tuple[Solid, Solid | None]:
    """The solid of a front, and what it stands on if that is another front."""
    foot = np.array(anchor_of(area))
    near = box_nearness(box, foot)
    carrier = None
    for other in others:
        if sum(_stands_on(place, other) for place in foot) * 2 > len(foot):
            carrier, near = other, nearness(other.planes[-1], foot)
    planes = []
    for k in range(len(foot) - 1):
        try:
            planes.append(upright(foot[k : k + 2], near[k : k + 2], box.down))
        except np.linalg.LinAlgError as exc:
            raise SceneError(
                f'scene.toml [[layers]] "{area.layer.name}" anchor',
                got="a foot line that runs straight up",
                expected="the line on which it stands",
                remedy="draw it along its foot, from one side to the other",
            ) from exc
    if area.layer.top:
        edge = np.array(area.layer.top) * area.plate_px
        at = edge.mean(axis=0)
        card = min(float(nearness(plane, at)) for plane in planes)
        planes.append(level(at, card, box))
    return Solid(tuple(planes), inside=False, area=area), carrier


def _stands_on(place: Floats, carrier: Solid) -> bool:
    """Whether a foot lies on the carrier's top: within its outline, behind its front edge."""
    area = carrier.area
    if area is None or not area.layer.top:
        return False
    height, width = area.alpha.shape
    x, y = int(place[0]) - area.x, int(place[1]) - area.y
    inside = 0 <= x < width and 0 <= y < height and area.alpha[y, x] > 0.05
    card = min(float(nearness(plane, place)) for plane in carrier.planes[:-1])
    return inside and float(nearness(carrier.planes[-1], place)) <= card + 1e-9
