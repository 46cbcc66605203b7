"""docs/extending.md: each example, taken from the page, works in a copy of the tree."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.engine.http import HttpClient
from generator.site.probe.report import probe
from tests.bundle import ROOT
from tests.sample_bundle import write_sample
from tests.server.test_hosts import running
from tests.small_room import make_small_room

_FLAGS = re.MULTILINE | re.DOTALL
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")


class Checkout:
    """A copy of the code, extended as the page says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "generator", folder / "generator", ignore=ignore)

    def add_module(self, name: str) -> None:
        """The block under the line that names the file."""
        found = re.search(rf"^`{re.escape(name)}`:\n\n```python\n(.*?)```", PAGE, _FLAGS)
        assert found, name
        (self.folder / name).write_text(found[1], encoding="utf-8")

    def add_line(self, name: str, *, before: str, imports: str = "") -> None:
        """The block under the sentence that names the file, put in before a line of it."""
        found = re.search(rf"^Its (?:one )?line in `{name}`.*?```python\n(.*?)```", PAGE, _FLAGS)
        assert found, name
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert before in text
        text = text.replace(before, found[1] + before, 1)
        if imports:
            text = text.replace("\n\nfrom generator", f"\n\n{imports}\nfrom generator", 1)
        file.write_text(text, encoding="utf-8")

    def breathe(self, project: Path, *arguments: str) -> str:
        """`python -m generator` of the copy; asserts that it ends well."""
        command = [sys.executable, "-m", "generator", "-C", str(project), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=self.folder
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def test_a_render_backend_of_one_file_and_one_line(checkout: Checkout, tmp_path: Path) -> None:
    room = make_small_room(tmp_path / "room")
    checkout.add_module("generator/render/card.py")
    checkout.add_line("generator/scene/backends.py", before='    "file": ')
    scene = room / "site_src/scene.toml"
    scene.write_text(scene.read_text().replace('render = "still"', 'render = "card"'))
    checkout.breathe(room, "render", "ambient", "--export", "card.mkv")
    assert (room / "card.mkv").stat().st_size > 0
    states = json.loads(checkout.breathe(room, "status", "--json"))["stages"]
    assert {s["name"]: s["state"] for s in states}["render:ambient"] == "fresh"


def test_a_stage_of_one_file_and_one_line(checkout: Checkout, tmp_path: Path) -> None:
    room = make_small_room(tmp_path / "room")
    (room / "site_src/text/welcome.txt").write_text("Hello hello\nroom\n")
    checkout.add_module("generator/words.py")
    checkout.add_line(
        "generator/plan.py",
        before="    return tuple(found)",
        imports="from generator import words",
    )
    states = json.loads(checkout.breathe(room, "status", "--json"))["stages"]
    assert states[-1] == {"name": "words", "state": "missing", "why": "it has never run"}
    checkout.breathe(room, "bake", "words")
    states = json.loads(checkout.breathe(room, "status", "--json"))["stages"]
    assert states[-1]["state"] == "fresh"
    baked = next((room / "assets/baked/words").rglob("words.json"))
    assert json.loads(baked.read_text()) == {"hello": 2, "room": 1}


def test_a_host_of_one_function_and_one_line(checkout: Checkout, tmp_path: Path) -> None:
    """In the real server: its answers are those that the bundle needs."""
    bundle = write_sample(tmp_path / "site")
    checkout.add_module("generator/site/lighttpd.py")
    checkout.add_line(
        "generator/site/hosting.py",
        before='    "nginx": ',
        imports="from generator.site.lighttpd import lighttpd",
    )
    checkout.breathe(tmp_path, "hosting", "lighttpd", "site", "--out", "settings")
    snippet = (tmp_path / "settings/lighttpd.conf").read_text()
    with running("lighttpd", bundle, snippet) as origin:
        report = probe(f"{origin}/", HttpClient(), now_s=0)
    failed = {finding.name for finding in report.findings if finding.status != "ok"}
    # lighttpd leaves files of a few hundred bytes plain, and the sample has such.
    assert failed <= {"compression"}


def test_the_examples_are_held_to_the_house_style(checkout: Checkout) -> None:
    """What is pasted from the page passes the type checker and the linter."""
    modules = ["generator/render/card.py", "generator/words.py", "generator/site/lighttpd.py"]
    for module in modules:
        checkout.add_module(module)
    shutil.copy(ROOT / "pyproject.toml", checkout.folder)
    python = [sys.executable, "-m"]
    for command in (
        [*python, "ruff", "check", *modules],
        [*python, "ruff", "format", "--check", *modules],
        [*python, "mypy", *modules],
    ):
        done = subprocess.run(command, capture_output=True, text=True, cwd=checkout.folder)
        assert done.returncode == 0, done.stdout + done.stderr
