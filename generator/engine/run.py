"""Run the stages that are stale (`freshness` says which, and why).

A stage's key is the sha256 of its name, version, parameters and the content of its inputs. A key
that baked.lock already holds costs nothing. The content of a baked input counts, not its key, so a
re-run that yields the same bytes stops there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.engine.disk import disk_errors
from generator.engine.freshness import StageStatus, inputs_of, judge, stage_key
from generator.engine.ports import Clock, Ports
from generator.engine.stage import BakedFile, SourceFile, Stage, StageRun
from generator.engine.store import Entry, Store
from generator.errors import StageError, StaleError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunOptions:
    """How a build may run stages.

    `frozen`: fail on anything stale, run nothing, unless `refresh`: then what has expired by
    itself runs. `offline`: call nobody; stale remote stages and feeds keep their newest output.
    `only`: a predicate on stages, for commands that run a part. `force`: run these stages though
    they are fresh.
    """

    frozen: bool = False
    refresh: bool = False
    offline: bool = False
    only: Callable[[Stage], bool] | None = None
    force: frozenset[str] = frozenset()


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
    root: Path, stages: Sequence[Stage], *, store: Store | None = None
) -> tuple[StageStatus, ...]:
    """The state of every stage, without running any or touching the network.

    `root`: the project folder.
    """
    store = store or Store(root)
    entries = store.entries()
    states: dict[str, StageStatus] = {}
    for stage in stages:
        states[stage.name] = judge(stage, entries, states, store)
    store.flush()
    return tuple(states.values())


def is_due(
    root: Path, stages: Sequence[Stage], options: RunOptions, clock: Clock, *, store: Store
) -> bool:
    """Whether `run` would have anything to do or to say; opens no door but the clock.

    Raises AssetError and SceneError for unusable inputs, StoreError from the disk.
    """
    if any(s.state != "fresh" for s in status(root, stages, store=store)):
        return True
    entries = store.entries()
    is_still = options.offline or (options.frozen and not options.refresh)
    return not is_still and any(
        _has_expired(stage, entries.get(stage.name), clock) for stage in stages
    )


def run(
    root: Path,
    stages: Sequence[Stage],
    ports: Ports,
    options: RunOptions | None = None,
    *,
    store: Store | None = None,
) -> tuple[StageStatus, ...]:
    """Run what is stale and return the states afterwards. `root`: the project folder.

    Raises StaleError under `frozen`, AssetError and SceneError for unusable inputs, StageError,
    MediaError, FeedError or RemoteError from the stages, StoreError from the disk. Stages that
    finished before the failing one keep their results.
    """
    options = options or RunOptions()
    store = store or Store(root)
    if options.frozen:
        fresh = _require_fresh(status(root, stages, store=store))
        if not options.refresh:
            return fresh
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
            _run_stage(root, stage, ports, store, forced=stage.name in options.force)
            state = StageStatus(stage.name)
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
