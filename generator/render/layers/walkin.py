"""The walk-in clip: the camera goes into the still, and the room is already breathing.

Every solid is drawn from the farthest to the nearest, as the camera sees it now, with its layers
moved by the same painter as in the seated shot. The last frame is that shot's first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts.camera import Camera, CameraFrame, Surface, Triple
from generator.render.layers.areas import Area, outline_of
from generator.render.layers.box import Box
from generator.render.layers.dust import Motes, motes_in
from generator.render.layers.harmonics import Plane
from generator.render.layers.painter import Painter, Textures, patch_of
from generator.render.layers.room import Room, mask_of
from generator.render.layers.seated import Seated
from generator.render.layers.solids import Solid
from generator.render.layers.steam import steam_in
from generator.render.layers.textures import Pyramid, filled
from generator.render.layers.view import Seen, seen
from generator.render.layers.walk import Look, Walk
from generator.scene.model import WALKIN
from generator.video import homography
from generator.video.homography import Floats
from generator.video.shots import Shot

_SHUTTER = 0.5
"""The share of a frame's time that the shutter is open: 180 degrees."""
_SOFT_PX = 5.0
"""How unsharp, at most, what one passes gets, px of a 1280-wide frame."""
_EXPOSURE = 0.35
"""How far a camera evens out how bright what it sees is."""
_UNCOVERED_PX = 4.0
"""So far apart, and what is filled in shows fully, px of the frame."""
_WAKES_S = 1.5
"""The first frame is the still; by then everything breathes."""
_GROWN_PX = 4
"""What stands before others is cut out of them so much larger, px of the plate."""


@dataclass(frozen=True)
class _Drawn:
    """A solid with its pictures.

    `mended`: with what nearer ones hide filled in. `behind`: for the room, without its curtains,
    too. `plate`: as photographed, which shows while nothing is uncovered.
    """

    solid: Solid
    mended: Pyramid
    behind: Pyramid
    plate: Pyramid


