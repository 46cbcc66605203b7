"""The ways to the outside world, as Protocols; `generator.wiring` opens the real ones.

`Ports` is handed down to every stage: time, ffmpeg, feeds, the box behind ssh and the person at the
terminal are reached through it alone. One thing is not here: a render backend brings the client of
its own server along (`comfy`), and talks to the address that the scene names or to the near end of
a box's tunnel. Tests own the other end instead: a small ComfyUI, an sshd and a feed server, each a
real one on loopback.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from generator.errors import StageError, UsageError

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


class Tunnel(Protocol):
    """127.0.0.1:`local_port` here is a port of a box, for as long as a block lasts."""

    @property
    def local_port(self) -> int:
        """The port here."""
        ...

    def check(self) -> None:
        """Raise the RemoteError that ended the tunnel for good, if one did."""
        ...


class Box(Shell, Protocol):
    """A machine behind ssh. What each raises when it cannot be reached is a RemoteError."""

    @property
    def destination(self) -> str:
        """Where ssh goes."""
        ...

    def send_file(self, source: Path, target: str, *, progress: Progress | None = None) -> bool:
        """Bring a file to `target` there, whole; False when the same bytes are there already."""
        ...

    def fetch_file(self, source: str, target: Path, *, progress: Progress | None = None) -> None:
        """Bring `source` from there to `target` here, whole or not at all."""
        ...

    def tunnel(self, remote_port: int, local_port: int = 0) -> AbstractContextManager[Tunnel]:
        """A port here (0: a free one) that is `remote_port` there while the block lasts."""
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

    def run(
        self,
        args: Iterable[str],
        *,
        label: str,
        total_s: float = 0.0,
        feed: Iterable[bytes] | None = None,
    ) -> str:
        """Run ffmpeg with `args` (after global flags); returns what it said on stderr.

        `feed`: what the input `pipe:0` reads, made as it is needed. Raises MediaError with the
        tail of its words.
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
    """What a run may use. `ffmpeg`, `fetcher` and `box` are None where none is allowed."""

    clock: Clock = field(default_factory=SystemClock)
    progress: Progress = field(default_factory=SilentProgress)
    ffmpeg: Ffmpeg | None = None
    fetcher: Fetcher | None = None
    box: Callable[[str], Box] | None = None
    """ssh destination → the way to that machine; nothing is opened before it is used."""
    questions: Questions | None = None
    """None when nobody is there to answer: defaults are taken."""

    def require_ffmpeg(self, name: str) -> Ffmpeg:
        """The ffmpeg for the work called `name`. Raises StageError where none is allowed."""
        if self.ffmpeg is None:
            raise StageError(name, got="no ffmpeg", expected="one to read and write pictures with")
        return self.ffmpeg

    def require_box(self, destination: str) -> Box:
        """The way to a box. Raises UsageError where none is allowed."""
        if self.box is None:
            raise UsageError(
                f"ssh {destination}",
                got="a run that may call no other machine",
                expected="one that may",
                remedy="run it without --offline",
            )
        return self.box(destination)
