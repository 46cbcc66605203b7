"""Frames and a template → the map of each frame, by inverse-compositional least squares.

Every frame is aligned to the picked frame itself, never to its neighbour: neighbours only lend a
first guess, so that no error walks from frame to frame.

A patch's say is bounded twice: by what noise and its own position error allow (`patches`), and by
how well it agrees in this frame (Geman and McClure's weight, scaled by the median misfit), so that
dust, a curtain or somebody's hand do not pull.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from generator.vision import homography
from generator.vision.homography import Floats
from generator.vision.patches import NOISE_FLOOR, POSITION_FLOOR_PX, Singles, Template

Model: TypeAlias = Literal["translation", "similarity", "affine", "homography"]
MODELS: tuple[Model, ...] = ("translation", "similarity", "affine", "homography")

GAIN_RANGE = (0.3, 3.0)
"""A patch whose contrast changes by more is not the same patch."""
ROBUST_SCALE = 3.0
"""A patch with so many times the median misfit keeps a quarter of its weight."""
LEAST_CONTRAST = 1e-6


@dataclass(frozen=True)
class Fit:
    """How one frame lies on the template.

    `map`: (3, 3), px of the picked frame → px of this frame. `misfit`: (K,) squared residual of
    each patch over what noise and position error would leave, about 1 for a good patch.
    `weights`: (K,) from 0 (ignored) to 1. `residual`: share of the ring's contrast that the fit
    leaves unexplained. `slip`: (K,) how far each patch is displaced along its own gradient, in px
    of this frame. `shiver`: (4, 2), half the difference between where two halves of the patches
    would put the corners of the normalised square, px of this frame.
    """

    map: Floats
    misfit: Floats
    weights: Floats
    residual: float
    slip: Floats
    shiver: Floats

    @property
    def inlier_share(self) -> float:
        """Share of patches that keep at least half of their weight."""
        return float((self.weights > 0.5).mean()) if len(self.weights) else 0.0


def lost(guess: Floats) -> Fit:
    """The fit of a frame on which nothing could be compared."""
    nothing = np.zeros(0)
    return Fit(guess, nothing, nothing, 1.0, nothing, np.zeros((4, 2)))


def basis(model: Model) -> Floats:
    """(8, n): the directions in parameter space that `model` may move in."""
    eye = np.eye(8)
    if model == "translation":
        return eye[:, :2]
    if model == "affine":
        return eye[:, :6]
    if model == "homography":
        return eye
    similarity = np.zeros((8, 4))
    similarity[0, 0] = similarity[1, 1] = 1.0
    similarity[[2, 5], 2] = 1.0
    similarity[3, 3], similarity[4, 3] = -1.0, 1.0
    return similarity


def sample(image: Singles, where: Floats) -> Singles:
    """`image` at points (K, P, 2) px, bicubic. Outside the frame its edge goes on."""
    grid = (where - 0.5).astype(np.float32)
    return np.asarray(
        cv2.remap(
            image,
            np.ascontiguousarray(grid[..., 0]),
            np.ascontiguousarray(grid[..., 1]),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        dtype=np.float32,
    )


def fit(
    template: Template,
    image: Singles,
    guess: Floats,
    model: Model,
    *,
    trust: Floats | None = None,
    iterations: int = 12,
    tolerance_px: float = 0.002,
) -> Fit:
    """Align one frame, (h, w) float32, starting from the map `guess`.

    `trust`: (K,) from 0 to 1, what is known of each patch beforehand. A frame that cannot be
    aligned comes back with a residual near 1, not as an error: whoever asked decides.
    """
    directions = basis(model)
    prior = _prior(template, trust)
    to_unit, from_unit = template.normalise, homography.invert(template.normalise)
    spread_px = from_unit[0, 0]
    current = guess
    for _ in range(iterations):
        residual, misfit, weights, unexplained = _compare(template, image, current, prior)
        normal = (weights * prior) @ template.hessians
        pulls = np.matmul(residual[:, None, :], template.jacobian)[:, 0, :]
        right = (weights * prior) @ pulls
        system = directions.T @ normal.reshape(8, 8) @ directions
        system += np.eye(len(system)) * (1e-9 * np.trace(system) + 1e-30)
        step = directions @ np.linalg.solve(system, directions.T @ right)
        current = _compose_inverse(current, step, to_unit, from_unit)
        if np.abs(step).max() * spread_px < tolerance_px:
            break
    residual, misfit, weights, unexplained = _compare(template, image, current, prior)
    return Fit(
        map=current,
        misfit=misfit,
        weights=weights,
        residual=unexplained,
        slip=_slip(template, residual),
        shiver=_shiver(template, residual, weights * prior, current, directions),
    )


def _prior(template: Template, trust: Floats | None) -> Floats:
    """(K,) inverse variance of a patch's pixel: noise and position error together."""
    variance = NOISE_FLOOR + template.noise + POSITION_FLOOR_PX**2 * template.gradient
    return 1.0 / variance if trust is None else trust / variance


