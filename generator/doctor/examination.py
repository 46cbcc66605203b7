"""One visit of the doctor: send the probe, look at the way there and at this end, judge it all.

report = examine_box(box, here, wanted, settings, clock=clock, knock=knock, comfy_python=path)
report.worst                      # "ok" | "warn" | "fail"
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from generator.comfy import weights
from generator.comfy.framing import DEFAULT_FRAMES, fit_frames
from generator.doctor.check import Check, Finding, Verdict, Wanted, fail, ok, skip, warn
from generator.doctor.collector import assemble
from generator.doctor.collector.main import MARK
from generator.doctor.diagnosis import ProbeSettings, examine, unexamined, worst
from generator.doctor.evidence import Evidence, load_evidence
from generator.engine.ports import Clock, CommandResult, Shell
from generator.errors import RemoteError
from generator.scene.model import Clip, Scene

OLDEST_PYTHON = (3, 10)
SKEW_WARN_S = 5.0
SKEW_FAIL_S = 300.0
"""Certificates and signatures start to fail about here."""
PROBE_S = 1200.0
DEEP_S = 3600.0
_CONVERTER = (
    "import importlib.metadata, comfy_cli.workflow_to_api as w; w.convert_ui_to_api; "
    "print(importlib.metadata.version('comfy-cli'))"
)

SSH = Check(
    "ssh",
    lambda _evidence, _wanted: skip(""),
    "Everything on the box goes through it.",
    "ssh HOST true ends at once, without a question",
)
PROBE = Check(
    "probe",
    lambda _evidence, _wanted: skip(""),
    "The probe is plain Python: nothing is installed on the box to look at it.",
    "python3 --version there prints 3.10 or later",
)
CLOCK = Check(
    "clock",
    lambda _evidence, _wanted: skip(""),
    "A box whose clock is wrong fails downloads with certificate errors, and its logs mislead.",
    "date -u on both ends shows the same second",
)
TUNNEL = Check(
    "tunnel",
    lambda _evidence, _wanted: skip(""),
    "A server that listens on loopback alone, as it should, is reached through it.",
    "breathe spark tunnel prints an address that answers",
)
CONVERTER = Check(
    "comfy-cli",
    lambda _evidence, _wanted: skip(""),
    "The render drives ComfyUI through it, and converts workflows with its converter: that is "
    "not to be rolled by hand.",
    "breathe render --dry-run prints a graph",
)


@dataclass(frozen=True)
class Report:
    """All findings; `evidence` is None when the probe did not come back."""

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


def wanted_for(scene: Scene, host: str, port: int, workflows: Iterable[Any]) -> Wanted:
    """What the scene's renders ask of the box: models, node classes, the largest clip."""
    parsed = list(workflows)
    files = {
        file.name: file for one in parsed for file in weights.of_workflow(one, scene.wan.models)
    }
    clips: dict[str, Clip] = {"walkin": scene.walkin, "ambient": scene.ambient}
    rendered = {name: clip for name, clip in clips.items() if clip.render == "wan"} or clips
    return Wanted(
        host=host,
        port=port,
        home=scene.wan.home,
        models=tuple(files.values()),
        nodes=tuple(sorted({name for one in parsed for name in weights.classes_of(one)})),
        size_px=scene.room.size,
        frame_count=max(
            fit_frames(clip.frames or DEFAULT_FRAMES[name]).value for name, clip in rendered.items()
        ),
    )


def examine_box(
    box: Shell,
    here: Shell,
    wanted: Wanted,
    settings: ProbeSettings,
    *,
    clock: Clock,
    knock: Callable[[], str] | None,
    comfy_python: str,
) -> Report:
    """Examine the machine behind `box`. Never raises for what is wrong there: that is a finding.

    `knock` opens the tunnel and returns what answered at its end; None when there is none to try.
    `comfy_python` is the interpreter here that has comfy-cli; "" when no `comfy` was found.
    """
    converter = CONVERTER.finding(_converter(here, comfy_python))
    try:
        version = box.run(["python3", "--version"], timeout_s=30)
        way = SSH.finding(ok(f"{wanted.host} lets us in") if wanted.host else skip(HERE))
    except RemoteError as error:
        way = SSH.finding(fail(_sentence(error), error.remedy))
        return _unreached(way, "ssh does not reach the box", converter)
    too_old = _too_old(version, wanted)
    if too_old:
        return _unreached(way, too_old.evidence, converter, PROBE.finding(too_old))
    before_s = clock.now_s()
    try:
        done = box.run(
            ["python3", "-", settings.to_json()],
            stdin=assemble().encode(),
            timeout_s=DEEP_S if settings.deep else PROBE_S,
        )
        evidence = read(done)
    except RemoteError as error:
        broken = PROBE.finding(fail(f"{_sentence(error)} {error.detail}".strip(), error.remedy))
        return _unreached(way, "the probe did not come back", converter, broken)
    findings = (
        way,
        PROBE.finding(ok(f"Python {evidence.box.python} on {evidence.box.hostname}")),
        CLOCK.finding(_clock(evidence.box.time_s, before_s, clock.now_s(), wanted)),
        TUNNEL.finding(_tunnel(evidence, knock, wanted)),
        *examine(evidence, wanted),
        converter,
    )
    return Report(findings, evidence)


HERE = "no host is set: this machine is examined"


def read(done: CommandResult) -> Evidence:
    """The evidence in what the probe printed. Raises RemoteError."""
    parts = done.stdout.split(f"\n{MARK}\n")
    if len(parts) < 3:
        raise RemoteError(
            "the probe",
            got=f"exit status {done.returncode} and no evidence",
            expected="its JSON",
            remedy="run it by hand, and look at what a login prints",
            detail=done.stderr[-800:],
        )
    raw: Mapping[str, Any] = json.loads(parts[1])
    return load_evidence(raw)


def _unreached(
    way: Finding, reason: str, converter: Finding, probe: Finding | None = None
) -> Report:
    blind = [check.finding(skip(reason)) for check in (PROBE, CLOCK, TUNNEL)]
    if probe:
        blind[0] = probe
    return Report((way, *blind, *unexamined(reason), converter), None)


def _too_old(version: CommandResult, wanted: Wanted) -> Verdict | None:
    words = version.stdout.split()
    numbers = words[1].split(".") if len(words) > 1 else []
    if version.returncode != 0 or len(numbers) < 2:
        return fail("no python3 on the box", wanted.on_box("sudo apt install python3"))
    if (int(numbers[0]), int(numbers[1])) < OLDEST_PYTHON:
        return fail(
            f"python3 is {words[1]}; the probe needs 3.10", wanted.on_box("python3 --version")
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
    install = "pip install 'breathing-room[wan]'"
    if not python:
        return fail("no comfy on PATH nor beside this Python", install)
    try:
        done = here.run([python, "-c", _CONVERTER], timeout_s=120)
    except RemoteError as error:
        return fail(_sentence(error), install)
    if done.returncode == 0:
        return ok(f"comfy-cli {done.stdout.strip()} with its converter, in {python}")
    return fail((done.stderr.strip().splitlines() or ["it does not import"])[-1], install)


def _sentence(error: RemoteError) -> str:
    """An error in one line; its remedy is told apart."""
    return str(error).splitlines()[0]
