"""The flash gate: a clip that could harm someone with photosensitive epilepsy is not finished."""

from __future__ import annotations

import numpy as np

from generator.artifacts.finish import FlashFacts
from generator.errors import GateError
from generator.finish import flash
from generator.finish.frames import RawClip, linear_light


def check_flashes(playing: RawClip, *, loops: bool, name: str) -> FlashFacts:
    """Count the flashes of `playing`; a clip that `loops` is watched over its seam too.

    Returns the facts for the lock. Raises GateError above the limit of WCAG 2.3.1.
    """
    cells = [flash.to_cells(linear_light(playing.small(k))) for k in range(playing.frame_count)]
    if loops:
        cells += cells[: playing.fps]
    report = flash.measure(np.stack(cells), playing.fps)
    if not report.passed:
        kind = "red" if report.red_per_s > report.general_per_s else "general"
        raise GateError(
            name,
            got=f"{report.worst_per_s:g} {kind} flashes in the second up to {report.at_s:.2f} s",
            expected=f"at most {flash.LIMIT_PER_S:g} a second (WCAG 2.3.1)",
            remedy="render it calmer; if it is exposure that jumps, try [finish] deflicker = true",
        )
    return FlashFacts(
        max_per_s=report.worst_per_s,
        general_per_s=report.general_per_s,
        red_per_s=report.red_per_s,
        limit_per_s=flash.LIMIT_PER_S,
    )
