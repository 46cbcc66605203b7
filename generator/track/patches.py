"""A picked frame → templates: small patches with strong gradients in a ring outside the glass.

The glass itself holds only reflections, which move by other laws; what moves with the plane is the
bezel around it. Each patch is compared up to a brightness offset and a gain of its own, so a cloud
or a leaf's shadow over part of the ring costs nothing.

The template is what the inverse-compositional form needs (Baker and Matthews, "Lucas-Kanade 20
Years On", 2004, section 3.2): Jacobian and Hessian are those of the picked frame and are computed
once; every other frame is only sampled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.video import homography
from generator.video.homography import Floats

Singles = NDArray[np.float32]
Luma = NDArray[np.uint8] | NDArray[np.uint16]

PATCH_PX = 8
RING = (0.96, 1.4)
"""From the glass's edge outward, in multiples of the glass."""
NEARNESS = 0.12
"""Patches are down-weighted with distance from the glass's edge, by a Gaussian of this width in
multiples of the glass: what lies near it lies at its depth, and a walking camera shows the rest in
parallax. Where nothing lies near, what lies further decides."""
LEAST_POWER = 16.0
"""Sum of squares, grey levels, under which 64 pixels hold nothing to compare."""
PATCH_LIMIT = 320
"""Twice as many would cost twice the time and take a tenth off the jitter."""
LEAD_EVERY, LEAD_LEAST = 4, 48
"""Every fourth patch finds the way before all of them are asked, if that leaves so many."""
SECTORS = 24
"""The ring is cut into so many sectors, each with its quota, so that no side is left out."""
POSITION_FLOOR_PX = 0.15
"""How far an edge may seem displaced by its own doing (shading, depth, codec). It bounds the weight
of any one strong edge, so that many patches agree rather than one rule."""
NOISE_FLOOR = 1.0
"""Variance in squared grey levels that even a clean clip has: 8-bit rounding and the codec."""
SCALE_STEP = 0.25
"""Templates are cut a quarter of an octave apart: 9 % of blur either way is below what shows."""


@dataclass(frozen=True)
class Template:
    """Patches of the picked frame at one scale. K patches of P = 64 pixels each.

    `points`: (2, K * P) float32, x and y, px of the picked frame. `scale`: template px per frame
    px. `values`: (K, P) float32, brightness less each patch's mean. `power`: (K,) sums of squares.
    `jacobian`: (K, P, 8) float32, d value / d parameter, less each patch's mean, for the parameters
    tx ty a b c d e f of ((1+a)u + bv + tx, cu + (1+d)v + ty) / (1 + eu + fv) in normalised
    coordinates. `hessians`: (K, 64) float64, JᵀJ of each patch. `expected`: (K,) variance that
    noise and position error leave in a patch's pixel, grey levels². `prior`: (K,) each patch's
    weight from that and from its nearness to the glass. `normalise`: (3, 3), px of the picked frame
    → normalised coordinates. `hull`: (4, 2) px of that frame, the upright box round all points.
    """

    scale: float
    points: Singles
    values: Singles
    power: Singles
    jacobian: Singles
    hessians: Floats
    prior: Floats
    expected: Floats
    normalise: Floats
    hull: Floats
    by_all: bool = False
    """Whether the usual misfit is that of all patches, not of those near the glass alone."""

    @cached_property
    def denormalise(self) -> Floats:
        """(3, 3): normalised coordinates → px of the picked frame."""
        return homography.invert(self.normalise)

    @cached_property
    def nearness(self) -> Floats:
        """(K,): from 1 at the glass's edge to 0 far from it."""
        return self.prior * self.expected

    @cached_property
    def lead(self) -> Template:
        """Every fourth patch, for the first steps; the template itself where there are few."""
        if self.patch_count < LEAD_LEAST * LEAD_EVERY:
            return self
        few = slice(None, None, LEAD_EVERY)
        return replace(
            self,
            points=self.points.reshape(2, self.patch_count, -1)[:, few].reshape(2, -1),
            values=self.values[few],
            power=self.power[few],
            jacobian=np.ascontiguousarray(self.jacobian[few]),
            hessians=self.hessians[few],
            prior=self.prior[few],
            expected=self.expected[few],
        )

    @property
    def patch_count(self) -> int:
        """How many patches there are."""
        return len(self.values)


