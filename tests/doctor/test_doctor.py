"""The doctor against boxes that are really broken: each breakage fires its check and no other."""

from __future__ import annotations

import json
import mmap
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import generator.doctor
from generator.doctor.check import Finding
from generator.doctor.examination import CHECKS, CLOCK, COLLECTOR, CONVERTER, SSH, TUNNEL
from tests.doctor.boxes import SERVER, TORCH, Box
from tests.doctor.breaks import BREAKS, Break, broken_package
from tests.doctor.pythons import venv

IS_ROOT = os.geteuid() == 0
DOCTOR = Path(generator.doctor.__file__).parent
STUB = DOCTOR / "setup_files/torchaudio_stub.py"
INSTALL = DOCTOR / "collector/experiments/install.py"
PTXAS = shutil.which("ptxas") or (
    "/usr/local/cuda/bin/ptxas" if Path("/usr/local/cuda/bin/ptxas").exists() else ""
)


def fired(findings: Mapping[str, Finding]) -> dict[str, str]:
    """The checks that found something, and how bad it is."""
    return {n: f.status for n, f in findings.items() if f.status in ("warn", "fail")}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Finding]:
    """What the doctor says of a box with nothing broken (but no GPU)."""
    box = Box(tmp_path_factory.mktemp("healthy"))
    box.serve()
    try:
        return box.findings()
    finally:
        box.stop()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    """Makes boxes, and stops what runs in them."""
    made: list[Box] = []

    def one(**options: Any) -> Box:
        box = Box(tmp_path / f"box{len(made)}", **options)
        made.append(box)
        return box

    yield one
    for box in made:
        box.stop()


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: f"{case.check}: {case.words[0][:30]}")
def test_a_broken_box_fires_the_right_check_and_no_other(
    case: Break, make: Callable[..., Box], healthy: Mapping[str, Finding]
) -> None:
    """Right status, right words, a fix and a proof; the rest as on the healthy box."""
    box = make(**case.options)
    case.change(box)
    without_server: dict[str, str] = {}
    if case.serve is not None:
        box.serve(*case.flags, **case.serve)
    else:
        without_server = {"comfyui": "fail"}
    found = box.findings()
    before = {
        n: s for n, s in fired(healthy).items() if case.serve is not None or n != "comfyui-user"
    }
    assert fired(found) == {**before, **without_server, case.check: case.status}
    finding = found[case.check]
    for words in case.words:
        assert words in finding.evidence
    assert finding.why
    assert finding.fix
    assert finding.verify


def test_the_healthy_box_passes_what_can_pass_without_a_gpu(healthy: Mapping[str, Finding]) -> None:
    """Every check above is seen passing here; what is skipped says why."""
    expected = {"gpu": "fail", **({"comfyui-user": "warn"} if IS_ROOT else {})}
    assert fired(healthy) == expected
    for case in BREAKS:
        if case.check not in ("torch-cuda", "ptxas", "models-sha256"):
            assert healthy[case.check].status == "ok", case.check
    assert all(finding.evidence for finding in healthy.values())


def test_a_venv_that_does_not_inherit_hides_the_tuned_torch(make: Callable[..., Box]) -> None:
    """The system's torch is there, unseen; torch itself is then missing."""
    found = make(inherits=False).findings()
    assert found["venv"].status == "fail"
    assert "torch 2.10.0a0+nv26.02 stays unseen" in found["venv"].evidence
    assert "--system-site-packages" in found["venv"].fix
    assert "No module named 'torch'" in found["torch"].evidence
    assert found["torch-cuda"].status == found["torchaudio"].status == "skipped"


