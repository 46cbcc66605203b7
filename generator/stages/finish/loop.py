"""How a clip repeats, and how well: the seam measured, and `auto` decided by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.loops import Blend, playing_frames
from generator.model import Json, LoopMode
from generator.stages.finish.frames import RawClip


@dataclass(frozen=True)
class Choice:
    """A loop mode with its overlap in frames, and its seam score (see `seam_score`)."""

    mode: LoopMode
    overlap: int
    seam: float | None

    def order(self, frame_count: int) -> tuple[Blend, ...]:
        """The playing frames of a master of `frame_count` frames."""
        return playing_frames(frame_count, self.mode, self.overlap)

    def facts(self) -> Json:
        """What the lock keeps of it."""
        return {"mode": self.mode, "overlap": self.overlap, "seam": self.seam}


def choose(clip: RawClip, mode: LoopMode) -> Choice:
    """The loop that the scene asks for; for `auto`, the candidate with the best seam."""
    if mode == "none":
        return Choice("none", 0, None)
    small = np.stack([clip.small(k)[..., 0] for k in range(clip.frame_count)])
    overlap = min(clip.fps, clip.frame_count // 4)
    candidates: dict[LoopMode, list[tuple[LoopMode, int]]] = {
        "pingpong": [("pingpong", 0)],
        "crossfade": [("crossfade", overlap)],
        "first-last": [("first-last", 0)],
        "auto": [("first-last", 0), ("pingpong", 0), ("crossfade", overlap)],
    }
    rated = [
        Choice(kind, blend, round(seam_score(play(small, kind, blend)), 3))
        for kind, blend in candidates[mode]
    ]
    return min(rated, key=lambda choice: choice.seam or 0.0)


def play(frames: NDArray[np.float32], mode: str, overlap: int) -> NDArray[np.float32]:
    """The frames in playing order, blended where the loop blends. Same shape but the first axis."""
    order = playing_frames(len(frames), mode, overlap)
    return np.stack(
        [
            np.tensordot(np.asarray(weights, np.float32), frames[list(numbers)], axes=1)
            for numbers, weights in order
        ]
    )


def seam_score(playing: NDArray[np.float32]) -> float:
    """The last-to-first difference over the median difference of neighbours; 1 is no seam.

    `playing`: (frame_count, rows, columns) float32. Differences are root mean squares.
    """
    if len(playing) < 3:
        return 1.0
    steps = np.sqrt(np.mean(np.square(np.diff(playing, axis=0)), axis=(1, 2)))
    jump = float(np.sqrt(np.mean(np.square(playing[0] - playing[-1]))))
    usual = float(np.median(steps))
    if usual == 0.0:
        return 1.0 if jump == 0.0 else float("inf")
    return jump / usual
