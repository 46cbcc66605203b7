"""`breathe render`, `takes` and `prompt lint` as a person calls them."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.comfy_server import ComfyDouble, wait_until
from tests.small_room import breathe as run
from tests.small_room import make_small_room
from tests.wan_project import WanProject

PATIENCE_S = 60


@pytest.fixture
def server() -> Iterator[ComfyDouble]:
    """A server that renders at once."""
    with ComfyDouble() as double:
        yield double


@pytest.fixture
def root(tmp_path: Path, server: ComfyDouble) -> Path:
    """A project folder with a scene that renders there."""
    folder = WanProject.at(tmp_path / "room", server.url).root
    write_scene(folder, server.url)
    return folder


def write_scene(folder: Path, host: str, walkin: str = "", allow: str = "[]") -> None:
    scene = folder / "site_src/scene.toml"
    scene.parent.mkdir(parents=True, exist_ok=True)
    scene.write_text(
        f'''schema = 1
[room]
hero = "hero.png"
size = [128, 64]
[clips.walkin]
render = "still"
{walkin}
[clips.ambient]
render = "wan"
frames = 9
seed = 3 # the first that looked right
[wan]
host = "{host}"
allow = {allow}
'''
    )


def breathe(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`."""
    argv = [sys.executable, "-c", "from generator.cli import main; main()", "-C", str(folder)]
    return subprocess.run([*argv, *args], capture_output=True, text=True, check=False, timeout=120)


def test_render_then_nothing_to_do(server: ComfyDouble, root: Path) -> None:
    """The second time no server is called: not by render, not by status."""
    first = breathe(root, "render", "ambient")
    assert first.returncode == 0, first.stderr
    assert "render:ambient is fresh" in first.stdout and "submitted as job" in first.stderr
    server.requests.clear()
    assert breathe(root, "render", "ambient").returncode == 0
    states = {
        s["name"]: s["state"]
        for s in json.loads(breathe(root, "status", "--json").stdout)["stages"]
    }
    assert states["render:ambient"] == "fresh"
    assert not server.requests


def test_a_dry_run_prints_the_graph_and_sends_nothing(server: ComfyDouble, root: Path) -> None:
    """Held against the server when it answers, and said when it does not."""
    told = json.loads(breathe(root, "render", "ambient", "--dry-run").stdout)["renders"][0]
    assert told["matched"] and told["graph"]["start"]["inputs"]["length"] == 9
    assert told["still"]["box"] == [0, 0, 256, 128]
    assert not server.accepted and not server.requests["POST upload"]
    server.stop()
    alone = breathe(root, "render", "ambient", "--dry-run")
    assert alone.returncode == 0 and "not held against a server" in alone.stderr
    told = json.loads(alone.stdout)["renders"][0]
    assert not told["matched"] and told["server"].startswith("no answer")


def test_a_dry_run_needs_no_host(root: Path) -> None:
    """Our own graph in full, and what only a server could decide; the other clip is made here."""
    write_scene(root, "")
    done = breathe(root, "render", "--dry-run")
    assert done.returncode == 0, done.stderr
    walkin, ambient = json.loads(done.stdout)["renders"]
    assert walkin == {"clip": "walkin", "backend": "still", "sent": "nothing: it is made here"}
    assert ambient["graph"]["start"]["inputs"]["length"] == 9
    assert "no people" in ambient["graph"]["wanted"]["inputs"]["text"]
    assert ambient["server"] == "none: [wan] host is empty"
    assert [line.partition(":")[0] for line in ambient["undecided"]] == [
        "the models",
        "the nodes and their values",
    ]


def test_a_dry_run_of_an_editor_s_workflow_says_what_it_cannot_tell(root: Path) -> None:
    """Recipe, still and key without a server; the graph needs one."""
    write_scene(root, '"\nworkflow = "wrapper.json')
    shutil.copy(Path(__file__).parents[1] / "fixtures/comfy/wrapper_ui.json", root / "wrapper.json")
    done = breathe(root, "render", "ambient", "--dry-run")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["renders"][0]
    assert told["graph"] is None and told["recipe"]["frames"] == 9 and told["key"]
    assert told["undecided"][0].startswith("the graph: wrapper.json is as the editor saves it")


def test_a_dry_run_names_what_the_server_lacks(server: ComfyDouble, root: Path) -> None:
    """It answers, so its answer counts."""
    server.faults.without_nodes = ("WanImageToVideo",)
    done = breathe(root, "render", "ambient", "--dry-run")
    assert done.returncode == 1 and "no node WanImageToVideo"


