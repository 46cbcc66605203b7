"""All frames against one template in one batch, on torch: `align.fit` for a GPU.

The same sums as `align` (the frames' Jacobian and Hessians are shared, which is what the
inverse-compositional form is for), in plain steps of which every frame takes all: converged, both
agree to 0.005 px. torch is an extra, never a dependency; only this module imports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from generator.track.align import GAIN_RANGE, GAIN_SPREAD, LEAST_MISFIT, ROBUST_SCALE, basis
from generator.track.patches import Singles, Template
from generator.video import homography
from generator.video.homography import Floats

if TYPE_CHECKING:
    from generator.track.align import Model

TAPS = 8
FRAMES_AT_ONCE = {"cpu": 16, "cuda": 192}
"""Frames whose samples are gathered together: 64 taps of 20 thousand points each.

A CPU's cache holds no more; a GPU pays for every call.
"""


def fit_all(
    template: Template,
    images: Singles,
    guesses: Floats,
    model: Model,
    *,
    device: str = "cpu",
    iterations: int = 16,
) -> Floats:
    """The map of every frame: (n, 3, 3) float64.

    `images`: (n, h, w) float32 grey levels, or a tensor of that shape already on `device`;
    `guesses`: (n, 3, 3). Every frame takes every step: on a GPU that is cheaper than asking.
    A guess a pixel off takes about ten, one several px off sixteen.
    """
    import torch

    place = torch.device(device)
    frames = images if isinstance(images, torch.Tensor) else torch.from_numpy(images)
    frames = frames.to(place)
    known = _Known(template, model, place)
    maps = torch.tensor(guesses, dtype=torch.float64, device=place)  # a copy: the caller's stay
    at_once = FRAMES_AT_ONCE.get(place.type, FRAMES_AT_ONCE["cpu"])
    for start in range(0, len(maps), at_once):
        part = slice(start, start + at_once)
        for _ in range(iterations):
            maps[part] = _step(known, frames[part], maps[part])
    result: Floats = maps.cpu().numpy()
    return result


class _Known:
    """The template's arrays as tensors on the device."""

    def __init__(self, template: Template, model: Model, place: Any) -> None:
        import torch

        def tensor(array: Any, kind: Any) -> Any:
            return torch.as_tensor(np.ascontiguousarray(array), dtype=kind, device=place)

        single, double = torch.float32, torch.float64
        self.points = tensor(template.points, single)
        self.values = tensor(template.values, single)
        self.power = tensor(template.power, single)
        self.jacobian = tensor(template.jacobian, single)
        self.hessians = tensor(template.hessians, double)
        self.prior = tensor(template.prior, double)
        self.expected = tensor(template.expected, double)
        self.nearness = tensor(template.nearness, double)
        self.directions = tensor(basis(model), double)
        self.to_unit = tensor(template.normalise, double)
        self.from_unit = tensor(homography.invert(template.normalise), double)


def _step(known: _Known, frames: Any, maps: Any) -> Any:
    """One Gauss-Newton step of a batch of frames; see `align.fit`."""
    import torch

    count, pixels = known.values.shape
    seen = _sample(frames, maps, known.points).reshape(len(maps), count, pixels)
    seen = seen - seen.mean(dim=2, keepdim=True)
    gain = ((seen * known.values).sum(dim=2) / known.power).clamp(*GAIN_RANGE)
    residual = seen / gain[:, :, None] - known.values
    misfit = (residual * residual).sum(dim=2).double() / pixels / known.expected
    scale = ROBUST_SCALE * _near_median(misfit, known.nearness).clamp(min=LEAST_MISFIT)
    gain_off = torch.log(gain.double() / _median(gain.double())) / GAIN_SPREAD
    weight = torch.exp(-(gain_off**2)) / (1.0 + misfit / scale) ** 2 * known.prior
    pulls = torch.einsum("nkp,kpi->nki", residual, known.jacobian).double()
    normal = (weight @ known.hessians).reshape(-1, 8, 8)
    right = torch.einsum("nk,nki->ni", weight, pulls)
    system = known.directions.T @ normal @ known.directions
    trace = system.diagonal(dim1=1, dim2=2).sum(dim=1)
    eye = torch.eye(system.shape[1], dtype=torch.float64, device=system.device)
    system = system + eye * (1e-9 * trace + 1e-30)[:, None, None]
    # The damped systems have an inverse; asking whether they do would halt the GPU at every step.
    step = torch.linalg.solve_ex(system, right @ known.directions)[0] @ known.directions.T
    tx, ty, a, b, c, d, e, f = step.T
    move = torch.stack([1 + a, b, tx, c, 1 + d, ty, e, f, torch.ones_like(e)], dim=1)
    move = move.reshape(-1, 3, 3)
    moved = maps @ known.from_unit @ torch.linalg.inv_ex(move)[0] @ known.to_unit
    return moved / moved[:, 2:, 2:]


def _near_median(values: Any, nearness: Any) -> Any:
    """The smallest value of each row under which half of the nearness lies: (n, 1)."""
    import torch

    ordered, order = torch.sort(values, dim=1)
    under = torch.cumsum(nearness[order], dim=1)
    half = torch.searchsorted(under, (under[:, -1:] / 2).contiguous())
    return torch.gather(ordered, 1, half)


def _median(values: Any) -> Any:
    """The median of each row as numpy takes it, the mean of the middle two: (n, 1)."""
    import torch

    ordered = torch.sort(values, dim=1).values
    half = values.shape[1] // 2
    if values.shape[1] % 2:
        return ordered[:, half : half + 1]
    return ordered[:, half - 1 : half + 1].mean(dim=1, keepdim=True)


def _sample(frames: Any, maps: Any, points: Any) -> Any:
    """Lanczos over eight by eight pixels, as OpenCV weighs them: (n, points) float32."""
    import torch

    x, y = points
    h = maps.float()[:, :, :, None]
    depth = 1.0 / (h[:, 2, 0] * x + h[:, 2, 1] * y + h[:, 2, 2])
    grid_x = (h[:, 0, 0] * x + h[:, 0, 1] * y + h[:, 0, 2]) * depth - 0.5
    grid_y = (h[:, 1, 0] * x + h[:, 1, 1] * y + h[:, 1, 2]) * depth - 0.5
    height, width = frames.shape[1:]
    column, weight_x = _taps(grid_x, width)
    row, weight_y = _taps(grid_y, height)
    flat = frames.reshape(len(frames), -1)
    total = torch.zeros_like(grid_x)
    for k in range(TAPS):
        index = row[:, k : k + 1] * width + column
        values = torch.gather(flat, 1, index.reshape(len(flat), -1)).reshape(index.shape)
        total += weight_y[:, k] * (values * weight_x).sum(dim=1)
    return total


def _taps(position: Any, size: int) -> tuple[Any, Any]:
    """The eight taps of each position (n, points): pixels' indices, kept inside, and weights.

    Both (n, 8, points); the weights of a position add up to 1.
    """
    import torch

    base = torch.floor(position)[:, None]
    offsets = torch.arange(-TAPS // 2 + 1, TAPS // 2 + 1, device=position.device)[:, None]
    away = position[:, None] - base - offsets
    weights = torch.sinc(away) * torch.sinc(away / (TAPS / 2))
    index = (base.long() + offsets).clamp(0, size - 1)
    return index, weights / weights.sum(dim=1, keepdim=True)
