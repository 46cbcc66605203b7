"""A depth map in place of the box: what the author brings, as nearness over the plate.

Any estimator's map will do whose brighter is nearer (MiDaS and Depth Anything give such maps): its
scale and offset are unknown, so they are fitted to the room's box where the author drew one, and
else taken so that the nearest is three and a half times as near as the farthest. Where the screen
is the map is made flat: text lies on a plane.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.errors import AssetError
from generator.render.layers.areas import Area
from generator.render.layers.box import Box, box_nearness, nearness
from generator.render.layers.harmonics import Plane
from generator.render.layers.textures import push_pull
from generator.render.layers.walk import Look
from generator.video.homography import Floats

_NEAREST = 3.5
_GRID_PX = 4
"""One ray for so many px of the frame; between them places are interpolated."""
_STEPS = 72
"""How many nearnesses each ray is asked for before it is narrowed down."""
_ROUND_SCREEN = 1.35
"""The map is flat over the screen made so much larger."""


def read_relief(
    path: Path, name: str, plate_px: tuple[int, int], hero_px: tuple[int, int]
) -> Plane:
    """The map over the plate, 0 for the farthest to 1: (h, w) float32.

    Raises AssetError for what is no depth map of the hero.
    """
    subject = f"scene.toml [clips.walkin] depth {name}"
    read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    expected = "a 16-bit PNG of one channel, as wide and high as the hero or in its proportions"
    if read is None:
        got = "a file that is no picture" if path.is_file() else "no such file"
        raise AssetError(subject, got=got, expected=expected)
    if read.ndim > 2:
        raise AssetError(subject, got=f"{read.shape[2]} channels", expected=expected)
    height, width = read.shape
    if abs(width / height - hero_px[0] / hero_px[1]) > 0.01 * width / height:
        raise AssetError(
            subject,
            got=f"{width}x{height} px",
            expected=f"the proportions of the hero, {hero_px[0]}x{hero_px[1]}",
            remedy="make it from the hero as it is now",
        )
    relief = cv2.resize(read.astype(np.float32), plate_px, interpolation=cv2.INTER_LINEAR)
    low, high = (float(value) for value in np.percentile(relief, (1, 99)))
    if high <= low:
        raise AssetError(subject, got="one depth all over", expected=expected)
    return np.asarray(np.clip((relief - low) / (high - low), 0.0, 1.0), np.float32)


def scaled(relief: Plane, box: Box | None, open_: NDArray[np.bool_], name: str) -> Plane:
    """The map as nearness. `box`: the one that the author drew; `open_`: where nothing stands.

    Raises AssetError for a map on which farther is brighter.
    """
    if box is None:
        return np.asarray(1.0 + (_NEAREST - 1.0) * relief, np.float32)
    y, x = np.mgrid[: relief.shape[0] : 8, : relief.shape[1] : 8]
    free = open_[::8, ::8]
    truth = box_nearness(box, np.stack([x, y], axis=-1)[free].astype(np.float64) + 0.5)
    seen = relief[::8, ::8][free].astype(np.float64)
    slope, offset = np.linalg.lstsq(
        np.stack([seen, np.ones_like(seen)], axis=-1), truth, rcond=None
    )[0]
    if slope <= 0.0:
        raise AssetError(
            f"scene.toml [clips.walkin] depth {name}",
            got="a map that is darker where the room's box is nearer",
            expected="brighter where it is nearer",
            remedy="invert it",
        )
    return np.asarray(np.maximum(slope * relief + offset, 0.05), np.float32)


def without(relief: Plane, hole: NDArray[np.bool_]) -> Plane:
    """The map of the room behind what stands in it: holes as a smooth blend of what is round."""
    if not hole.any():
        return relief
    # Three channels alike: OpenCV drops a single one.
    smooth = push_pull(np.repeat(relief[..., None], 3, axis=-1), hole)[..., 0]
    return np.asarray(np.where(hole, smooth, relief), np.float32)


def plane_under(relief: Plane, area: Area) -> Floats:
    """The plane that fits the map best where a thing is, (3,)."""
    height, width = area.alpha.shape
    y, x = np.nonzero(area.alpha > 0.5)
    if len(x) < 3:
        y, x = np.nonzero(np.ones((height, width)))
    return _fit(relief, x + area.x, y + area.y)


def flat_under(relief: Plane, quad: Floats) -> tuple[Plane, Floats]:
    """The map made flat round the screen, and the plane there. `quad`: (4, 2) px of the plate."""
    middle = quad.mean(axis=0)
    mask = np.zeros(relief.shape, np.uint8)
    large = np.round((quad - middle) * _ROUND_SCREEN + middle).astype(np.int32)
    cv2.fillConvexPoly(mask, large, 1)
    y, x = np.nonzero(mask)
    if len(x) < 3:
        return relief, np.array([0.0, 0.0, float(relief.mean())])
    plane = _fit(relief, x, y)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.004 * relief.shape[1])
    inner = np.zeros(relief.shape, np.uint8)
    cv2.fillConvexPoly(inner, np.round((quad - middle) * 1.1 + middle).astype(np.int32), 1)
    share = np.maximum(soft, inner)
    grid = np.mgrid[: relief.shape[0], : relief.shape[1]]
    on_plane = nearness(plane, np.stack([grid[1], grid[0]], axis=-1) + 0.5)
    return np.asarray(relief + (on_plane - relief) * share, np.float32), plane


def _fit(relief: Plane, x: NDArray[np.int64], y: NDArray[np.int64]) -> Floats:
    rows = np.stack([x + 0.5, y + 0.5, np.ones(len(x))], axis=-1)
    plane: Floats = np.linalg.lstsq(rows, relief[y, x].astype(np.float64), rcond=None)[0]
    return plane


def look_up(relief: Plane, look: Look, size_px: tuple[int, int]) -> tuple[Plane, Plane, Plane]:
    """Where on the plate each px of the frame looks: x, y and nearness, (h, w) float32 each.

    Each ray is followed from near to far until the map is as near as the ray: relief mapping
    (Policarpo, Oliveira, Comba, "Real-time relief mapping on arbitrary polygonal surfaces", 2005).
    """
    width, height = size_px
    u = np.arange(0, width + _GRID_PX, _GRID_PX, dtype=np.float32)
    v = np.arange(0, height + _GRID_PX, _GRID_PX, dtype=np.float32)
    back = np.linalg.inv(look.to_frame)
    seen_x = np.float32(back[0, 0]) * u + np.float32(back[0, 2]) + 0 * v[:, None]
    seen_y = np.float32(back[1, 1]) * v[:, None] + np.float32(back[1, 2]) + 0 * u
    flat, screen = np.float32(look.flat), np.float32(look.screen)
    low = (1 - flat) * relief.min() + flat * screen
    high = (1 - flat) * relief.max() + flat * screen
    most = 0.96 / look.step[2] if look.step[2] > 0 else np.inf
    steps = np.linspace(min(float(high) * 1.001, most), float(low) * 0.999, _STEPS)
    near = np.full(seen_x.shape, steps[-1], np.float32)
    done = np.zeros(seen_x.shape, np.bool_)
    before: Plane | None = None
    for number, step in enumerate(steps.astype(np.float32)):
        x, y = _along(seen_x, seen_y, step, look)
        found = cv2.remap(
            relief, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        over = (1 - flat) * found + flat * screen - step
        hit = (over >= 0) & ~done
        if before is not None and hit.any():
            gap = np.float32(steps[number - 1]) - step
            share = over / np.maximum(over - before, 1e-9)
            near = np.where(hit, step + gap * np.clip(share, 0, 1), near)
        else:
            near = np.where(hit, step, near)
        done |= hit
        before = np.asarray(over, np.float32)
    x, y = _along(seen_x, seen_y, near, look)
    fine_u = (np.arange(width, dtype=np.float32) + 0.5) / _GRID_PX
    fine_v = (np.arange(height, dtype=np.float32) + 0.5) / _GRID_PX
    map_x = np.broadcast_to(fine_u, (height, width)).copy()
    map_y = np.broadcast_to(fine_v[:, None], (height, width)).copy()
    fine = (
        np.asarray(cv2.remap(each.astype(np.float32), map_x, map_y, cv2.INTER_LINEAR), np.float32)
        for each in (x, y, near)
    )
    full_x, full_y, full_near = fine
    return full_x, full_y, full_near


def _along(x: Plane, y: Plane, near: Plane | np.float32, look: Look) -> tuple[Plane, Plane]:
    """The places of the plate that rays reach at a nearness."""
    across, down, deep = (np.float32(value) for value in look.step)
    back = np.float32(1.0) - near * deep
    return (
        np.asarray(x * back + near * across, np.float32),
        np.asarray(y * back + near * down, np.float32),
    )
