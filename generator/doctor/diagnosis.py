"""The doctor: evidence in, findings out. Pure; whoever calls it brings the evidence.

    findings = examine(evidence, wanted)
    worst(findings)          # "ok" | "warn" | "fail"

A check is a function from evidence to a verdict, registered under its name with the reason why it
matters and how to see that the fix worked. docs/spark.md explains each by that name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from generator.doctor.check import Check, Finding, Wanted, skip
from generator.doctor.checks import box as doctor_box
from generator.doctor.checks import build as doctor_build
from generator.doctor.checks import server as doctor_server
from generator.doctor.checks import torch as doctor_torch
from generator.doctor.checks import weights as doctor_weights
from generator.doctor.evidence import Evidence

CHECKS: tuple[Check, ...] = (
    *doctor_box.CHECKS,
    *doctor_torch.CHECKS,
    *doctor_build.CHECKS,
    *doctor_server.CHECKS,
    *doctor_weights.CHECKS,
)
_RANK = {"ok": 0, "skipped": 0, "warn": 1, "fail": 2}


def examine(evidence: Evidence, wanted: Wanted) -> tuple[Finding, ...]:
    """Every check's finding, in the order in which they build on each other.

    A model whose size is on no record counts with what it weighs on the box.
    """
    wanted = replace(wanted, models=doctor_weights.weighed(evidence, wanted.models))
    return tuple(check.finding(check.judge(evidence, wanted)) for check in CHECKS)


def unexamined(reason: str) -> tuple[Finding, ...]:
    """What there is to say about every check when the box could not be probed."""
    return tuple(check.finding(skip(reason)) for check in CHECKS)


def worst(findings: Iterable[Finding]) -> str:
    """The worst status: "ok", "warn" or "fail"; what was skipped does not count."""
    return max(
        ("ok", *(f.status for f in findings if f.status != "skipped")), key=lambda s: _RANK[s]
    )


@dataclass(frozen=True)
class ProbeSettings:
    """What the probe is told. `python` and `root` empty: it looks for them itself."""

    home: str
    port: int
    nodes: tuple[str, ...]
    models: tuple[dict[str, str], ...]
    deep: bool = False
    python: tuple[str, ...] = ()
    root: str = ""
    arch: str = ""
    proc: str = "/proc"
    meminfo: str = "/proc/meminfo"
    sys: str = "/sys"

    def to_json(self) -> str:
        """As the probe's one argument."""
        return json.dumps(asdict(self))


def settings_for(
    wanted: Wanted, *, python: Sequence[str] = (), root: str = "", deep: bool = False
) -> ProbeSettings:
    """The probe's settings for what a scene wants."""
    return ProbeSettings(
        home=wanted.home,
        port=wanted.port,
        nodes=wanted.nodes,
        models=tuple(
            {"name": file.name, "folder": file.folder, "sha256": file.sha256}
            for file in wanted.models
        ),
        deep=deep,
        python=tuple(python),
        root=root,
    )
