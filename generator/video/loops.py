"""How a master clip plays: which master frames each playing frame is made of.

Finish cuts the video by this, track and light cut their timelines by the same, so they agree.

>>> [frames for frames, _ in playing_frames(4, "pingpong")]
[(0,), (1,), (2,), (3,), (2,), (1,)]
"""

from __future__ import annotations

from typing import TypeAlias

Blend: TypeAlias = tuple[tuple[int, ...], tuple[float, ...]]
"""Master frames (0-based) and their weights, which sum to 1."""


def playing_frames(frame_count: int, mode: str, overlap: int = 0) -> tuple[Blend, ...]:
    """The playing order of a master of `frame_count` frames.

    `none`: as it is. `pingpong`: forward, then back, no end frame doubled (2n - 2 frames).
    `crossfade`: the last `overlap` frames blend into the first ones (n - overlap frames).
    `first-last`: the master ends on its own first frame, so the duplicate is dropped; an
    `overlap` > 0 blends the seam as well.

    Raises ValueError for an unknown mode, or for an overlap over half the clip.
    """
    if frame_count < 1:
        raise ValueError(f"frame_count: got {frame_count}; expected at least 1")
    if mode == "none":
        return tuple(((k,), (1.0,)) for k in range(frame_count))
    if mode == "pingpong":
        there = range(frame_count)
        back = range(frame_count - 2, 0, -1)
        return tuple(((k,), (1.0,)) for k in (*there, *back))
    if mode == "first-last":
        kept = max(1, frame_count - 1)
        return _overlapped(kept, overlap)
    if mode == "crossfade":
        return _overlapped(frame_count, overlap)
    raise ValueError(f"mode: got {mode!r}; expected none, pingpong, crossfade or first-last")


def _overlapped(frame_count: int, overlap: int) -> tuple[Blend, ...]:
    if not 0 <= overlap <= frame_count // 2:
        raise ValueError(f"overlap: got {overlap}; expected 0 to {frame_count // 2}")
    tail = frame_count - overlap
    blends: list[Blend] = []
    for k in range(tail):
        if k < overlap:
            head_weight = (k + 1) / (overlap + 1)
            blends.append(((k, tail + k), (head_weight, 1.0 - head_weight)))
        else:
            blends.append(((k,), (1.0,)))
    return tuple(blends)
