"""A real `breathe dev` on a small project of still clips, baked once for the whole run."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator.starter import starter_root
from tests.once import copy_of
from tests.small_room import BREATHE


@dataclass(frozen=True)
class Dev:
    """A running dev server."""

    url: str
    root: Path
    token: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rsplit(":", 1)[1])

    @property
    def scene(self) -> Path:
        return self.root / "site_src/scene.toml"

    def state(self) -> dict[str, Any]:
        """How things stand, as the server says."""
        with urllib.request.urlopen(f"{self.url}__breathe/state", timeout=20) as reply:
            state: dict[str, Any] = json.load(reply)
        return state

    def shown(self) -> dict[str, Any]:
        """The page's own copy of the scene, less what a new reading of the feeds renames."""
        page = _page(self.url) or ""
        found = re.search(r'id="scene">(.*?)</script>', page, re.DOTALL)
        scene = json.loads(found[1]) if found else {}
        return {name: value for name, value in scene.items() if name not in ("news", "archive")}

    def is_idle(self) -> bool:
        """Whether nothing is being made, nothing is to be, and nothing is wrong."""
        state = self.state()
        return not (state["doing"] or state["stale"] or state["problem"])

    def builds(self) -> int:
        return len(re.findall(r"^built in", self.log.read_text(), re.MULTILINE))


@pytest.fixture
def project(baked_room: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return copy_of(baked_room, tmp_path / "room")


@pytest.fixture
def dev(project: Path, tmp_path: Path) -> Iterator[Dev]:
    """The server on `project`."""
    with running(project, tmp_path / "dev.log") as server:
        yield server


@contextmanager
def running(root: Path, log: Path) -> Iterator[Dev]:
    """Start `breathe dev` on a project, end it afterwards."""
    command = [*BREATHE, "-C", str(root), "dev", "--port", "0"]
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command, cwd=starter_root(), stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            page = wait_for(lambda: _page(url), f"the first build; see {log}")
            found = re.search(r'name="breathe-token" content="([^"]+)"', page)
            assert found, page[:500]
            yield Dev(url, root, found.group(1), log)
        finally:
            process.terminate()


def wait_for(condition: Callable[[], str | bool | None], what: str, patience_s: float = 120) -> str:
    """Ask again and again until `condition` gives something."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return str(found)
        time.sleep(0.05)
    raise AssertionError(f"waited {patience_s} s for {what}")


def _page(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return str(reply.read().decode())
    except (urllib.error.URLError, OSError):
        return None
