"""Which stages a scene has, which of them are stale and why, and running just those.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from generator.disk import canonical_json, disk_errors
from generator.errors import AssetError, StageError, StaleError
from generator.model import CLIP_NAMES, Json, JsonMap, Project, Scene
from generator.ports import Clock, Ports
from generator.stage import BakedFile, SourceFile, Stage, StageRun
from generator.stages import finish, light, news, render, track
from generator.store import Entry, Store

log = logging.getLogger(__name__)

State = Literal["fresh", "stale", "missing"]
_SKETCH_FRAMES = 4


@dataclass(frozen=True)
class StageStatus:
    """One stage: fresh, stale or missing, and in words why it is not fresh."""

    name: str
    state: State
    why: str


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
        if stage.remote or (not waits and _judge(stage, entries, {}, store).state == "fresh"):
            continue
        pending.add(stage.name)
        if not waits and all(name in entries for name in sources):
            hashes, _ = _inputs(stage, entries, store)
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
        states[stage.name] = _judge(stage, entries, states, store)
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
        state = _judge(stage, entries, {}, store)
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


def stage_key(stage: Stage, inputs: Mapping[str, str]) -> str:
    """The key: sha256 of the canonical JSON of name, version, parameters and input hashes."""
    return hashlib.sha256(
        canonical_json(
            {
                "name": stage.name,
                "version": stage.version,
                "params": stage.params,
                "inputs": dict(inputs),
            }
        )
    ).hexdigest()


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
        if forced or _judge(stage, store.entries(), {}, store).state != "fresh":
            _execute(root, stage, ports, store)


def _execute(root: Path, stage: Stage, ports: Ports, store: Store) -> None:
    entries = store.entries()
    hashes, paths = _inputs(stage, entries, store)
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
        after, _ = _inputs(stage, store.entries(), store)
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


def _inputs(
    stage: Stage, entries: Mapping[str, Entry], store: Store
) -> tuple[dict[str, str], dict[str, str]]:
    """Label → content hash and label → path relative to the project, for every input."""
    hashes: dict[str, str] = {}
    paths: dict[str, str] = {}
    for label, source in stage.inputs.items():
        if isinstance(source, SourceFile):
            hashes[label], paths[label] = store.hash(source.path), source.path
            continue
        entry = entries.get(source.stage)
        if entry is None or source.label not in entry.outputs:
            raise AssetError(
                f"{stage.name} needs {source.label} of {source.stage}",
                got="nothing baked",
                expected="that stage to have run",
                remedy="run breathe build",
            )
        output = entry.outputs[source.label]
        hashes[label], paths[label] = output.sha256, output.path
    return hashes, paths


def _judge(
    stage: Stage,
    entries: Mapping[str, Entry],
    earlier: Mapping[str, StageStatus],
    store: Store,
) -> StageStatus:
    """Hold a stage against baked.lock. `earlier`: states of the stages before it."""
    entry = entries.get(stage.name)
    if entry is None:
        return StageStatus(stage.name, "missing", "it has never run")
    gone = [o.path for o in entry.outputs.values() if not store.present(o)]
    if gone:
        return StageStatus(stage.name, "missing", f"{', '.join(gone)} is gone or cut short")
    upstream = sorted(
        {
            source.stage
            for source in stage.inputs.values()
            if isinstance(source, BakedFile)
            and source.stage in earlier
            and earlier[source.stage].state != "fresh"
        }
    )
    if upstream:
        return StageStatus(stage.name, "stale", f"{', '.join(upstream)} will be made anew first")
    hashes, paths = _inputs(stage, entries, store)
    if stage_key(stage, hashes) == entry.key:
        return StageStatus(stage.name, "fresh", "")
    return StageStatus(stage.name, "stale", _explain(stage, entry, hashes, paths))


def _check_sources(stage: Stage, store: Store) -> None:
    """Name a missing source file before any other stage is run for nothing."""
    for source in stage.inputs.values():
        if isinstance(source, SourceFile):
            store.hash(source.path)


def _explain(
    stage: Stage, entry: Entry, hashes: Mapping[str, str], paths: Mapping[str, str]
) -> str:
    """Which parameter or input differs from the last run, in words."""
    reasons = _differences(entry.params, stage.params)
    if stage.version != entry.version:
        reasons.append(f"the stage itself changed (version {entry.version} → {stage.version})")
    for label in sorted({*hashes, *entry.inputs}):
        path = paths.get(label, label)
        named = label if path == label else f"{label} ({path})"
        if label not in entry.inputs:
            reasons.append(f"input {named} is new")
        elif label not in hashes:
            reasons.append(f"input {label} is no longer used")
        elif hashes[label] != entry.inputs[label]:
            reasons.append(f"input {named} has other content")
    return "; ".join(reasons) or "its key changed"


def _differences(old: JsonMap, new: JsonMap, prefix: str = "") -> list[str]:
    reasons: list[str] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if canonical_json(before) == canonical_json(after):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            reasons += _differences(before, after, f"{prefix}{name}.")
        else:
            leaves = list(_leaves(f"{prefix}{name}", before, after))
            more = f" and {len(leaves) - 2} more" if len(leaves) > 2 else ""
            reasons.append(", ".join(leaves[:2]) + more)
    return reasons


def _leaves(name: str, before: Json, after: Json) -> Iterator[str]:
    """What differs in lists of one shape, element by element; else the two values."""
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            if canonical_json(old) != canonical_json(new):
                yield from _leaves(f"{name}[{index}]", old, new)
    else:
        yield f"{name} {_short(before)} → {_short(after)}"


def _short(value: Json | Sequence[Json]) -> str:
    if value is None:
        return "unset"
    text = canonical_json(value).decode()
    return text if len(text) <= 48 else f"{text[:45]}…"
