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
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import tornado.httpserver
import tornado.netutil
import tornado.web
import watchfiles

from generator.errors import BreatheError, UsageError
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
from generator.server.workshop import Built, NotBakedError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
PORTS_TRIED = 20
WATCHED = ("site_src", "templates", "assets/source", "assets/font", "assets/baked.lock")
DEBOUNCE_MS = 40
STEP_MS = 10
BURST_S = 0.2
"""An edit is built at once; edits that follow each other faster than this are built when they have
paused for as long."""
LONGEST_BURST_S = 1.0


class Bench(Protocol):
    """What the dev server needs of a workshop."""

    def quick(self) -> Built:
        """The page on what is baked."""
        ...

    async def bake(self, *, draft: bool) -> None:
        """Run the stale stages that can run here; `draft`: just what a first page needs."""
        ...


@dataclass
class DevState:
    """What the handlers see. Replaced field by field on the server's one thread."""

    token: str
    root: Path
    port: int
    built: Built | None = None
    build_problem: dict[str, Any] | None = None
    bake_problem: dict[str, Any] | None = None
    baking: bool = False
    revision: int = 0

    def summary(self) -> dict[str, Any]:
        """How things stand, for a page that has just come."""
        return {
            "revision": self.revision,
            "problem": self.build_problem or self.bake_problem,
            "baking": self.baking,
            "stale": list(self.built.stale) if self.built else [],
            "waiting": list(self.built.waiting) if self.built else [],
        }


class DevServer:
    """Watches, builds, and tells the browsers."""

    def __init__(self, root: Path, bench: Bench, token: str, say: Callable[[str], None]) -> None:
        """`say`: one line for the terminal."""
        self._bench = bench
        self._say = say
        self.state = DevState(token=token, root=root, port=0)
        self.listeners = Listeners(self.state.summary)
        self._hopeless = ""
        self._wake = asyncio.Event()
        self._edited_at_s = self._burst_from_s = float("-inf")
        self._pause: asyncio.TimerHandle | None = None
        self._bake_wanted = asyncio.Event()

    def application(self) -> tornado.web.Application:
        """All that it answers to."""
        state = {"state": self.state, "edited": self._wake.set}
        return tornado.web.Application(
            [
                (r"/__breathe/live", LiveHandler,
                 {"listeners": self.listeners, "port": self.state.port}),
                (r"/__breathe/state", StateHandler, state),
                (r"/__breathe/corners", CornersHandler, state),
                (r"/__breathe/adjust", AdjustHandler, state),
                (r"/__breathe/client/([a-z]+\.(?:js|css))", ClientHandler, state),
                (r".*", PageHandler, state),
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
        work = [
            asyncio.create_task(self._watch(stopped)),
            asyncio.create_task(self._build_loop()),
            asyncio.create_task(self._bake_loop()),
        ]
        self._wake.set()
        try:
            await stopped.wait()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            server.stop()
            await server.close_all_connections()

    async def _watch(self, stopped: asyncio.Event) -> None:
        paths = [self.state.root / name for name in WATCHED]
        for path in paths:
            if not path.suffix:
                path.mkdir(parents=True, exist_ok=True)
        there = [path if path.exists() else path.parent for path in paths]
        async for _ in watchfiles.awatch(
            *dict.fromkeys(there), debounce=DEBOUNCE_MS, step=STEP_MS, stop_event=stopped,
            watch_filter=_is_source,
        ):  # fmt: skip
            self._edited()

    def _edited(self) -> None:
        """Wake the build loop: at once, or when a burst of edits has paused."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        is_burst = now_s - self._edited_at_s < BURST_S
        self._edited_at_s = now_s
        if not is_burst:
            self._burst_from_s = now_s
            self._wake.set()
            return
        if self._pause is not None:
            self._pause.cancel()
        rest_s = max(0.0, self._burst_from_s + LONGEST_BURST_S - now_s)
        self._pause = loop.call_later(min(BURST_S, rest_s), self._wake.set)

    async def _build_loop(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            started = time.perf_counter()
            try:
                built = await asyncio.to_thread(self._bench.quick)
            except NotBakedError:
                self.state.build_problem = None
                self._bake_wanted.set()
                continue
            except Exception as exc:  # the loop must survive whatever an edit makes of things
                self.state.build_problem = self._problem(exc)
                self._announce()
                continue
            self.state.build_problem = None
            if self.state.built is None or built.files != self.state.built.files:
                self._say(f"built in {(time.perf_counter() - started) * 1000:.0f} ms")
            self.state.built = built
            if not built.stale:
                self.state.bake_problem = None
            elif built.wanted != self._hopeless:
                self._bake_wanted.set()
            self._announce()

    async def _bake_loop(self) -> None:
        while True:
            await self._bake_wanted.wait()
            self._bake_wanted.clear()
            wanted = self.state.built.wanted if self.state.built else ""
            self.state.baking = True
            self.listeners.tell("state", **self.state.summary())
            problem = None
            try:
                await self._bench.bake(draft=self.state.built is None)
            except Exception as exc:  # as above
                if self._bake_wanted.is_set():
                    continue  # an edit came between: the next bake tells how things are now
                problem = self._problem(exc)
            # What one bake could not mend, a second will not, until something it reads changes.
            self._hopeless = wanted if problem else ""
            self.state.baking = False
            self.state.bake_problem = problem
            if problem:
                self._announce()
            else:
                self._wake.set()

    def _problem(self, exc: Exception) -> dict[str, Any]:
        """A failure as the pages show it, and a line for the terminal."""
        if isinstance(exc, BreatheError):
            self._say(f"error: {exc}")
        else:
            log.error("the rebuild failed", exc_info=exc)
        return describe(exc, self.state.root)

    def _announce(self) -> None:
        self.state.revision += 1
        self.listeners.tell("built", **self.state.summary())


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
