"""One command on the box through one ssh process: streams in and out, and a sure exit status.

The command line that we send is wrapped: it first writes a mark to stderr, so that we know that we
are in and ssh's own patience is over, and last a mark with the exit status, which tells a command
that returned 255 from a connection that broke.
"""

from __future__ import annotations

import logging
import os
import re
import shlex
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import IO, Protocol, TypeAlias

from generator.box.errors import explain, no_program, silent, tail
from generator.engine.lifeline import tied
from generator.errors import SshError

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20

_UP = b"\x02breathe-up\x03\n"
_END = re.compile(rb"\n?\x02breathe-end (\d+)\x03\n")
_WRAPPER = (
    r"""printf '\002breathe-up\003\n' >&2; "$@"; code=$?; """
    r"""printf '\n\002breathe-end %d\003\n' "$code" >&2; exit "$code" """
)

Sink: TypeAlias = "Callable[[bytes], object]"
"""Takes the command's stdout, piece by piece."""


class Source(Protocol):
    """Gives the command's stdin, piece by piece."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


def run_session(
    ssh: Sequence[str],
    argv: Sequence[str],
    *,
    stdin: Source,
    sink: Sink,
    destination: str,
    login_s: float,
    timeout_s: float,
) -> tuple[int, str]:
    """Run `argv` behind the ssh command `ssh`: (exit status, what it said on stderr).

    `login_s` is the patience until it starts there, `timeout_s` from then on. Raises SshError.
    """
    log.debug("ssh %s %s", destination, shlex.join(argv))
    try:
        process = subprocess.Popen(
            [*ssh, shlex.join(["sh", "-c", _WRAPPER, "sh", *argv])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as exc:
        raise no_program(ssh[0]) from exc
    with process, tied(process.pid):
        ears = _Ears(process, stdin, sink)
        try:
            if not ears.settled.wait(login_s):
                raise silent(destination, login_s, ears.said)
            process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired as exc:
            raise SshError(
                f"ssh {destination}: {argv[0]}",
                got=f"no end after {timeout_s:g} s",
                expected="a command that ends",
                remedy=f"it may still run there; look with: ssh {destination} ps aux",
                detail=tail(ears.said),
            ) from exc
        finally:
            process.kill()
            process.wait()
            ears.join()
    if ears.trouble:
        raise SshError(
            f"ssh {destination}: {argv[0]}",
            got=f"{ears.trouble} here",
            expected="room for what the box sends",
            remedy="make room on this disk and run it again: it goes on where it stopped",
        ) from ears.trouble
    if ears.end is None:
        expected = "a connection that lasts until the command ends" if ears.up else ""
        raise explain(destination, ears.said, expected=expected)
    return ears.end, ears.said


class _Ears:
    """The three pipes of one ssh process, each moved by a thread of its own."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: Source, sink: Sink) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: S101 - all are PIPE
        self._process = process
        self._heard = bytearray()
        self.settled = threading.Event()
        """The command runs there, or ssh gave up."""
        self.trouble: OSError | None = None
        """Why the sink took no more (a full disk)."""
        self._threads = [
            threading.Thread(target=work, args=args, daemon=True)
            for work, args in (
                (self._feed, (process.stdin, stdin)),
                (self._drain, (process.stdout, sink)),
                (self._listen, (process.stderr,)),
            )
        ]
        for thread in self._threads:
            thread.start()

    @property
    def up(self) -> bool:
        """Whether our command has started on the box."""
        return _UP in self._heard

    @property
    def end(self) -> int | None:
        """The command's exit status; None when the connection ended before it did."""
        found = _END.search(self._heard)
        return int(found[1]) if found else None

    @property
    def said(self) -> str:
        """Stderr without our marks: the command's own once it has started, ssh's words before."""
        text = bytes(self._heard)
        if _UP in text:
            text = text.split(_UP, 1)[1]
        return _END.sub(b"", text).decode(errors="replace")

    def join(self) -> None:
        """Wait for the last bytes."""
        for thread in self._threads:
            thread.join(timeout=5)

    def _feed(self, pipe: IO[bytes], stdin: Source) -> None:
        try:
            while chunk := stdin.read(CHUNK_BYTES):
                pipe.write(chunk)
            pipe.close()
        except (BrokenPipeError, ValueError):
            log.debug("the box closed its stdin early")

    def _drain(self, pipe: IO[bytes], sink: Sink) -> None:
        try:
            while chunk := os.read(pipe.fileno(), CHUNK_BYTES):
                sink(chunk)
        except OSError as exc:
            self.trouble = exc
            self._process.kill()

    def _listen(self, pipe: IO[bytes]) -> None:
        while chunk := os.read(pipe.fileno(), CHUNK_BYTES):
            self._heard += chunk
            if self.up:
                self.settled.set()
        self.settled.set()
