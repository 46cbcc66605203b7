"""Frames and a template → the map of each frame, by inverse-compositional least squares.

Every frame is aligned to the picked frame itself, never to its neighbour: neighbours only lend a
first guess, so that no error walks from frame to frame.

A patch's weight is bounded twice: by what noise and its own position error allow (`patches`), and
by how well it agrees in this frame (Geman and McClure's weight, scaled by the median misfit near
the glass), so that dust, a curtain or somebody's hand do not pull.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from generator.track.patches import Singles, Template
from generator.video import homography
from generator.video.homography import Floats

Model: TypeAlias = Literal["still", "translation", "similarity", "affine", "homography"]

GAIN_RANGE = (0.3, 3.0)
"""A patch whose contrast changes by more is not the same patch."""
ROBUST_SCALE = 3.0
"""A patch with so many times the median misfit keeps a quarter of its weight."""
LEAST_MISFIT = 1e-6
GAIN_SPREAD = 0.4
"""Light and shade change a patch's contrast against the others' by so much (natural logarithm);
something else in front changes it by more."""
LEAD_PX = 0.1
"""The few patches lead until they move by no more; the rest is for all of them."""
MOST_PACE = 2.0
TABLE = 32
RECOGNISED = 0.4
"""A patch with less of its contrast unexplained shows the same thing: a correlation above 0.8."""
UNIT_SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


@dataclass(frozen=True)
class Fit:
    """How one frame lies on the template.

    `map`: (3, 3), px of the picked frame → px of this frame. `misfit`: (K,) squared residual of
    each patch over what noise and position error would leave, about 1 for a good patch.
    `weights`: (K,) from 0 (ignored) to 1. `residual`: share of the ring's contrast that the fit
    leaves unexplained. `inlier_share`: share of what the patches tell that is seen again, 0 to 1.
    `noise`: (4, 2) px of this frame, standard errors of the corners of the normalised square.
    `converged`: whether the last step was too small to matter. `scale`: the template's.
    """

    map: Floats
    misfit: Floats
    weights: Floats
    residual: float
    inlier_share: float
    noise: Floats
    converged: bool
    scale: float


@dataclass(frozen=True)
class ShapePrior:
    """A shape that a frame keeps where its patches tell nothing: the neighbour's, for one.

    `shape`: (3, 3), px of the picked frame → px of that neighbour; where it lies, how large and how
    it is turned does not count. `loose_px`: how far the corners of the normalised square may leave
    it, as a standard deviation.
    """

    shape: Floats
    loose_px: float


def lost(guess: Floats) -> Fit:
    """The fit of a frame on which nothing could be compared."""
    nothing = np.zeros(0)
    return Fit(guess, nothing, nothing, 1.0, 0.0, np.zeros((4, 2)), converged=False, scale=0.0)


def basis(model: Model) -> Floats:
    """(8, n): the directions in parameter space that `model` may move in."""
    free = {"still": 0, "translation": 2, "affine": 6, "homography": 8}
    if model in free:
        return np.eye(8)[:, : free[model]]
    similarity = np.zeros((8, 4))
    similarity[0, 0] = similarity[1, 1] = 1.0
    similarity[[2, 5], 2] = 1.0
    similarity[3, 3], similarity[4, 3] = -1.0, 1.0
    return similarity


def sample(image: Singles, current: Floats, points: Singles) -> tuple[Singles, Singles]:
    """`image` (h, w) where `current` puts `points` (2, n) px: (n / 64, 64) float32.

    OpenCV takes Lanczos's weights from a table of 32 places a pixel; the second value, (2, n / 64,
    64), is how far each point lies beyond the place that was taken, px of `image`.

    Lanczos over eight by eight pixels: OpenCV's bicubic (a = -0.75) does not reproduce a ramp and
    pulls a fit by up to 0.06 px toward whole pixels. Outside the frame its edge goes on.
    """
    h = current.astype(np.float32)
    x, y = points
    depth = 1.0 / (h[2, 0] * x + h[2, 1] * y + h[2, 2])
    # OpenCV's coordinates have the first pixel's centre at 0. Rows of 64 keep remap's tables small.
    grid_x = ((h[0, 0] * x + h[0, 1] * y + h[0, 2]) * depth - np.float32(0.5)).reshape(-1, 64)
    grid_y = ((h[1, 0] * x + h[1, 1] * y + h[1, 2]) * depth - np.float32(0.5)).reshape(-1, 64)
    beyond = np.stack([grid_x, grid_y])
    beyond -= np.rint(beyond * TABLE) / np.float32(TABLE)
    seen = cv2.remap(image, grid_x, grid_y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, dtype=np.float32), beyond


def fit(
    template: Template,
    image: Singles,
    guess: Floats,
    model: Model,
    *,
    iterations: int = 10,
    tolerance_px: float = 0.02,
    prior: ShapePrior | None = None,
) -> Fit:
    """Align one frame, (h, w) float32, starting from the map `guess`.

    A frame that cannot be aligned comes back with a residual near 1, not as an error: whoever asked
    decides. A few of the patches lead, all of them decide. The last step is taken, but its residual
    not measured again: it is under `tolerance_px`, and what is left after it is smaller still.
    """
    directions = basis(model)
    current, converged = guess, False
    few = template.lead
    if few is not template and iterations > 2 and directions.size:
        for _ in range(iterations):
            step, *_ = _step(few, image, current, directions, prior)
            current = _compose_inverse(current, step, few)
            if not np.abs(step).max() / few.normalise[0, 0] > LEAD_PX:
                break
    pace, last = 1.0, np.zeros(8)
    for _ in range(iterations):
        before = current
        step, seen, weight, pulls = _step(template, image, current, directions, prior)
        pace, last = _pace(step, last, pace), step
        current = _compose_inverse(current, pace * step, template)
        step_px = float(np.abs(step).max() / template.normalise[0, 0])
        converged = step_px < tolerance_px
        if converged or not np.isfinite(step_px):
            break
    if not np.isfinite(current).all():
        return lost(guess)
    return Fit(
        map=current,
        misfit=seen.misfit,
        weights=seen.weights,
        residual=seen.unexplained,
        inlier_share=seen.recognised,
        noise=_noise(template, weight, pulls, before, directions),
        converged=converged,
        scale=template.scale,
    )


@dataclass(frozen=True)
class _Comparison:
    """A frame compared with the template: residual (K, P), misfit and weights (K,).

    `usual`: the median misfit of the patches near the glass.
    """

    residual: Singles
    misfit: Floats
    weights: Floats
    usual: float
    unexplained: float
    recognised: float


def _step(
    template: Template,
    image: Singles,
    current: Floats,
    directions: Floats,
    prior: ShapePrior | None,
) -> tuple[Floats, _Comparison, Floats, Floats]:
    """One Gauss-Newton step (8,) from `current`, and what it was made of."""
    seen = _compare(template, image, current)
    weight = seen.weights * template.prior
    pulls = np.matmul(seen.residual[:, None, :], template.jacobian)[:, 0, :].astype(np.float64)
    normal, right = weight @ template.hessians, weight @ pulls
    if prior is not None:
        stiffness, back = _shape_terms(template, current, prior)
        normal = normal + seen.usual * stiffness.ravel()
        right = right + seen.usual * back
    return _solve(normal, right, directions), seen, weight, pulls


def _pace(step: Floats, last: Floats, pace: float) -> float:
    """How many times `step` to go: what the last one left undone tells how short they fall.

    Robust weights make Gauss-Newton steps too short by much the same share each time. The secant
    of Barzilai and Borwein, "Two-point step size gradient methods" (1988), in one number.
    """
    length = float(last @ last)
    done = float((last - step) @ last)
    if not length or done <= 0.0:
        return 1.0
    return float(np.clip(pace * length / done, 1.0, MOST_PACE))


def _compare(template: Template, image: Singles, current: Floats) -> _Comparison:
    """What each patch shows, less its own offset and gain, against what it should show."""
    values = template.values
    seen, beyond = sample(image, current, template.points)
    seen -= seen.mean(axis=1, keepdims=True)
    gain = np.clip(np.einsum("kp,kp->k", seen, values) / template.power, *GAIN_RANGE)
    seen /= gain[:, None]
    seen -= values
    # What lies beyond the table's place is made up for with the template's own slope.
    to_picked = np.linalg.inv(current[:2, :2]) * template.normalise[0, 0]
    across, down = np.tensordot(to_picked.astype(np.float32), beyond, axes=1)
    seen += template.jacobian[:, :, 0] * across
    seen += template.jacobian[:, :, 1] * down
    squared = np.einsum("kp,kp->k", seen, seen).astype(np.float64) / values.shape[1]
    misfit = squared / template.expected
    of_all = float(np.median(misfit)) if template.by_all else LEAST_MISFIT
    usual = max(_near_median(misfit, template.nearness), of_all, LEAST_MISFIT)
    scale = ROBUST_SCALE * usual
    gain_off = np.log(gain / np.median(gain)) / GAIN_SPREAD
    weights = np.exp(-(gain_off**2)) / (1.0 + misfit / scale) ** 2
    weight = weights * template.prior
    contrast = float(weight @ template.power) / values.shape[1]
    unexplained = float(weight @ squared) / contrast if contrast > 0 else 1.0
    same = (squared * values.shape[1] < RECOGNISED * template.power) & (np.abs(gain_off) < 1.5)
    telling = template.prior * template.power
    recognised = float(telling @ same) / float(telling.sum())
    return _Comparison(seen, misfit, weights, usual, min(1.0, unexplained), recognised)


def _near_median(values: Floats, shares: Floats) -> float:
    """The smallest of `values` (K,) under which half of `shares` (K,) lie."""
    order = np.argsort(values)
    under = np.cumsum(shares[order])
    return float(values[order[np.searchsorted(under, under[-1] / 2)]])


def _solve(normal: Floats, right: Floats, directions: Floats) -> Floats:
    """The least-squares step (8,) within `directions`."""
    if not directions.shape[1]:
        return np.zeros(8)
    system = directions.T @ normal.reshape(8, 8) @ directions
    system += np.eye(len(system)) * (1e-9 * np.trace(system) + 1e-30)
    step: Floats = directions @ np.linalg.solve(system, directions.T @ right)
    return step


def _compose_inverse(current: Floats, step: Floats, template: Template) -> Floats:
    """`current` after the inverse of the template's own small move `step`."""
    tx, ty, a, b, c, d, e, f = step
    move = np.array([[1 + a, b, tx], [c, 1 + d, ty], [e, f, 1.0]])
    product = current @ template.denormalise @ np.linalg.inv(move) @ template.normalise
    result: Floats = product / product[2, 2]
    return result


