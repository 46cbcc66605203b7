"""The raw path of four corners → the path that is shown → the rows that the page plays.

Jitter is taken off by a spline; damping, low-pass and corrections by hand are off by default. All
of it works on the master's own frames, before a loop unfolds them: the cusp at the turn of a
ping-pong is real and must not be rounded.

>>> from generator.video.loops import playing_frames
>>> unfold(np.zeros((3, 4, 2)), playing_frames(3, "pingpong")).shape
(4, 4, 2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generator.artifacts import FRACTION_DIGITS, Quad
from generator.video.homography import Floats, as_quads
from generator.video.loops import Blend

CAUTION = 1.4
NOISE_LIMIT = 6.0
LEAST_ERROR_PX = 1e-4
MOST_LIMITED = 0.05
"""When more of the changes than this would exceed the limit, the spline takes motion for noise, and
the path stays as it was measured."""


@dataclass(frozen=True)
class Correction:
    """A correction by hand. `offset_px`: (4, 2) float64 px, full at `frame`."""

    frame: int
    offset_px: Floats
    reach_frames: float
    """Over so many frames on each side it fades to nothing."""


def remove_jitter(path: Floats, noise_px: Floats) -> Floats:
    """`path` (n, 4, 2) px without the jitter that measuring adds.

    A smoothing spline (Whittaker 1923; Eilers, "A Perfect Smoother", 2003, third differences) whose
    stiffness the path itself decides by generalised cross-validation (Craven and Wahba 1979, with
    the factor 1.4 of Kim and Gu 2004 against stiffness too small): a smooth sway loses its jitter,
    a real shake is left alone. `noise_px`: (n, 4, 2), the standard error of each number: a frame
    that is half occluded leans on its neighbours, the picked one stays. None is moved by more
    than `NOISE_LIMIT` times its error, so a jolt of one frame stays.
    """
    count = len(path)
    if count < 8 or not noise_px.any():
        return path
    values = (path - path[0]).reshape(count, -1)
    errors = _errors(noise_px.reshape(count, -1))
    differences = np.diff(np.eye(count), n=3, axis=0)
    roughness = differences.T @ differences
    columns = [
        _Column.of(column, own, roughness) for column, own in zip(values.T, errors.T, strict=True)
    ]
    stiffnesses = 10.0 ** np.arange(-3.0, 6.01, 0.25)
    misfit = sum(one.misfit(stiffnesses) for one in columns)
    freedom = sum(one.freedom(stiffnesses) for one in columns) / len(columns)
    best = (misfit / np.maximum(1.0 - CAUTION * freedom, 1e-3) ** 2).argmin()
    change = np.stack([one.smooth(stiffnesses[best]) for one in columns], axis=1) - values
    limit = NOISE_LIMIT * errors
    if (np.abs(change) > limit).mean() > MOST_LIMITED:
        return path
    result: Floats = path + np.clip(change, -limit, limit).reshape(path.shape)
    return result


def _errors(noise: Floats) -> Floats:
    """Standard errors (n, 8) to weigh by: a single frame's estimate is rough.

    None is better than the usual one, but for the picked frame, which is exact.
    """
    usual = np.median(noise, axis=0)
    errors = np.where(noise < usual / 2, noise, np.maximum(noise, usual))
    result: Floats = np.maximum(errors, LEAST_ERROR_PX)
    return result


@dataclass(frozen=True)
class _Column:
    """One number through the clip, over its errors, in the modes in which a spline stiffens it."""

    errors: Floats
    modes: Floats
    roughness: Floats
    amplitudes: Floats

    @staticmethod
    def of(values: Floats, errors: Floats, roughness: Floats) -> _Column:
        """Errors count by their ratio to the column's usual one, so that stiffnesses compare."""
        relative = errors / np.median(errors)
        rough, modes = np.linalg.eigh(relative[:, None] * roughness * relative)
        return _Column(relative, modes, np.maximum(rough, 0.0), modes.T @ (values / relative))

    def _keeps(self, stiffnesses: Floats) -> Floats:
        return np.asarray(1.0 / (1.0 + np.multiply.outer(stiffnesses, self.roughness)))

    def misfit(self, stiffnesses: Floats) -> Floats:
        """How far each stiffness leaves the values, over their errors, summed squares."""
        result: Floats = (1.0 - self._keeps(stiffnesses)) ** 2 @ self.amplitudes**2
        return result

    def freedom(self, stiffnesses: Floats) -> Floats:
        """The share of the values that each stiffness leaves free."""
        result: Floats = self._keeps(stiffnesses).mean(axis=1)
        return result

    def smooth(self, stiffness: float) -> Floats:
        """The values under the spline."""
        kept = self._keeps(np.array(stiffness)) * self.amplitudes
        result: Floats = self.errors * (self.modes @ kept)
        return result


