"""Dust in a beam: motes at several depths, sharp where the eye rests, soft before and behind.

A mote lives for one loop: it fades in, drifts a little way on the air, and fades out; each began at
another moment, so there are always as many. Where it goes repeats with the loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.render.layers.areas import Area
from generator.render.layers.harmonics import Plane, generator_of
from generator.render.layers.wind import Breeze
from generator.video.shots import Shot

Floats = NDArray[np.float64]
Project = Callable[[Floats, Floats], tuple[Floats, NDArray[np.bool_]]]
"""(places on the plate (n, 2), nearness (n,)) → (px of the frame (n, 2), which are seen (n,))."""

_REFERENCE_PX = 1280
"""Sizes below are px of a frame this wide."""
_SHARP_PX = 1.1
_SOFT_PX = 6.5
_BRIGHT = 62.0
"""The light of a sharp mote, levels of 255."""
_DRIFT_PX = 34.0
"""How far one drifts in its life, on average."""
_WANDER_PX = 5.0
_COUNT = 210
"""Motes in a beam that fills the frame."""
_MOST = 170


@dataclass(frozen=True)
class Motes:
    """The motes of one layer. All arrays have one entry a mote.

    `place`: (n, 2) px of the plate at half its life. `drift`, `wander`: (n, 2) and (n, 2, 2), px of
    the plate. `nearness`: -1 far to 1 near, 0 in focus. `radius_px`: of the frame. `light`: levels
    of 255.
    `birth`: 0 to 1. `twinkle`: (n, 2) phases.
    """

    area: Area
    place: Floats
    drift: Floats
    wander: Floats
    nearness: Floats
    radius_px: Floats
    light: Floats
    birth: Floats
    twinkle: Floats
    colour: Floats

    def draw(
        self,
        frame: Plane,
        project: Project,
        phase: float,
        within: Plane | None = None,
        light: float = 1.0,
    ) -> None:
        """Add the motes to (h, w, 3) float32 RGB.

        `within`: (h, w) where they may show at all. `light`: how much of theirs.
        """
        age = (phase + self.birth) % 1.0
        life = np.sin(np.pi * age) ** 2
        turn = 2 * math.pi * phase
        sway = np.stack(
            [np.sin(turn + self.twinkle[:, 0]), np.sin(2 * turn + self.twinkle[:, 1])], axis=-1
        )
        shift = self.drift * (age - 0.5)[:, None] + np.einsum("nkc,nk->nc", self.wander, sway)
        place = self.place + shift
        at, seen = project(place, self.nearness)
        glint = 0.7 + 0.3 * np.sin(3 * turn + self.twinkle[:, 0] * 5)
        shines = self.light * life * glint * self._lit(place) * light
        for k in np.flatnonzero(seen & (shines > 0.4)):
            _add_disc(frame, at[k], self.radius_px[k], shines[k] * self.colour, within)

    def _lit(self, place: Floats) -> Floats:
        """How much of the beam falls on each place of the plate."""
        x = (place[:, 0] - self.area.x - 0.5).astype(np.float32)
        y = (place[:, 1] - self.area.y - 0.5).astype(np.float32)
        found = cv2.remap(
            self.area.alpha, x[:, None], y[:, None], cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=0.0,
        )  # fmt: skip
        return np.asarray(found[:, 0], np.float64)


def motes_in(
    area: Area,
    plate: NDArray[np.uint8],
    breeze: Breeze,
    shot: Shot,
    size_px: tuple[int, int],
) -> Motes | None:
    """The motes of the layer in a shot of the plate that fills a frame of `size_px`, or None.

    A mote takes its colour from the beam.
    """
    box = _common_box(area, shot)
    if box is None:
        return None
    share = math.hypot(box.width, box.height) / math.hypot(shot.width, shot.height)
    count = min(_MOST, int(_COUNT * share**2 * area.layer.strength) + 6)
    frame_scale = size_px[0] / _REFERENCE_PX
    plate_scale = frame_scale * shot.width / size_px[0]
    chance = generator_of("dust", area.layer.name)
    corner = (box.x, box.y), (box.x + box.width, box.y + box.height)
    place = chance.uniform(*corner, (count, 2))
    nearness = np.clip(chance.normal(0.0, 0.45, count), -1, 1)
    radius_px = _SHARP_PX * chance.lognormal(0.0, 0.18, count) + _SOFT_PX * np.abs(nearness) ** 2.2
    light = _BRIGHT * chance.lognormal(0.0, 0.45, count) * (_SHARP_PX / radius_px) ** 1.25
    heading = np.array([0.8 * breeze.across, 0.25])
    drift = _DRIFT_PX * (heading + chance.normal(0, 0.6, (count, 2)))
    wander = _WANDER_PX * chance.normal(0, 1, (count, 2, 2)) * np.array([1.0, 0.5])[:, None]
    pace = (1.0 + 0.9 * nearness)[:, None]
    return Motes(
        area,
        place,
        drift * pace * (0.5 + 0.5 * breeze.strength) * plate_scale,
        wander * pace[..., None] * plate_scale,
        nearness,
        radius_px * frame_scale,
        light * min(area.layer.strength, 1.5),
        chance.uniform(0, 1, count),
        chance.uniform(0, 2 * math.pi, (count, 2)),
        _beam_colour(area, plate),
    )


def _common_box(area: Area, shot: Shot) -> Shot | None:
    """What the area's box and a shot share, px of the plate."""
    height, width = area.alpha.shape
    left, top = max(area.x, shot.x), max(area.y, shot.y)
    right = min(area.x + width, shot.x + shot.width)
    bottom = min(area.y + height, shot.y + shot.height)
    common = Shot(left, top, right - left, bottom - top)
    return common if right > left and bottom > top else None


def _beam_colour(area: Area, plate: NDArray[np.uint8]) -> Floats:
    """The colour of the beam's brighter half, as shares of its brightest channel."""
    height, width = area.alpha.shape
    cut = plate[area.y : area.y + height : 4, area.x : area.x + width : 4].reshape(-1, 3)
    inside = cut[area.alpha[::4, ::4].reshape(-1) > 0.3]
    if not len(inside):
        return np.ones(3)
    luma = inside.mean(axis=1)
    bright = inside[luma >= np.percentile(luma, 70)].mean(axis=0)
    warm = bright / max(float(bright.max()), 1.0)
    return np.asarray(0.35 + 0.65 * warm, np.float64)


def _add_disc(
    frame: Plane, at: Floats, radius_px: float, colour: Floats, within: Plane | None
) -> None:
    """Add a soft disc of light round a place of the frame."""
    height, width = frame.shape[:2]
    reach = math.ceil(radius_px * 1.4 + 1.5)
    x0, x1 = max(0, int(at[0]) - reach), min(width, int(at[0]) + reach + 1)
    y0, y1 = max(0, int(at[1]) - reach), min(height, int(at[1]) + reach + 1)
    if x1 <= x0 or y1 <= y0:
        return
    across = np.arange(x0, x1) + 0.5 - at[0]
    down = np.arange(y0, y1) + 0.5 - at[1]
    distance = np.sqrt(across**2 + (down**2)[:, None])
    disc = np.clip((radius_px - distance) / max(0.8, 0.4 * radius_px) + 0.5, 0.0, 1.0)
    if within is not None:
        disc = disc * within[y0:y1, x0:x1]
    frame[y0:y1, x0:x1] += (disc[..., None] * colour).astype(np.float32)