def _corner_jacobian(template: Template, current: Floats) -> Floats:
    """(8, 8): d corner / d step, px of the frame, for the corners of the normalised square."""
    x, y = UNIT_SQUARE.T
    zero, one = np.zeros(4), np.ones(4)
    to_x = np.stack([one, zero, x, y, zero, zero, -x * x, -x * y], axis=-1)
    to_y = np.stack([zero, one, zero, zero, x, y, -x * y, -y * y], axis=-1)
    to_frame = current @ template.denormalise
    depth = to_frame[2, 0] * x + to_frame[2, 1] * y + to_frame[2, 2]
    seen = homography.apply(to_frame, UNIT_SQUARE)
    # d (seen) / d (x, y) of a homography: (its rows less seen times its last row) / depth.
    slopes = to_frame[None, :2, :2] - seen[:, :, None] * to_frame[None, 2:, :2]
    slopes = slopes / depth[:, None, None]
    moves = np.stack([to_x, to_y], axis=1)
    result: Floats = -(slopes @ moves).reshape(8, 8)
    return result


def _shape_terms(template: Template, current: Floats, prior: ShapePrior) -> tuple[Floats, Floats]:
    """What keeping the shape adds to the normal equations: (8, 8) and (8,).

    The corners' distance from the similar shape nearest to them, in units of `loose_px`.
    """
    shape = homography.apply(prior.shape @ template.denormalise, UNIT_SQUARE)
    x, y = (shape - shape.mean(axis=0)).T
    one, zero = np.ones(4), np.zeros(4)
    similar = np.stack([[one, zero], [zero, one], [x, y], [-y, x]]).transpose(2, 1, 0).reshape(8, 4)
    free, _ = np.linalg.qr(similar)
    corners = homography.apply(current @ template.denormalise, UNIT_SQUARE).ravel()
    slopes = _corner_jacobian(template, current) / prior.loose_px
    off = corners / prior.loose_px
    slopes = slopes - free @ (free.T @ slopes)
    off = off - free @ (free.T @ off)
    return slopes.T @ slopes, -slopes.T @ off


def _noise(
    template: Template, weight: Floats, pulls: Floats, current: Floats, directions: Floats
) -> Floats:
    """What chance adds to the corners, (4, 2) px: each patch's own pull is one observation.

    The sandwich of Huber, "The behavior of maximum likelihood estimates under nonstandard
    conditions" (1967): it asks the patches themselves how far they disagree.
    """
    if not directions.shape[1]:
        return np.zeros((4, 2))
    each = (weight[:, None] * pulls) @ directions
    system = directions.T @ (weight @ template.hessians).reshape(8, 8) @ directions
    system += np.eye(len(system)) * (1e-9 * np.trace(system) + 1e-30)
    bread = _corner_jacobian(template, current) @ directions @ np.linalg.inv(system)
    result: Floats = np.sqrt(((bread @ each.T) ** 2).sum(axis=1)).reshape(4, 2)
    return result
