"""One moment of the room: the picture that a camera sees, with its layers moved.

    painter = Painter(textures, movers)
    painter.paint(Places(x, y), phase)   # → (h, w, 3) float32 RGB, 0 to 255

The camera says which place of the plate each px shows; a layer says how far that place has moved.
So the seated shot and the walk are painted by the same hand. A px that no layer covers comes out
as the same bytes at every phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from generator.render.layers.areas import Area
from generator.render.layers.harmonics import Harmonics, Plane
from generator.render.layers.textures import Sampled

_COARSE = 8
"""Every so many px a view is asked whether it shows a layer at all."""


@dataclass(frozen=True)
class Places:
    """What a view shows: the place on the plate of each of its px, two of (h, w) float32."""

    x: Plane
    y: Plane

    def part(self, rows: slice, columns: slice) -> Places:
        """The same for a rectangle of the view."""
        return Places(self.x[rows, columns], self.y[rows, columns])


Tint = tuple[float, float, float]


@dataclass(frozen=True)
class Mover:
    """A layer that moves.

    `field`: shifts and gain, or gain alone. `kind` decides how it is laid over the rest.
    `tint`: how much of the gain each of R, G and B takes. `loose`: by cells, 0 where a curtain
    hangs on its rod.
    """

    area: Area
    kind: str
    field: Harmonics
    tint: Tint = (1.0, 1.0, 1.0)
    loose: Plane | None = None


@dataclass(frozen=True)
class Textures:
    """What is sampled.

    The `scene` as photographed, the `cloth` without what stands before it, and what is `behind` the
    curtains.
    """

    scene: Sampled
    cloth: Sampled
    behind: Sampled


@dataclass(frozen=True)
class Patch:
    """The part of a view that shows one layer; all planes (h, w) float32."""

    area: Area
    rows: slice
    columns: slice
    places: Places
    cell_x: Plane
    cell_y: Plane
    alpha: Plane


class Painter:
    """Paints views; what a view of its own needs is looked up once by `patches`."""

    def __init__(self, movers: Sequence[Mover]) -> None:
        """`movers`: from the farthest to the nearest."""
        self.movers = tuple(movers)

    def patches(self, places: Places) -> list[tuple[Mover, Patch]]:
        """Where in the view each layer is seen, in the order in which they are laid over it."""
        seen = ((mover, patch_of(mover.area, places)) for mover in self.movers)
        return [(mover, patch) for mover, patch in seen if patch is not None]

    def moved(
        self,
        base: Plane,
        patches: Sequence[tuple[Mover, Patch]],
        textures: Textures,
        phase: float,
        amount: float = 1.0,
    ) -> Plane:
        """The view at `phase`. `base`: the same view at rest, which is left as it is.

        `amount`: how much of its motion everything has; 0 is the view at rest.
        """
        view = base.copy()
        if amount <= 0.0:
            return view
        for mover, patch in patches:
            part = view[patch.rows, patch.columns]
            moved = cv2.remap(
                mover.field.at(phase),
                patch.cell_x,
                patch.cell_y,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            field = np.asarray(moved, np.float32) * np.float32(amount)
            if mover.kind == "foliage":
                _lay_leaves(part, patch, field, textures)
            elif mover.kind == "curtain":
                _lay_cloth(part, patch, field, textures, mover.loose, min(1.0, 3.0 * amount))
            else:
                _lay_light(part, patch.alpha, field, mover.tint)
        return view


def _window(area: Area, places: Places) -> tuple[slice, slice] | None:
    """The rectangle of the view that shows the layer's box, or None."""
    x, y = places.x[::_COARSE, ::_COARSE], places.y[::_COARSE, ::_COARSE]
    height, width = area.alpha.shape
    # Neighbours on the coarse grid may straddle a small box: widen it by what lies between.
    slack_x = float(np.abs(np.diff(x, axis=1)).max(initial=0.0)) + 2
    slack_y = float(np.abs(np.diff(y, axis=0)).max(initial=0.0)) + 2
    inside = (x > area.x - slack_x) & (x < area.x + width + slack_x)
    inside &= (y > area.y - slack_y) & (y < area.y + height + slack_y)
    if not inside.any():
        return None
    rows = np.flatnonzero(inside.any(axis=1))
    columns = np.flatnonzero(inside.any(axis=0))
    return (
        slice(max(0, int(rows[0] - 1) * _COARSE), int(rows[-1] + 1) * _COARSE + 1),
        slice(max(0, int(columns[0] - 1) * _COARSE), int(columns[-1] + 1) * _COARSE + 1),
    )


def patch_of(area: Area, places: Places) -> Patch | None:
    """The part of a view that shows `area`, or None."""
    window = _window(area, places)
    if window is None:
        return None
    part = places.part(*window)
    cell, half = np.float32(1.0 / area.cell), np.float32(0.5)
    return Patch(
        area,
        *window,
        part,
        (part.x - np.float32(area.x)) * cell - half,
        (part.y - np.float32(area.y)) * cell - half,
        alpha_at(area, part),
    )


def alpha_at(area: Area, places: Places) -> Plane:
    """The layer's mask at places of the plate."""
    half = np.float32(0.5)
    return np.asarray(
        cv2.remap(
            area.alpha,
            places.x - np.float32(area.x) - half,
            places.y - np.float32(area.y) - half,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=0.0,
        ),
        np.float32,
    )


def _lay_leaves(part: Plane, patch: Patch, field: Plane, textures: Textures) -> None:
    """Sampled where they were; towards the outline they come to rest."""
    x = patch.places.x - field[..., 0] * patch.alpha
    y = patch.places.y - field[..., 1] * patch.alpha
    leaves = textures.cloth.sample(x, y)
    leaves *= (1.0 + field[..., 2] * patch.alpha)[..., None]
    np.copyto(part, leaves, where=(patch.alpha > 0)[..., None])


def _lay_cloth(
    part: Plane,
    patch: Patch,
    field: Plane,
    textures: Textures,
    loose: Plane | None,
    share: float,
) -> None:
    """The cloth as it hangs now, over what is behind it; loose from the rod down."""
    moved = Places(patch.places.x - field[..., 0], patch.places.y - field[..., 1])
    cloth = textures.cloth.sample(moved.x, moved.y)
    cloth *= (1.0 + field[..., 2])[..., None]
    behind = textures.behind.sample(patch.places.x, patch.places.y, cv2.INTER_LINEAR)
    covers = alpha_at(patch.area, moved)[..., None]
    hanging = behind + (cloth - behind) * covers
    within = np.minimum(patch.alpha * 3.0, 1.0) * np.float32(share)
    if loose is not None:
        within = within * cv2.remap(
            loose, patch.cell_x, patch.cell_y, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
    part += (hanging - part) * within[..., None]


def _lay_light(part: Plane, alpha: Plane, field: Plane, tint: Tint) -> None:
    """More or less light, by channel."""
    gain = (field if field.ndim == 2 else field[..., 0]) * alpha
    for channel, share in enumerate(tint):
        part[..., channel] *= 1.0 + np.float32(share) * gain
