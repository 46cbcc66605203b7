"""Why a stage is not fresh: values that a program can tell apart, each of them a sentence at last.

>>> str(VersionChanged(2, 3))
'the stage itself changed (version 2 → 3)'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from generator.artifacts import Json
from generator.engine.disk import canonical_json


@dataclass(frozen=True)
class Reason:
    """`is_loss`: there is no output that could be used."""

    is_loss: ClassVar[bool] = False


@dataclass(frozen=True)
class NeverRun(Reason):
    """baked.lock does not know the stage."""

    is_loss = True

    def __str__(self) -> str:
        return "it has never run"


@dataclass(frozen=True)
class FilesGone(Reason):
    """Baked files, relative to the project folder, that are not there."""

    is_loss = True
    paths: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.paths)} is gone"


@dataclass(frozen=True)
class FilesDamaged(Reason):
    """Baked files, relative to the project folder, whose content is not what was baked."""

    is_loss = True
    paths: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.paths)} is damaged"


@dataclass(frozen=True)
class WaitsFor(Reason):
    """Stages that an input comes from and that are not fresh themselves."""

    stages: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.stages)} will be made anew first"


@dataclass(frozen=True)
class IsDraft(Reason):
    """What is baked is a draft."""

    def __str__(self) -> str:
        return "a draft so far"


@dataclass(frozen=True)
class ParameterChanged(Reason):
    """A parameter of the stage, dotted where it lies in a table; None is unset."""

    name: str
    before: Json
    after: Json

    def __str__(self) -> str:
        leaves = list(_leaves(self.name, self.before, self.after))
        more = f" and {len(leaves) - 2} more" if len(leaves) > 2 else ""
        return ", ".join(leaves[:2]) + more


@dataclass(frozen=True)
class VersionChanged(Reason):
    """The stage's own version."""

    before: int
    after: int

    def __str__(self) -> str:
        return f"the stage itself changed (version {self.before} → {self.after})"


@dataclass(frozen=True)
class InputChanged(Reason):
    """An input, by its label; `path`: relative to the project folder, empty once it is not read."""

    label: str
    path: str
    how: Literal["is new", "is no longer used", "has other content"]

    def __str__(self) -> str:
        named = f"{self.label} ({self.path})" if self.path not in ("", self.label) else self.label
        return f"input {named} {self.how}"


@dataclass(frozen=True)
class KeyChanged(Reason):
    """The key differs, and nothing that it is made of: baked.lock was edited."""

    def __str__(self) -> str:
        return "its key changed"


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
