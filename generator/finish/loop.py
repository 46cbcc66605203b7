"""How a clip repeats, and how well: three measures of the seam, and `auto` decided by them.

Each measure is 1 where the seam is like the rest of the clip, and grows with what one would notice:
a jump, a sudden turn, a soft moment.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from generator.artifacts.finish import LoopFacts
from generator.finish.frames import RawClip
from generator.scene.model import LoopMode
from generator.video.loops import Blend, playing_frames

_OVERLAPS_S = (1.0, 0.5)
_UNSEEN = 1.25
"""Nobody notices a seam up to this; among such, the first of the candidates is taken."""
_MOST = 1000.0
"""Where frames stand in pairs or a blend is blank, the usual figure is 0: no ratio says more."""


@dataclass(frozen=True)
class Seam:
    """How a loop's seam compares with the rest of the clip."""

    jump: float
    """The last-to-first difference over the median difference of neighbours."""
    turn: float
    """The change of motion where the order turns or starts anew, over the same median.

    Motion that runs back at full speed gives 2; motion that rests there gives 0.
    """
    soft: float
    """The usual contrast of edges over the least in blended frames."""

    @property
    def worst(self) -> float:
        """What one would notice first; all seams that nobody notices are alike."""
        return max(self.jump, self.turn, self.soft, _UNSEEN)


@dataclass(frozen=True)
class Choice:
    """A loop mode with its overlap in frames, and its seam; None for a clip that does not loop."""

    mode: LoopMode
    overlap: int
    seam: Seam | None

    def order(self, frame_count: int) -> tuple[Blend, ...]:
        """The playing frames of a master of `frame_count` frames."""
        return playing_frames(frame_count, self.mode, self.overlap)

    def facts(self) -> LoopFacts:
        """What the lock keeps of it."""
        if self.seam is None:
            return LoopFacts(self.mode, self.overlap)
        jump, turn, soft = (round(value, 3) for value in astuple(self.seam))
        return LoopFacts(self.mode, self.overlap, seam=jump, turn=turn, soft=soft)


def choose(clip: RawClip, mode: LoopMode) -> Choice:
    """The loop that the scene asks for; for `auto`, the candidate with the least to notice."""
    if mode == "none":
        return Choice("none", 0, None)
    small = np.stack([clip.small(k)[..., 0] for k in range(clip.frame_count)])
    overlaps = [min(round(clip.fps * s), clip.frame_count // 4) for s in _OVERLAPS_S]
    candidates: list[tuple[LoopMode, int]] = [
        ("first-last", 0),
        ("pingpong", 0),
        *(("crossfade", overlap) for overlap in overlaps),
    ]
    rated = [
        Choice(kind, overlap, rate(small, playing_frames(len(small), kind, overlap)))
        for kind, overlap in candidates
        if mode in (kind, "auto")
    ]
    return min(rated, key=lambda choice: choice.seam.worst if choice.seam else 0.0)


def rate(master: NDArray[np.float32], order: tuple[Blend, ...]) -> Seam:
    """Rate the seams of a loop that plays `order`.

    `master`: (frame_count, rows, columns) float32 luma, small enough that grain is gone.
    """
    playing = _play(master, order)
    usual = float(np.median(_rms(np.diff(playing, axis=0)))) if len(playing) > 1 else 0.0
    jump = float(_rms(playing[:1] - playing[-1:])[0])
    bends = _rms(np.roll(playing, -1, axis=0) - 2.0 * playing + np.roll(playing, 1, axis=0))
    turn = float(max(bends[k] for k in _seam_frames(order)))
    edges = _rms(np.diff(playing, axis=2))
    blended = [k for k, (numbers, _) in enumerate(order) if len(numbers) > 1]
    least = float(min((edges[k] for k in blended), default=np.median(edges)))
    return Seam(_ratio(jump, usual), _ratio(turn, usual), _ratio(float(np.median(edges)), least))


def _seam_frames(order: tuple[Blend, ...]) -> set[int]:
    """The playing frames at which the master's order breaks: start, end, and where it turns."""
    last = len(order) - 1
    breaks = {0, last}
    for k in range(1, last):
        before, here, after = (order[j][0][0] for j in (k - 1, k, k + 1))
        if after - here != here - before:
            breaks.add(k)
    return breaks


def _play(frames: NDArray[np.float32], order: tuple[Blend, ...]) -> NDArray[np.float32]:
    """The frames in playing order, blended where the loop blends: (len(order), rows, columns)."""
    return np.stack(
        [
            np.tensordot(np.asarray(weights, np.float32), frames[list(numbers)], axes=1)
            for numbers, weights in order
        ]
    )


def _rms(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square of each picture: (n, rows, columns) → (n,)."""
    result: NDArray[np.float32] = np.sqrt(np.mean(np.square(pictures), axis=(1, 2)))
    return result


def _ratio(value: float, usual: float) -> float:
    """`value` over `usual`, at most `_MOST`; 0 is perfect, whatever is usual."""
    return min(value / usual, _MOST) if usual > 0.0 else _MOST * (value > 0.0)
