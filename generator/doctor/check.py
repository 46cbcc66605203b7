"""What a check is: a name, a judge, and the words around its verdict."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.comfy.weights import ModelFile, peak_bytes
from generator.doctor.evidence import Evidence

Status: TypeAlias = Literal["ok", "warn", "fail", "skipped"]
GUIDE = "docs/spark.md"


@dataclass(frozen=True)
class Verdict:
    """What a judge says: a status, what it was seen by, and the command that mends it."""

    status: Status
    evidence: str
    fix: str = ""


def ok(evidence: str) -> Verdict:
    """All is well."""
    return Verdict("ok", evidence)


def warn(evidence: str, fix: str) -> Verdict:
    """It will run, but not as it should."""
    return Verdict("warn", evidence, fix)


def fail(evidence: str, fix: str) -> Verdict:
    """It will not run, or not safely."""
    return Verdict("fail", evidence, fix)


def skip(evidence: str) -> Verdict:
    """Nothing to judge, and why."""
    return Verdict("skipped", evidence)


@dataclass(frozen=True)
class Finding:
    """One line of the report. `verify`: how to see that the fix worked."""

    name: str
    status: Status
    evidence: str
    why: str
    fix: str
    verify: str


@dataclass(frozen=True)
class Wanted:
    """What the scene asks of the box."""

    host: str
    """The ssh destination; "" for this machine."""
    port: int
    home: str
    """The folder on the box that the setup makes."""
    models: tuple[ModelFile, ...]
    nodes: tuple[str, ...]
    size_px: tuple[int, int]
    frame_count: int
    holder_bytes: int = 4 << 30
    """A process other than ComfyUI that holds more than this is named."""

    @property
    def peak_bytes(self) -> float:
        """The pool that one render takes at most."""
        return peak_bytes(self.models, self.size_px, self.frame_count)

    def on_box(self, command: str) -> str:
        """`command` as the author would type it here."""
        return f"ssh {self.host} {shlex.quote(command)}" if self.host else command


Judge: TypeAlias = Callable[[Evidence, Wanted], Verdict]


@dataclass(frozen=True)
class Check:
    """One check."""

    name: str
    judge: Judge
    why: str
    verify: str

    def finding(self, verdict: Verdict) -> Finding:
        """The verdict with the words around it."""
        return Finding(
            self.name, verdict.status, verdict.evidence, self.why, verdict.fix, self.verify
        )


def gib(size_bytes: float) -> str:
    """A size for people."""
    return f"{size_bytes / 2**30:.1f} GiB"
