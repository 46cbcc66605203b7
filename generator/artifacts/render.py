"""What every render backend leaves of the master that it made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MasterFacts:
    """The facts of `render:<clip>` that all backends have; each may add its own."""

    frame_count: int
    fps: int
    size_px: tuple[int, int]
