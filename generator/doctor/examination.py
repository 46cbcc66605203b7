"""One visit of the doctor: send the collector, look at the way there and at this end, ask it all.

    report = examine_box(box, here, wanted, settings, clock=clock, knock=knock, comfy_python=path)
    report.worst                      # "ok" | "warn" | "fail"

Most checks are questions about the evidence that the collector brings back (`checks/`); those about
the way there are asked here. docs/spark.md explains each by its name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from generator.comfy.cli import INSTALL
from generator.doctor.check import Check, Finding, Verdict, fail, ok, skip, warn
from generator.doctor.checks import box, build, models, server, torch
from generator.doctor.collector import assemble
from generator.doctor.collector.main import MARK
from generator.doctor.evidence import Evidence, load_evidence
from generator.doctor.wanted import CollectorSettings, Wanted
from generator.engine.ports import Clock, CommandResult, Shell
from generator.errors import RemoteError

OLDEST_PYTHON = (3, 10)
SKEW_WARN_S = 5.0
SKEW_FAIL_S = 300.0
"""Certificates and signatures start to fail about here."""
COLLECT_S = 1200.0
DEEP_S = 3600.0
_CONVERTER = (
    "import importlib.metadata, comfy_cli.workflow_to_api as w; w.convert_ui_to_api; "
    "print(importlib.metadata.version('comfy-cli'))"
)


def _asked_on_the_way(_evidence: Evidence, _wanted: Wanted) -> Verdict:
    """Stands where the answer comes from the way there and not from evidence."""
    return skip("not looked at")


SSH = Check(
    "ssh",
    _asked_on_the_way,
    "Everything on the box goes through it.",
    "ssh HOST true ends at once, without a question",
)
COLLECTOR = Check(
    "probe",  # the name by which scripts know it
    _asked_on_the_way,
    "The collector is plain Python: nothing is installed on the box to look at it.",
    "python3 --version there prints 3.10 or later",
)
CLOCK = Check(
    "clock",
    _asked_on_the_way,
    "A box whose clock is wrong fails downloads with certificate errors, and its logs mislead.",
    "date -u on both ends shows the same second",
)
TUNNEL = Check(
    "tunnel",
    _asked_on_the_way,
    "A server that listens on loopback alone, as it should, is reached through it.",
    "breathe spark tunnel prints an address that answers",
)
CONVERTER = Check(
    "comfy-cli",
    _asked_on_the_way,
    "The render drives ComfyUI through it, and converts workflows with its converter: that is "
    "not to be rolled by hand.",
    "breathe render --dry-run prints a graph",
)
CHECKS: tuple[Check, ...] = (
    *box.CHECKS,
    *torch.CHECKS,
    *build.CHECKS,
    *server.CHECKS,
    *models.CHECKS,
)
_RANK = {"ok": 0, "skipped": 0, "warn": 1, "fail": 2}


def examine(evidence: Evidence, wanted: Wanted) -> tuple[Finding, ...]:
    """Every check's finding, in the order in which they build on each other.

    A model whose size is on no record counts with what it weighs on the box.
    """
    wanted = replace(wanted, models=models.weighed(evidence, wanted.models))
    return tuple(check.finding(check.ask(evidence, wanted), wanted) for check in CHECKS)


def worst(findings: Iterable[Finding]) -> str:
    """The worst status: "ok", "warn" or "fail"; what was skipped does not count."""
    return max(
        ("ok", *(f.status for f in findings if f.status != "skipped")), key=lambda s: _RANK[s]
    )


@dataclass(frozen=True)
class Report:
    """All findings; `evidence` is None when the collector did not come back."""

    findings: tuple[Finding, ...]
    evidence: Evidence | None

    @property
    def worst(self) -> str:
        """The worst status: "ok", "warn" or "fail"."""
        return worst(self.findings)

    def to_json(self, host: str) -> dict[str, Any]:
        """The form that `--json` prints."""
        counts = Counter(finding.status for finding in self.findings)
        return {
            "host": host or None,
            "checks": [asdict(finding) for finding in self.findings],
            "summary": {
                "worst": self.worst,
                **{status: counts[status] for status in ("ok", "warn", "fail", "skipped")},
            },
        }


def examine_box(
    shell: Shell,
    here: Shell,
    wanted: Wanted,
    settings: CollectorSettings,
    *,
    clock: Clock,
    knock: Callable[[], str] | None,
    comfy_python: str,
) -> Report:
    """Examine the machine behind `shell`. Never raises for what is wrong there: that is a finding.

    `knock` opens the tunnel and returns what answered at its end; None when there is none to try.
    `comfy_python` is the interpreter here that has comfy-cli; "" when no `comfy` was found.
    """
    converter = _converter(here, comfy_python)
    try:
        version = shell.run(["python3", "--version"], timeout_s=30)
        way = ok(f"{wanted.host} lets us in") if wanted.host else skip(HERE)
    except RemoteError as error:
        way = fail(_sentence(error), error.remedy)
        return _unreached(wanted, "ssh does not reach the box", way, converter)
    too_old = _too_old(version, wanted)
    if too_old:
        return _unreached(wanted, too_old.evidence, way, converter, too_old)
    before_s = clock.now_s()
    try:
        done = shell.run(
            ["python3", "-", settings.to_json()],
            stdin=assemble().encode(),
            timeout_s=DEEP_S if settings.deep else COLLECT_S,
        )
        evidence = read(done)
    except RemoteError as error:
        broken = fail(f"{_sentence(error)} {error.detail}".strip(), error.remedy)
        return _unreached(wanted, "the collector did not come back", way, converter, broken)
    found = ok(f"Python {evidence.box.python} on {evidence.box.hostname}")
    findings = (
        SSH.finding(way, wanted),
        COLLECTOR.finding(found, wanted),
        CLOCK.finding(_clock(evidence.box.time_s, before_s, clock.now_s(), wanted), wanted),
        TUNNEL.finding(_tunnel(evidence, knock, wanted), wanted),
        *examine(evidence, wanted),
        CONVERTER.finding(converter, wanted),
    )
    return Report(findings, evidence)


HERE = "no host is set: this machine is examined"


def read(done: CommandResult) -> Evidence:
    """The evidence in what the collector printed. Raises RemoteError."""
    parts = done.stdout.split(f"\n{MARK}\n")
    if len(parts) < 3:
        raise RemoteError(
            "the collector",
            got=f"exit status {done.returncode} and no evidence",
            expected="its JSON",
            remedy="run it by hand, and look at what a login prints",
            detail=done.stderr[-800:],
        )
    raw: Mapping[str, Any] = json.loads(parts[1])
    return load_evidence(raw)


def _unreached(
    wanted: Wanted, reason: str, way: Verdict, converter: Verdict, collector: Verdict | None = None
) -> Report:
    """What there is to say when the box could not be examined, and why."""
    blind = skip(reason)
    said = {SSH: way, COLLECTOR: collector or blind, CONVERTER: converter}
    checks = (SSH, COLLECTOR, CLOCK, TUNNEL, *CHECKS, CONVERTER)
    return Report(tuple(one.finding(said.get(one, blind), wanted) for one in checks), None)


def _too_old(version: CommandResult, wanted: Wanted) -> Verdict | None:
    words = version.stdout.split()
    numbers = words[1].split(".") if len(words) > 1 else []
    if version.returncode != 0 or len(numbers) < 2:
        return fail("no python3 on the box", wanted.on_box("sudo apt install python3"))
    if (int(numbers[0]), int(numbers[1])) < OLDEST_PYTHON:
        return fail(
            f"python3 is {words[1]}; the collector needs 3.10", wanted.on_box("python3 --version")
        )
    return None


def _clock(there_s: float, before_s: float, after_s: float, wanted: Wanted) -> Verdict:
    """`there_s` was read between `before_s` and `after_s` of our clock."""
    if not wanted.host:
        return skip(HERE)
    skew_s = max(before_s - there_s, there_s - after_s, 0.0)
    said = f"{skew_s:.1f} s apart"
    fix = wanted.on_box("sudo timedatectl set-ntp true")
    if skew_s > SKEW_FAIL_S:
        return fail(said, fix)
    return warn(said, fix) if skew_s > SKEW_WARN_S else ok(said)


def _tunnel(evidence: Evidence, knock: Callable[[], str] | None, wanted: Wanted) -> Verdict:
    if not wanted.host or knock is None:
        return skip(HERE)
    if not evidence.server.answers:
        return skip(f"no ComfyUI answers on port {wanted.port} of the box")
    try:
        return ok(f"through it, {knock()} answers")
    except RemoteError as error:
        return fail(_sentence(error), error.remedy)


def _converter(here: Shell, python: str) -> Verdict:
    if not python:
        return fail("no comfy on PATH nor beside this Python", INSTALL)
    try:
        done = here.run([python, "-c", _CONVERTER], timeout_s=120)
    except RemoteError as error:
        return fail(_sentence(error), INSTALL)
    if done.returncode == 0:
        return ok(f"comfy-cli {done.stdout.strip()} with its converter, in {python}")
    return fail((done.stderr.strip().splitlines() or ["it does not import"])[-1], INSTALL)


def _sentence(error: RemoteError) -> str:
    """An error in one line; its remedy is told apart."""
    return str(error).splitlines()[0]