@dataclass
class Templates:
    """The picked frame's templates by scale, cut when first asked for.

    `picked`: (h, w) float32 grey levels. `opening`: (4, 2) px.
    """

    picked: Singles
    opening: Floats
    cut: dict[float, Template] = field(default_factory=dict)
    by_all: bool = False

    def __post_init__(self) -> None:
        """Measure the opening once."""
        self.width_px = side_px(self.opening)

    def at(self, scale: float) -> Template:
        """The template nearest to `scale` on the quarter-octave ladder, never above 1."""
        rung = min(0.0, round(np.log2(scale) / SCALE_STEP) * SCALE_STEP)
        if rung not in self.cut:
            made = make_template(self.picked, self.opening, scale=float(2.0**rung))
            self.cut[rung] = replace(made, by_all=self.by_all)
        return self.cut[rung]

    @cached_property
    def judged_by_all(self) -> Templates:
        """The same with `Template.by_all`: they reach further, and are more easily led astray."""
        cut = {scale: replace(template, by_all=True) for scale, template in self.cut.items()}
        return Templates(self.picked, self.opening, cut, by_all=True)

    def scale_under(self, guess: Floats) -> float:
        """How large the opening shows under the map `guess`, against the picked frame."""
        return side_px(homography.apply(guess, self.opening)) / self.width_px


def noise_variance(image: Singles) -> float:
    """The variance of an image's noise.

    Immerkær, "Fast Noise Variance Estimation" (1996), with the median in place of the mean, so that
    texture counts for little. `image`: (h, w) float32.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = cv2.filter2D(image, cv2.CV_32F, kernel)[::2, ::2]
    sigma = float(np.median(np.abs(response))) / (0.6745 * 6.0)
    return sigma * sigma


def make_template(
    image: Singles,
    glass: Floats,
    *,
    scale: float = 1.0,
    ring: tuple[float, float] = RING,
    patch_limit: int = PATCH_LIMIT,
) -> Template:
    """Cut the patches of `image` between `ring[0]` and `ring[1]` times the glass.

    `image`: (h, w) float32 grey levels of the picked frame. `glass`: (4, 2) float64 px.
    `scale` < 1 makes the template of a frame in which the screen is smaller by that factor.
    """
    height, width = image.shape
    scaled = _resize(image, scale)
    factors = np.array([scaled.shape[1] / width, scaled.shape[0] / height])
    corner_x, corner_y, radius = _ring_patches(
        scaled.shape, glass * factors, ring, _stride(glass * factors)
    )
    rows, columns = np.mgrid[0:PATCH_PX, 0:PATCH_PX]
    x = corner_x[:, None] + columns.ravel()
    y = corner_y[:, None] + rows.ravel()
    slope_x = (scaled[y, x + 1] - scaled[y, x - 1]) * np.float32(0.5)
    slope_y = (scaled[y + 1, x] - scaled[y - 1, x]) * np.float32(0.5)
    energy = (slope_x.astype(np.float64) ** 2 + slope_y.astype(np.float64) ** 2).mean(axis=1)
    noise = noise_variance(scaled)
    points = np.stack([x + 0.5, y + 0.5], axis=-1) / factors
    centre = glass.mean(axis=0)
    values = scaled[y, x]
    values = values - values.mean(axis=1, keepdims=True)
    power = (values * values).sum(axis=1)
    energy[power < LEAST_POWER] = 0.0  # a gradient seen only across the patch's border
    expected = NOISE_FLOOR + noise + POSITION_FLOOR_PX**2 * energy
    prior = np.exp(-(((radius - 1.0) / NEARNESS) ** 2)) / expected
    telling = np.where(energy > 4.0 * noise + 0.25, energy * prior, 0.0)
    chosen = _choose(points.mean(axis=1) - centre, telling, patch_limit)
    points, slope_x, slope_y = points[chosen], slope_x[chosen], slope_y[chosen]
    spread = float(np.abs(glass - centre).max())
    normalise = np.array(
        [[1 / spread, 0, -centre[0] / spread], [0, 1 / spread, -centre[1] / spread], [0, 0, 1.0]]
    )
    u, v = np.moveaxis((points - centre) / spread, -1, 0)
    du, dv = slope_x * (factors[0] * spread), slope_y * (factors[1] * spread)
    slant = -(du * u + dv * v)
    jacobian = np.stack([du, dv, du * u, du * v, dv * u, dv * v, slant * u, slant * v], axis=-1)
    jacobian -= jacobian.mean(axis=1, keepdims=True)
    return Template(
        scale=scale,
        points=np.ascontiguousarray(points.reshape(-1, 2).T, dtype=np.float32),
        values=values[chosen],
        power=power[chosen],
        jacobian=jacobian.astype(np.float32),
        hessians=np.einsum("kpi,kpj->kij", jacobian, jacobian).reshape(-1, 64),
        prior=prior[chosen],
        expected=expected[chosen],
        normalise=normalise,
        hull=_box(points.reshape(-1, 2)) if len(points) else glass,
    )


def _resize(image: Singles, scale: float) -> Singles:
    if scale == 1.0:
        return image
    height, width = image.shape
    size = (max(PATCH_PX, round(width * scale)), max(PATCH_PX, round(height * scale)))
    if scale > 1.0:
        return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    # A little blur before area averaging, for factors that area averaging alone would alias.
    soft = cv2.GaussianBlur(image, (0, 0), 0.4 / scale) if scale < 0.75 else image
    return cv2.resize(soft, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _box(points: Floats) -> Floats:
    """(4, 2): the upright box round points, TL TR BR BL."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def side_px(corners: Floats) -> float:
    """Side of the square of the same area as `corners`, (4, 2) px."""
    x, y = corners.T
    area = 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
    return float(np.sqrt(area))


