"""The hero opened up: its plate, its layers ready to move, and the pictures behind them.

room = open_room(scene, ffmpeg, hero, root, name="render:ambient")
room.textures(shot, size_px), room.movers, room.dust, room.steam
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.engine.ports import Ffmpeg
from generator.errors import AssetError, SceneError
from generator.render.layers.areas import Area, area_of, reach_of
from generator.render.layers.cloth import curtain
from generator.render.layers.guess import guessed_layers
from generator.render.layers.leaves import foliage
from generator.render.layers.light import CLOUD_TINT, LAMP_TINT, lamp, light, sunlit
from generator.render.layers.painter import Mover, Textures
from generator.render.layers.textures import filled, view_of
from generator.render.layers.wind import Breeze
from generator.render.push_in import clip_shot
from generator.scene.model import AMBIENT, Layer, Scene
from generator.video.frames import read_photo
from generator.video.metadata import probe_photo
from generator.video.shots import Shot, enlargement

_LARGEST = 4.0
"""A shot enlarged more than so many times shows no room any more."""
_OVER_GLASS = 0.25
"""The share of the glass that a layer may lie over; the picture there is the computer's."""
_ORDER = ("foliage", "curtain", "light", "lamp")
"""From the farthest to the nearest."""


@dataclass(frozen=True)
class Room:
    """The plate and all that is on it.

    `plate`: (h, w, 3) uint8 RGB, the hero made as small as its closest shot allows. `scale`: its px
    a px of the hero. `cloth`: the plate without what stands before the layers. `behind`: without
    the curtains, too. `guessed`: the scene has no layers, these are ours.
    """

    hero_px: tuple[int, int]
    plate: NDArray[np.uint8]
    scale: float
    cloth: NDArray[np.uint8]
    behind: NDArray[np.uint8]
    breeze: Breeze
    movers: tuple[Mover, ...]
    dust: tuple[Area, ...]
    steam: tuple[Area, ...]
    fronts: tuple[Area, ...]
    guessed: bool

    def shot(self, of_hero: Shot) -> Shot:
        """A shot of the hero as one of the plate."""
        return Shot(*(side * self.scale for side in
                      (of_hero.x, of_hero.y, of_hero.width, of_hero.height)))  # fmt: skip

    def textures(self, shot: Shot, size_px: tuple[int, int]) -> Textures:
        """One shot of the plate, ready to be sampled at the size of a clip."""
        scene = view_of(self.plate, shot, size_px)
        same = self.cloth is self.plate
        return Textures(
            scene,
            scene if same else view_of(self.cloth, shot, size_px),
            view_of(self.behind, shot, size_px) if self.behind is not self.plate else scene,
        )


def open_room(scene: Scene, ffmpeg: Ffmpeg, hero: Path, root: Path, loop_frames: int) -> Room:
    """Read the hero and make its layers ready. `root`: the project folder, for masks.

    Raises AssetError for a hero or a mask that cannot be read, SceneError for a crop that leaves
    the hero or shows too little of it, and for a layer that covers the glass.
    """
    subject = f"scene.toml [room] hero {scene.room.hero}"
    if not hero.is_file():
        raise AssetError(subject, got="no such file", expected="a picture of the room")
    hero_px = probe_photo(ffmpeg, hero, name=subject)
    closest = clip_shot(scene, AMBIENT, hero_px)
    _check_size(closest, hero_px, scene)
    scale = min(1.0, scene.room.size[0] / closest.width)
    plate_px = (max(2, round(hero_px[0] * scale)), max(2, round(hero_px[1] * scale)))
    plate = read_photo(ffmpeg, hero, hero_px, name=subject)
    if scale < 1.0:
        plate = np.asarray(cv2.resize(plate, plate_px, interpolation=cv2.INTER_AREA), np.uint8)
    _check_glass(scene, closest, hero_px)
    layers = scene.layers or guessed_layers(plate)
    areas = [area_of(layer, plate_px, hero_px, root) for layer in layers]
    fronts = tuple(area for area in areas if area.layer.motion == "front")
    areas = [_behind(area, fronts) for area in areas if area.layer.motion != "front"]
    cloth = filled(plate, mask_of(fronts, plate_px)) if fronts else plate
    curtains = [area for area in areas if area.layer.motion == "curtain"]
    behind = filled(cloth, mask_of(curtains, plate_px)) if curtains else cloth
    breeze = Breeze.of(scene.wind, loop_frames / scene.room.fps)
    movers = [
        _mover(area, breeze, plate)
        for motion in _ORDER
        for area in areas
        if area.layer.motion == motion
    ]
    return Room(
        hero_px,
        plate,
        plate_px[0] / hero_px[0],
        cloth,
        behind,
        breeze,
        tuple(movers),
        tuple(area for area in areas if area.layer.motion == "dust"),
        tuple(area for area in areas if area.layer.motion == "steam"),
        fronts,
        guessed=not scene.layers,
    )


