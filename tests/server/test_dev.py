"""The loop of the dev server, with a workshop whose builds wait until the test lets them go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import tornado.netutil

from generator.errors import BuildError
from generator.server.dev import HOST, DevServer
from generator.server.workshop import Built

PATIENCE_S = 60


@dataclass
class HeldBench:
    """Builds what `source` says at the moment a build begins; waits for `go` before it ends."""

    source: Path
    stale: tuple[str, ...] = ()
    go: threading.Event = field(default_factory=threading.Event)
    started: int = 0
    bakes: int = 0
    bake_error: BuildError | None = None

    def quick(self) -> Built:
        self.started += 1
        text = self.source.read_text()
        assert self.go.wait(PATIENCE_S)
        if text == "broken":
            raise BuildError("page.txt:1", got="broken", expected="whole")
        return Built({"index.html": text.encode()}, self.stale, (), text if self.stale else "")

    async def bake(self, *, draft: bool) -> None:
        assert not draft, "there is a page"
        self.bakes += 1
        if self.bake_error:
            raise self.bake_error


def serve(
    tmp_path: Path, bench: HeldBench, scenario: Callable[[DevServer], Awaitable[None]]
) -> None:
    """Run the server, and beside it `scenario(server)`."""
    (tmp_path / "site_src").mkdir(exist_ok=True)
    bench.source.write_text("first")

    async def both() -> None:
        server = DevServer(tmp_path, bench, "token", lambda line: None)
        stopped = asyncio.Event()
        sockets = list(tornado.netutil.bind_sockets(0, HOST))
        running = asyncio.create_task(server.run(sockets, stopped))
        try:
            await scenario(server)
        finally:
            bench.go.set()
            stopped.set()
            await running

    with ThreadPoolExecutor(1) as thread:  # a browser's driver may have a loop on this one
        thread.submit(asyncio.run, both()).result()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def page_of(server: DevServer) -> object:
    return server.state.built and server.state.built.files["index.html"]


@pytest.fixture
def bench(tmp_path: Path) -> HeldBench:
    return HeldBench(tmp_path / "site_src" / "page.txt")


def test_a_save_while_a_build_runs_is_built_next(tmp_path: Path, bench: HeldBench) -> None:
    async def scenario(server: DevServer) -> None:
        await until(lambda: bench.started == 1)
        bench.source.write_text("second")
        await asyncio.sleep(0.3)  # the watcher sees it while the first build is still at work
        assert bench.started == 1
        bench.go.set()
        await until(lambda: page_of(server) == b"second")

    serve(tmp_path, bench, scenario)


def test_ten_saves_while_a_build_runs_are_one_build(tmp_path: Path, bench: HeldBench) -> None:
    async def scenario(server: DevServer) -> None:
        await until(lambda: bench.started == 1)
        for number in range(10):
            bench.source.write_text(f"save {number}")
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)  # until the watcher has told of the last one
        bench.go.set()
        await until(lambda: page_of(server) == b"save 9")
        assert bench.started <= 3

    serve(tmp_path, bench, scenario)


def test_a_failing_build_leaves_the_last_good_page_and_says_why(
    tmp_path: Path, bench: HeldBench
) -> None:
    async def scenario(server: DevServer) -> None:
        bench.go.set()
        await until(lambda: page_of(server) == b"first")
        bench.source.write_text("broken")
        await until(lambda: server.state.build_problem is not None)
        assert page_of(server) == b"first"
        assert server.state.summary()["problem"]["subject"] == "page.txt:1"
        bench.source.write_text("mended")
        await until(lambda: page_of(server) == b"mended")
        assert server.state.summary()["problem"] is None

    serve(tmp_path, bench, scenario)


def test_going_back_to_what_was_baked_before_bakes_again(tmp_path: Path, bench: HeldBench) -> None:
    async def scenario(server: DevServer) -> None:
        bench.go.set()
        await until(lambda: page_of(server) == b"first")
        for number, text in enumerate(("there", "back", "there", "back"), start=1):
            bench.stale = ("track:ambient: corners changed",)
            bench.source.write_text(text)
            await until(lambda: bench.bakes >= number)  # noqa: B023 - awaited here
            bench.stale = ()
            await until(lambda: not server.state.summary()["stale"])
            bench.bakes = number

    serve(tmp_path, bench, scenario)


def test_a_stage_that_failed_runs_again_only_when_what_it_reads_changed(
    tmp_path: Path, bench: HeldBench
) -> None:
    async def scenario(server: DevServer) -> None:
        bench.stale = ("news: input feed has other content",)
        bench.bake_error = BuildError("feed.xml:3", got="garbage")
        bench.go.set()
        await until(lambda: server.state.bake_problem is not None)
        assert not server.state.baking
        style = tmp_path / "site_src" / "style.css"
        for _ in range(3):
            before = server.state.revision
            style.write_text(f"/* {before} */")
            await until(lambda: server.state.revision > before)  # noqa: B023 - awaited here
        assert bench.bakes == 1
        assert server.state.summary()["problem"]["subject"] == "feed.xml:3"
        bench.source.write_text("another feed")
        await until(lambda: bench.bakes == 2)

    serve(tmp_path, bench, scenario)
