"""`breathe spark` over a real sshd on loopback, as an author would call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from generator.box.local import LocalShell
from generator.box.ssh import SshShell
from generator.doctor.examination import examine_box
from generator.doctor.wanted import settings_for, wanted_for
from generator.engine.ports import CommandResult
from generator.errors import SshError
from generator.scene.model import Scene
from tests.doctor.boxes import Box
from tests.doctor.pythons import install
from tests.sshd import SSHD, Sshd, free_port

PATIENT = {"BREATHE_SSH_PATIENCE_S": "60", "PYTHONUNBUFFERED": "1"}
"""A busy machine that runs these tests is no hanging box; tests/box/test_ssh.py has those."""
pytestmark = pytest.mark.skipif(not SSHD, reason="no sshd here: apt install openssh-server")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box with its ComfyUI running."""
    made = Box(tmp_path_factory.mktemp("box"))
    made.serve()
    yield made
    made.stop()


def breathe(
    *words: str, config: Path, cwd: Path, variables: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "generator", "spark", *words]
    env = {**os.environ, "BREATHE_SSH_CONFIG": str(config), **PATIENT, **(variables or {})}
    return subprocess.run(
        command, capture_output=True, text=True, env=env, cwd=cwd, check=False, **more
    )


def project(folder: Path, box: Box | None = None, host: str = "box") -> Path:
    """The smallest scene that names a box."""
    (folder / "site_src").mkdir(parents=True)
    home = f'home = "{box.home}"\n' if box else ""
    port = f"port = {box.port}\n" if box else ""
    (folder / "site_src/scene.toml").write_text(
        f'schema = 1\n[room]\nsize = [64, 64]\n[wan]\nhost = "{host}"\n{port}{home}'
    )
    return folder


