"""What a person sees of a long job."""

from __future__ import annotations

import io
import sys
import time

import pytest

from generator.cli.output import TerminalProgress


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_what_was_done_before_we_looked_says_nothing_of_the_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A render found again at half: no time is promised until a step was seen."""
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    progress = TerminalProgress()
    progress.update("render", 10, 20)
    assert "50%" in terminal.getvalue() and "left" not in terminal.getvalue()
    time.sleep(0.2)  # bars are not redrawn more often
    progress.update("render", 11, 20)
    assert "55%" in terminal.getvalue() and "s left" in terminal.getvalue()
