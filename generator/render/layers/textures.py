"""The pictures that a frame is sampled from, and the filling of what nothing shows.

A texture knows where on the plate it lies, so that the same places can be looked up in the hero at
half size, or in one shot of it at the clip's own resolution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.render.layers.harmonics import Plane
from generator.video.shots import Shot

Pixels = NDArray[np.uint8] | NDArray[np.float32]


class Sampled(Protocol):
    """Anything that knows the colour of a place of the plate."""

    def sample(self, x: Plane, y: Plane, interpolation: int = cv2.INTER_CUBIC) -> Plane:
        """Its colours at places of the plate: (h, w) each → (h, w, 3) float32."""
        ...


_MARGIN = 24
"""Px of a view kept round its frame: what a displaced place may look up there."""
_MIRRORED = 0.03
"""How deep a hole is filled with its surroundings mirrored, a share of the picture's width."""


@dataclass(frozen=True)
class Texture:
    """A picture of a part of the plate: (h, w, 3) uint8 or float32 RGB, 0 to 255.

    `x`, `y`: the place on the plate of its top left corner. `scale`: its px a px of the plate.
    """

    pixels: Pixels
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0

    def sample(self, x: Plane, y: Plane, interpolation: int = cv2.INTER_CUBIC) -> Plane:
        """Its colours at places of the plate: (h, w) each → (h, w, 3) float32."""
        scale = np.float32(self.scale)
        found = cv2.remap(
            self.pixels,
            (x - np.float32(self.x)) * scale - np.float32(0.5),
            (y - np.float32(self.y)) * scale - np.float32(0.5),
            interpolation,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(found, np.float32)


@dataclass(frozen=True)
class Pyramid:
    """A picture at full size, half, quarter and so on, for a camera that comes closer."""

    levels: tuple[Texture, ...]

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], x: float, y: float, farthest: float) -> Pyramid:
        """A part of the plate at `x`, `y`. `farthest`: px of the frame a px of it at least."""
        levels = [Texture(pixels, x, y)]
        while levels[-1].scale > farthest * 1.4 and min(levels[-1].pixels.shape[:2]) > 3:
            height, width = levels[-1].pixels.shape[:2]
            # An odd last row or column would shift the rest: it is left to the border.
            even = levels[-1].pixels[: height // 2 * 2, : width // 2 * 2]
            half = cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            levels.append(Texture(np.asarray(half, np.uint8), x, y, levels[-1].scale / 2))
        return cls(tuple(levels))

    def at(self, scale: float) -> Sampled:
        """What to sample for a view that shows `scale` px a px of the plate."""
        depth = min(max(math.log2(1.0 / max(scale, 1e-6)), 0.0), len(self.levels) - 1.0)
        finer = int(depth)
        share = min(max((depth - finer - 0.3) / 0.4, 0.0), 1.0)
        if share == 0.0:
            return self.levels[finer]
        return self.levels[finer + 1] if share == 1.0 else _Between(self, finer, share)


@dataclass(frozen=True)
class _Between:
    """A blend of two levels, so that a picture does not jump into focus."""

    pyramid: Pyramid
    finer: int
    share: float

    def sample(self, x: Plane, y: Plane, interpolation: int = cv2.INTER_CUBIC) -> Plane:
        """As `Sampled` says."""
        finer = self.pyramid.levels[self.finer].sample(x, y, interpolation)
        coarser = self.pyramid.levels[self.finer + 1].sample(x, y, interpolation)
        finer += (coarser - finer) * np.float32(self.share)
        return finer


def view_of(pixels: NDArray[np.uint8], shot: Shot, size_px: tuple[int, int]) -> Texture:
    """One shot of a picture, resampled once at the resolution of a frame of `size_px`.

    A margin round the frame comes along. Over a picture of more px it averages, so nothing
    shimmers.
    """
    scale = size_px[0] / shot.width
    times = max(1, math.ceil(1.0 / scale)) * 2 if scale < 1.0 else 1
    width, height = ((side + 2 * _MARGIN) * times for side in size_px)
    step = 1.0 / (scale * times)
    x0, y0 = shot.x - _MARGIN / scale, shot.y - _MARGIN / scale
    # The window of the picture that is needed, so that a large one is not made float whole.
    left, top = max(0, int(x0) - 4), max(0, int(y0) - 4)
    right = min(pixels.shape[1], int(x0 + width * step) + 5)
    bottom = min(pixels.shape[0], int(y0 + height * step) + 5)
    window = pixels[top:bottom, left:right].astype(np.float32)
    offset = (step - 1.0) / 2.0
    matrix = np.array([[step, 0.0, x0 - left + offset], [0.0, step, y0 - top + offset]])
    large = cv2.warpAffine(
        window,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if times > 1:
        large = cv2.resize(large, (width // times, height // times), interpolation=cv2.INTER_AREA)
    return Texture(np.clip(large, 0.0, 255.0).astype(np.float32), x0, y0, scale)


def filled(
    pixels: NDArray[np.uint8], hole: NDArray[np.bool_], within: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """The picture with a hole filled from what lies round it: (h, w, 3) uint8 RGB.

    `within`: where it may be filled from; all but the hole when left out.

    Near its edge, where things that move uncover it, the surroundings are mirrored into it: rails
    and boards go on. Deeper in, it fades to a smooth blend of all that is round it.
    """
    if not hole.any():
        return pixels
    x, y, width, height = cv2.boundingRect(hole.astype(np.uint8))
    reach = round(_MIRRORED * pixels.shape[1]) + 8
    rows = slice(max(0, y - reach), y + height + reach)
    columns = slice(max(0, x - reach), x + width + reach)
    part, open_ = pixels[rows, columns], hole[rows, columns]
    if within is not None:
        open_ = open_ | ~within[rows, columns]
        if open_.all():
            return pixels
    smooth = push_pull(part, open_)
    mirrored, share = _mirrored(part, open_, _MIRRORED * pixels.shape[1])
    blend = smooth + (mirrored - smooth) * share[..., None]
    mended, gone = pixels.copy(), hole[rows, columns]
    mended[rows, columns][gone] = np.clip(np.rint(blend[gone]), 0, 255).astype(np.uint8)
    return mended


def _mirrored(
    pixels: NDArray[np.uint8], hole: NDArray[np.bool_], reach_px: float
) -> tuple[Plane, Plane]:
    """The surroundings mirrored at the hole's edge, and how far to believe that, 0 to 1."""
    distance, labels = cv2.distanceTransformWithLabels(
        hole.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.argwhere(~hole)
    nearest = np.zeros((int(labels.max()) + 1, 2), np.float32)
    nearest[labels[~hole]] = places
    y, x = np.indices(hole.shape, np.float32)
    # Edges are stairs of px; their normals are smoothed, or the mirror would be a broken one.
    step_y = cv2.GaussianBlur(nearest[labels][..., 0] - y, (0, 0), 3.0)
    step_x = cv2.GaussianBlur(nearest[labels][..., 1] - x, (0, 0), 3.0)
    map_x, map_y = x + 2 * step_x, y + 2 * step_y
    known = np.asarray(~hole, np.float32)
    both = np.concatenate([pixels * known[..., None], known[..., None]], axis=-1)
    found = cv2.remap(both, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    outside = found[..., 3]
    colour = found[..., :3] / np.maximum(outside, 1e-3)[..., None]
    share = np.clip(2.0 - 2.0 * distance / max(reach_px, 1.0), 0.0, 1.0) * outside**2
    return np.asarray(colour, np.float32), np.asarray(share, np.float32)


def push_pull(pixels: Pixels, hole: NDArray[np.bool_]) -> Plane:
    """The hole as a smooth blend of its surroundings.

    Gortler, Grzeszczuk, Szeliski, Cohen, "The Lumigraph" (1996), section 4.3: each half-size
    picture is the mean of what is known in it, and fills what its larger one lacks.
    """
    known = (~hole).astype(np.float32)[..., None]
    levels = [(pixels.astype(np.float32) * known, known)]
    while min(levels[-1][1].shape[:2]) > 1 and not levels[-1][1].all():
        colour, weight = levels[-1]
        size = ((colour.shape[1] + 1) // 2, (colour.shape[0] + 1) // 2)
        small = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
        share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)[..., None]
        full = np.minimum(1.0, 4.0 * share)
        levels.append(
            (np.asarray(small * (full / np.maximum(share, 1e-6)), np.float32), np.asarray(full))
        )
    colour, weight = levels.pop()
    colour = np.asarray(colour / np.maximum(weight, 1e-6), np.float32)
    while levels:
        finer, weight = levels.pop()
        size = (finer.shape[1], finer.shape[0])
        wide = cv2.resize(colour, size, interpolation=cv2.INTER_LINEAR)
        colour = np.asarray(finer + (1.0 - weight) * wide, np.float32)
    return colour
