"""What people see in the terminal: errors, notes, progress bars, tables."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from generator.errors import BreatheError

_STATE_COLOURS = {"fresh": "green", "stale": "yellow", "missing": "red"}
_REDRAW_S = 0.1


def report_error(error: BreatheError) -> None:
    """One screen on stderr: what, got, expected, remedy, and the tail of others' words."""
    first, *rest = str(error).splitlines()
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(first, err=True)
    for line in rest:
        click.echo(line, err=True)


def print_json(value: Any) -> None:
    """For scripts."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def state_word(state: str) -> str:
    """A stage's state in its colour."""
    return click.style(f"{state:<8}", fg=_STATE_COLOURS.get(state))


def table(rows: Sequence[Sequence[str]], *, header: Sequence[str] = ()) -> str:
    """Columns side by side, two spaces apart; colour codes don't count as width."""
    lines = [list(header), *map(list, rows)] if header else [list(row) for row in rows]
    if not lines:
        return ""
    widths = [max(len(click.unstyle(row[k])) for row in lines) for k in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - len(click.unstyle(cell)))
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in lines
    )


class TerminalProgress:
    """Progress for a person: a bar that redraws in place, or a line an event when piped."""

    def __init__(self) -> None:
        """Bars on stderr, so that stdout stays for results."""
        self._live = sys.stderr.isatty()
        self._started: dict[str, tuple[float, float]] = {}
        self._drawn_s = 0.0
        self._open_line = False

    def update(self, label: str, done: float, total: float) -> None:
        """Draw `done` of `total`, with the time that is left."""
        now = time.monotonic()
        started_s, before = self._started.setdefault(label, (now, done))
        finished = done >= total
        if finished:
            del self._started[label]
        if not self._live:
            if finished:
                click.echo(f"  {label}: done in {now - started_s:.1f} s", err=True)
            return
        if not finished and now - self._drawn_s < _REDRAW_S:
            return
        self._drawn_s = now
        share = min(1.0, done / total) if total else 1.0
        bar = "█" * round(24 * share) + "░" * (24 - round(24 * share))
        if finished:
            tail = f"{now - started_s:.1f} s"
        elif share > 0.02 and done > before:
            # What was done when we first looked says nothing of the pace.
            tail = f"{(now - started_s) * (total - done) / (done - before):.0f} s left"
        else:
            tail = ""
        click.echo(f"\r\x1b[2K  {label:<28} {bar} {share:4.0%}  {tail}", nl=finished, err=True)
        self._open_line = not finished

    def note(self, message: str) -> None:
        """One line of its own."""
        if self._open_line:
            click.echo("\r\x1b[2K", nl=False, err=True)
            self._open_line = False
        click.echo(message, err=True)
