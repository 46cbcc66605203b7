"""A `ports.Shell` on the machine we are on: what would run on the box behind ssh runs here."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from generator.errors import RemoteError
from generator.ports import CommandResult


@dataclass(frozen=True)
class LocalShell:
    """Runs commands as children of this process."""

    destination: str = "this machine"

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout_s: float = 60.0
    ) -> CommandResult:
        """Run a command to its end. Raises RemoteError when it cannot start or does not end."""
        try:
            done = subprocess.run(argv, input=stdin, capture_output=True, timeout=timeout_s)
        except FileNotFoundError as exc:
            raise RemoteError(
                argv[0],
                got="no such program here",
                expected="a program on PATH",
                remedy=f"install {argv[0]}",
            ) from exc
        except subprocess.TimeoutExpired as exc:
            raise RemoteError(
                argv[0],
                got=f"no end after {timeout_s:g} s",
                expected="a command that ends",
                remedy="run it by hand and see where it stops",
            ) from exc
        return CommandResult(
            returncode=done.returncode,
            stdout=done.stdout.decode(errors="replace"),
            stderr=done.stderr.decode(errors="replace"),
        )
