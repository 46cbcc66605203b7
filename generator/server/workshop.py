"""The page while it is being edited: built in memory, from whatever is baked so far.

`quick` renders the page on the outputs there are, with the old track re-based under new corners, in
some hundredths of a second, and says which stages are due. `bake` runs one of those in a process
of its own, so that neither waits for the other and stopping stops both. A render on the box is
never started from here: `Built.waiting` says what to run by hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from generator import plan
from generator.artifacts import FRACTION_DIGITS, Quad
from generator.artifacts.decode import dump, read
from generator.artifacts.track import Track, TrackReport, TrackRequest
from generator.engine import run as engine
from generator.engine.disk import FileMemory, HashCache
from generator.engine.freshness import StageStatus
from generator.engine.lifeline import tied
from generator.engine.stage import Stage
from generator.engine.store import Entry, Store
from generator.errors import BuildError
from generator.scene.load import load_project
from generator.scene.model import CLIP_NAMES, Project, Scene
from generator.server.baking import BakeError, Due, Report
from generator.site.assembly import site_files
from generator.site.build import NEEDED
from generator.site.bundle import Content, content_sha256
from generator.site.sources import BuildOptions
from generator.video import homography

DRAFT = "draft"
"""Not a stage, but a little of each: what a first page needs."""
_FIRST = {"news": 0, "render:ambient": 1, "render:walkin": 2}
"""Stages that go before the others: the feeds wait for nothing, and the corners are picked on what
is seen from the chair."""
STOP_S = 5.0


@dataclass(frozen=True)
class Built:
    """One good build: what to serve, and what is still to be done."""

    files: Mapping[str, Content]
    stale: tuple[str, ...]
    """Stages that will be made anew here, each with its reason."""
    waiting: tuple[str, ...]
    """Stages that need another machine, each with its reason and the command to run."""
    due: tuple[Due, ...]
    """Stages that can be made now."""


class NotBakedError(BuildError):
    """A stage that the page needs has never run. `due`: what will mend that."""

    due: tuple[Due, ...] = ()


class Workshop:
    """Builds one project again and again."""

    def __init__(
        self, root: Path, bake_command: Sequence[str], token: str, say: Callable[[str], None]
    ) -> None:
        """`bake_command`: runs the local stages. `token`: what the page needs to write.

        `say`: one line for the terminal.
        """
        self.root = root
        self._bake_command = bake_command
        self._token = token
        self._say = say
        self._store = Store(root.resolve())
        self._hashes = HashCache(None)
        self._sources = FileMemory()

    def quick(self) -> Built:
        """The page on what is baked. Raises SceneError, BuildError and the like.

        NotBakedError when a bake must come first.
        """
        project = load_project(self.root)
        entries = self._store.entries()
        stages = plan.stages(project.scene)
        states = engine.status(project.root, stages, store=self._store)
        stale, waiting = _in_words(states, stages)
        due = self._due(stages)
        missing = [name for name in NEEDED if name not in entries]
        if missing:
            self._ask_for(missing, project.scene, waiting)
        _require_files(states, due)
        files = site_files(
            project,
            entries,
            BuildOptions(compress=False, dev={"token": self._token}),
            self._rebased(project, entries),
            # What is served must be what the name says, also while the next save is being written.
            take=self._sources.read,
            hash_of=self._hash_of,
        )
        return Built(files, stale, waiting, due)

    async def bake(self, due: Due, report: Report) -> None:
        """Run one stage, or the draft. Raises BakeError with the stage's own words."""
        process = await asyncio.create_subprocess_exec(
            *self._bake_command,
            "--draft" if due.stage == DRAFT else due.stage,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        failure: Mapping[str, Any] = {}
        with tied(process.pid):
            try:
                async for line in _lines(process):
                    event = _event(line)
                    if "step" in event:
                        report(event["step"], event["done"])
                    elif "note" in event:
                        self._say(event["note"])
                    if "error" in event:
                        failure = event
                await process.wait()
            finally:
                await _stop(process)
        if process.returncode:
            raise _bake_error(due, failure, process.returncode)

    def _due(self, stages: Sequence[Stage]) -> tuple[Due, ...]:
        """What can be made now, what the author waits for first."""
        makeable = engine.makeable(stages, self._store)
        due = [Due(stage.name, key, stage.slow) for stage, key in makeable]
        return tuple(sorted(due, key=lambda one: _FIRST.get(one.stage, len(_FIRST))))

    def _ask_for(self, missing: Sequence[str], scene: Scene, waiting: Sequence[str]) -> None:
        """There is no page yet. Raises NotBakedError where a draft gives one, else BuildError."""
        if waiting:
            raise BuildError(
                ", ".join(missing),
                got="nothing baked yet",
                expected="one run of each",
                remedy="\n".join(waiting),
            )
        error = NotBakedError(", ".join(missing), got="nothing baked yet")
        error.due = (Due(DRAFT, plan.draft_key(scene, self._store), is_slow=False),)
        raise error

    def _hash_of(self, content: Content) -> str:
        """A file's hash, read again only when the file has changed."""
        return content_sha256(content) if isinstance(content, bytes) else self._hashes.hash(content)

    def _rebased(
        self, project: Project, entries: Mapping[str, Entry]
    ) -> dict[tuple[str, str], bytes]:
        """Old tracks under new corners, by (stage, label)."""
        screen = project.scene.screen
        overrides: dict[tuple[str, str], bytes] = {}
        for clip in CLIP_NAMES:
            outputs = entries[f"track:{clip}"].outputs
            asked = _asked(self._store.root / outputs["report"].path, outputs["report"].sha256)
            if asked.corners == screen.corners or asked.picked_frame != screen.frame:
                continue
            track = read(Track, self._store.root / outputs["track"].path)
            rebased = rebased_track(track, asked.corners, screen.corners)
            overrides[f"track:{clip}", "track"] = dump(rebased)
        return overrides


@lru_cache(maxsize=8)
def _asked(report: Path, sha256: str) -> TrackRequest:  # noqa: ARG001  # a new hash reads anew
    """What was asked of the tracker that left this report."""
    return read(TrackReport, report).settings


def rebased_track(track: Track, reference: Quad, corners: Quad) -> Track:
    """`track` as if `corners` had been picked, not `reference`: until there is a new one.

    Both are fractions of the frame that they were picked on. The track says how the picture's plane
    moved since that frame; that motion, applied to the corners as they are now, is the best guess
    there is: exact for a plane, and off only by what the tracker will find better.
    """
    motions = homography.from_corners(np.array(reference), np.array(track.corners))
    followed = homography.apply(motions, np.array(corners))
    return replace(track, corners=homography.as_quads(followed, FRACTION_DIGITS))


def _in_words(
    states: Sequence[StageStatus], stages: Sequence[Stage]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stages that are not fresh, in words: those made here, those made elsewhere."""
    remote = {stage.name for stage in stages if stage.remote}
    stale, waiting = [], []
    for state in states:
        if state.state == "fresh":
            continue
        if state.name not in remote:
            stale.append(f"{state.name}: {state.why}")
            continue
        kind, _, clip = state.name.partition(":")
        command = f"breathe {kind} {clip}" if kind == "render" else f"breathe {kind} --on spark"
        waiting.append(f"{state.name}: {state.why}. Run: {command}")
    return tuple(stale), tuple(waiting)


def _require_files(states: Sequence[StageStatus], due: tuple[Due, ...]) -> None:
    """Raise NotBakedError when a file that the page is made of is gone or damaged.

    BuildError when nothing here can make it anew. All that is needed has been made before.
    """
    gone = [f"{s.name}: {s.why}" for s in states if s.state == "missing" and s.name in NEEDED]
    if gone and not due:
        raise BuildError(
            "; ".join(gone),
            got="nothing to make it from",
            expected="baked files",
            remedy="take them out of version control again, or run breathe build",
        )
    if gone:
        error = NotBakedError("; ".join(gone), got="baked files that cannot be used")
        error.due = due
        raise error


def _bake_error(due: Due, failure: Mapping[str, Any], code: int) -> BakeError:
    """What the process said, or that it said nothing: a bug, or somebody ended it."""
    if failure:
        error = BakeError(**failure["error"])
        error.key, error.is_passing = failure["key"], failure["is_passing"]
        return error
    end = f"signal {-code}" if code < 0 else f"exit code {code}"
    error = BakeError(
        due.stage,
        got=f"a process that broke off without a word ({end})",
        expected="one that ends, or says why not",
        remedy="it is tried again soon, and whenever you save; the terminal may say more",
    )
    error.key, error.is_passing = due.key, True
    return error


def _event(line: bytes) -> dict[str, Any]:
    """A line of the baking process; one that is not ours says nothing."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    if process.stdout is None:
        raise RuntimeError("the baking process was started without a pipe")
    async for line in process.stdout:
        yield line


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a process that still runs, in order: it ends its own ffmpeg first."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