def test_takes_from_the_first_to_the_promoted(server: ComfyDouble, root: Path) -> None:
    """Two seeds, a page that compares them, one that becomes the clip without another render."""
    assert breathe(root, "render", "ambient", "--takes", "2").returncode == 0
    listed = json.loads(breathe(root, "takes", "list", "--json").stdout)["takes"]
    assert [t["recipe"]["seed"] for t in listed] == [3, 4] and listed[0]["quality"]
    assert breathe(root, "takes", "compare", "ambient").returncode == 0
    assert "master.mp4" in (root / "takes-ambient.html").read_text()
    done = breathe(root, "takes", "promote", "ambient", listed[1]["key"][:8])
    assert done.returncode == 0, done.stderr
    scene = (root / "site_src/scene.toml").read_text()
    assert "seed = 4 # the first that looked right" in scene
    assert len(server.accepted) == 2
    listed = json.loads(breathe(root, "takes", "list", "--json").stdout)["takes"]
    assert [t["promoted"] for t in listed] == [False, True]


def test_a_take_of_another_hero_is_not_promoted(server: ComfyDouble, root: Path) -> None:
    """The scene is left as it was."""
    breathe(root, "render", "ambient", "--takes", "1", "--vary", "seed=8")
    key = json.loads(breathe(root, "takes", "list", "--json").stdout)["takes"][0]["key"]
    (root / "hero.png").write_bytes((root / "hero.png").read_bytes() + b"\0")
    before = (root / "site_src/scene.toml").read_text()
    done = breathe(root, "takes", "promote", "ambient", key)
    assert done.returncode == 1 and "another inputs"
    assert (root / "site_src/scene.toml").read_text() == before


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["render", "--takes", "2"], "no clip"),
        (["render", "ambient", "--vary", "mood=dark"], "seed=, prompt= nor negative="),
        (["render", "ambient", "--vary", "seed=x"], "a whole number"),
        (["render", "ambient", "--takes", "5", "--vary", "seed=1"], "5 takes and 1 variations"),
        (["takes", "promote", "ambient", "ffff"], "no such take"),
        (["takes", "compare", "walkin"], "none that is finished"),
    ],
)
def test_wrong_calls(root: Path, args: list[str], message: str) -> None:
    """Each with what was expected."""
    done = breathe(root, *args)
    assert done.returncode in (1, 2) and message in done.stderr
    assert "Traceback" not in done.stderr


def test_prompt_lint_exits_1_on_a_finding(root: Path) -> None:
    """The words, the rule, the reason, and how to silence it; silenced, it exits 0."""
    assert breathe(root, "prompt", "lint").returncode == 0
    walker = 'prompt = "Adult walking pace, long confident strides, footsteps."'
    write_scene(root, "", walker)
    found = breathe(root, "prompt", "lint")
    assert found.returncode == 1 and "gait: strides" in found.stdout
    assert "dolly, glide, Steadicam" in found.stdout and "allow" in found.stderr
    write_scene(root, "", walker, '["gait", "anatomy", "bookends"]')
    assert breathe(root, "prompt", "lint").returncode == 0
    write_scene(root, "", walker, '["gate"]')
    assert "no rule" in breathe(root, "prompt", "lint").stderr


def test_ctrl_c_in_a_terminal_asks_and_cancels(server: ComfyDouble, root: Path) -> None:
    """A real terminal and a real signal: the question, the answer, exit 130, our job gone."""
    server.faults.hang = True
    argv = [sys.executable, "-c", "from generator.cli import main; main()", "-C", str(root)]
    child, terminal = pty.fork()
    if child == 0:
        # Whoever runs the tests in the background has them ignore Ctrl-C; here it must be heard.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(sys.executable, [*argv, "render", "ambient"])  # noqa: S606 - a list, no shell
    said = ""
    try:
        wait_until(lambda: server.running and '"submitted"' in record(root), patience_s=60)
        os.write(terminal, b"\x03")
        while "(l, c)" not in said and (chunk := read_terminal(terminal)):
            said += chunk
        assert "What now?" in said, said
        os.write(terminal, b"c\n")
        while chunk := read_terminal(terminal):
            said += chunk
    finally:
        deadline = time.monotonic() + PATIENCE_S
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.05)
        status = ended[1]
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130, said
    assert "cancelled" in said and len(server.interrupts) == 1 and '"cancelled"' in record(root)


def record(root: Path) -> str:
    """The journal's text, empty so far."""
    return "".join(p.read_text() for p in root.glob("assets/baked/takes/*/*/take.json"))


def read_terminal(terminal: int) -> str:
    """What the other side wrote; empty when it is gone, or says nothing for long."""
    try:
        if not select.select([terminal], [], [], PATIENCE_S)[0]:
            return ""
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        return ""


def test_the_master_is_exported_to_the_byte(tmp_path: Path) -> None:
    """`--export` copies what the render stage left, and says what it needs."""
    room = make_small_room(tmp_path / "room")
    run(room, "render", "ambient", "--export", "out.mp4")
    baked = next((room / "assets/baked/render-ambient").rglob("*.mp4"))
    assert (room / "out.mp4").read_bytes() == baked.read_bytes()
    assert "no clip" in run(room, "render", "--export", "x.mp4", code=2).stderr
    beside = run(room, "render", "walkin", "--dry-run", "--export", "x.mp4", code=2)
    assert "beside it" in beside.stderr
    nowhere = run(room, "render", "ambient", "--export", "gone/out.mp4", code=1)
    assert "gone/out.mp4" in nowhere.stderr
