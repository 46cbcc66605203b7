"""What --fix may do: two small things, each for its own finding."""

from __future__ import annotations

import subprocess
from pathlib import Path

from generator.doctor.examination import Report, examine
from generator.doctor.repairs import Repair, repairs_for
from tests.doctor.boxes import Box
from tests.doctor.pythons import install


def repairs(box: Box) -> tuple[Repair, ...]:
    """What would be offered for this box."""
    evidence = box.evidence()
    return repairs_for(Report(examine(evidence, box.wanted), evidence))


def test_a_healthy_box_is_left_alone(tmp_path: Path) -> None:
    """Nothing is offered, nor when nothing is known."""
    assert repairs(Box(tmp_path)) == ()
    assert repairs_for(Report((), None)) == ()


def test_a_full_page_cache_is_forgotten_for_the_models_alone(tmp_path: Path) -> None:
    """No root, no other file; it says what it does and runs without a word."""
    box = Box(tmp_path, free_gib=2)
    (found,) = repairs(box)
    assert (found.name, found.mends) == ("forget-page-cache", "page-cache")
    assert list(found.argv[2:]) == [str(box.model(model)) for model in box.models]
    done = subprocess.run(found.argv, input=found.stdin, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_broken_torchaudio_of_the_system_itself_is_left_to_a_person(tmp_path: Path) -> None:
    """The stub goes into virtual environments only."""
    box = Box(tmp_path)
    install(box.base, "torchaudio", "0.1", {"torchaudio/__init__.py": "raise OSError('x')\n"})
    assert [repair.name for repair in repairs(box)] == ["torchaudio-stub"]
    (box.home / "venv").rename(box.home / "gone")
    (box.home / "venv/bin").mkdir(parents=True)
    (box.home / "venv/bin/python").symlink_to(box.base)
    assert repairs(box) == ()
