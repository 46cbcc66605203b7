"""`breathe bake`, which no person needs to call: the dev server runs it beside itself.

Runs stages that need no other machine. What it has to say, it says as JSON, a line an event, so
that the server can lay it out over the page:

    {"step": "finish:ambient h264 crf 25.5", "done": 0.4}
    {"note": "…"}
    {"error": {"subject": "…", "got": "…"}, "key": "…", "is_passing": false}

The key of an error is the one that the work ran under, null when the project cannot be read: a
failure of a project that an edit has mended since is none.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from generator import plan
from generator.engine import run as engine
from generator.engine.stage import Stage
from generator.engine.store import Store
from generator.errors import BreatheError, StoreError
from generator.scene.load import load_project
from generator.scene.model import Project
from generator.scene.told import add_line

_NICE, _NICE_SLOW = 10, 19
"""The author's browser goes before, and before an encode goes what the page waits for."""


class JsonProgress:
    """Progress for the server."""

    def update(self, label: str, done: float, total: float) -> None:
        """How far the work called `label` is."""
        _say(step=label, done=min(1.0, done / total) if total else 1.0)

    def note(self, message: str) -> None:
        """One line for a person."""
        _say(note=message)


@click.command(hidden=True, epilog="Example: breathe -C room bake track:ambient")
@click.argument("stage", required=False)
@click.option("--draft", is_flag=True, help="Just enough of what has never run for a page.")
@click.pass_obj
def command(root: Path, stage: str | None, draft: bool) -> None:
    """Run a stale STAGE, or all that can run on this machine."""
    from generator.wiring import real_ports

    begun_under = None
    try:
        project = load_project(root)
        store = Store(project.root)
        begun_under = _key(project, store, stage, draft=draft)
        ports = real_ports(project.scene, JsonProgress())
        known = store.entries() if draft else {}

        def is_wanted(one: Stage) -> bool:
            return not one.remote and one.name not in known and stage in (None, one.name)

        options = engine.RunOptions(only=is_wanted)
        stages = plan.stages(project.scene, draft=draft)
        os.nice(_NICE_SLOW if any(s.slow for s in stages if s.name == stage) else _NICE)
        engine.run(project.root, stages, ports, options, store=store)
    except BreatheError as exc:
        add_line(exc, root)
        parts = ("subject", "got", "expected", "remedy", "detail")
        _say(
            error={part: getattr(exc, part) for part in parts},
            key=begun_under if begun_under == _key_now(root, stage, draft=draft) else None,
            is_passing=isinstance(exc, StoreError),  # a full disk, a folder that may not be written
        )
        sys.exit(exc.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)  # the server stops it whenever an edit overtakes it, which is no news


def _key(project: Project, store: Store, stage: str | None, *, draft: bool) -> str | None:
    """The key of the work; None for a stage that is not due. Raises AssetError for a lost file."""
    if draft:
        return plan.draft_key(project.scene, store)
    keys = {one.name: key for one, key in engine.makeable(plan.stages(project.scene), store)}
    return keys.get(stage or "")


def _key_now(root: Path, stage: str | None, *, draft: bool) -> str | None:
    """The same on the project as it lies there now; None when it cannot be read."""
    try:
        return _key(load_project(root), Store(root), stage, draft=draft)
    except BreatheError:
        return None


def _say(**event: Any) -> None:
    click.echo(json.dumps(event))