@pytest.mark.parametrize(
    ("guard", "line", "status"),
    [
        (
            "try:\n    import torchaudio\nexcept ImportError:\n    pass\n",
            "raise ImportError('x')",
            "ok",
        ),
        (
            "try:\n    import torchaudio\nexcept ImportError:\n    pass\n",
            "raise OSError('x')",
            "fail",
        ),
        ("try:\n    import torchaudio\nexcept:\n    pass\n", "raise OSError('x')", "ok"),
        ("def late():\n    import torchaudio\n", "raise OSError('x')", "ok"),
        ("import torchaudio\n", "raise RuntimeError('x')", "fail"),
    ],
    ids=["guarded", "guarded against the wrong error", "guarded against all", "late", "unguarded"],
)
def test_a_broken_torchaudio_matters_only_where_the_start_reaches_it(
    make: Callable[..., Box], guard: str, line: str, status: str
) -> None:
    """Three ages of ComfyUI: it dies of any break, of a broken library, of none."""
    box = make()
    box.write(box.comfy / "comfy/audio.py", guard)
    broken_package("torchaudio", line)(box)
    found = box.findings()["torchaudio"]
    assert found.status == status
    if status == "ok":
        assert "starts without it" in found.evidence


def test_an_empty_torchaudio_matters_where_the_start_looks_within(make: Callable[..., Box]) -> None:
    """As a text encoder of ComfyUI 0.33.0 does; our stub has what is asked for."""
    box = make()
    assert box.findings()["torchaudio"].status == "ok"
    box.write(box.comfy / "comfy/audio.py", "import torchaudio.functional as F\n")
    found = box.findings()["torchaudio"]
    assert found.status == "fail"
    assert "an empty package: ModuleNotFoundError" in found.evidence
    assert "imports something within it at start, in comfy/audio.py" in found.evidence
    needed = [box.python, STUB, "--needed-by", box.comfy]
    copies = {**os.environ, "PYTHONPATH": str(INSTALL.parent)}
    assert subprocess.run(needed, env=copies, check=False).returncode == 0
    subprocess.run([box.python, STUB], check=True, stdout=subprocess.DEVNULL)
    found = box.findings()["torchaudio"]
    assert found.status == "ok" and found.evidence.startswith("our stub")
    assert subprocess.run(needed, env=copies, check=False).returncode == 1