def damp(path: Floats, picked_frame: int, strength: float) -> Floats:
    """`path` (n, 4, 2) px with its motion about the picked frame scaled by `strength`."""
    if strength == 1.0:
        return path
    still = path[picked_frame]
    result: Floats = still + (path - still) * strength
    return result


def low_pass(path: Floats, cutoff_hz: float, fps: float) -> Floats:
    """Zero-phase Gaussian smoother, 3 dB down at `cutoff_hz`; 0 returns `path` as it is.

    `path`: (n, 4, 2) px. Its ends are continued by point reflection, so the first and last frame
    stay where they were measured. A Gaussian of sigma s seconds passes exp(-2 (pi s f)²), which is
    1/√2 at f = √(ln 2) / (2 pi s).
    """
    if cutoff_hz <= 0.0 or len(path) < 3:
        return path
    sigma = np.sqrt(np.log(2.0)) / (2.0 * np.pi * cutoff_hz) * fps
    reach = min(len(path) - 1, int(np.ceil(4.0 * sigma)))
    if reach == 0:
        return path
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps /= taps.sum()
    head = 2 * path[0] - path[reach:0:-1]
    tail = 2 * path[-1] - path[-2 : -reach - 2 : -1]
    longer = np.concatenate([head, path, tail]).reshape(len(path) + 2 * reach, -1)
    smooth = np.stack([np.convolve(column, taps, mode="valid") for column in longer.T], axis=1)
    result: Floats = smooth.reshape(path.shape)
    return result


def correct(path: Floats, corrections: Sequence[Correction]) -> Floats:
    """`path` (n, 4, 2) px moved by hand-made corrections, each fading with a raised cosine.

    Where several reach a frame and their weights sum to more than 1, they share it.
    """
    if not corrections:
        return path
    frames = np.arange(len(path))
    weights = np.stack(
        [_fade(frames - one.frame, one.reach_frames) for one in corrections]
    )  # (corrections, n)
    weights /= np.maximum(1.0, weights.sum(axis=0))
    offsets = np.stack([one.offset_px for one in corrections])
    result: Floats = path + np.einsum("cn,cij->nij", weights, offsets)
    return result


def _fade(distance: np.ndarray, reach: float) -> Floats:
    """1 at distance 0, a half at half the reach, 0 from `reach` on."""
    if reach <= 0:
        only: Floats = (distance == 0).astype(np.float64)
        return only
    inside = np.minimum(np.abs(distance) / reach, 1.0)
    result: Floats = 0.5 + 0.5 * np.cos(np.pi * inside)
    return result


def unfold(path: Floats, blends: Sequence[Blend]) -> Floats:
    """(master frames, 4, 2) → (playing frames, 4, 2); blended pictures get blended corners."""
    rows = [
        sum(weight * path[frame] for frame, weight in zip(frames, weights, strict=True))
        if len(frames) > 1
        else path[frames[0]]
        for frames, weights in blends
    ]
    return np.stack(rows)


def as_rows(path: Floats, size_px: tuple[int, int]) -> tuple[Quad, ...]:
    """(n, 4, 2) px → n quads, fractions of the frame."""
    return as_quads(path / np.array(size_px, dtype=np.float64), FRACTION_DIGITS)


def closure_px(path: Floats) -> tuple[float, float]:
    """The loop's seam and an ordinary step, px: how far the furthest corner moves.

    The first is from the last playing frame to the first, the second the median over the others.
    """
    steps = np.linalg.norm(np.roll(path, -1, axis=0) - path, axis=-1).max(axis=1)
    usual = float(np.median(steps[:-1])) if len(steps) > 1 else 0.0
    return float(steps[-1]), usual
