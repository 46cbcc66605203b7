"""A `ports.Shell` on the machine we are on: what would run on the box behind ssh runs here."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from generator.engine.ports import CommandResult
from generator.errors import RemoteError


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

    def stream(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        sink: Callable[[bytes], object],
        timeout_s: float,
    ) -> int:
        """Like `run`, but stdout and stderr go to `sink` as they come; returns the exit status."""
        with subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            late = threading.Timer(timeout_s, process.kill)
            late.start()
            feeder = threading.Thread(target=_feed, args=(process.stdin, stdin))
            feeder.start()
            while process.stdout and (chunk := os.read(process.stdout.fileno(), 1 << 16)):
                sink(chunk)
            process.wait()
            late.cancel()
            feeder.join()
        return process.returncode


def _feed(pipe: IO[bytes] | None, data: bytes) -> None:
    """Write `data` and close; a process that reads no further is no trouble of ours."""
    if pipe:
        with contextlib.suppress(BrokenPipeError), pipe:
            pipe.write(data)