def test_a_missing_torchaudio_is_an_import_error_too(make: Callable[..., Box]) -> None:
    """Not installed at all: the story's first version of the trap."""
    box = make()
    shutil.rmtree(
        box.base.parent.parent / "lib" / box.base.resolve().name / "site-packages/torchaudio"
    )
    assert (
        "ModuleNotFoundError: No module named 'torchaudio'" in box.findings()["torchaudio"].evidence
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB: mounting one is root's business."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no small file system can be mounted here: that takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_too_small_says_so(small_disk: Path) -> None:
    """A real small file system: what it has, what is to come, what room is needed."""
    found = Box(small_disk / "box").findings()["disk"]
    assert found.status == "fail"
    assert f"GB free at {small_disk}" in found.evidence


def test_memory_held_by_another_process_names_it(make: Callable[..., Box]) -> None:
    """A parked process that nvidia-smi's totals would not show."""
    box = make()
    holders = box.evidence().box.holders
    limit_bytes = int(holders[0].resident_bytes * 1.3) + (128 << 20)
    code = (
        f"import mmap, sys; m = mmap.mmap(-1, {limit_bytes + (64 << 20)}); "
        f"[m.__setitem__(i, 1) for i in range(0, len(m), {mmap.PAGESIZE})]; "
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parked:
        try:
            assert parked.stdout
            assert parked.stdout.readline() == b"held\n"
            found = replace_limit(box, limit_bytes).findings()["memory-holders"]
            assert found.status == "warn"
            assert f"(pid {parked.pid})" in found.evidence
            assert str(parked.pid) in found.fix
        finally:
            parked.kill()
    assert replace_limit(box, limit_bytes).findings()["memory-holders"].status == "ok"


def replace_limit(box: Box, limit_bytes: int) -> Box:
    """The same box, with another idea of how much is much."""
    box.holder_bytes = limit_bytes
    return box


@pytest.mark.skipif(
    not IS_ROOT or not Path("/usr/bin/python3").exists(),
    reason="only root may start a server as somebody else, and it needs a Python of its own",
)
def test_a_server_that_does_not_run_as_root_passes(make: Callable[..., Box]) -> None:
    """Started as nobody; the other tests of a root's CI see it fail."""
    box = make()
    for folder in [box.root, *box.root.parents]:
        if folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(folder.stat().st_mode | 0o055)
    box.write(box.comfy / "main.py", SERVER.replace("import comfy.sd", "# import comfy.sd"))
    box.python = Path("/usr/bin/python3")
    box.serve(prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    found = box.findings()["comfyui-user"]
    assert found.status == "ok"
    assert "runs as user 65534" in found.evidence


def test_something_else_on_the_port_is_not_taken_for_comfyui(make: Callable[..., Box]) -> None:
    """A web server that knows nothing of /system_stats."""
    box = make()
    box.run_server(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(box.port)], os.environ
    )
    found = box.findings()
    assert "something listens, but is no ComfyUI: HTTP 404" in found["comfyui"].evidence
    assert found["nodes"].status == "skipped"


def test_published_models_pass_their_sha256(make: Callable[..., Box]) -> None:
    """Asked with --deep; the one without a published hash is said."""
    box = make(deep=True)
    found = box.findings()["models-sha256"]
    assert found.status == "ok"
    assert "of 1 more no published sha256 is on record" in found.evidence


@pytest.mark.skipif(not PTXAS, reason="no ptxas here: it comes with the CUDA toolkit")
def test_a_real_ptxas_is_asked_for_real(make: Callable[..., Box]) -> None:
    """It assembles for what it knows, and says what it does not know."""
    box = make(arch="sm_90a", variables={"TRITON_PTXAS_PATH": PTXAS})
    assert box.findings()["ptxas"].status == "ok"
    box.arch = "sm_777"
    found = box.findings()["ptxas"]
    assert found.status == "warn"
    assert "sm_777" in found.evidence


def test_an_experiment_that_crashes_or_hangs_does_not_take_the_collector_along(
    make: Callable[..., Box],
) -> None:
    """A torch that kills the interpreter outright is a finding like any other."""
    box = make(
        torch={"torch/__init__.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"}
    )
    assert box.findings()["torch"].evidence == "killed by SIGSEGV"


def test_the_collector_finds_a_venv_python_by_the_running_server(make: Callable[..., Box]) -> None:
    """No interpreter is told: the server's own is the one that counts."""
    box = make()
    other = venv(box.base, box.root / "elsewhere")
    box.python = other
    box.serve()
    assert box.evidence().python == (str(other),)


def test_the_field_guide_explains_every_check_and_says_how_it_was_seen() -> None:
    """Each by its name, once with a fix or proof and once in the table of what was seen."""
    names = [check.name for check in (SSH, COLLECTOR, CLOCK, TUNNEL, *CHECKS, CONVERTER)]
    assert len(set(names)) == len(names) >= 42
    guide = Path(__file__).parents[2].joinpath("docs/spark.md").read_text(encoding="utf-8")
    explained, _, seen = guide.partition("## How each check was seen")
    for name in names:
        assert f"`{name}`" in explained, name
        assert f"\n| {name} |" in seen, name


def test_experiments_run_inside_a_container_when_told(make: Callable[..., Box]) -> None:
    """Through docker exec on the box; docker is a stand-in that just runs the rest."""
    box = make()
    box.tool("docker", 'test "$1 $2 $3" = "exec -i room" && shift 3 && exec "$@"')
    settings = replace(box.settings, python=("docker", "exec", "-i", "room", str(box.python)))
    evidence = box.evidence(settings)
    assert evidence.python[:4] == ("docker", "exec", "-i", "room")
    assert evidence.torch.text("version") == TORCH


def test_the_assembled_collector_needs_no_more_than_python_3_10() -> None:
    """Its grammar, at least: the box may be older than this machine."""
    import ast

    from generator.doctor.collector import assemble

    script = assemble()
    ast.parse(script, feature_version=(3, 10))
    sources = ast.literal_eval(script.splitlines()[0].removeprefix("SOURCES = "))
    for source in sources.values():
        ast.parse(source, feature_version=(3, 10))
    assert json.dumps(sources)
