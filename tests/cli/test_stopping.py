"""Ctrl-C, a closed terminal, `kill -9`: nothing is left running, and no traceback is shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def installed_script() -> str:
    """What pip writes for `breathe`."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["breathe"].partition(":")
    return f"import sys; from {module} import {function}; sys.exit({function}())"


@pytest.mark.parametrize("how", [["-m", "generator"], ["-c", installed_script()]])
@pytest.mark.parametrize(
    "loaded", ["click.types", "click", "generator.scene.load", "generator.cli"]
)
def test_ctrl_c_while_the_program_is_loaded_says_nothing(
    tmp_path: Path, how: list[str], loaded: str
) -> None:
    """The import of `loaded` has just ended, others are going on.

    A scene that nobody writes keeps the program from its end.
    """
    (tmp_path / "site_src").mkdir()
    os.mkfifo(tmp_path / "site_src/scene.toml")
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", *how, "-C", str(tmp_path), "status"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stderr is not None
    with process, process.stderr:
        for line in process.stderr:
            if line.rpartition("|")[2].strip() == loaded:
                process.send_signal(signal.SIGINT)
                break
        else:
            pytest.fail(f"{loaded} was never imported")
        rest = process.stderr.read()
    assert process.wait() in (-signal.SIGINT, 130)
    said = [line for line in rest.splitlines() if not line.startswith("import time:")]
    assert [line for line in said if line not in ("", "Stopped.", "Aborted!")] == []


def test_nothing_outlives_a_program_that_was_killed(tmp_path: Path) -> None:
    """Ffmpeg works for whoever started it, and ends with him, also after `kill -9`."""
    script = (
        "from generator.video.ffmpeg import FfmpegBinary\n"
        f"FfmpegBinary().run(['-f', 'lavfi', '-readrate', '1', '-i', 'color=gray:s=64x64:r=16',"
        f" '{tmp_path}/long.mkv'], label='long')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    try:
        until(lambda: (tmp_path / "long.mkv").exists())
        assert len(ffmpegs(tmp_path)) == 1
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    until(lambda: ffmpegs(tmp_path) == [])


def ffmpegs(folder: Path) -> list[str]:
    """The processes that write into `folder`."""
    listed = subprocess.run(
        ["ps", "-Aww", "-o", "pid=,stat=,args="], capture_output=True, text=True
    )
    lines = listed.stdout.splitlines()
    return [line for line in lines if f" {folder}/" in line and line.split()[1][0] != "Z"]


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what must come; a hanging test is stopped from outside."""
    while not is_so():
        time.sleep(0.05)


def test_a_program_in_the_background_of_a_script_is_left_alone() -> None:
    """`sh` without job control has its background children ignore Ctrl-C; so it stays."""
    done = subprocess.run(
        [sys.executable, "-c", "import signal; signal.signal(2, signal.SIG_IGN);"
         "from generator.__main__ import main; import generator.cli as c, os;"
         "c.main = lambda: os.kill(os.getpid(), 2); main()"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0
