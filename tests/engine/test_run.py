"""Which stages run: by content, explained, and each whole or not at all."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import plan
from generator.artifacts import Json, JsonMap
from generator.engine.freshness import StageStatus
from generator.engine.ports import Ports
from generator.engine.reasons import (
    FilesDamaged,
    InputChanged,
    NeverRun,
    ParameterChanged,
    VersionChanged,
    WaitsFor,
)
from generator.engine.run import RunOptions, run, status
from generator.engine.stage import BakedFile, SourceFile, Stage, StageResult, StageRun
from generator.engine.store import Store
from generator.errors import AssetError, StageError, StaleError, StoreError
from generator.scene.model import Project, Scene


class Room:
    """A small made-up pipeline: source → upper (the text in capitals) → length; apart: other."""

    def __init__(self, root: Path) -> None:
        self.project = Project(root=root, scene=Scene(), scene_path=root / "scene.toml")
        self.ran: list[str] = []
        self.suffix = "!"
        self.version = 1
        self.params: JsonMap = {}
        self.fail = False
        self.during: Callable[[], None] = lambda: None
        self.expired: Callable[[JsonMap, float], bool] | None = None
        self.remote = False
        (root / "text").write_text("hello")
        (root / "aside").write_text("aside")

    def stages(self) -> tuple[Stage, ...]:
        return (
            Stage(
                "upper",
                self.version,
                {"suffix": self.suffix, **self.params},
                {"text": SourceFile("text")},
                self._upper,
                remote=self.remote,
            ),
            Stage("length", 1, {}, {"upper": BakedFile("upper", "text")}, self._length),
            Stage(
                "other", 1, {}, {"aside": SourceFile("aside")}, self._other, expired=self.expired
            ),
        )

    def run(self, options: RunOptions | None = None) -> list[str]:
        self.ran = []
        run(self.project.root, self.stages(), Ports(), options)
        return self.ran

    def status(self) -> dict[str, StageStatus]:
        return {s.name: s for s in status(self.project.root, self.stages())}

    def _upper(self, stage_run: StageRun) -> StageResult:
        self.ran.append("upper")
        self.during()
        text = stage_run.inputs["text"].read_text().upper() + self.suffix
        (stage_run.out_dir / "upper.txt").write_text(text)
        if self.fail:
            raise StageError("upper", got="a bad day")
        return StageResult(files={"text": "upper.txt"}, facts={"made": True})

    def _length(self, stage_run: StageRun) -> StageResult:
        self.ran.append("length")
        (stage_run.out_dir / "n").write_text(str(len(stage_run.inputs["upper"].read_text())))
        return StageResult(files={"n": "n"})

    def _other(self, stage_run: StageRun) -> StageResult:
        self.ran.append("other")
        (stage_run.out_dir / "o").write_text("")
        return StageResult(files={"o": "o"})


def reference(path: str) -> StageResult:
    return StageResult(references={"master": path})


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_second_build_runs_nothing(room: Room) -> None:
    assert {s.state for s in room.status().values()} == {"missing"}
    assert room.run() == ["upper", "length", "other"]
    assert {s.state for s in room.status().values()} == {"fresh"}
    assert room.run() == []


def test_a_changed_input_runs_what_depends_on_it_and_says_so(room: Room) -> None:
    room.run()
    (room.project.root / "text").write_text("bye")
    states = room.status()
    assert states["upper"].why == "input text has other content"
    assert states["length"].why == "upper will be made anew first"
    assert states["other"].state == "fresh"
    assert room.run() == ["upper", "length"]


def test_a_changed_parameter_is_named(room: Room) -> None:
    room.run()
    room.suffix = "?"
    assert room.status()["upper"].why == 'suffix "!" → "?"'


def test_a_change_deep_in_a_list_is_told_by_its_place(room: Room) -> None:
    """Four long corners differ in the last digit of the last one: that one is shown."""
    corners: list[Json] = [[0.123456, 0.234567] for _ in range(4)]
    room.params = {"corners": corners}
    room.run()
    room.params = {"corners": [*corners[:3], [0.123456, 0.234568]]}
    assert room.status()["upper"].why == "corners[3][1] 0.234567 → 0.234568"
    room.params = {"corners": [[0.5, 0.5] for _ in range(4)]}
    assert room.status()["upper"].why == (
        "corners[0][0] 0.123456 → 0.5, corners[0][1] 0.234567 → 0.5 and 6 more"
    )
    room.params = {"glass": "round"}
    assert room.status()["upper"].why.endswith('→ unset; glass unset → "round"')


def test_a_version_is_told_of_the_same_backend_only(room: Room) -> None:
    """Each backend counts for itself: from 2 of one to 1 of another is no news."""
    room.version, room.params = 2, {"backend": "still"}
    room.run()
    room.version = 3
    assert room.status()["upper"].why == "the stage itself changed (version 2 → 3)"
    room.version, room.params = 1, {"backend": "wan"}
    assert room.status()["upper"].why == 'backend "still" → "wan"'


def test_a_draft_is_called_a_draft(room: Room) -> None:
    room.params = {"draft": True}
    room.run()
    room.params = {"level": 4}
    assert room.status()["upper"].why == "a draft so far"


def test_a_touch_makes_nothing_stale(room: Room) -> None:
    room.run()
    os.utime(room.project.root / "text", (1, 1))
    assert room.run() == []


def test_a_rerun_with_the_same_result_stops_there(room: Room) -> None:
    room.run()
    (room.project.root / "text").write_text("Hello")  # the same in capitals
    assert room.run() == ["upper"]


def test_a_failing_stage_keeps_the_last_good_output(room: Room) -> None:
    room.run()
    good = Store(room.project.root).entries()
    room.fail, room.suffix = True, "?"
    with pytest.raises(StageError, match="a bad day"):
        room.run()
    assert Store(room.project.root).entries() == good
    assert all(
        Store(room.project.root).intact(o) for e in good.values() for o in e.outputs.values()
    )
    room.fail, room.suffix = False, "!"
    assert room.run() == []


def test_frozen_fails_and_names_what_is_stale(room: Room) -> None:
    room.run()
    room.run(RunOptions(frozen=True))
    room.suffix = "?"
    with pytest.raises(StaleError, match="upper is stale: suffix"):
        room.run(RunOptions(frozen=True))


def test_offline_keeps_a_stale_remote_stage_but_needs_one(room: Room) -> None:
    room.remote = True
    with pytest.raises(StaleError, match="without --offline"):
        room.run(RunOptions(offline=True))
    room.run()
    room.suffix = "?"
    assert room.run(RunOptions(offline=True)) == []
    assert room.run() == ["upper", "length"]


def test_an_expired_stage_is_refreshed_by_build_only(room: Room) -> None:
    room.expired = lambda facts, now: True
    room.run()
    assert room.status()["other"].state == "fresh"
    assert room.run(RunOptions(frozen=True)) == []
    assert room.run(RunOptions(offline=True)) == []
    assert room.run() == ["other"]


def test_frozen_may_refresh_what_has_expired_and_nothing_else(room: Room) -> None:
    room.expired = lambda facts, now: True
    room.run()
    assert room.run(RunOptions(frozen=True, refresh=True)) == ["other"]
    room.suffix = "?"
    with pytest.raises(StaleError, match="upper is stale: suffix"):
        room.run(RunOptions(frozen=True, refresh=True))


def test_a_deleted_output_is_made_again(room: Room) -> None:
    room.run()
    entry = Store(room.project.root).entries()["length"]
    (room.project.root / entry.outputs["n"].path).unlink()
    assert "is gone" in room.status()["length"].why
    assert room.run() == ["length"]


def test_an_output_with_another_byte_is_made_again(room: Room) -> None:
    """Of the same size: what counts is content."""
    room.run()
    path = Store(room.project.root).entries()["upper"].outputs["text"].path
    (room.project.root / path).write_text("HELLO?")
    states = room.status()
    assert states["upper"].reasons == (FilesDamaged((path,)),)
    assert (states["upper"].state, states["upper"].why) == ("missing", f"{path} is damaged")
    with pytest.raises(StaleError, match="is damaged"):
        room.run(RunOptions(frozen=True))
    assert room.run() == ["upper"]
    assert (room.project.root / path).read_text() == "HELLO!"


def test_an_author_s_file_that_is_an_output_is_judged_as_an_input(room: Room) -> None:
    """A clip that was brought along is referred to where it lies; an edit is no damage."""
    clip = Stage("clip", 1, {}, {"master": SourceFile("text")}, lambda run: reference("text"))
    run(room.project.root, [clip], Ports())
    (room.project.root / "text").write_text("a longer text")
    (state,) = status(room.project.root, [clip])
    assert state.reasons == (InputChanged("master", "text", "has other content"),)


def test_reasons_are_values(room: Room) -> None:
    """A program tells them apart without reading the sentence."""
    assert room.status()["upper"].reasons == (NeverRun(),)
    room.run()
    room.suffix, room.version = "?", 2
    (room.project.root / "text").write_text("bye")
    states = room.status()
    assert states["upper"].reasons == (
        ParameterChanged("suffix", "!", "?"),
        VersionChanged(1, 2),
        InputChanged("text", "text", "has other content"),
    )
    assert states["length"].reasons == (WaitsFor(("upper",)),)
    assert states["other"].reasons == ()


def test_a_missing_source_stops_before_anything_runs(room: Room) -> None:
    (room.project.root / "text").unlink()
    with pytest.raises(AssetError, match="text: got no such file"):
        room.run()
    assert room.ran == []


def test_an_input_that_changes_under_a_stage_is_not_kept(room: Room) -> None:
    room.during = lambda: (room.project.root / "text").write_text("changed") and None
    with pytest.raises(StageError, match="changed while the stage ran"):
        room.run()
    assert "upper" not in Store(room.project.root).entries()


def test_a_full_disk_is_one_clear_message(room: Room) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    room.during = full
    with pytest.raises(StoreError, match="free some space"):
        room.run()


def test_two_builds_at_once_do_the_work_once(room: Room) -> None:
    other = Room(room.project.root)
    started, release = threading.Event(), threading.Event()

    def hold() -> None:
        started.set()
        assert release.wait(10)

    room.during = hold
    first = threading.Thread(target=room.run)
    second = threading.Thread(target=other.run)
    first.start()
    assert started.wait(10)
    second.start()
    release.set()
    first.join(10)
    second.join(10)
    assert room.ran[0] == "upper"
    assert "upper" not in other.ran
    assert {s.state for s in room.status().values()} == {"fresh"}


def test_forcing_a_stage_runs_it_though_fresh(room: Room) -> None:
    room.run()
    assert room.run(RunOptions(force=frozenset({"other"}))) == ["other"]


def test_the_plan_lists_every_stage_after_what_it_needs() -> None:
    seen: set[str] = set()
    for stage in plan.stages(Scene()):
        needs = {i.stage for i in stage.inputs.values() if isinstance(i, BakedFile)}
        assert needs <= seen, stage.name
        seen.add(stage.name)
    assert {"render:walkin", "finish:ambient", "track:ambient", "light:ambient", "news"} <= seen


def test_settings_make_exactly_the_right_stages_stale() -> None:
    base = Scene()

    def changed(scene: Scene) -> set[str]:
        before = {s.name: (s.params, s.inputs, s.version) for s in plan.stages(base)}
        after = {s.name: (s.params, s.inputs, s.version) for s in plan.stages(scene)}
        return {name for name in after if before[name] != after[name]}

    corners = ((0.31, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    moved = dataclasses.replace(base, screen=dataclasses.replace(base.screen, corners=corners))
    assert changed(moved) == {"track:walkin", "track:ambient", "light:walkin", "light:ambient"}
    feeds = dataclasses.replace(base, news=dataclasses.replace(base.news, feeds=("a.xml",)))
    assert changed(feeds) == {"news"}
    titled = dataclasses.replace(base, site=dataclasses.replace(base.site, title="x"))
    assert changed(titled) == set()
