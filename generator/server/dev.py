"""`breathe dev`: the page in memory, rebuilt as files change, with the news of it sent to browsers.

    files change → debounce → quick build → browsers fetch the page and take over what differs
                                        └→ stale stages bake in the background → quick build → …

A build that fails is shown over the page; the last good page stays underneath. The server knows
only a `Workshop`: something with `quick()` and `bake()`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import tornado.httpserver
import tornado.netutil
import tornado.web
import watchfiles

from generator.errors import BreatheError, UsageError
from generator.server.baking import Baker, Due, Report
from generator.server.burst import Burst
from generator.server.codeframe import describe
from generator.server.dev_handlers import (
    AdjustHandler,
    ClientHandler,
    CornersHandler,
    PageHandler,
    StateHandler,
)
from generator.server.guard import MAX_BODY_BYTES
from generator.server.live import Listeners, LiveHandler
from generator.server.workshop import DRAFT, Built, NotBakedError
from generator.site.bundle import Content
from generator.site.headers import ASSETS

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
PORTS_TRIED = 20
WATCHED = ("site_src", "templates", "assets/source", "assets/font")
LOCK_FOLDER = "assets"
"""Watched without the folders below it: it holds baked.lock, which is replaced, not written to."""
DEBOUNCE_MS = 40
STEP_MS = 4
"""A change is told of when a step has passed without another; the wait for a save's end."""
ROOTS_MS = 1000
"""How often it is asked whether a watched folder is still the same one."""
PROGRESS_S = 0.25
"""News of work in progress is told no more often than this."""


class Bench(Protocol):
    """What the dev server needs of a workshop."""

    def quick(self) -> Built:
        """The page on what is baked."""
        ...

    async def bake(self, due: Due, report: Report) -> None:
        """Run one of the stages that the last build found due. Raises BakeError when it fails."""
        ...


@dataclass
class DevState:
    """What the handlers see. Replaced field by field on the server's one thread."""

    token: str
    root: Path
    port: int
    baker: Baker
    built: Built | None = None
    before: Built | None = None
    """The build before that: a page that is still loading asks for its files."""
    problem: dict[str, Any] | None = None
    """Why the last build failed."""
    revision: int = field(default_factory=lambda: int(time.time()))
    """Grows with every build that differs; begun so that a page of an earlier server sees that it
    is old."""

    def find(self, name: str) -> Content | None:
        """A file of the page; what carries a hash in its name, also of the page before."""
        for build in (self.built, self.before):
            if build and name in build.files and (build is self.built or name.startswith(ASSETS)):
                return build.files[name]
        return None

    def summary(self) -> dict[str, Any]:
        """How things stand; revision 0 while there is no page yet."""
        return {
            "revision": self.revision if self.built else 0,
            "problem": self.problem or self.baker.problem,
            "doing": self.baker.doing,
            "stale": list(self.built.stale) if self.built else [],
            "waiting": list(self.built.waiting) if self.built else [],
        }


