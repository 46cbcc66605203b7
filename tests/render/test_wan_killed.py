"""Our process killed outright at each step: the next run collects, and nothing is paid twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.comfy_server import ComfyDouble, wait_until
from tests.wan_project import WanProject

REPOSITORY = Path(__file__).parents[2]
_RENDER = """
import sys
from pathlib import Path
from tests.wan_project import WanProject
WanProject.at(Path(sys.argv[1]), sys.argv[2]).collect()
"""


@pytest.fixture
def server() -> Iterator[ComfyDouble]:
    """A server that renders at once."""
    with ComfyDouble() as double:
        yield double


def kill_when(server: ComfyDouble, root: Path, reached: Callable[[], object]) -> None:
    """Start a render in a process of its own and SIGKILL it when it has got so far."""
    WanProject.at(root, server.url)
    argv = [sys.executable, "-c", _RENDER, str(root), server.url]
    with subprocess.Popen(argv, cwd=REPOSITORY, start_new_session=True) as process:
        try:
            wait_until(reached, patience_s=60)
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def collects(server: ComfyDouble, root: Path, *, submissions: int = 1) -> bool:
    """Whether the next run has the clip, with so many submissions in all."""
    take = WanProject.at(root, server.url).collect()
    return take.state == "done" and len(server.accepted) == submissions


def test_killed_while_uploading(server: ComfyDouble, tmp_path: Path) -> None:
    """Nothing was submitted: the next run does."""
    kill_when(server, tmp_path / "p", lambda: server.requests["POST upload"])
    wait_until(lambda: not server.running and not server.pending)
    # comfy-cli runs in a session of its own and may still have submitted: found again then.
    assert collects(server, tmp_path / "p")


def test_killed_before_the_answer_to_the_submission(server: ComfyDouble, tmp_path: Path) -> None:
    """The server has the job, we have no id: the key finds it."""
    server.faults.hold_answer = True
    kill_when(server, tmp_path / "p", lambda: server.accepted)
    server.faults.hold_answer = False
    assert collects(server, tmp_path / "p")


def test_killed_together_with_the_server(server: ComfyDouble, tmp_path: Path) -> None:
    """The journal has an id that nobody knows any more."""
    server.faults.hang = True
    record = tmp_path / "p/assets/baked/takes/ambient"

    def submitted() -> bool:
        return any('"submitted"' in path.read_text() for path in record.glob("*/take.json"))

    kill_when(server, tmp_path / "p", submitted)
    server.faults.hang = False
    server.restart()  # the server is killed as well: the job is lost, and only then sent again
    assert collects(server, tmp_path / "p", submissions=2)


def test_killed_while_waiting_for_a_job_that_ends(server: ComfyDouble, tmp_path: Path) -> None:
    """It ends without us, and is collected from the history."""
    server.faults.step_s = 0.5
    kill_when(server, tmp_path / "p", lambda: server.running)
    wait_until(lambda: server.history, patience_s=60)
    assert collects(server, tmp_path / "p")


def test_killed_in_the_download(server: ComfyDouble, tmp_path: Path) -> None:
    """Half a file lies there; the other half is fetched."""
    server.faults.hold_download = True
    folder = tmp_path / "p/assets/baked/takes/ambient"

    def half() -> bool:
        return any(path.stat().st_size for path in folder.glob("*/*.part"))

    kill_when(server, tmp_path / "p", half)
    server.faults.hold_download = False
    assert collects(server, tmp_path / "p")


def test_killed_after_the_download(server: ComfyDouble, tmp_path: Path) -> None:
    """The clip is on the shelf: no server is called at all."""
    shelf = tmp_path / "p/assets/baked/takes/ambient"
    kill_when(server, tmp_path / "p", lambda: list(shelf.glob("*/master.mp4")))
    server.requests.clear()
    take = WanProject.at(tmp_path / "p", server.url).collect()
    assert take.state == "done" and server.requests["POST prompt"] == 0
