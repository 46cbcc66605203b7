"""comfy-cli as a quiet process, and a server's words about jobs read into values."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.comfy.cli import Address, ComfyCli, RejectedError
from generator.comfy.client import ComfyServer, ServerFacts
from generator.comfy.editor import convert
from generator.comfy.jobs import clip_of, find_jobs
from generator.engine.ports import SystemClock
from generator.errors import ComfyError
from tests.comfy_server import ComfyDouble, wait_until

KEY = "0123456789abcdef"


@pytest.fixture
def double() -> Iterator[ComfyDouble]:
    """A server."""
    with ComfyDouble() as server:
        yield server


class Waits(SystemClock):
    """A clock that only notes its waits."""

    def __init__(self) -> None:
        self.waits_s: list[float] = []

    def sleep(self, seconds: float) -> None:
        """None."""
        self.waits_s.append(seconds)


def cli_for(double: ComfyDouble, home: Path) -> ComfyCli:
    return ComfyCli.find(home, Address("127.0.0.1", double.port))


def write_program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


# -- the process -------------------------------------------------------------------------------


def test_tracking_is_off_before_the_first_command(double: ComfyDouble, tmp_path: Path) -> None:
    """In settings of its own: the user's are neither read nor changed."""
    picture = tmp_path / "one.png"
    picture.write_bytes(b"one")
    assert cli_for(double, tmp_path / "home").upload(picture) == "one.png"
    settings = tmp_path / "home/.config/comfy-cli/config.ini"
    assert "enable_tracking = False" in settings.read_text()


def test_the_process_gets_a_quiet_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prompts skipped, tracking refused, no key and no other target from ours."""
    monkeypatch.setenv("COMFY_API_KEY", "secret")
    monkeypatch.setenv("COMFY_WHERE", "cloud")
    program = write_program(
        tmp_path / "comfy", f'env > "{tmp_path}/env"; echo "$@" >> "{tmp_path}/argv"'
    )
    with pytest.raises(ComfyError, match=r"comfy-cli 1\.20 or later"):
        ComfyCli(program, tmp_path / "home", Address("127.0.0.1", 1)).upload(tmp_path / "x")
    told = (tmp_path / "env").read_text()
    assert "DO_NOT_TRACK=1" in told and f"HOME={tmp_path}/home" in told
    assert "COMFY_API_KEY" not in told and "COMFY_WHERE" not in told
    calls = (tmp_path / "argv").read_text().splitlines()
    assert calls[0] == "--skip-prompt tracking disable"
    assert calls[1].startswith("--skip-prompt --json-stream --where local upload")


def test_no_comfy_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings it is named."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ComfyError, match=r"breathing-room\[wan\]"):
        ComfyCli.find(tmp_path, Address("127.0.0.1", 1))


def test_a_refused_graph_names_its_nodes(double: ComfyDouble, tmp_path: Path) -> None:
    """And nothing is queued."""
    graph = {
        "1": {"class_type": "VAELoader", "inputs": {"vae_name": "nope"}},
        "2": {"class_type": "LoadImage", "inputs": {"image": "nope.png"}},
        "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
    }
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(graph))
    with pytest.raises(RejectedError) as caught:
        cli_for(double, tmp_path / "home").submit(path)
    assert not double.accepted and "nope" in str(caught.value)


def test_a_workflow_that_the_converter_does_not_take(double: ComfyDouble, tmp_path: Path) -> None:
    """Its words, and a way round."""
    with pytest.raises(ComfyError) as caught:
        convert({"nodes": 3}, {}, cli_for(double, tmp_path / "home"), name="w.json")
    assert "Export (API)" in str(caught.value) and "nodes" in caught.value.detail


def test_another_program_that_answers_json(double: ComfyDouble, tmp_path: Path) -> None:
    """Facts without a version are too old."""
    double.faults.version = ""
    facts = ComfyServer(cli_for(double, tmp_path), SystemClock()).facts()
    with pytest.raises(ComfyError, match="version unknown"):
        facts.check(Address("127.0.0.1", 1))


@pytest.mark.parametrize(
    ("version", "warned"),
    [
        ("v0.28.1", False),
        ("0.28.0-dev", False),
        ("0.3.64", True),
        ("0.27.9", True),
        ("0.28.0", False),
        ("1.0", False),
    ],
)
def test_versions_compare_as_numbers(version: str, *, warned: bool) -> None:
    """0.27.9 is older than 0.28.0, and 1.0 newer than both."""
    warning = ServerFacts(version, "", "", 1.0).check(Address("127.0.0.1", 1))
    assert bool(warning) == warned


@pytest.mark.parametrize(
    ("gpu_gib", "free_gib"), [((60, 120), 64.0), ((20, 24), 84.0), ((0, 0), 64.0)]
)
def test_free_memory_counts_a_shared_pool_once(
    double: ComfyDouble, tmp_path: Path, gpu_gib: tuple[int, int], free_gib: float
) -> None:
    """A GB10 tells the host's memory once more as its own; a card brings more."""
    double.faults.gpu_bytes = (gpu_gib[0] << 30, gpu_gib[1] << 30)
    assert ComfyServer(cli_for(double, tmp_path), SystemClock()).facts().free_gib == free_gib


