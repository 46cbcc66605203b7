"""A project small enough to be baked in seconds: one drawn photo, still clips, everything known.

The monitor in the picture is a dark glass (`GLASS`) in a pale bezel; the text area (`CORNERS`) lies
inside it. Both are fractions of the frame, order TL TR BR BL.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import tomlkit
from numpy.typing import NDArray

from generator.scene.load import SCENE_FILE
from tests.small_room import breathe

SIZE_PX = (640, 352)
CORNERS = ((0.3, 0.26), (0.66, 0.24), (0.65, 0.6), (0.31, 0.66))
GLASS = ((0.28, 0.21), (0.68, 0.185), (0.67, 0.645), (0.29, 0.715))
_BEZEL = ((0.25, 0.15), (0.71, 0.12), (0.70, 0.71), (0.26, 0.79))
_FINE = 4
"""Drawn so many times as large as kept, so that edges are true to a fraction of a px."""


def make_drawn_room(room: Path) -> Path:
    """`breathe new` with the drawn photo, shortened clips, and one bake."""
    start_drawn_room(room, draw_monitor(), frames=16)
    breathe(room, "bake")
    return room


def start_drawn_room(room: Path, photo: NDArray[np.uint8], *, frames: int) -> None:
    """`breathe new` with a photo of that monitor, (height, width, 3) RGB, and clips of `frames`."""
    hero = room.parent / f"{room.name}.png"
    cv2.imwrite(str(hero), photo[..., ::-1])
    breathe(room.parent, "new", room.name, "--hero", hero.name)
    scene_path = room / SCENE_FILE
    scene = tomlkit.parse(scene_path.read_text())
    scene["room"]["size"] = list(SIZE_PX)  # type: ignore[index]
    for clip in ("walkin", "ambient"):
        scene["clips"][clip]["frames"] = frames  # type: ignore[index]
    scene["clips"]["ambient"]["crop"] = [0, 0, *SIZE_PX]  # type: ignore[index]
    for place, corner in enumerate(CORNERS):
        scene["screen"]["corners"][place] = list(corner)  # type: ignore[index]
    scene["screen"]["glass"] = [list(corner) for corner in GLASS]  # type: ignore[index]
    scene["finish"]["vmaf"] = 80  # type: ignore[index]
    scene["finish"]["av1"] = False  # type: ignore[index]
    scene_path.write_text(tomlkit.dumps(scene))


def draw_monitor(size_px: tuple[int, int] = SIZE_PX) -> NDArray[np.uint8]:
    """The photo: (height, width, 3) uint8 RGB."""
    width, height = size_px[0] * _FINE, size_px[1] * _FINE
    grain = np.random.default_rng(5).uniform(70, 190, (22, 40, 3)).astype(np.float32)
    wall = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    bezel = cv2.resize(grain[:, ::-1] * 0.25 + 165, (width, height))
    for quad, paint in ((_BEZEL, bezel), (GLASS, np.full_like(wall, 26))):
        outline = np.rint(np.array(quad) * (width, height)).astype(np.int32)
        mask = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), outline, 1)
        wall[mask == 1] = paint[mask == 1]
    small = cv2.resize(wall, size_px, interpolation=cv2.INTER_AREA)
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)
