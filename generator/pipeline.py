"""Which stages a scene has, and running those that are stale (`freshness` says which, and why).

A stage's key is the sha256 of its name, version, parameters and the content of its inputs. A key
that baked.lock already holds costs nothing. The content of a baked input counts, not its key, so a
re-run that yields the same bytes stops there.

    render:walkin ─┬─ finish:walkin        render:ambient ─┬─ finish:ambient
                   └─ track:walkin                         ├─ track:ambient
    finish:poster      news                                └─ light:ambient
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator.disk import canonical_json, disk_errors
from generator.errors import StageError, StaleError
from generator.freshness import StageStatus, inputs_of, judge, stage_key
from generator.model import CLIP_NAMES, Project, Scene
from generator.ports import Clock, Ports
from generator.stage import BakedFile, SourceFile, Stage, StageRun
from generator.stages import finish, light, news, render, track
from generator.store import Entry, Store

log = logging.getLogger(__name__)

_SKETCH_FRAMES = 4


@dataclass(frozen=True)
class RunOptions:
    """How a build may run stages.

    `frozen`: fail on anything stale. `offline`: call nobody; stale remote stages and feeds keep
    their newest output. `only`: a predicate on stages, for commands that run a part.
    `force`: run these stages though they are fresh.
    """

    frozen: bool = False
    offline: bool = False
    only: Callable[[Stage], bool] | None = None
    force: frozenset[str] = frozenset()


def plan(scene: Scene, *, sketch: bool = False) -> tuple[Stage, ...]:
    """All stages of a scene, each after those it depends on.

    `sketch`: a few frames of each clip, quickly encoded: enough to see the room and pick on.
    """
    if sketch:
        scene = _sketched(scene)
    stages: list[Stage] = []
    for clip in CLIP_NAMES:
        stages += [render.stage(scene, clip), finish.stage(scene, clip, sketch=sketch)]
    stages.append(finish.poster_stage(scene, sketch=sketch))
    stages += [track.stage(scene, clip, sketch=sketch) for clip in CLIP_NAMES]
    stages += [light.stage(scene, clip) for clip in CLIP_NAMES]
    stages.append(news.stage(scene))
    return tuple(stages)


def _sketched(scene: Scene) -> Scene:
    """The scene with clips just long enough to hold the frame that is picked on.

    A clip that the author brought is as long as it is.
    """
    frames = scene.screen.frame + _SKETCH_FRAMES
    walkin, ambient = (
        replace(clip, frames=frames) if clip.render == "still" else clip
        for clip in (scene.walkin, scene.ambient)
    )
    return replace(
        scene,
        walkin=walkin,
        ambient=ambient,
        handoff=replace(scene.handoff, crossfade_s=0.0),
        track=replace(scene.track, adjust=()),
    )


def sketch_key(scene: Scene, store: Store) -> str:
    """A key of the sketch as a whole: its parameters and the files of the author's that it reads.

    Raises AssetError when one is missing.
    """
    reads = [
        [stage.name, stage.params, store.hash(source.path)]
        for stage in plan(scene, sketch=True)
        for source in stage.inputs.values()
        if isinstance(source, SourceFile)
    ]
    return hashlib.sha256(canonical_json(reads)).hexdigest()


def makeable(stages: Sequence[Stage], store: Store) -> tuple[tuple[Stage, str], ...]:
    """What this machine could run now, each stage with the key that its run would have.

    Local stages that are not fresh, whose inputs are there and will not be made anew first.
    """
    entries = store.entries()
    pending: set[str] = set()
    found = []
    for stage in stages:
        sources = [s.stage for s in stage.inputs.values() if isinstance(s, BakedFile)]
        waits = not pending.isdisjoint(sources)
        if stage.remote or (not waits and judge(stage, entries, {}, store).state == "fresh"):
            continue
        pending.add(stage.name)
        if not waits and all(name in entries for name in sources):
            hashes, _ = inputs_of(stage, entries, store)
            found.append((stage, stage_key(stage, hashes)))
    return tuple(found)


def status(
    project: Project, *, store: Store | None = None, stages: Sequence[Stage] | None = None
) -> tuple[StageStatus, ...]:
    """The state of every stage, without running any or touching the network."""
    store = store or Store(project.root)
    entries = store.entries()
    states: dict[str, StageStatus] = {}
    for stage in plan(project.scene) if stages is None else stages:
        states[stage.name] = judge(stage, entries, states, store)
    store.flush()
    return tuple(states.values())


def is_due(project: Project, options: RunOptions, clock: Clock, *, store: Store) -> bool:
    """Whether `run` would have anything to do or to say; opens no door but the clock.

    Raises AssetError and SceneError for unusable inputs, StoreError from the disk.
    """
    stages = plan(project.scene)
    if any(s.state != "fresh" for s in status(project, store=store, stages=stages)):
        return True
    entries = store.entries()
    return not (options.frozen or options.offline) and any(
        _has_expired(stage, entries.get(stage.name), clock) for stage in stages
    )


def run(
    project: Project,
    ports: Ports,
    options: RunOptions | None = None,
    *,
    store: Store | None = None,
    stages: Sequence[Stage] | None = None,
) -> tuple[StageStatus, ...]:
    """Run what is stale and return the states afterwards. `stages`: the scene's own by default.

    Raises StaleError under `frozen`, AssetError and SceneError for unusable inputs, StageError,
    MediaError, FeedError or RemoteError from the stages, StoreError from the disk. Stages that
    finished before the failing one keep their results.
    """
    options = options or RunOptions()
    store = store or Store(project.root)
    stages = plan(project.scene) if stages is None else stages
    if options.frozen:
        return _require_fresh(status(project, store=store, stages=stages))
    for stage in stages:
        _check_sources(stage, store)
    states: dict[str, StageStatus] = {}
    for stage in stages:
        entries = store.entries()
        # What came before has either just run or keeps its output: only content counts now.
        state = judge(stage, entries, {}, store)
        wanted = options.only is None or options.only(stage)
        if wanted and _should_run(stage, state, entries, ports, options):
            if state.state != "fresh":
                ports.progress.note(f"{stage.name}: {state.why}")
            _run_stage(project.root, stage, ports, store, forced=stage.name in options.force)
            state = StageStatus(stage.name, "fresh", "")
        elif state.state != "fresh" and wanted:
            ports.progress.note(f"{stage.name} is {state.state} and stays so: {state.why}")
        states[stage.name] = state
    store.flush()
    return tuple(states.values())


def _require_fresh(states: tuple[StageStatus, ...]) -> tuple[StageStatus, ...]:
    stale = [s for s in states if s.state != "fresh"]
    if stale:
        raise StaleError(
            "build --frozen",
            got=f"{len(stale)} of {len(states)} stages not fresh",
            expected="all fresh",
            remedy="run breathe build without --frozen and commit assets/baked",
            detail="\n".join(f"{s.name} is {s.state}: {s.why}" for s in stale),
        )
    return states


def _should_run(
    stage: Stage,
    state: StageStatus,
    entries: Mapping[str, Entry],
    ports: Ports,
    options: RunOptions,
) -> bool:
    if stage.name in options.force:
        return True
    entry = entries.get(stage.name)
    if state.state == "fresh":
        return not options.offline and _has_expired(stage, entry, ports.clock)
    if options.offline and stage.remote:
        if entry is None or state.state == "missing":
            raise StaleError(
                f"{stage.name}, offline",
                got="no baked output",
                expected="one from an earlier run",
                remedy="build once without --offline",
            )
        return False
    return True


def _has_expired(stage: Stage, entry: Entry | None, clock: Clock) -> bool:
    return (
        entry is not None
        and stage.expired is not None
        and stage.expired(entry.facts, clock.now_s())
    )


def _run_stage(root: Path, stage: Stage, ports: Ports, store: Store, *, forced: bool) -> None:
    """Run one stage under its lock, unless another process has just done so."""
    with store.exclusive(stage.name, wait=False) as free:
        if free:
            _execute(root, stage, ports, store)
            return
    ports.progress.note(f"{stage.name}: another build is at it; waiting")
    with store.exclusive(stage.name):
        if forced or judge(stage, store.entries(), {}, store).state != "fresh":
            _execute(root, stage, ports, store)


def _execute(root: Path, stage: Stage, ports: Ports, store: Store) -> None:
    entries = store.entries()
    hashes, paths = inputs_of(stage, entries, store)
    key = stage_key(stage, hashes)
    previous = entries.get(stage.name)
    with disk_errors(stage.name), store.workspace(stage.name) as workspace:
        run = StageRun(
            root=root,
            out_dir=workspace,
            inputs={label: root / path for label, path in paths.items()},
            facts={
                source.stage: entries[source.stage].facts
                for source in stage.inputs.values()
                if isinstance(source, BakedFile)
            },
            ports=ports,
            previous_dir=store.folder(stage.name, previous.key) if previous else None,
        )
        result = stage.execute(run)
        after, _ = inputs_of(stage, store.entries(), store)
        if after != hashes:
            raise StageError(
                stage.name,
                got="an input that changed while the stage ran",
                expected="inputs that hold still",
                remedy="build again",
            )
        store.publish(
            stage.name,
            key=key,
            version=stage.version,
            params=stage.params,
            inputs=hashes,
            workspace=workspace,
            result=result,
        )


def _check_sources(stage: Stage, store: Store) -> None:
    """Name a missing source file before any other stage is run for nothing."""
    for source in stage.inputs.values():
        if isinstance(source, SourceFile):
            store.hash(source.path)