# -- jobs --------------------------------------------------------------------------------------


def row(number: int, prompt_id: str, prefix: str = f"breathe/ambient-{KEY}") -> list[Any]:
    """An entry of the queue as ComfyUI gives it."""
    graph = {"save": {"class_type": "SaveVideo", "inputs": {"filename_prefix": prefix}}}
    return [number, prompt_id, graph, {"client_id": "c"}, ["save"]]


def past(number: int, prompt_id: str, **entry: Any) -> dict[str, Any]:
    """An entry of the history."""
    status = {"status_str": "success", "completed": True, "messages": []}
    return {"prompt": row(number, prompt_id), "outputs": {}, "status": status, **entry}


def test_our_jobs_are_found_by_the_key_in_the_saved_name() -> None:
    """Those in line first, in their order; then what ended, newest first; nobody else's."""
    queue = {
        "queue_running": [row(5, "running")],
        "queue_pending": [row(9, "last"), row(7, "next"), row(8, "other", "breathe/x")],
    }
    history = {"old": past(1, "old"), "newer": past(3, "newer")}
    jobs = find_jobs(queue, history, KEY)
    assert [(j.prompt_id, j.ahead) for j in jobs] == [
        ("running", 0),
        ("next", 1),
        ("last", 3),
        ("newer", 0),
        ("old", 0),
    ]


@pytest.mark.parametrize(
    ("messages", "state", "memory"),
    [
        ([["execution_interrupted", {"node_id": "1"}]], "interrupted", False),
        (
            [["execution_error", {"node_type": "K", "exception_type": "torch.OutOfMemoryError"}]],
            "failed",
            True,
        ),
        (
            [["execution_error", {"exception_message": "can't allocate memory: 9 bytes"}]],
            "failed",
            True,
        ),
        ([["execution_error", {"exception_type": "ValueError"}]], "failed", False),
        ([], "failed", False),
    ],
)
def test_how_a_job_ended(messages: list[Any], state: str, *, memory: bool) -> None:
    """An interrupted one also says error; memory has several spellings."""
    status = {"status_str": "error", "completed": False, "messages": messages}
    (job,) = find_jobs({}, {"a": past(1, "a", status=status)}, KEY)
    assert job.state == state
    assert bool(job.fault and job.fault.out_of_memory) == memory


@pytest.mark.parametrize("kind", ["images", "gifs", "videos"])
def test_the_clip_is_found_under_whatever_key_its_node_uses(kind: str) -> None:
    """SaveVideo says images, VHS_VideoCombine says gifs; a preview's file is not it."""
    item = {"filename": "a_00001_.mp4", "subfolder": "breathe", "type": "output"}
    outputs = {"look": {"images": [{"filename": "no.png"}]}, "save": {kind: [item]}}
    (job,) = find_jobs({}, {"a": past(1, "a", outputs=outputs)}, KEY)
    assert clip_of(job).filename == "a_00001_.mp4" and clip_of(job).suffix == ".mp4"


@pytest.mark.parametrize("junk", [None, [], {"queue_running": [[1], "x", None]}, {"a": 3}])
def test_junk_is_no_job(junk: Any) -> None:
    """Whatever another program says there."""
    assert find_jobs(junk, junk, KEY) == []


def test_an_unknown_job_is_asked_for_more_than_once(double: ComfyDouble, tmp_path: Path) -> None:
    """History can lag behind success."""
    clock = Waits()
    server = ComfyServer(cli_for(double, tmp_path), clock)
    assert server.job("nobody") is None
    assert double.requests["GET history"] == 3 and len(clock.waits_s) == 2


def test_cancel_stops_only_the_named_job(double: ComfyDouble, tmp_path: Path) -> None:
    """Another one that runs goes on."""
    double.faults.hang = True
    (double.folder / "input").mkdir()
    (double.folder / "input/a.png").write_bytes(b"")
    graph: dict[str, Any] = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        "2": {"class_type": "CreateVideo", "inputs": {"images": ["1", 0], "fps": 16}},
        "3": {
            "class_type": "SaveVideo",
            "inputs": {"video": ["2", 0], "filename_prefix": "a", "format": "mp4", "codec": "h264"},
        },
    }
    double.submit({"prompt": graph, "prompt_id": "theirs"})
    wait_until(lambda: double.running)
    ComfyServer(cli_for(double, tmp_path), SystemClock()).cancel("ours")
    assert double.running and not double.interrupts
    ComfyServer(cli_for(double, tmp_path), SystemClock()).cancel("theirs")
    wait_until(lambda: double.interrupts == ["theirs"])
