"""A hero drawn on the spot: a rough wall, a window with leaves, a striped curtain, dark glass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.engine.ports import Ports
from generator.render.layers.room import Room, open_room
from generator.render.layers.seated import calm_at_start, seated_frames
from generator.render.push_in import clip_shot
from generator.scene.model import AMBIENT, Clip, Layer, Scene, Screen
from generator.scene.model import Room as RoomTable
from generator.video.ffmpeg import FfmpegBinary
from tests.clips import write_picture

HERO_PX = (320, 192)
SIZE_PX = (160, 96)
GLASS = ((0.10, 0.62), (0.25, 0.62), (0.25, 0.80), (0.10, 0.80))
SQUARE = ((0.40, 0.20), (0.70, 0.20), (0.70, 0.75), (0.40, 0.75))


def draw_hero() -> NDArray[np.uint8]:
    """(192, 320, 3) uint8 RGB."""
    width, height = HERO_PX
    chance = np.random.default_rng(5)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    coarse = chance.normal(0, 1, (height // 4, width // 4))
    rough = np.kron(coarse, np.ones((4, 4)))
    picture = np.stack([150 + 9 * rough, 135 + 9 * rough, 110 + 9 * rough], axis=-1)
    window = (x > 200) & (x < 290) & (y > 20) & (y < 110)
    leaves = 150 + 70 * np.sin(x / 3.1) * np.cos(y / 2.7)
    picture[window] = np.stack([leaves, leaves + 30, leaves - 60], axis=-1)[window]
    cloth = (x > 128) & (x < 224) & (y > 38) & (y < 144)
    pleats = 205 + 25 * np.sin(x / 2.0)
    picture[cloth] = np.stack([pleats, pleats - 5, pleats - 12], axis=-1)[cloth]
    glass = (x > 32) & (x < 80) & (y > 119) & (y < 154)
    picture[glass] = 18
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def scene_with(*layers: Layer, frames: int = 24, **ambient: Any) -> Scene:
    """A scene whose ambient shot is the whole drawn hero."""
    return Scene(
        room=RoomTable(hero="hero.png", size=SIZE_PX, fps=16),
        ambient=Clip(render="layers", frames=frames, loop="none", crop=(0, 0, *HERO_PX), **ambient),
        screen=Screen(corners=GLASS),
        layers=layers,
    )


def layer(motion: Any, shape: Any = SQUARE, **more: Any) -> Layer:
    """A layer of the drawn hero."""
    return Layer(name=f"the {motion}", motion=motion, shape=shape, **more)


def opened(scene: Scene, folder: Path) -> Room:
    """The room of `scene`, its hero drawn into `folder`."""
    hero = folder / scene.room.hero
    if not hero.exists():
        write_picture(hero, draw_hero())
    ports = Ports(ffmpeg=FfmpegBinary())
    return open_room(scene, ports.require_ffmpeg("test"), hero, folder, scene.clip(AMBIENT).frames)


def frames_of(scene: Scene, folder: Path, *, calm: bool = True) -> NDArray[np.float32]:
    """The ambient clip before it is encoded: (frames, h, w, 3) float32.

    `calm`: begun where the wind moves least, as a clip is.
    """
    room = opened(scene, folder)
    shot = room.shot(clip_shot(scene, AMBIENT, room.hero_px))
    if calm:
        room = calm_at_start(room, shot, SIZE_PX, scene.ambient.frames)
    return np.stack(list(seated_frames(room, shot, scene, scene.ambient.frames)))