def _stride(glass: Floats) -> int:
    """Patches overlap where the screen is small, so that there are enough of them."""
    width = side_px(glass)
    return PATCH_PX if width > 240 else PATCH_PX // 2 if width > 120 else PATCH_PX // 4


def _ring_patches(
    shape: tuple[int, ...], glass: Floats, ring: tuple[float, float], stride: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Upper left pixels of the patches in the ring, and their mean radius.

    A patch across the glass's own edge counts: the edge belongs to the bezel.
    """
    unit = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    to_plane = homography.from_corners(glass, unit)
    row, column = np.mgrid[0 : shape[0] : stride, 0 : shape[1] : stride]
    x, y = column.ravel(), row.ravel()
    clear = (x >= 2) & (y >= 2) & (x + PATCH_PX + 2 < shape[1]) & (y + PATCH_PX + 2 < shape[0])
    x, y = x[clear], y[clear]
    offsets = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * PATCH_PX
    corners = (np.stack([x, y], axis=-1)[:, None] + offsets).reshape(-1, 2).astype(np.float64)
    depth = corners @ to_plane[2, :2] + to_plane[2, 2]
    radius = np.abs(homography.apply(to_plane, corners)).max(axis=-1)
    radius[depth <= 0] = np.inf  # behind the plane's horizon
    radius = radius.reshape(-1, 4)
    middle = radius.mean(axis=1)
    inside = (middle > ring[0]) & (radius.max(axis=1) < ring[1])
    return x[inside], y[inside], middle[inside]


def _choose(from_centre: Floats, telling: Floats, limit: int) -> NDArray[np.int64]:
    """The patches that tell most, sector by sector, at most `limit` of them."""
    angle = np.arctan2(from_centre[:, 1], from_centre[:, 0])
    sector = np.floor((angle / (2 * np.pi) + 0.5) * SECTORS).astype(int) % SECTORS
    order = np.argsort(-telling, kind="stable")
    order = order[telling[order] > 0]
    rank = np.zeros(len(telling), dtype=np.int64)
    for index in range(SECTORS):
        mine = order[sector[order] == index]
        rank[mine] = np.arange(len(mine))
    by_rank = order[np.argsort(rank[order], kind="stable")]
    return np.sort(by_rank[:limit])
