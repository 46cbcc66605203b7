"""Asking the person at the terminal, where there is one."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click


class TerminalQuestions:
    """Asks on stderr, so that stdout stays for results."""

    @classmethod
    def if_anyone(cls) -> TerminalQuestions | None:
        """None when nobody is there to answer."""
        return cls() if sys.stdin.isatty() else None

    def choose(self, question: str, answers: Mapping[str, str], default: str) -> str:
        """Print the answers and read a key; a second Ctrl-C is the default."""
        click.echo(f"\n{question}", err=True)
        for key, meaning in answers.items():
            click.echo(f"  {key}  {meaning}", err=True)
        try:
            return str(click.prompt("", type=click.Choice([*answers]), default=default, err=True))
        except click.Abort:
            return default
