"""The page's own guard against flashes, under the measure of this side."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from generator.finish.flash import COLUMNS, ROWS, FlashReport, measure
from tests.javascript import node

STROBES = Path(__file__).resolve().parents[1] / "js" / "computer" / "strobes.js"
FPS = 60
TEXT = (25, 40)
MARGIN = (3, 4)
"""Cells of border above and below, left and right."""


def shown(seed: int, how: str) -> FlashReport:
    """The flashes of one run of strobes.js, text and border laid out as on the glass."""
    command = [node(), str(STROBES), str(seed), how]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    light = np.frombuffer(raw, "<f4").reshape(-1, TEXT[0] * TEXT[1] + 1)
    rows, columns = TEXT[0] + 2 * MARGIN[0], TEXT[1] + 2 * MARGIN[1]
    glass = np.broadcast_to(light[:, -1, None, None], (len(light), rows, columns)).copy()
    glass[:, MARGIN[0] : -MARGIN[0], MARGIN[1] : -MARGIN[1]] = light[:, :-1].reshape(-1, *TEXT)
    picked = glass[:, np.arange(ROWS) * rows // ROWS][:, :, np.arange(COLUMNS) * columns // COLUMNS]
    return measure(np.repeat(picked[..., None], 3, axis=3), FPS)


@pytest.mark.parametrize("seed", range(1, 13))
def test_no_program_gets_more_than_three_flashes_past_the_guard(seed: int) -> None:
    """Strobes, fills, sweeps, noise and scrolling, two or three at a time, for twenty seconds."""
    report = shown(seed, "guarded")
    assert report.passed, report
    assert report.worst_per_s >= 1, "nothing was shown at all"


def test_without_the_guard_they_flash() -> None:
    """The programs are as bad as they are meant to be."""
    assert shown(1, "bare").worst_per_s > 10
