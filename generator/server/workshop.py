"""The page while it is being edited: built in memory, from whatever is baked so far.

`quick` renders the page on the outputs there are, with the old track re-based under new corners, in
some hundredths of a second. `bake` then runs the stages that are stale and need no other machine.
A render on the box is never started from here: `Built.waiting` says what to run by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import pipeline
from generator.config import load_project
from generator.errors import BuildError
from generator.model import CLIP_NAMES, Project
from generator.ports import Ports
from generator.scene_edit import quad_from_json
from generator.server.rebase import rebased_track
from generator.site.assembly import site_files
from generator.site.build import NEEDED, BuildOptions
from generator.site.bundle import Content
from generator.stage import Stage
from generator.store import Entry, Store


@dataclass(frozen=True)
class Built:
    """One good build: what to serve, and what is still to be done."""

    files: Mapping[str, Content]
    stale: tuple[str, ...]
    """Stages that `bake` will run, each with its reason."""
    waiting: tuple[str, ...]
    """Stages that need another machine, each with its reason and the command to run."""


class Workshop:
    """Builds one project again and again."""

    def __init__(self, root: Path, ports: Callable[[Project], Ports], token: str) -> None:
        """`ports`: opens the doors for a bake. `token`: what the page needs to write."""
        self.root = root
        self._ports = ports
        self._token = token
        self._store = Store(root.resolve())

    def quick(self) -> Built:
        """The page on what is baked. Raises SceneError, BuildError and the like.

        BuildError when a stage that the page needs has never run.
        """
        project = load_project(self.root)
        entries = self._store.entries()
        missing = [name for name in NEEDED if name not in entries]
        stale, waiting = self._judge(project)
        if missing:
            raise BuildError(
                ", ".join(missing),
                got="nothing baked yet",
                expected="one run of each",
                remedy="it is being made" if stale else "\n".join(waiting),
            )
        options = BuildOptions(compress=False, dev={"token": self._token})
        overrides = self._rebased(project, entries)
        return Built(site_files(project, entries, options, overrides), stale, waiting)

    def bake(self) -> None:
        """Run the stale stages that can run here. Raises what they raise."""
        project = load_project(self.root)
        options = pipeline.RunOptions(only=_is_local)
        pipeline.run(project, self._ports(project), options, store=self._store)

    def _judge(self, project: Project) -> tuple[tuple[str, ...], tuple[str, ...]]:
        remote = {stage.name for stage in pipeline.plan(project.scene) if stage.remote}
        stale, waiting = [], []
        for state in pipeline.status(project, store=self._store):
            if state.state == "fresh":
                continue
            if state.name not in remote:
                stale.append(f"{state.name}: {state.why}")
                continue
            kind, _, clip = state.name.partition(":")
            command = f"breathe {kind} {clip}" if kind == "render" else f"breathe {kind} --on spark"
            waiting.append(f"{state.name}: {state.why}. Run: {command}")
        return tuple(stale), tuple(waiting)

    def _rebased(
        self, project: Project, entries: Mapping[str, Entry]
    ) -> dict[tuple[str, str], bytes]:
        """Old tracks under new corners, by (stage, label)."""
        screen = project.scene.screen
        overrides: dict[tuple[str, str], bytes] = {}
        for clip in CLIP_NAMES:
            entry = entries[f"track:{clip}"]
            picked = quad_from_json(entry.params["corners"], f"track:{clip}")
            same_frame = entry.params["picked_frame"] == screen.frame
            if picked == screen.corners or not same_frame:
                continue
            path = self._store.root / entry.outputs["track"].path
            track = rebased_track(json.loads(path.read_bytes()), picked, screen.corners)
            overrides[f"track:{clip}", "track"] = json.dumps(track).encode()
        return overrides


def _is_local(stage: Stage) -> bool:
    return not stage.remote
