"""Whether a stage is fresh, and in words why not: its key held against baked.lock. Runs nothing.

A key is the sha256 of the stage's name, version and parameters and the content of its inputs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.artifacts import Json, JsonMap
from generator.engine.disk import canonical_json
from generator.engine.stage import BakedFile, SourceFile, Stage
from generator.engine.store import Entry, Store
from generator.errors import AssetError

State = Literal["fresh", "stale", "missing"]


@dataclass(frozen=True)
class StageStatus:
    """One stage: fresh, stale or missing, and in words why it is not fresh."""

    name: str
    state: State
    why: str


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
    hashes, paths = inputs_of(stage, entries, store)
    if stage_key(stage, hashes) == entry.key:
        return StageStatus(stage.name, "fresh", "")
    return StageStatus(stage.name, "stale", _explain(stage, entry, hashes, paths))


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


def _explain(
    stage: Stage, entry: Entry, hashes: Mapping[str, str], paths: Mapping[str, str]
) -> str:
    """Which parameter or input differs from the last run, in words."""
    if entry.params.get("draft") and not stage.params.get("draft"):
        return "a draft so far"
    reasons = _differences(entry.params, stage.params)
    # Each backend of a stage counts its versions for itself.
    same_backend = stage.params.get("backend") == entry.params.get("backend")
    if same_backend and stage.version != entry.version:
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
