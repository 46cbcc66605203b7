"""What a stage is: named inputs and parameters in, a folder of whole outputs out.

Each subject turns a `Scene` into `Stage` values; `generator.plan` lists them, `run` runs them.
A stage writes only into `run.out_dir`, a private folder that becomes visible under its key when
`execute` returns, and not at all when it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from generator.artifacts import JsonMap
from generator.engine.ports import Ports


@dataclass(frozen=True)
class SourceFile:
    """An input that the author owns: a path relative to the project folder."""

    path: str


@dataclass(frozen=True)
class BakedFile:
    """An input that another stage made: its `label` among that stage's outputs."""

    stage: str
    label: str


Input: TypeAlias = SourceFile | BakedFile


@dataclass(frozen=True)
class StageResult:
    """What a run leaves: files in `out_dir` by label, files elsewhere, and facts worth keeping.

    `files`: label → file name inside `out_dir`.
    `references`: label → path relative to the project folder, for outputs used where they lie.
    `facts`: small JSON that later stages and the site read (frame counts, scores, sizes).
    """

    files: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    facts: JsonMap = field(default_factory=dict)


@dataclass(frozen=True)
class StageRun:
    """Everything one run may touch.

    `inputs`: label → absolute path. `previous_dir`: this stage's last good output folder, when
    there is one.
    """

    root: Path
    out_dir: Path
    inputs: Mapping[str, Path]
    ports: Ports
    previous_dir: Path | None = None


@dataclass(frozen=True)
class Stage:
    """One stage of one scene.

    `name` reads `kind:clip` (`track:ambient`) or just `kind` (`news`). `version` is raised by hand
    when the code's output changes. `params` and the content of `inputs` make the key, nothing else.
    """

    name: str
    version: int
    params: JsonMap
    inputs: Mapping[str, Input]
    execute: Callable[[StageRun], StageResult]
    remote: bool = False
    """True for a stage that calls out to another machine: never started by a save."""
    slow: bool = False
    """True for one that takes minutes: while the author works, nothing waits for it."""
    expired: Callable[[JsonMap, float], bool] | None = None
    """(facts, now as Unix seconds) → whether `build` should refresh it though its key is fresh."""
