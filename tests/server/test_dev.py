"""The loop of the dev server, with a workshop whose builds wait until the test lets them go."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import tornado.netutil

from generator.engine.disk import write_atomic
from generator.errors import BreatheError, BuildError
from generator.server import baking
from generator.server.baking import REST_S, BakeError, Due, Report
from generator.server.burst import BURST_S, LONGEST_BURST_S, Burst
from generator.server.dev import HOST, ROOTS_MS, DevServer
from generator.server.workshop import Built

PATIENCE_S = 60


@dataclass
class HeldBench:
    """Builds what `source` says at the moment a build begins; waits for `go` before it ends."""

    source: Path
    stages: tuple[str, ...] = ()
    """Stale ones; their keys are what `source` says."""
    go: threading.Event = field(default_factory=threading.Event)
    started: int = 0
    baked: list[str] = field(default_factory=list)
    bake_error: BreatheError | None = None
    encode: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: list[str] = field(default_factory=list)

    def quick(self) -> Built:
        self.started += 1
        text = self.source.read_text()
        assert self.go.wait(PATIENCE_S)
        if text == "broken":
            raise BuildError("page.txt:1", got="broken", expected="whole")
        due = tuple(Due(stage, text, stage.startswith("finish")) for stage in self.stages)
        stale = tuple(f"{stage}: other content" for stage in self.stages)
        return Built({"index.html": text.encode()}, stale, (), due)

    async def bake(self, due: Due, report: Report) -> None:
        stage = due.stage
        report(f"{stage} at work", 0.5)
        try:
            if stage.startswith("finish"):
                await self.encode.wait()
        except asyncio.CancelledError:
            self.stopped.append(stage)
            raise
        self.baked.append(stage)
        if self.bake_error:
            raise self.bake_error
        self.stages = tuple(name for name in self.stages if name != stage)


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


def builds_of(edits_s: list[float]) -> list[float]:
    """The moments at which edits at these moments are built."""
    burst, builds, pending_s = Burst(), [], float("inf")
    for now_s in edits_s:
        if pending_s <= now_s:
            builds.append(pending_s)
        pending_s = now_s + burst.wait_s(now_s)
    return [*builds, pending_s]


def test_an_edit_is_built_at_once_and_ten_in_a_second_twice() -> None:
    assert builds_of([5.0, 6.0, 7.0]) == [5.0, 6.0, 7.0]
    assert builds_of([5 + k / 10 for k in range(10)]) == pytest.approx([5.0, 6.0])
    assert builds_of([5.0, 5.03]) == pytest.approx([5.0, 5.03 + BURST_S])


def test_edits_without_end_are_built_all_the_same() -> None:
    builds = builds_of([k / 20 for k in range(200)])
    assert 9 <= len(builds) <= 12
    assert max(b - a for a, b in itertools.pairwise(builds)) < LONGEST_BURST_S + BURST_S


def test_a_failing_build_leaves_the_last_good_page_and_says_why(
    tmp_path: Path, bench: HeldBench
) -> None:
    async def scenario(server: DevServer) -> None:
        bench.go.set()
        await until(lambda: page_of(server) == b"first")
        bench.source.write_text("broken")
        await until(lambda: server.state.problem is not None)
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
            bench.stages = ("track:ambient",)
            bench.source.write_text(text)
            await until(lambda: len(bench.baked) == number)  # noqa: B023 - awaited here
            await until(lambda: not server.state.summary()["stale"])

    serve(tmp_path, bench, scenario)


def test_a_stage_that_failed_runs_again_only_when_what_it_reads_changed(
    tmp_path: Path, bench: HeldBench
) -> None:
    async def scenario(server: DevServer) -> None:
        bench.stages = ("news",)
        bench.bake_error = BuildError("feed.xml:3", got="garbage")
        bench.go.set()
        await until(lambda: server.state.summary()["problem"] is not None)
        assert not server.state.summary()["doing"]
        style = tmp_path / "site_src" / "style.css"
        for _ in range(3):
            before = bench.started
            style.write_text(f"/* {before} */")
            await until(lambda: bench.started > before)  # noqa: B023 - awaited here
        await asyncio.sleep(2 * REST_S)
        assert bench.baked == ["news"]
        assert server.state.summary()["problem"]["subject"] == "feed.xml:3"
        bench.source.write_text("another feed")
        await until(lambda: len(bench.baked) == 2)

    serve(tmp_path, bench, scenario)


def test_what_failed_on_a_project_that_was_mended_since_runs_again(
    tmp_path: Path, bench: HeldBench
) -> None:
    """The stage read a scene with a slip in it; the scene it was asked for had none."""

    async def scenario(server: DevServer) -> None:
        bench.stages = ("track:ambient",)
        bench.bake_error = BakeError("scene.toml:14", got="a slip")
        bench.go.set()
        await until(lambda: len(bench.baked) > 0)
        bench.bake_error = None
        await until(lambda: not bench.stages)
        await until(lambda: not server.state.summary()["stale"])
        assert server.state.summary()["problem"] is None

    serve(tmp_path, bench, scenario)


@pytest.mark.parametrize("mended_by", ["a save", "waiting"])
def test_what_failed_for_the_machines_sake_is_tried_again(
    tmp_path: Path, bench: HeldBench, monkeypatch: pytest.MonkeyPatch, mended_by: str
) -> None:
    """A full disk that has room again: what the stage reads is what it was."""
    if mended_by == "waiting":
        monkeypatch.setattr(baking, "RETRY_S", 0.2)

    async def scenario(server: DevServer) -> None:
        bench.stages = ("track:ambient",)
        full = BakeError("track:ambient", got="No space left on device")
        full.key, full.is_passing = "first", True
        bench.bake_error = full
        bench.go.set()
        await until(lambda: server.state.summary()["problem"] is not None)
        bench.bake_error = None
        if mended_by == "a save":
            (tmp_path / "site_src" / "style.css").write_text("/* saved */")
        await until(lambda: server.state.summary()["problem"] is None)
        assert not bench.stages

    serve(tmp_path, bench, scenario)


def test_a_folder_that_was_put_back_is_watched_again(tmp_path: Path, bench: HeldBench) -> None:
    """As by `git stash`, or another branch: the same name, another folder."""

    async def scenario(server: DevServer) -> None:
        bench.go.set()
        await until(lambda: page_of(server) == b"first")
        for turn in range(2):
            (tmp_path / "site_src").rename(tmp_path / f"away{turn}")
            await asyncio.sleep(0.2)
            (tmp_path / "site_src").mkdir()
            bench.source.write_text(f"back {turn}")
            await until(lambda: page_of(server) == f"back {turn}".encode())  # noqa: B023
            await asyncio.sleep(2 * ROOTS_MS / 1000)
            bench.source.write_text(f"edited {turn}")
            await until(lambda: page_of(server) == f"edited {turn}".encode())  # noqa: B023

    serve(tmp_path, bench, scenario)


def test_one_failing_stage_does_not_keep_the_others(tmp_path: Path, bench: HeldBench) -> None:
    async def scenario(server: DevServer) -> None:
        bench.stages = ("news", "track:ambient")
        bench.bake_error = BuildError("feed.xml:3", got="garbage")
        bench.go.set()
        await until(lambda: bench.baked == ["news", "track:ambient"])

    serve(tmp_path, bench, scenario)


def test_a_track_does_not_wait_for_an_encode(tmp_path: Path, bench: HeldBench) -> None:
    async def scenario(server: DevServer) -> None:
        bench.stages = ("finish:ambient",)
        bench.go.set()
        await until(lambda: bool(server.state.summary()["doing"]))
        bench.stages = ("finish:ambient", "track:ambient")
        server.edited()
        await until(lambda: "track:ambient" in bench.baked)
        assert [work["stage"] for work in server.state.summary()["doing"]] == ["finish:ambient"]
        bench.encode.set()
        await until(lambda: "finish:ambient" in bench.baked)
        assert bench.stopped == []

    serve(tmp_path, bench, scenario)


def test_an_encode_that_nobody_wants_any_more_is_stopped(tmp_path: Path, bench: HeldBench) -> None:
    async def scenario(server: DevServer) -> None:
        bench.stages = ("finish:ambient",)
        bench.go.set()
        await until(lambda: bool(server.state.summary()["doing"]))
        bench.source.write_text("another photo")
        await until(lambda: bench.stopped == ["finish:ambient"])
        bench.encode.set()
        await until(lambda: bench.baked == ["finish:ambient"])

    serve(tmp_path, bench, scenario)


def test_the_lock_is_seen_each_time_it_is_replaced(tmp_path: Path, bench: HeldBench) -> None:
    async def scenario(server: DevServer) -> None:
        bench.go.set()
        await until(lambda: page_of(server) == b"first")
        for number in range(3):
            await asyncio.sleep(2 * BURST_S)
            before = bench.started
            write_atomic(tmp_path / "assets" / "baked.lock", str(number).encode())
            await until(lambda: bench.started > before)  # noqa: B023 - awaited here

    serve(tmp_path, bench, scenario)


def test_what_a_loading_page_still_asks_for_is_there(tmp_path: Path, bench: HeldBench) -> None:
    files = [
        {"index.html": b"1", "assets/a.1.js": b"a"},
        {"index.html": b"2", "assets/a.2.js": b"b"},
    ]
    state = DevServer(tmp_path, bench, "token", lambda line: None).state
    state.before, state.built = (Built(each, (), (), ()) for each in files)
    assert state.find("index.html") == b"2"
    assert state.find("assets/a.1.js") == b"a"
    assert state.find("assets/a.3.js") is None
