"""What `spark doctor --fix` may do by itself: small, named, shown first, easily undone.

Each repair is one script on stdin of one interpreter. Everything else stays a command for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from generator.doctor.evidence import Evidence
from generator.doctor.examination import Report


@dataclass(frozen=True)
class Repair:
    """One fix: its name, what it does in a sentence, and the process that does it on the box."""

    name: str
    mends: str
    """The check whose finding it answers."""
    what: str
    argv: tuple[str, ...]
    stdin: bytes


def repairs_for(report: Report) -> tuple[Repair, ...]:
    """The repairs that answer the report's findings, none where a person must decide."""
    evidence = report.evidence
    if evidence is None:
        return ()
    poor = {finding.name for finding in report.findings if finding.status in ("warn", "fail")}
    found = []
    if "torchaudio" in poor and evidence.interpreter.flag("is_venv"):
        found.append(_stub(evidence))
    if "page-cache" in poor:
        paths = [m["path"] for m in evidence.weights.data.get("models", ()) if m.get("path")]
        if paths:
            found.append(_forget(paths))
    return tuple(found)


def _stub(evidence: Evidence) -> Repair:
    return Repair(
        "torchaudio-stub",
        "torchaudio",
        f"put an empty torchaudio into {evidence.interpreter.text('prefix')}; undo with "
        f"{evidence.interpreter.text('executable')} -m pip uninstall torchaudio",
        (*evidence.python, "-"),
        _script("torchaudio_stub.py"),
    )


def _forget(paths: list[str]) -> Repair:
    return Repair(
        "forget-page-cache",
        "page-cache",
        f"tell the kernel that the {len(paths)} model files need not stay cached; they are read "
        "from disk again when needed",
        ("python3", "-", *paths),
        _script("forget_cache.py"),
    )


def _script(name: str) -> bytes:
    return files("generator.doctor").joinpath("setup_files", name).read_bytes()