def _compare(
    template: Template, image: Singles, current: Floats, prior: Floats
) -> tuple[Singles, Floats, Floats, float]:
    """Residual (K, P) after each patch's own offset and gain, misfit, weights, unexplained."""
    seen = sample(
        image,
        homography.apply(current, template.points.reshape(-1, 2)).reshape(template.points.shape),
    )
    seen = seen - seen.mean(axis=1, keepdims=True)
    gain = np.clip((seen * template.values).sum(axis=1) / template.power, *GAIN_RANGE)
    residual = seen / gain[:, None] - template.values
    squared = (residual * residual).mean(axis=1).astype(np.float64)
    # The patch's own prior says what to expect of it; trust must not make a bad patch look good.
    expected = NOISE_FLOOR + template.noise + POSITION_FLOOR_PX**2 * template.gradient
    misfit = squared / expected
    scale = ROBUST_SCALE * max(float(np.median(misfit)), LEAST_CONTRAST)
    weights = 1.0 / (1.0 + misfit / scale) ** 2
    say = weights * prior
    contrast = float(say @ (template.power / template.values.shape[1]))
    unexplained = float(say @ squared) / max(contrast, LEAST_CONTRAST)
    return residual, misfit, weights, min(1.0, unexplained)


def _compose_inverse(current: Floats, step: Floats, to_unit: Floats, from_unit: Floats) -> Floats:
    """`current` after the inverse of the template's own small move `step`."""
    tx, ty, a, b, c, d, e, f = step
    move = np.array([[1 + a, b, tx], [c, 1 + d, ty], [e, f, 1.0]])
    return homography.compose(current, from_unit, np.linalg.inv(move), to_unit)


def _slip(template: Template, residual: Singles) -> Floats:
    """(K,) displacement along each patch's gradient that would explain its residual, px."""
    spread_px = 1.0 / template.normalise[0, 0]
    along = template.jacobian[:, :, :2] / spread_px
    tensor = np.matmul(along.transpose(0, 2, 1), along)
    pull = np.matmul(residual[:, None, :], along)[:, 0, :]
    strongest, axes = np.linalg.eigh(tensor)
    normal = axes[:, :, 1]
    slip: Floats = (pull * normal).sum(axis=1) / np.maximum(strongest[:, 1], LEAST_CONTRAST)
    return slip


UNIT_SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def _shiver(
    template: Template, residual: Singles, say: Floats, current: Floats, directions: Floats
) -> Floats:
    """What chance adds to the corners: even and odd patches, each asked for one last step."""
    from_unit = homography.invert(template.normalise)
    pulls = np.matmul(residual[:, None, :], template.jacobian)[:, 0, :]
    seen = []
    for half in (slice(0, None, 2), slice(1, None, 2)):
        normal = (say[half] @ template.hessians[half]).reshape(8, 8)
        system = directions.T @ normal @ directions
        system += np.eye(len(system)) * (1e-9 * np.trace(system) + 1e-30)
        step = directions @ np.linalg.solve(system, directions.T @ (say[half] @ pulls[half]))
        moved = _compose_inverse(current, step, template.normalise, from_unit)
        seen.append(homography.apply(moved @ from_unit, UNIT_SQUARE))
    result: Floats = (seen[0] - seen[1]) / 2
    return result