class WalkIn:
    """The walk into the still. `frame(k)` is the picture at frame k."""

    def __init__(
        self,
        room: Room,
        solids: Sequence[Solid],
        walk: Walk,
        seated: Seated,
        loop_frames: int,
        fps: int,
    ) -> None:
        """`solids`: from the farthest to the nearest. `walk`: over the room's plate.

        `seated`: what it ends on. `loop_frames`: of the loop.
        """
        self._room, self._walk, self._seated = room, walk, seated
        self._loop_frames = loop_frames
        self._wakes = min(_WAKES_S * fps, 0.3 * walk.frame_count) / loop_frames
        self._drawn = _drawn(room, solids, walk)
        self._painter = Painter(room.movers)
        self._lights = Painter([m for m in room.movers if m.kind in ("light", "lamp")])
        self._steam = [(area, steam_in(area, room.breeze)) for area in room.steam]
        near = [motes_in(a, room.plate, room.breeze, walk.end, walk.size_px) for a in room.dust]
        wide = [motes_in(a, room.plate, room.breeze, walk.start, walk.size_px) for a in room.dust]
        self._near = [motes for motes in near if motes is not None]
        self._wide = [motes for motes in wide if motes is not None]
        self._brightness = _brightness(seated.frame(0.0))
        self._first = _brightness(self._scene(walk.look(0), self._phase(0)))

    def frame(self, number: int) -> Plane:
        """(h, w, 3) float32 RGB, 0 to 255."""
        last = self._walk.frame_count - 1
        if number >= last:
            return self._seated.frame(0.0)
        look = self._walk.look(number)
        view = self._scene(look, self._phase(number))
        share = number / max(1, last)
        usual = self._first ** (1 - share) * self._brightness**share
        view *= np.float32((usual / max(_brightness(view), 1.0)) ** _EXPOSURE)
        return self._blurred(view, number)

    def camera(self) -> Camera:
        """Where the camera is at every frame, and what stands before it, in fractions."""
        plate = np.array([self._walk.plate_px[0], self._walk.plate_px[1], 1.0])
        frame = np.array([self._walk.size_px[0], self._walk.size_px[1], 1.0])
        frames = []
        for number in range(self._walk.frame_count):
            look = self._walk.look(number)
            to_frame = look.to_frame * plate / frame[:, None]
            frames.append(
                CameraFrame(
                    (triple(to_frame[0]), triple(to_frame[1]), triple(to_frame[2])),
                    triple(look.step / plate),
                    look.flat,
                )
            )
        surfaces = []
        for drawn in self._drawn:
            planes = tuple(triple(plane * plate) for plane in drawn.solid.planes)
            area = drawn.solid.area
            shape = () if area is None else outline_of(area)
            surfaces.append(Surface(shape, planes, drawn.solid.inside))
        return Camera(WALKIN, tuple(frames), tuple(surfaces), self._walk.screen)

    def _phase(self, number: int) -> float:
        """The moment of the loop, such that the clip ends at its beginning."""
        return (number - (self._walk.frame_count - 1)) / self._loop_frames

    def _scene(self, look: Look, phase: float) -> Plane:
        """The room and what stands in it, and what floats in the air."""
        size_px = self._walk.size_px
        view = np.zeros((size_px[1], size_px[0], 3), np.float32)
        for drawn in self._drawn:
            part = seen(drawn.solid, look, size_px)
            if part is not None:
                self._draw(view, drawn, part, look, phase)
        arrived = _ramp((look.progress - 0.45) / 0.55)
        for motes, light in ((self._wide, 1.0 - arrived), (self._near, arrived)):
            self._float(view, motes, look, phase, light)
        return view

    def _draw(self, view: Plane, drawn: _Drawn, part: Seen, look: Look, phase: float) -> None:
        scene = drawn.mended.at(look.enlargement)
        base = scene.sample(part.places.x, part.places.y)
        apart = min(1.0, self._uncovered_px(look) / _UNCOVERED_PX)
        if apart < 1.0:
            whole = drawn.plate.at(look.enlargement).sample(part.places.x, part.places.y)
            base += (whole - base) * np.float32(1.0 - apart)
        room = drawn.solid.area is None
        painter = self._painter if room else self._lights
        textures = Textures(scene, scene, drawn.behind.at(look.enlargement) if room else scene)
        amount = _ramp((phase - self._phase(0)) / self._wakes)
        base = painter.moved(base, painter.patches(part.places), textures, phase, amount)
        if part.alpha is None:
            view[...] = base
            for area, steam in self._steam:
                patch = patch_of(area, part.places)
                if patch is not None:
                    over = view[patch.rows, patch.columns]
                    steam.draw(over, patch.cell_x, patch.cell_y, patch.alpha, phase)
            return
        alpha = part.alpha
        radius = self._softness(part, look)
        if radius > 0.4:
            base, alpha = _soft(base, alpha, radius)
        under = view[part.rows, part.columns]
        under += (base - under) * alpha[..., None]

    def _uncovered_px(self, look: Look) -> float:
        """How far a thing a tenth nearer than the screen has moved apart from it, px at most."""
        width, height = self._walk.size_px
        plane = np.array([0.0, 0.0, look.screen])
        corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]])
        apart = corners @ (look.matrix(1.1 * plane) @ np.linalg.inv(look.matrix(plane))).T
        return float(np.abs(apart[:, :2] / apart[:, 2:] - corners[:, :2]).max())

    def _softness(self, part: Seen, look: Look) -> float:
        """How unsharp a solid is that is nearer than the screen, px of the frame (sigma)."""
        screen = look.screen / (1.0 - look.screen * look.step[2])
        nearer = float(np.median(part.near)) / screen - 1.15
        open_ = _SOFT_PX * self._walk.size_px[0] / 1280 * math.sin(math.pi * look.progress)
        return float(np.clip(nearer, 0.0, 1.0)) * open_

    def _float(
        self, view: Plane, motes: Sequence[Motes], look: Look, phase: float, light: float
    ) -> None:
        if light <= 0.0:
            return

        def project(place: Floats, nearness: Floats) -> tuple[Floats, NDArray[np.bool_]]:
            near = look.screen * (1.0 + 0.5 * (1.0 - look.flat) * nearness)
            steps = near[:, None] * look.step
            moved = np.concatenate([place, np.ones((len(place), 1))], axis=1) - steps
            ahead = moved[:, 2] > 0.05
            shown = moved @ look.to_frame.T
            return shown[:, :2] / np.where(ahead, shown[:, 2], 1.0)[:, None], ahead

        for each in motes:
            each.draw(view, project, phase, light=light)

    def _blurred(self, view: Plane, number: int) -> Plane:
        """The view while the shutter was open: smeared along the camera's own motion."""
        now = self._walk.look(number)
        plane = np.array([0.0, 0.0, now.screen])
        back = np.linalg.inv(now.matrix(plane))
        corners = np.array([[0, 0, 1], [view.shape[1], view.shape[0], 1]], np.float64)
        total, weight = view * np.float32(0.5), 0.5
        for share in (-_SHUTTER / 2, _SHUTTER / 2):
            there = self._walk.look(number + share).matrix(plane) @ back
            moved = corners @ there.T
            if np.abs(moved[:, :2] / moved[:, 2:] - corners[:, :2]).max() < 0.4:
                return view
            shift = homography.between_indices(there)
            smeared = cv2.warpPerspective(
                view, shift, (view.shape[1], view.shape[0]), borderMode=cv2.BORDER_REPLICATE
            )
            total += np.float32(0.25) * smeared
            weight += 0.25
        return np.asarray(total / np.float32(weight), np.float32)


