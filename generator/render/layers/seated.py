"""The ambient clip: one shot of the hero in which only the layers move."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts.camera import Camera, CameraFrame
from generator.render.layers.dust import Floats, Motes, motes_in
from generator.render.layers.harmonics import Plane
from generator.render.layers.painter import Painter, Patch, Places, alpha_at, patch_of
from generator.render.layers.room import Room
from generator.render.layers.steam import Steam, steam_in
from generator.render.push_in import to_frame_of
from generator.scene.model import AMBIENT, Scene
from generator.video.shots import Shot

_WINDY = ("foliage", "curtain", "lamp")
_TRIED_PX = 320
"""The calmest moment is looked for in pictures so wide."""
_STARTS = 48
"""Moments of the loop that are tried."""


class Seated:
    """The view from the chair. `frame(phase)` is the picture at a moment of the loop."""

    def __init__(
        self, room: Room, shot: Shot, size_px: tuple[int, int], margin_px: int = 0
    ) -> None:
        """`shot`: of the plate; it has the aspect of `size_px`. `margin_px`: shown round it."""
        self._scale = size_px[0] / shot.width
        wide_px = (size_px[0] + 2 * margin_px, size_px[1] + 2 * margin_px)
        around = margin_px / self._scale
        wide = Shot(
            shot.x - around, shot.y - around, shot.width + 2 * around, shot.height + 2 * around
        )
        self._corner = np.array([wide.x, wide.y])
        self.places = places_of(wide, wide_px)
        self._textures = room.textures(wide, wide_px)
        self._base = self._textures.scene.sample(self.places.x, self.places.y, cv2.INTER_LINEAR)
        self._painter = Painter(room.movers)
        self._patches = self._painter.patches(self.places)
        self._dust = list(self._motes(room, shot, size_px))
        self._steam = list(self._wisps(room))

    def frame(self, phase: float) -> Plane:
        """(h, w, 3) float32 RGB, 0 to 255."""
        view = self._painter.moved(self._base, self._patches, self._textures, phase)
        for steam, patch in self._steam:
            part = view[patch.rows, patch.columns]
            steam.draw(part, patch.cell_x, patch.cell_y, patch.alpha, phase)
        for motes, within in self._dust:
            motes.draw(view, self._project, phase, within)
        return view

    def _motes(
        self, room: Room, shot: Shot, size_px: tuple[int, int]
    ) -> Iterator[tuple[Motes, Plane]]:
        """What floats in each beam as far as the shot shows it."""
        for area in room.dust:
            motes = motes_in(area, room.plate, room.breeze, shot, size_px)
            if motes is not None:
                yield motes, alpha_at(area, self.places)

    def _wisps(self, room: Room) -> Iterator[tuple[Steam, Patch]]:
        for area in room.steam:
            patch = patch_of(area, self.places)
            if patch is not None:
                yield steam_in(area, room.breeze), patch

    def _project(self, place: Floats, nearness: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        return (place - self._corner) * self._scale, np.ones(len(nearness), np.bool_)


def calm_at_start(room: Room, shot: Shot, size_px: tuple[int, int], loop_frames: int) -> Room:
    """The room with its wind begun where it moves least, as the shot shows it.

    There the loop starts anew, and there the walk-in comes to rest.
    """
    windy = [mover for mover in room.movers if mover.kind in _WINDY]
    if not windy or loop_frames < 4:
        return room
    share = min(1.0, _TRIED_PX / size_px[0])
    small_px = (round(size_px[0] * share), round(size_px[1] * share))
    only = replace(room, movers=tuple(windy), dust=(), steam=())
    seated = Seated(only, shot, small_px)
    starts = np.arange(_STARTS) / _STARTS
    step = 1.0 / loop_frames
    moved = [
        float(np.abs(seated.frame(start) - seated.frame(start - step)).mean()) for start in starts
    ]
    start = float(starts[int(np.argmin(moved))])
    movers = tuple(
        replace(mover, field=mover.field.from_phase(start)) if mover.kind in _WINDY else mover
        for mover in room.movers
    )
    return replace(room, movers=movers)


def places_of(shot: Shot, size_px: tuple[int, int]) -> Places:
    """What a shot shows, px by px."""
    width, height = size_px
    step = np.float32(shot.width / width)
    x = (np.arange(width, dtype=np.float32) + np.float32(0.5)) * step + np.float32(shot.x)
    y = (np.arange(height, dtype=np.float32) + np.float32(0.5)) * step + np.float32(shot.y)
    shape = (height, width)
    return Places(np.broadcast_to(x, shape).copy(), np.broadcast_to(y[:, None], shape).copy())


def seated_frames(room: Room, shot: Shot, scene: Scene, frame_count: int) -> Iterator[Plane]:
    """The ambient clip, frame by frame: (h, w, 3) float32 RGB, 0 to 255. `shot`: of the plate."""
    size_px, sway_px = scene.room.size, scene.ambient.sway_px
    margin = math.ceil(sway_px) + 2 if sway_px else 0
    seated = Seated(room, shot, size_px, margin)
    for number in range(frame_count):
        phase = number / frame_count
        view = seated.frame(phase)
        yield view if not margin else shifted(view, sway_at(phase, sway_px), margin)


def seated_camera(
    of_hero: Shot, hero_px: tuple[int, int], scene: Scene, frame_count: int
) -> Camera:
    """Where the camera of the ambient clip is at every frame: still, but for a sway."""
    width, height = scene.room.size
    across, down, last = to_frame_of(of_hero, hero_px)
    frames = []
    for number in range(frame_count):
        x, y = sway_at(number / frame_count, scene.ambient.sway_px)
        frames.append(
            CameraFrame(
                (
                    (across[0], across[1], across[2] + x / width),
                    (down[0], down[1], down[2] + y / height),
                    last,
                )
            )
        )
    return Camera(AMBIENT, tuple(frames))


def shifted(view: Plane, by_px: tuple[float, float], margin: int) -> Plane:
    """A view without its margin, as a camera sees it that is turned until it moves `by_px`."""
    height, width = view.shape[:2]
    size = (width - 2 * margin, height - 2 * margin)
    matrix = np.array([[1.0, 0.0, margin - by_px[0]], [0.0, 1.0, margin - by_px[1]]])
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(view, matrix, size, flags=flags), np.float32)


def sway_at(phase: float, sway_px: float) -> tuple[float, float]:
    """How far a hand-held camera has swayed, px of the clip; never more than `sway_px` each way.

    Sines alone, so that a loop begins and ends at rest in the middle.
    """
    turn = 2 * math.pi * phase
    across = 0.62 * math.sin(turn) + 0.38 * math.sin(2 * turn)
    down = 0.45 * math.sin(2 * turn) - 0.25 * math.sin(3 * turn)
    return sway_px * across, sway_px * down