def by_name(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The checks of a JSON report by name."""
    return {check["name"]: check for check in report["checks"]}


def test_the_doctor_reaches_a_box_over_ssh_and_says_the_worst(
    sshd: Sshd, box: Box, tmp_path: Path
) -> None:
    """JSON in the promised shape; exit code 1, since there is no GPU here."""
    told = ["doctor", "--json", "--python", str(box.python), "--root", str(box.comfy)]
    done = breathe(*told, config=sshd.client_config, cwd=project(tmp_path / "p", box))
    report = json.loads(done.stdout)
    checks = by_name(report)
    assert set(checks["gpu"]) == {"name", "status", "evidence", "why", "fix", "verify"}
    assert {check["status"] for check in report["checks"]} <= {"ok", "warn", "fail", "skipped"}
    for name in ("ssh", "probe", "clock", "tunnel", "comfyui", "torch"):
        assert checks[name]["status"] == "ok", checks[name]
    assert checks["tunnel"]["evidence"] == "through it, ComfyUI 0.45.2 answers"
    assert checks["models"]["status"] == "fail"
    assert done.returncode == 1
    assert report["summary"]["worst"] == "fail"
    assert len(report["checks"]) >= 42


def test_a_box_that_does_not_let_us_in_is_one_failure_and_the_rest_is_skipped(
    tmp_path: Path,
) -> None:
    """No traceback, no guess: what could not be looked at says why."""
    config = tmp_path / "config"
    config.write_text(f"Host box\n HostName 127.0.0.1\n Port {free_port()}\n")
    done = breathe("doctor", "--json", config=config, cwd=project(tmp_path / "p"))
    checks = by_name(json.loads(done.stdout))
    assert checks["ssh"]["status"] == "fail"
    assert "connection refused" in checks["ssh"]["evidence"]
    assert "is the box on" in checks["ssh"]["fix"]
    others = {name: check["status"] for name, check in checks.items() if name != "comfy-cli"}
    assert {status for name, status in others.items() if name != "ssh"} == {"skipped"}
    assert done.returncode == 1


def test_the_report_for_people_explains_what_is_wrong(sshd: Sshd, box: Box, tmp_path: Path) -> None:
    """Mark, name, evidence; below it why, fix and how to see that it worked."""
    told = ["doctor", "--python", str(box.python), "--root", str(box.comfy)]
    done = breathe(*told, config=sshd.client_config, cwd=project(tmp_path / "p", box))
    lines = done.stdout.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("✗ gpu"))
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["why", "fix", "see"]
    counts = next(k for k, line in enumerate(lines) if line.startswith("box: "))
    failing = [line.split()[1] for line in lines if line.startswith("✗")]
    assert lines[counts + 1] == f"fail: {', '.join(failing)}"
    assert "docs/spark.md" in lines[counts]


def test_fix_installs_the_stub_after_showing_it_and_only_when_told(
    sshd: Sshd, tmp_path: Path
) -> None:
    """The one repair that a broken torchaudio needs; declined, it does nothing."""
    box = Box(tmp_path / "box")
    broken = "raise OSError('undefined symbol')\n"
    install(box.base, "torchaudio", "0.1", {"torchaudio/__init__.py": broken})
    told = ["doctor", "--fix", "--python", str(box.python), "--root", str(box.comfy)]
    where: dict[str, Any] = {"config": sshd.client_config, "cwd": project(tmp_path / "p", box)}
    declined = breathe(*told, input="n\n", **where)
    assert "put an empty torchaudio into" in declined.stdout
    assert "✗ torchaudio" in declined.stdout
    fixed = breathe(*told, "--yes", **where)
    assert "✓ torchaudio         our stub, 0.0.0+breathe.stub" in fixed.stdout


def test_setup_dry_run_prints_the_box_s_own_commands_and_writes_nothing(
    sshd: Sshd, tmp_path: Path
) -> None:
    """Neither here nor there."""
    home = tmp_path / "never"
    folder = project(tmp_path / "p")
    with (folder / "site_src/scene.toml").open("a") as scene:
        scene.write(f'home = "{home}"\n')
    before = sorted(folder.rglob("*"))
    done = breathe("setup", "--dry-run", config=sshd.client_config, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+ write .breathe/spark/Containerfile" in done.stdout
    assert f"-m venv --system-site-packages {home}/venv" in done.stdout
    assert "git clone --quiet --no-checkout https://github.com/Comfy-Org/ComfyUI.git" in done.stdout
    assert "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors" in done.stdout
    assert not home.exists()
    assert sorted(folder.rglob("*")) == before


def test_setup_without_run_writes_the_files_here_and_says_what_next(
    sshd: Sshd, tmp_path: Path
) -> None:
    """To be read before they run."""
    folder = project(tmp_path / "p")
    done = breathe("setup", config=sshd.client_config, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "breathe spark setup --run" in done.stdout
    assert os.access(folder / ".breathe/spark/setup.sh", os.X_OK)


def test_setup_runs_on_this_machine_too_and_twice_changes_nothing(tmp_path: Path) -> None:
    """The step venv alone: the others need what is not here. Its words come as they are said."""
    home = tmp_path / "room"
    folder = project(tmp_path / "p", host="")
    with (folder / "site_src/scene.toml").open("a") as scene:
        scene.write(f'home = "{home}"\n')
    told = ["setup", "--run", "--only", "venv"]
    first, second = (
        breathe(*told, config=Path(os.devnull), cwd=folder, variables={"BREATHE_AS_ROOT": "1"})
        for _ in range(2)
    )
    assert first.returncode == 0, first.stdout + first.stderr
    assert "include-system-site-packages = true" in (home / "venv/pyvenv.cfg").read_text()
    assert second.returncode == 0
    assert "+" not in second.stdout


def test_a_step_that_does_not_exist_is_bad_usage(tmp_path: Path) -> None:
    """The steps there are stand in the message."""
    done = breathe("setup", "--only", "magic", config=Path(os.devnull), cwd=tmp_path)
    assert done.returncode == 2
    assert "expected one of venv, comfyui, requirements" in done.stderr


def test_the_tunnel_carries_until_ctrl_c_and_ends_clearly(
    sshd: Sshd, box: Box, tmp_path: Path
) -> None:
    """Its address first; the port is closed afterwards."""
    command = [sys.executable, "-m", "generator", "spark", "tunnel"]
    env = {**os.environ, "BREATHE_SSH_CONFIG": str(sshd.client_config), **PATIENT}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=env, cwd=project(tmp_path / "p", box)
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        url = first.split()[0]
        with urllib.request.urlopen(f"{url}system_stats", timeout=10) as answer:
            assert json.load(answer)["system"]["comfyui_version"] == "0.45.2"
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert first.strip().endswith(f"is port {box.port} of box")
    assert "Closed." in rest
    assert process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=5)


def test_the_tunnel_dies_with_a_killed_breathe(sshd: Sshd, box: Box, tmp_path: Path) -> None:
    """Kill -9 leaves no ssh behind that holds the port."""
    command = [sys.executable, "-m", "generator", "spark", "tunnel"]
    env = {**os.environ, "BREATHE_SSH_CONFIG": str(sshd.client_config), **PATIENT}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=env, cwd=project(tmp_path / "p", box)
    ) as process:
        assert process.stdout
        url = process.stdout.readline().split()[0]
        process.kill()
    deadline_s = time.monotonic() + 20
    while time.monotonic() < deadline_s:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("the tunnel outlived us")


class Ahead:
    """A clock that runs ahead of the box."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead_s = ahead_s

    def now_s(self) -> float:
        """Now, and more."""
        return time.time() + self._ahead_s

    def sleep(self, seconds: float) -> None:
        """Nobody waits here."""


class Answers:
    """A box that answers every command in the same way."""

    def __init__(self, result: CommandResult) -> None:
        self._result = result

    def run(self, argv: object, *, stdin: bytes = b"", timeout_s: float = 60.0) -> CommandResult:
        """Say it."""
        del argv, stdin, timeout_s
        return self._result


def visit(shell: Any, *, clock: Any = None, comfy_python: str = "", knock: Any = None) -> Any:
    """One visit of the doctor to a box named box; findings by name."""
    wanted = wanted_for(Scene(), "box", free_port(), [])
    report = examine_box(
        shell,
        LocalShell(),
        wanted,
        settings_for(wanted),
        clock=clock or Ahead(0),
        knock=knock,
        comfy_python=comfy_python,
    )
    return {finding.name: finding for finding in report.findings}


@pytest.mark.parametrize(("ahead_s", "status"), [(0, "ok"), (60, "warn"), (4000, "fail")])
def test_a_clock_that_is_wrong_is_told(sshd: Sshd, ahead_s: float, status: str) -> None:
    """The box's clock against ours; the collector's own time does not count as skew."""
    found = visit(SshShell("box", config=sshd.client_config, login_s=60), clock=Ahead(ahead_s))
    assert found["clock"].status == status


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (CommandResult(127, "", "sh: python3: not found"), "no python3 on the box"),
        (CommandResult(0, "Python 3.8.10\n", ""), "python3 is 3.8.10; the collector needs 3.10"),
        (CommandResult(0, "Python 3.12.3\n", "Killed"), "no evidence"),
    ],
)
def test_a_box_that_cannot_run_the_collector_says_so(said: CommandResult, words: str) -> None:
    """One failure; the rest could not be looked at."""
    found = visit(Answers(said))
    assert found["probe"].status == "fail"
    assert words in found["probe"].evidence
    assert found["torch"].status == "skipped"