class DevServer:
    """Watches, builds, and tells the browsers."""

    def __init__(self, root: Path, bench: Bench, token: str, say: Callable[[str], None]) -> None:
        """`say`: one line for the terminal."""
        self._bench = bench
        self._say = say
        self._wake = asyncio.Event()
        self._baker = Baker(
            bench.bake,
            changed=self._tell_soon,
            baked=self._baked,
            overtaken=self._wake.set,
            judge=self._problem,
        )
        self.state = DevState(token=token, root=root, port=0, baker=self._baker)
        self.listeners = Listeners(self.state.summary)
        self._burst = Burst()
        self._pause: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None
        self._has_due = False

    def application(self) -> tornado.web.Application:
        """All that it answers to."""
        state = {"state": self.state, "edited": self.edited}
        return tornado.web.Application(
            [
                (r"/__breathe/live", LiveHandler,
                 {"listeners": self.listeners, "port": self.state.port}),
                (r"/__breathe/state", StateHandler, state),
                (r"/__breathe/corners", CornersHandler, state),
                (r"/__breathe/adjust", AdjustHandler, state),
                (r"/__breathe/client/([a-z]+\.(?:js|css))", ClientHandler, state),
                (r"(.*)", PageHandler, state),
            ],
            log_function=_no_log,
        )  # fmt: skip

    async def run(self, sockets: list[Any], stopped: asyncio.Event) -> None:
        """Serve on `sockets` until `stopped`."""
        self.state.port = sockets[0].getsockname()[1]
        server = tornado.httpserver.HTTPServer(
            self.application(), max_body_size=MAX_BODY_BYTES, max_header_size=MAX_BODY_BYTES
        )
        server.add_sockets(sockets)
        work = {
            asyncio.create_task(stopped.wait()),
            asyncio.create_task(self._watch(WATCHED, self.edited, stopped)),
            asyncio.create_task(
                self._watch((LOCK_FOLDER,), self._wake.set, stopped, recursive=False)
            ),
            asyncio.create_task(self._build_loop()),
            asyncio.create_task(self._baker.run()),
        }
        self._wake.set()
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # none ends but by our being stopped, or by a fault
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            server.stop()
            await server.close_all_connections()

    async def _watch(
        self,
        folders: Sequence[str],
        changed: Callable[[], None],
        stopped: asyncio.Event,
        *,
        recursive: bool = True,
    ) -> None:
        """A folder that is taken away and put back is another one, which must be watched anew."""
        paths = [self.state.root / name for name in folders]
        for path in paths:
            path.mkdir(parents=True, exist_ok=True)
        while not stopped.is_set():
            watched = _places(paths)
            changes = watchfiles.awatch(
                *watched, debounce=DEBOUNCE_MS, step=STEP_MS, stop_event=stopped,
                watch_filter=_is_source, recursive=recursive,
                rust_timeout=ROOTS_MS, yield_on_timeout=True,
            )  # fmt: skip
            with contextlib.suppress(FileNotFoundError):  # one went just now
                async with contextlib.aclosing(changes):
                    async for seen in changes:
                        if seen:
                            changed()
                        if _places(paths) != watched:
                            break
            changed()

    def edited(self) -> None:
        """Wake the build loop: at once, or when a burst of edits has paused."""
        loop = asyncio.get_running_loop()
        self._baker.edited()
        if self._pause is not None:
            self._pause.cancel()
        self._pause = loop.call_later(self._burst.wait_s(loop.time()), self._wake.set)

    async def _build_loop(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            started_s = time.perf_counter()
            try:
                built = await asyncio.to_thread(self._bench.quick)
            except NotBakedError as exc:
                self.state.problem = None
                self._baker.offer(exc.due)
            except Exception as exc:  # the loop must survive whatever an edit makes of things
                self.state.problem = self._problem(exc)
            else:
                self.state.problem = None
                if self.state.built is None or built.files != self.state.built.files:
                    self._say(f"built in {(time.perf_counter() - started_s) * 1000:.0f} ms")
                    self.state.revision += 1
                    self.state.before = self.state.built
                self.state.built = built
                if self._has_due and not built.due:
                    self._say("all is made")
                self._has_due = bool(built.due)
                self._baker.offer(built.due)
            self._tell()

    def _baked(self, stage: str, took_s: float) -> None:
        self._say(f"{stage} made in {took_s:.1f} s")
        if stage == DRAFT:
            self._say("there is a page now: click Pick on it, while the clips are being made")
        self._wake.set()

    def _problem(self, exc: Exception) -> dict[str, Any]:
        """A failure as the pages show it, and a line for the terminal."""
        if isinstance(exc, BreatheError):
            self._say(f"error: {exc}")
        else:
            log.error("the rebuild failed", exc_info=exc)
        return describe(exc, self.state.root)

    def _tell(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self.listeners.tell()

    def _tell_soon(self) -> None:
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(PROGRESS_S, self._tell)


def _places(paths: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Which folder each path means now, whatever its name; without those that mean none."""
    places = {}
    for path in paths:
        with contextlib.suppress(OSError):
            stat = path.stat()
            places[path] = stat.st_dev, stat.st_ino
    return places


def _no_log(handler: tornado.web.RequestHandler) -> None:
    """The terminal shows builds and errors, not every request."""
    del handler


def _is_source(change: watchfiles.Change, path: str) -> bool:
    """Editors' swap files and half-written downloads are not news."""
    del change
    name = Path(path).name
    return not (name.startswith((".", "#")) or name.endswith(("~", ".swp", ".tmp", ".bak")))


def serve_dev(
    root: Path,
    make_bench: Callable[[str], Bench],
    *,
    port: int,
    announce: Callable[[str], None],
    say: Callable[[str], None],
) -> None:
    """Serve the project in `root` until the process is told to stop.

    `make_bench` gets the server's token. `announce` gets the URL. The first free port from `port`
    on is taken, any free one for 0. Raises UsageError when there is none near.
    """
    sockets = _bind(port)
    token = secrets.token_urlsafe(24)

    async def until_stopped() -> None:
        server = DevServer(root.resolve(), make_bench(token), token, say)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        announce(f"http://{HOST}:{sockets[0].getsockname()[1]}/")
        await server.run(sockets, stopped)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_as_coroutine(until_stopped))


async def _as_coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _bind(port: int) -> list[Any]:
    """Sockets on the first free port from `port` on."""
    for candidate in range(port, port + PORTS_TRIED) if port else (0,):
        try:
            return list(tornado.netutil.bind_sockets(candidate, HOST))
        except OSError:
            continue
    raise UsageError(
        f"port {port}",
        got=f"all of {port} to {port + PORTS_TRIED - 1} taken",
        expected="a free one",
        remedy="pass --port 0 for any",
    )
