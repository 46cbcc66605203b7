"""The page while it is being edited: built in memory, from whatever is baked so far.

`quick` renders the page on the outputs there are, with the old track re-based under new corners, in
some hundredths of a second. `bake` then runs the stages that are stale and need no other machine,
in a process of its own, so that neither waits for the other and stopping stops both. A render on
the box is never started from here: `Built.waiting` says what to run by hand.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator import pipeline
from generator.config import load_project
from generator.errors import BuildError, StageError
from generator.model import CLIP_NAMES, Project
from generator.scene_edit import quad_from_json
from generator.server.rebase import rebased_track
from generator.site.assembly import site_files
from generator.site.build import NEEDED
from generator.site.bundle import Content
from generator.site.sources import BuildOptions
from generator.stage import SourceFile
from generator.store import Entry, Store


@dataclass(frozen=True)
class Built:
    """One good build: what to serve, and what is still to be done."""

    files: Mapping[str, Content]
    stale: tuple[str, ...]
    """Stages that `bake` will run, each with its reason."""
    waiting: tuple[str, ...]
    """Stages that need another machine, each with its reason and the command to run."""
    wanted: str
    """Tells one set of stale stages, with all that they read, from another; "" for none."""


class NotBakedError(BuildError):
    """A stage that the page needs has never run, and a bake will run it."""


class Workshop:
    """Builds one project again and again."""

    def __init__(self, root: Path, bake_command: Sequence[str], token: str) -> None:
        """`bake_command`: runs the local stages. `token`: what the page needs to write."""
        self.root = root
        self._bake_command = bake_command
        self._token = token
        self._store = Store(root.resolve())

    def quick(self) -> Built:
        """The page on what is baked. Raises SceneError, BuildError and the like.

        NotBakedError when a bake must come first.
        """
        project = load_project(self.root)
        entries = self._store.entries()
        stale, waiting = self._judge(project)
        missing = [name for name in NEEDED if name not in entries]
        if missing and stale:
            raise NotBakedError(", ".join(missing), got="nothing baked yet")
        if missing:
            raise BuildError(
                ", ".join(missing),
                got="nothing baked yet",
                expected="one run of each",
                remedy="\n".join(waiting),
            )
        options = BuildOptions(compress=False, dev={"token": self._token})
        overrides = self._rebased(project, entries)
        files = site_files(project, entries, options, overrides)
        return Built(files, stale, waiting, self._fingerprint(project, entries, stale))

    async def bake(self, *, draft: bool) -> None:
        """Run the stale stages that can run here. Raises StageError with the stage's own words.

        `draft`: only those that have never run, the quick way, so that there is a page to pick on.
        """
        process = await asyncio.create_subprocess_exec(
            *self._bake_command,
            *(["--draft"] if draft else []),
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            said, _ = await process.communicate()
        except asyncio.CancelledError:
            os.killpg(process.pid, signal.SIGTERM)  # its ffmpeg as well
            await process.wait()
            raise
        if process.returncode:
            raise StageError(**_parts(said.decode(errors="replace")))

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

    def _fingerprint(
        self, project: Project, entries: Mapping[str, Entry], stale: Sequence[str]
    ) -> str:
        """Content hash of everything that the `stale` stages read."""
        names = {reason.partition(": ")[0] for reason in stale}
        keys = []
        for stage in pipeline.plan(project.scene):
            if stage.name in names:
                hashes = {}
                for label, source in stage.inputs.items():
                    if isinstance(source, SourceFile):
                        hashes[label] = self._store.hash(source.path)
                    elif source.stage in entries:
                        hashes[label] = entries[source.stage].outputs[source.label].sha256
                keys.append(pipeline.stage_key(stage, hashes))
        return " ".join(keys)

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


def _parts(said: str) -> dict[str, str]:
    """The error that the baking process printed; whatever else it said becomes the detail."""
    try:
        parts = json.loads(said)
        return {name: str(value) for name, value in parts.items()}
    except (ValueError, AttributeError):
        return {"subject": "baking", "got": "a process that broke off", "detail": said}