def _drawn(room: Room, solids: Sequence[Solid], walk: Walk) -> list[_Drawn]:
    """Each solid with its picture, the holes that nearer ones leave in it filled."""
    plate_px = (room.plate.shape[1], room.plate.shape[0])
    farthest = walk.size_px[0] / max(walk.start.width, walk.end.width)
    drawn = []
    for place, solid in enumerate(solids):
        nearer = mask_of([s.area for s in solids[place + 1 :] if s.area is not None], plate_px)
        nearer = _grown(nearer)
        if solid.area is None:
            bare = filled(room.plate, nearer)
            curtains = [m.area for m in room.movers if m.area.layer.motion == "curtain"]
            behind = filled(bare, mask_of(curtains, plate_px))
            pictures = [Pyramid.of(each, 0.0, 0.0, farthest) for each in (bare, behind, room.plate)]
        else:
            own = mask_of([solid.area], plate_px)
            mended = filled(room.plate, nearer & own, within=own & ~nearer)
            cut = _cut(mended, solid.area, farthest)
            pictures = [cut, cut, _cut(room.plate, solid.area, farthest)]
        drawn.append(_Drawn(solid, *pictures))
    return drawn


def _cut(picture: NDArray[np.uint8], area: Area, farthest: float) -> Pyramid:
    """The part of a picture of the plate that an area needs."""
    height, width = area.alpha.shape
    top, left = max(0, area.y - 2), max(0, area.x - 2)
    cut = picture[top : area.y + height + 2, left : area.x + width + 2]
    return Pyramid.of(np.ascontiguousarray(cut), float(left), float(top), farthest)


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    size = 2 * _GROWN_PX + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


def _soft(base: Plane, alpha: Plane, sigma_px: float) -> tuple[Plane, Plane]:
    """Colours and cover out of focus together, so that no background bleeds in."""
    both = np.concatenate([base * alpha[..., None], alpha[..., None]], axis=-1)
    both = cv2.GaussianBlur(both, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    cover = np.asarray(both[..., 3], np.float32)
    return np.asarray(both[..., :3] / np.maximum(cover, 1e-3)[..., None], np.float32), cover


def _brightness(view: Plane) -> float:
    return max(1.0, float(view[::8, ::8].mean()))


def triple(values: Floats) -> Triple:
    """Three numbers as they are kept."""
    x, y, z = (float(value) for value in values)
    return (x, y, z)


def _ramp(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def plan_walk(
    room: Room,
    box: Box,
    solids: Sequence[Solid],
    shots: tuple[Shot, Shot],
    size_px: tuple[int, int],
    frame_count: int,
    sway_px: float,
) -> Walk:
    """The way from one shot of the plate to another.

    It heads for what stands in the middle of the last shot, and closes up to its plane.
    """
    start, end = shots
    target = np.array([end.x + end.width / 2, end.y + end.height / 2])
    near = 1.0
    for solid in solids:
        if solid.area is None or _covers(solid, target):
            near = float(solid.nearness(target))
    plate_px = (room.plate.shape[1], room.plate.shape[0])
    return Walk(box, start, end, size_px, plate_px, frame_count, near, target, sway_px)


def _covers(solid: Solid, place: Floats) -> bool:
    area = solid.area
    if area is None:
        return False
    height, width = area.alpha.shape
    x, y = int(place[0]) - area.x, int(place[1]) - area.y
    return bool(0 <= x < width and 0 <= y < height and area.alpha[y, x] > 0.5)
