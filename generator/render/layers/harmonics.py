"""Motion that closes by itself: every value is a sum of harmonics of the loop.

`Harmonics` holds, for each whole number of turns a loop, a picture of cosines and one of sines; at
a phase it adds them up. Nothing else moves a layer, so the frame after the last is the first.

>>> still = Harmonics((1,), np.zeros((1, 1, 2, 2)), np.ones((1, 1, 2, 2)))
>>> float(still.at(0.0).max()), round(float(still.at(0.25).max()), 6)
(0.0, 1.0)
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Harmonics:
    """A field over the cells of a layer that moves in a loop.

    `turns`: how often each harmonic turns in a loop. `cosines`, `sines`: float32 of shape
    (harmonics, channels, h, w).
    """

    turns: tuple[int, ...]
    cosines: Plane
    sines: Plane

    def at(self, phase: float) -> Plane:
        """The field at `phase`, in loops: (h, w, channels) float32.

        Summed in a set order, so that it gives the same bytes wherever it runs.
        """
        total = np.zeros(self.cosines.shape[1:], np.float32)
        for turns, cosine, sine in zip(self.turns, self.cosines, self.sines, strict=True):
            angle = 2 * math.pi * math.fmod(turns * phase, 1.0)
            total += np.float32(math.cos(angle)) * cosine
            total += np.float32(math.sin(angle)) * sine
        return np.ascontiguousarray(total.transpose(1, 2, 0))

    def from_phase(self, start: float) -> Harmonics:
        """The same motion, begun at another moment of the loop."""
        angle = 2 * math.pi * start * np.array(self.turns, np.float64)
        cosine, sine = (
            wave(angle).astype(np.float32)[:, None, None, None] for wave in (np.cos, np.sin)
        )
        return Harmonics(
            self.turns,
            self.cosines * cosine + self.sines * sine,
            self.sines * cosine - self.cosines * sine,
        )


def generator_of(*words: str) -> np.random.Generator:
    """Chance that hangs on `words` alone: the same layer moves alike in every render."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def smooth_noise(
    chance: np.random.Generator, x: Plane, y: Plane, grain_px: float, plate_px: tuple[int, int]
) -> Plane:
    """Chance over a plate, looked up at places of it: (h, w) float32, mean 0 and spread 1.

    Its lumps are `grain_px` large. They lie fast on the plate, so a layer that is drawn a little
    larger moves as before.
    """
    rows, columns = (math.ceil(side / grain_px) + 4 for side in reversed(plate_px))
    lumps = chance.standard_normal((rows, columns)).astype(np.float32)
    step = np.float32(1.0 / grain_px)
    noise = cv2.remap(
        lumps, x * step + 1, y * step + 1, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(noise / np.float32(0.75), np.float32)
