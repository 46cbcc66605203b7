"""What a check is: a name, a question about the evidence, and the words around its verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.doctor.evidence import Evidence
from generator.doctor.wanted import Wanted

Status: TypeAlias = Literal["ok", "warn", "fail", "skipped"]


@dataclass(frozen=True)
class Verdict:
    """The answer to a check: a status, what it was seen by, and the command that mends it."""

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
    """Nothing to look at, and why."""
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


Question: TypeAlias = Callable[[Evidence, Wanted], Verdict]


@dataclass(frozen=True)
class Check:
    """One check. `{port}` in `verify` becomes ComfyUI's port."""

    name: str
    ask: Question
    why: str
    verify: str

    def finding(self, verdict: Verdict, wanted: Wanted) -> Finding:
        """The verdict with the words around it."""
        verify = self.verify.replace("{port}", str(wanted.port))
        return Finding(self.name, verdict.status, verdict.evidence, self.why, verdict.fix, verify)


def gib(size_bytes: float) -> str:
    """A size for people."""
    return f"{size_bytes / 2**30:.1f} GiB"
