"""Whether a stage is fresh, and why not: its key held against baked.lock. Runs nothing.

A key is the sha256 of the stage's name, version and parameters and the content of its inputs.
`reasons` is imported once there are any: a build with nothing to do needs none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from generator.artifacts import JsonMap
from generator.engine.disk import canonical_json
from generator.engine.stage import BakedFile, SourceFile, Stage
from generator.engine.store import Entry, Store
from generator.errors import AssetError

if TYPE_CHECKING:
    from generator.engine.reasons import ParameterChanged, Reason

State = Literal["fresh", "stale", "missing"]


@dataclass(frozen=True)
class StageStatus:
    """One stage, and why it is not fresh; no reason: it is."""

    name: str
    reasons: tuple[Reason, ...] = ()

    @property
    def state(self) -> State:
        """Fresh, stale, or missing: it has no output that could be used."""
        if not self.reasons:
            return "fresh"
        return "missing" if any(reason.is_loss for reason in self.reasons) else "stale"

    @property
    def why(self) -> str:
        """The reasons in words; empty when it is fresh."""
        return "; ".join(map(str, self.reasons))


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


def judge(
    stage: Stage,
    entries: Mapping[str, Entry],
    earlier: Mapping[str, StageStatus],
    store: Store,
) -> StageStatus:
    """Hold a stage against baked.lock. `earlier`: states of the stages before it."""
    return StageStatus(stage.name, tuple(_reasons(stage, entries, earlier, store)))


def _reasons(
    stage: Stage,
    entries: Mapping[str, Entry],
    earlier: Mapping[str, StageStatus],
    store: Store,
) -> Sequence[Reason]:
    entry = entries.get(stage.name)
    if entry is None:
        from generator.engine.reasons import NeverRun

        return [NeverRun()]
    if lost := list(_lost(stage, entry, store)):
        return lost
    sources = {source.stage for source in stage.inputs.values() if isinstance(source, BakedFile)}
    waits = sorted(name for name in sources & earlier.keys() if earlier[name].reasons)
    if waits:
        from generator.engine.reasons import WaitsFor

        return [WaitsFor(tuple(waits))]
    hashes, paths = inputs_of(stage, entries, store)
    if stage_key(stage, hashes) == entry.key:
        return []
    return _changes(stage, entry, hashes, paths)


def _lost(stage: Stage, entry: Entry, store: Store) -> Iterator[Reason]:
    """What of the outputs cannot be used; the author's own files are judged as inputs."""
    authored = {source.path for source in stage.inputs.values() if isinstance(source, SourceFile)}
    baked = [output for output in entry.outputs.values() if output.path not in authored]
    lost = [output for output in baked if not store.intact(output)]
    if lost:
        from generator.engine.reasons import FilesDamaged, FilesGone

        gone = tuple(output.path for output in lost if not store.exists(output))
        damaged = tuple(output.path for output in lost if output.path not in gone)
        yield from [FilesGone(gone)] if gone else []
        yield from [FilesDamaged(damaged)] if damaged else []


def inputs_of(
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


def _changes(
    stage: Stage, entry: Entry, hashes: Mapping[str, str], paths: Mapping[str, str]
) -> Sequence[Reason]:
    """Which parameters and inputs differ from the last run."""
    from generator.engine.reasons import InputChanged, IsDraft, KeyChanged, VersionChanged

    if entry.params.get("draft") and not stage.params.get("draft"):
        return [IsDraft()]
    reasons: list[Reason] = [*_parameters(entry.params, stage.params)]
    # Each backend of a stage counts its versions for itself.
    same_backend = stage.params.get("backend") == entry.params.get("backend")
    if same_backend and stage.version != entry.version:
        reasons.append(VersionChanged(entry.version, stage.version))
    for label in sorted({*hashes, *entry.inputs}):
        path = paths.get(label, "")
        if label not in entry.inputs:
            reasons.append(InputChanged(label, path, "is new"))
        elif label not in hashes:
            reasons.append(InputChanged(label, path, "is no longer used"))
        elif hashes[label] != entry.inputs[label]:
            reasons.append(InputChanged(label, path, "has other content"))
    return reasons or [KeyChanged()]


def _parameters(old: JsonMap, new: JsonMap, prefix: str = "") -> Iterator[ParameterChanged]:
    from generator.engine.reasons import ParameterChanged

    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if canonical_json(before) == canonical_json(after):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _parameters(before, after, f"{prefix}{name}.")
        else:
            yield ParameterChanged(f"{prefix}{name}", before, after)
