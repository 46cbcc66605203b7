"""The generator as a library keeps the promises of the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from generator import api
from generator.errors import SceneError, StaleError, UsageError
from tests.bundle import BREATHE, ROOT


def test_status_is_what_the_command_says() -> None:
    told = subprocess.run(
        [*BREATHE, "-C", str(ROOT), "status", "--json"], check=True, capture_output=True, cwd=ROOT
    )
    rows = [(s.name, s.state, s.why) for s in api.status(api.load(ROOT))]
    assert rows == [(s["name"], s["state"], s["why"]) for s in json.loads(told.stdout)["stages"]]


def test_a_build_writes_the_bundle_that_the_command_writes(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    report = api.build(api.load(ROOT), out=ours, frozen=True)
    subprocess.run(
        [*BREATHE, "-C", str(ROOT), "build", "--frozen", "--out", str(theirs)],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    files = {p.relative_to(ours): p.read_bytes() for p in ours.rglob("*") if p.is_file()}
    assert report.out == ours
    assert report.file_count == len(files)
    assert files == {
        p.relative_to(theirs): p.read_bytes() for p in theirs.rglob("*") if p.is_file()
    }


def test_errors_are_the_commands_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no site_src/scene\.toml"):
        api.load(tmp_path)
    scene = tmp_path / "site_src" / "scene.toml"
    scene.parent.mkdir()
    scene.write_text("schema = 1\n[room]\nfpz = 16\n")
    with pytest.raises(SceneError, match="fps"):
        api.load(str(tmp_path))
    scene.write_text('schema = 1\n[room]\nhero = "hero.png"\n')
    with pytest.raises(UsageError, match="base-path"):
        api.build(api.load(tmp_path), base_path="nostalgia")
    (tmp_path / "hero.png").write_bytes(b"never opened")
    with pytest.raises(StaleError, match="not fresh"):
        api.build(api.load(tmp_path), frozen=True)
