"""What every render backend leaves of a master."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RenderFacts:
    """The facts of `render:<clip>`, beside its output `master`.

    `enlarged`: px of the clip that the closest shot makes of one px of the hero. `take`, `seed`: of
    the take that the master is.
    """

    backend: str
    frame_count: int
    fps: int
    size_px: tuple[int, int]
    enlarged: float | None = None
    take: str | None = None
    seed: int | None = None