def test_a_login_that_may_not_forward_fails_the_tunnel_check(box: Box, tmp_path: Path) -> None:
    """AllowTcpForwarding no: commands run, the tunnel does not."""
    server = Sshd(tmp_path / "sshd")
    with (tmp_path / "sshd/sshd_config").open("a") as config:
        config.write("AllowTcpForwarding no\n")
    with server:
        told = ["doctor", "--json", "--python", str(box.python), "--root", str(box.comfy)]
        done = breathe(*told, config=server.client_config, cwd=project(tmp_path / "p", box))
    check = by_name(json.loads(done.stdout))["tunnel"]
    assert check["status"] == "fail"
    assert "AllowTcpForwarding" in check["fix"]


def test_the_converter_is_looked_for_where_the_render_would_find_it(tmp_path: Path) -> None:
    """There, not there, and there but not to be imported."""
    box = Box(tmp_path)
    shell = Answers(CommandResult(127, "", ""))
    assert "no comfy on PATH" in visit(shell)["comfy-cli"].evidence
    missing = visit(shell, comfy_python=str(box.python))["comfy-cli"]
    assert missing.status == "fail"
    assert "No module named 'comfy_cli'" in missing.evidence
    files = {
        "comfy_cli/__init__.py": "",
        "comfy_cli/workflow_to_api.py": "def convert_ui_to_api(workflow, object_info): ...\n",
    }
    install(box.python, "comfy_cli", "1.23", files)
    found = visit(shell, comfy_python=str(box.python))["comfy-cli"]
    assert found.status == "ok"
    assert "comfy-cli 1.23 with its converter" in found.evidence


def test_a_server_address_is_no_ssh_destination(sshd: Sshd, tmp_path: Path) -> None:
    """[wan] host may be http://…; the doctor wants the box behind it."""
    folder = project(tmp_path / "p", host="http://10.0.0.2:8188")
    done = breathe("doctor", config=sshd.client_config, cwd=folder)
    assert done.returncode == 2
    assert "expected an ssh destination" in done.stderr


def test_the_tunnel_needs_a_host(sshd: Sshd, tmp_path: Path) -> None:
    """Nothing to tunnel to on this machine."""
    done = breathe("tunnel", config=sshd.client_config, cwd=project(tmp_path / "p", host=""))
    assert done.returncode == 2
    assert "got no host" in done.stderr


def test_an_unreachable_box_ends_setup_with_its_reason(tmp_path: Path) -> None:
    """One message, no traceback."""
    config = tmp_path / "config"
    config.write_text(f"Host box\n HostName 127.0.0.1\n Port {free_port()}\n")
    done = breathe("setup", "--run", config=config, cwd=project(tmp_path / "p"))
    assert done.returncode == SshError.exit_code
    assert "connection refused" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ('{"nodes": [', "expected a ComfyUI workflow in JSON"),
        ("[1]", "neither a saved workflow nor an API graph"),
    ],
)
def test_a_workflow_that_is_none_is_said_before_the_box_is_asked(
    tmp_path: Path, text: str | None, words: str
) -> None:
    """Not a traceback, and not a box that lacks nothing."""
    folder = project(tmp_path / "room", host="")
    scene = folder / "site_src/scene.toml"
    scene.write_text(scene.read_text() + 'workflow = "mine.json"\n')
    if text is not None:
        (folder / "mine.json").write_text(text)
    for command in (("doctor",), ("setup", "--dry-run")):
        done = breathe(*command, config=Path("/dev/null"), cwd=folder)
        assert done.returncode == 2 and words in done.stderr and not done.stdout, done.stderr