def _mover(area: Area, breeze: Breeze, plate: NDArray[np.uint8]) -> Mover:
    motion = area.layer.motion
    if motion == "foliage":
        return Mover(area, motion, foliage(area, breeze))
    if motion == "curtain":
        loose = np.clip((reach_of(area).away - 0.02) / 0.08, 0.0, 1.0)
        return Mover(area, motion, curtain(area, breeze), loose=loose.astype(np.float32))
    if motion == "light":
        return Mover(area, motion, light(area, breeze, sunlit(area, plate)), CLOUD_TINT)
    return Mover(area, motion, lamp(area, breeze), LAMP_TINT)


def _behind(area: Area, fronts: Sequence[Area]) -> Area:
    """The area without what stands before it. Light and dust lie over everything."""
    if area.layer.motion in ("light", "dust", "lamp") or not fronts:
        return area
    height, width = area.alpha.shape
    open_ = np.ones((height, width), np.float32)
    for front in fronts:
        x, y = front.x - area.x, front.y - area.y
        rows, columns = front.alpha.shape
        top, left, bottom, right = (
            max(0, y),
            max(0, x),
            min(height, y + rows),
            min(width, x + columns),
        )
        if bottom > top and right > left:
            cut = front.alpha[top - y : bottom - y, left - x : right - x]
            open_[top:bottom, left:right] *= 1.0 - np.minimum(cut * 4.0, 1.0)
    return replace(area, alpha=area.alpha * open_)


def mask_of(areas: Sequence[Area], plate_px: tuple[int, int]) -> NDArray[np.bool_]:
    """Everything that the areas touch, over the plate."""
    mask = np.zeros((plate_px[1], plate_px[0]), np.bool_)
    for area in areas:
        height, width = area.alpha.shape
        mask[area.y : area.y + height, area.x : area.x + width] |= area.alpha > 0
    return mask


def _check_size(closest: Shot, hero_px: tuple[int, int], scene: Scene) -> None:
    """Refuse a shot that shows next to nothing of the hero."""
    times = enlargement(closest, scene.room.size)
    if times > _LARGEST:
        least = round(hero_px[0] * times / _LARGEST), round(hero_px[1] * times / _LARGEST)
        raise SceneError(
            "scene.toml [clips.ambient] crop",
            got=f"{closest.width:.0f}x{closest.height:.0f} of the hero's "
            f"{hero_px[0]}x{hero_px[1]} px, enlarged {times:.1f} times",
            expected=f"at most {_LARGEST:g} times: a hero of {least[0]}x{least[1]} px, "
            "or a wider crop",
            remedy="bring a larger hero, or widen the crop",
        )


def _check_glass(scene: Scene, seated: Shot, hero_px: tuple[int, int]) -> None:
    """Refuse a layer that lies over the glass: the computer lives there."""
    screen = scene.screen
    if screen.clip != AMBIENT or screen.frame:
        return
    corners = np.array(screen.glass or screen.corners)
    quad = corners * (seated.width, seated.height) + (seated.x, seated.y)
    points = np.array(quad / hero_px * 2048, np.float32)
    whole = float(cv2.contourArea(points))
    for layer in scene.layers:
        share = _overlap(layer, points) / max(whole, 1e-6)
        if layer.motion != "front" and share > _OVER_GLASS:
            raise SceneError(
                f'scene.toml [[layers]] "{layer.name}" shape',
                got=f"a {layer.motion} over {share:.0%} of the glass ([screen] corners)",
                expected="none there: the computer lives behind it",
                remedy="draw it round the monitor, or pick the corners again; "
                "what stands before the glass is a front",
            )


def _overlap(layer: Layer, quad: NDArray[np.float32]) -> float:
    """The area that a layer's polygon shares with a convex quad, both in 2048ths of the hero."""
    if not layer.shape:
        return 0.0
    left, top = np.floor(quad.min(axis=0)).astype(int)
    size = np.ceil(quad.max(axis=0)).astype(int) - (left, top) + 1
    drawn = []
    for points in (np.array(layer.shape) * 2048, quad):
        canvas = np.zeros((int(size[1]), int(size[0])), np.uint8)
        cv2.fillPoly(canvas, [np.round(points - (left, top)).astype(np.int32)], 1)
        drawn.append(canvas)
    return float((drawn[0] & drawn[1]).sum())
