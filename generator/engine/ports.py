"""The doors to the outside world, as Protocols: real ones in `adapters`, doubles in `tests/fakes`.

`Ports` is handed down from the command line; nothing below it opens a door of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from generator.errors import StageError

log = logging.getLogger(__name__)


class Clock(Protocol):
    """Time, so that tests own it."""

    def now_s(self) -> float:
        """Seconds since the Unix epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_s(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Progress(Protocol):
    """Where long work says how far it is."""

    def update(self, label: str, done: float, total: float) -> None:
        """`done` of `total` (any unit) of the work called `label`; done == total ends it."""
        ...

    def note(self, message: str) -> None:
        """One line for a person: something happened that they should know."""
        ...


class SilentProgress:
    """Progress for nobody: goes to the log."""

    def update(self, label: str, done: float, total: float) -> None:
        """Log it for those who listen closely."""
        log.debug("%s: %s of %s", label, done, total)

    def note(self, message: str) -> None:
        """Log it."""
        log.info("%s", message)


@dataclass(frozen=True)
class CommandResult:
    """How a process ended."""

    returncode: int
    stdout: str
    stderr: str


class Shell(Protocol):
    """A machine on which commands run: the box behind ssh, or this one."""

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout_s: float = 60.0
    ) -> CommandResult:
        """Run a command to its end. Raises RemoteError when the machine cannot be reached."""
        ...


@dataclass(frozen=True)
class FetchReply:
    """What a web server answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    """As it came over the wire, in its Content-Encoding."""
    url: str
    """Where it came from, after redirects."""


class Fetcher(Protocol):
    """The one door to the web."""

    def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, max_bytes: int
    ) -> FetchReply:
        """GET `url`, redirects followed; any status is an answer.

        `timeout_s` bounds the whole exchange. Raises RemoteError when no whole answer comes.
        """
        ...


class Ffmpeg(Protocol):
    """The one door to ffmpeg."""

    def run(self, args: Iterable[str], *, label: str, total_s: float = 0.0) -> str:
        """Run ffmpeg with `args` (after global flags); returns what it said on stderr.

        Raises MediaError with the tail of its words.
        """
        ...

    def stop(self) -> None:
        """Kill every run in flight, from another thread; each of them raises MediaError."""
        ...

    @property
    def executable(self) -> Path:
        """The binary."""
        ...


class Questions(Protocol):
    """Where long work asks a person who is there to answer."""

    def choose(self, question: str, answers: Mapping[str, str], default: str) -> str:
        """The key of the answer that was chosen; `answers`: key → what it means."""
        ...


@dataclass(frozen=True)
class Ports:
    """The doors a run may use. `fetcher`, `shell` and `ffmpeg` are None where none is allowed."""

    clock: Clock = field(default_factory=SystemClock)
    progress: Progress = field(default_factory=SilentProgress)
    ffmpeg: Ffmpeg | None = None
    fetcher: Fetcher | None = None
    shell: Shell | None = None
    questions: Questions | None = None
    """None when nobody is there to answer: defaults are taken."""

    def require_ffmpeg(self, name: str) -> Ffmpeg:
        """The ffmpeg for the work called `name`. Raises StageError where none is allowed."""
        if self.ffmpeg is None:
            raise StageError(name, got="no ffmpeg", expected="one to read and write pictures with")
        return self.ffmpeg
