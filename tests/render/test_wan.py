"""A render is submitted once, whatever happens, and what it cost is never lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from generator.box.ssh import SshShell
from generator.errors import AssetError, BreatheError, SceneError, StoreError
from generator.render.takes import TakeShelf
from generator.render.wan.outcome import Patience
from generator.render.wan.server import server_address
from tests.comfy_server import ComfyDouble, wait_until
from tests.sshd import SSHD, Sshd
from tests.tls_front import TlsFront
from tests.wan_project import HASTE, WanProject


@pytest.fixture
def server() -> Iterator[ComfyDouble]:
    """A server that renders at once."""
    with ComfyDouble() as double:
        yield double


@pytest.fixture
def project(tmp_path: Path, server: ComfyDouble) -> WanProject:
    """A project that renders there."""
    return WanProject.at(tmp_path / "project", server.url)


def refusal(project: WanProject, patience: Patience = HASTE) -> str:
    with pytest.raises(BreatheError) as caught:
        project.collect(patience)
    return str(caught.value)


def at_work(server: ComfyDouble, project: WanProject) -> bool:
    """Whether our job runs and our journal knows its id."""
    takes = TakeShelf(project.root).all("ambient")
    running = server.running
    return bool(takes and running and takes[0].prompt_id == running.prompt_id)


class InBackground:
    """`collect()` in a thread: what a second terminal would do."""

    def __init__(self, project: WanProject) -> None:
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(project,))
        self._thread.start()

    def _run(self, project: WanProject) -> None:
        try:
            project.collect()
        except BreatheError as exc:
            self.error = exc

    def end(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


# -- the plain way -----------------------------------------------------------------------------


def test_a_still_and_a_prompt_become_a_clip(server: ComfyDouble, project: WanProject) -> None:
    """With the whole provenance beside it."""
    server.faults.wait_for_socket = True
    server.faults.step_s = 0.1
    take = project.collect()
    shelf = TakeShelf(project.root)
    path = shelf.clip_path(take)
    assert path and take.file and take.state == "done"
    assert (take.file.frame_count, take.file.size_px) == (9, (128, 64))
    assert take.models["high"]["modelspec.hash_sha256"] == "0x6122e79d"
    assert take.server["version"] == "0.3.64" and take.host == server.url
    assert json.loads((path.parent / "graph.json").read_text()) == server.accepted[0]
    assert not list(path.parent.glob("*.part*"))
    assert "render:ambient high noise" in project.told.labels
    noise = [step for step in project.told.steps if step[0].endswith("noise")]
    assert len(noise) == len(set(noise)), "a step is told once, however often we look"


@pytest.mark.skipif(not SSHD, reason="no sshd here: apt install openssh-server")
def test_a_box_is_reached_through_the_way_that_it_is_given(
    server: ComfyDouble, tmp_path: Path
) -> None:
    """A tunnel of `ports.box`, and no ssh of the render's own."""
    with Sshd(tmp_path / "sshd") as sshd:
        project = WanProject.at(tmp_path / "project", "box", port=server.port)
        asked = []

        def way(destination: str) -> SshShell:
            asked.append(destination)
            return SshShell(destination, config=sshd.client_config, login_s=60.0)

        take = project.collect(box=way)
    assert take.state == "done" and take.host == f"box:{server.port}"
    assert asked == ["box"] and len(server.accepted) == 1


def test_the_second_time_no_server_is_called(server: ComfyDouble, project: WanProject) -> None:
    """Not even to ask how it is."""
    project.collect()
    server.requests.clear()
    project.collect()
    assert not server.requests


def test_a_workflow_of_the_editor_is_converted_and_cured(
    server: ComfyDouble, project: WanProject
) -> None:
    """The wrapper's kind: Windows paths, sageattn, compile settings, a clip that is not kept.

    Nodes beside the clip, which no server knows, stop nothing.
    """
    source = Path(__file__).parents[1] / "fixtures/comfy/wrapper_ui.json"
    saved = json.loads(source.read_text())
    beside = ("PlaySound|pysssss", "Fast Groups Bypasser (rgthree)", "NobodyHasThis")
    saved["nodes"] += [{"id": 90 + k, "type": kind} for k, kind in enumerate(beside)]
    (project.root / "wrapper.json").write_text(json.dumps(saved))
    prompt = "A {red|blue} lamp // and more"
    scene = project.scene
    project.scene = replace(
        scene,
        ambient=replace(scene.ambient, prompt=prompt),
        wan=replace(scene.wan, workflow="wrapper.json"),
    )
    take = project.collect()
    assert take.file and take.file.frame_count == 9 and take.output["type"] == "output"
    sent = {node["class_type"]: node["inputs"] for node in server.accepted[0].values()}
    loaders = [n for n in server.accepted[0].values() if n["class_type"] == "WanVideoModelLoader"]
    assert [n["inputs"]["attention_mode"] for n in loaders] == ["sdpa", "sdpa"]
    assert not any("compile_args" in n["inputs"] for n in loaders)
    assert not any("\\" in n["inputs"]["model"] for n in loaders)
    assert prompt in sent["WanVideoTextEncode"]["positive_prompt"]
    assert sent["WanVideoTextEncode"]["negative_prompt"] == take.recipe["negative"]
    assert "add_noise_to_samples" not in sent["WanVideoSampler"]
    assert any("is blank" in note for note in take.notes)
    assert "WanVideoTorchCompileSettings" not in sent and "PreviewImage" not in sent


# -- no server, or the wrong one ---------------------------------------------------------------


def test_no_server(server: ComfyDouble, project: WanProject) -> None:
    """The address, and where to look."""
    server.stop()
    message = refusal(project)
    assert "no server" in message and server.url in message and "spark doctor" in message
    server.start()


def test_no_host_in_the_scene(tmp_path: Path) -> None:
    """The setting is named with both its forms."""
    assert 'host = "user@box"' in refusal(WanProject.at(tmp_path, ""))


@pytest.mark.parametrize("host", ["http://box:port", "https://", "http://box:1/x?y", "http://a@b"])
def test_an_address_that_is_none(tmp_path: Path, host: str) -> None:
    """A host, perhaps a port and a path, and no more."""
    assert "http://host:port, https://host/path" in refusal(WanProject.at(tmp_path, host))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("http://box", "http://box:9000"),
        ("http://box:1/x/", "http://box:1/x"),
        ("HTTPS://gpu.example/comfy", "https://gpu.example:443/comfy"),
        ("http://[::1]:8188", "http://[::1]:8188"),
    ],
)
def test_a_server_may_be_behind_tls_and_below_a_path(host: str, url: str) -> None:
    """`[wan] port` is for an http address that names none."""
    assert server_address(host, 9000).url == url


_COLLECT = """
import sys
from pathlib import Path
from tests.wan_project import WanProject
project = WanProject.at(Path(sys.argv[1]), sys.argv[2])
try:
    print(project.collect().state)
except Exception as exc:
    print(exc)
"""


def test_a_render_through_a_proxy_with_tls_and_a_path(server: ComfyDouble, tmp_path: Path) -> None:
    """Upload, submission, socket and download; a certificate of nobody's is said."""
    server.faults.wait_for_socket = True  # the job moves only once the socket is through
    with TlsFront(tmp_path, server.port, "/comfy") as front:
        argv = [sys.executable, "-c", _COLLECT, str(tmp_path / "project"), front.url]
        said = {
            trusted: subprocess.run(
                argv,
                env={**os.environ, "SSL_CERT_FILE": str(front.certificate) if trusted else ""},
                cwd=Path(__file__).parents[2],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for trusted in (False, True)
        }
    assert "a certificate that this machine does not trust" in said[False]
    assert said[True] == "done\n"
    assert len(server.accepted) == 1
    assert all(line.split()[1].startswith("/comfy/") for line in front.asked)


def test_another_program_on_that_port(server: ComfyDouble, project: WanProject) -> None:
    """A 403 is no ComfyUI that lets us in."""
    server.faults.forbid = True
    assert "403 Forbidden" in refusal(project)


@pytest.mark.parametrize("version", ["0.3.40", ""])
def test_a_version_too_old(server: ComfyDouble, project: WanProject, version: str) -> None:
    """It would cancel other people's jobs."""
    server.faults.version = version
    message = refusal(project)
    assert "0.3.56 or later" in message and not server.accepted


def test_a_version_with_known_holes_is_used_with_a_warning(project: WanProject) -> None:
    """Behind a tunnel it is no danger."""
    project.collect()
    assert "known holes" in project.told.text


def test_a_missing_node_is_named_with_its_pack(server: ComfyDouble, project: WanProject) -> None:
    """Before anything is submitted."""
    server.faults.without_nodes = ("WanImageToVideo", "SaveVideo")
    message = refusal(project)
    assert "SaveVideo, WanImageToVideo" in message and "the server has Wan" in message
    assert not server.accepted


def test_a_missing_model_is_named_with_the_nearest(project: WanProject) -> None:
    """And with the setting that names it."""
    scene = project.scene
    wan = replace(scene.wan, models={"vae": "wan_2.1_vae_fp32.safetensors"})
    project.scene = replace(scene, wan=wan)
    message = refusal(project)
    assert "wan_2.1_vae_fp32.safetensors" in message and "wan_2.1_vae.safetensors" in message


def test_a_negative_that_will_be_ignored_is_said_while_it_can_still_be_stopped(
    project: WanProject,
) -> None:
    """At cfg 1 it is not even computed."""
    project.scene = replace(project.scene, wan=replace(project.scene.wan, cfg=1.0))
    project.collect()
    assert "render:ambient: cfg is 1: the negative prompt is ignored" in project.told.text


def test_memory_that_will_not_do_is_said_and_tried(
    server: ComfyDouble, project: WanProject
) -> None:
    """Four fp8 files are 36 GB; the estimate stops nobody."""
    server.faults.free_bytes = 8 << 30
    assert project.collect().state == "done"
    assert "may take 39 GiB, and the server has 8 free" in project.told.text


def test_memory_that_will_do_is_not_spoken_of(project: WanProject) -> None:
    """64 GiB are enough for them."""
    project.collect()
    assert "GiB" not in project.told.text


def test_a_graph_that_validates_partly(server: ComfyDouble, project: WanProject) -> None:
    """200 with node_errors: the job is taken back, and the node is named."""
    server.faults.partly_valid = server.faults.hang = True
    message = refusal(project)
    assert "only a part" in message and "node 20" in message and "Value not in list" in message
    wait_until(lambda: not server.running and not server.pending)
    assert not server.executed and project.take().state == "failed"
    server.faults.partly_valid = server.faults.hang = False
    assert project.collect().state == "done"


def test_a_size_that_the_model_would_cut(project: WanProject) -> None:
    """Said when the stage is planned."""
    from generator.render.wan import stage as wan

    scene = replace(project.scene, room=replace(project.scene.room, size=(130, 64)))
    with pytest.raises(SceneError, match="multiples of 16"):
        wan.stage(scene, "ambient")


# -- while it runs -----------------------------------------------------------------------------


def test_out_of_memory(server: ComfyDouble, project: WanProject) -> None:
    """In the words of memory, not of CUDA; the next try is a new job."""
    server.faults.out_of_memory = True
    message = refusal(project)
    assert "out of memory in KSamplerAdvanced" in message and "9 frames of 128x64" in message
    server.faults.out_of_memory = False
    assert project.collect().state == "done"
    assert len(server.accepted) == 2


def test_a_server_killed_in_the_middle(server: ComfyDouble, project: WanProject) -> None:
    """When it is back without the job, the loss is said and the job submitted again."""
    server.faults.hang = True
    waiting = InBackground(project)
    wait_until(lambda: at_work(server, project))
    server.faults.hang = False
    server.restart()
    waiting.end()
    assert waiting.error is None and project.take().state == "done"
    assert "the job is lost. Submitting it again" in project.told.text
    assert len(server.accepted) == 2 and server.executed == [project.take().prompt_id]


def test_a_server_that_stays_away(server: ComfyDouble, project: WanProject) -> None:
    """We stop waiting, not believing: the job is looked for first when it is back."""
    server.faults.hang = True
    waiting = InBackground(replace_patience(project, 0.5))
    wait_until(lambda: at_work(server, project))
    server.stop()
    waiting.end()
    assert "breathe render again" in str(waiting.error)
    assert project.take().state == "submitted"
    server.start()


def replace_patience(project: WanProject, unreachable_s: float) -> WanProject:
    """The same project with less patience for a silent server."""

    class Hasty(WanProject):
        def collect(self, patience: Patience = HASTE, **ports: object) -> object:  # type: ignore[override]
            return super().collect(replace(patience, unreachable_s=unreachable_s), **ports)

    return Hasty(project.root, project.scene, project.told)


def test_a_clip_that_outlived_its_server_is_not_rendered_again(
    server: ComfyDouble, project: WanProject
) -> None:
    """Queue and history are gone, but the file lies where its name says."""
    server.faults.cut_downloads = 99
    refusal(project)
    server.faults.cut_downloads = 0
    server.restart()
    assert project.collect().state == "done"
    assert len(server.accepted) == 1


def test_a_job_lost_every_time_is_not_submitted_for_ever(
    server: ComfyDouble, project: WanProject
) -> None:
    """A job that kills its server would do so again."""
    server.faults.hang = True
    waiting = InBackground(project)
    for _ in range(2):
        wait_until(lambda: at_work(server, project))
        server.restart()
    waiting.end()
    assert "2 times" in str(waiting.error) and len(server.accepted) == 2


def test_a_dropped_socket_costs_only_the_progress(server: ComfyDouble, project: WanProject) -> None:
    """Polling decides."""
    server.faults.drop_sockets = True
    server.faults.step_s = 0.2
    assert project.collect().state == "done" and len(server.accepted) == 1


def test_a_history_that_comes_late(server: ComfyDouble, project: WanProject) -> None:
    """Empty for a moment after success is not lost."""
    server.faults.history_lag = 2
    assert project.collect().state == "done" and len(server.accepted) == 1


def test_a_stalled_sampler_ends_the_wait_and_leaves_the_job(
    server: ComfyDouble, project: WanProject
) -> None:
    """The known hang in the low-noise pass: said, and the job not touched."""
    server.faults.hang = True
    message = refusal(project, replace(HASTE, stall_s=1.0))
    assert "no sign of progress" in message and "left alone" in message
    assert server.running and not server.interrupts
    assert project.take().state == "submitted"


def test_somebody_else_interrupts_it(server: ComfyDouble, project: WanProject) -> None:
    """Said; the next run submits anew."""
    server.faults.hang = True
    waiting = InBackground(project)
    wait_until(lambda: at_work(server, project))
    server.interrupt(None)
    waiting.end()
    assert "interrupted on the server" in str(waiting.error)
    assert project.take().state == "cancelled"
    server.faults.hang = False
    assert project.collect().state == "done"


class Answer:
    """Somebody at the terminal."""

    def __init__(self, key: str) -> None:
        self.key = key

    def choose(self, question: str, answers: Mapping[str, str], default: str) -> str:
        """Always the same."""
        assert self.key in answers and default == "l" and "What now?" in question
        return self.key


class CtrlC:
    """A clock in whose third wait Ctrl-C is pressed."""

    def __init__(self, server: ComfyDouble) -> None:
        self._server = server

    def now_s(self) -> float:
        """No time passes."""
        return 1000.0

    def sleep(self, seconds: float) -> None:
        """As soon as the job runs."""
        wait_until(lambda: self._server.running, 5 + seconds)
        raise KeyboardInterrupt


@pytest.mark.parametrize(("key", "interrupts"), [("l", 0), ("c", 1)])
def test_ctrl_c_asks_whether_to_leave_it_running(
    server: ComfyDouble, project: WanProject, key: str, interrupts: int
) -> None:
    """Left, the next run collects it; cancelled, only our own job is."""
    server.faults.step_s = 0.5
    with pytest.raises(KeyboardInterrupt):
        project.collect(questions=Answer(key), clock=CtrlC(server))
    assert len(server.interrupts) == interrupts
    assert project.take().state == ("cancelled" if interrupts else "submitted")
    server.faults.hang = False
    assert project.collect().state == "done"
    assert len(server.accepted) == 1 + interrupts


def test_cancelling_a_waiting_job_leaves_the_running_one_alone(
    server: ComfyDouble, project: WanProject, tmp_path: Path
) -> None:
    """Somebody else's render is in front of ours."""
    server.faults.hang = True
    other = WanProject.at(tmp_path / "other", server.url)
    other.scene = replace(other.scene, ambient=replace(other.scene.ambient, seed=99))
    with pytest.raises(KeyboardInterrupt):
        other.collect(questions=Answer("l"), clock=CtrlC(server))
    theirs = server.running
    with pytest.raises(KeyboardInterrupt):
        project.collect(questions=Answer("c"), clock=CtrlC(server))
    assert server.running is theirs and not server.interrupts and not server.pending


# -- the file ----------------------------------------------------------------------------------


def test_a_truncated_download_goes_on_where_it_broke(
    server: ComfyDouble, project: WanProject
) -> None:
    """By ranges, within one run."""
    server.faults.cut_downloads = 3
    take = project.collect()
    whole = server.folder / "output" / take.output["subfolder"] / take.output["filename"]
    path = TakeShelf(project.root).clip_path(take)
    assert path and path.read_bytes() == whole.read_bytes()
    assert server.requests["GET view"] == 4 and len(server.accepted) == 1


def test_a_download_that_never_ends_well_keeps_the_render(
    server: ComfyDouble, project: WanProject
) -> None:
    """The next run fetches the rest."""
    server.faults.cut_downloads = 99
    assert "goes on where this one stopped" in refusal(project)
    server.faults.cut_downloads = 0
    assert project.collect().state == "done" and len(server.accepted) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system of our own needs root")
def test_a_full_disk_keeps_the_render(
    server: ComfyDouble, tmp_path: Path, project: WanProject
) -> None:
    """Room made, the next run goes on."""
    takes = project.root / "assets/baked/takes"
    takes.mkdir(parents=True)
    scene = replace(project.scene, room=replace(project.scene.room, size=(256, 128)))
    project.scene = replace(scene, ambient=replace(scene.ambient, frames=81))
    if os.system(f"mount -t tmpfs -o size=64k tmpfs {takes}") != 0:  # noqa: S605 - our own path
        pytest.skip("no mounts in here")
    try:
        message = refusal(project)
        assert "No space left" in message and "room on the disk" in message
        os.system(f"mount -o remount,size=4m {takes}")  # noqa: S605
        assert project.collect().state == "done" and len(server.accepted) == 1
    finally:
        os.system(f"umount {takes}")  # noqa: S605


@pytest.mark.parametrize("name", ["../../evil.mp4", "a\\..\\evil.mp4", "evil.sh"])
def test_a_hostile_filename_is_refused_and_nothing_is_written(
    server: ComfyDouble, project: WanProject, name: str
) -> None:
    """No part of a foreign name becomes a path here."""
    server.faults.hostile_name = name
    before = sorted(p.name for p in project.root.parent.rglob("*"))
    assert "a plain file name" in refusal(project)
    after = sorted(p.name for p in project.root.parent.rglob("*"))
    new = set(after) - set(before)
    assert not any("evil" in entry or entry == "x.mp4" for entry in new)


def test_a_damaged_clip_does_not_count(server: ComfyDouble, project: WanProject) -> None:
    """Decoded to the end first; kept aside, and the next run renders anew."""
    server.faults.damaged_clip = True
    with pytest.raises(AssetError):
        project.collect()
    assert project.take().state == "failed"
    server.faults.damaged_clip = False
    assert project.collect().state == "done"
    assert len(server.accepted) == 2


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((64, 64, 9, 16), "64x64 px; expected 128x64 px"),
        ((128, 64, 5, 16), "5 frames; expected 9, as asked"),
        ((128, 64, 9, 24), "24.000 frames a second; expected 16"),
    ],
)
def test_a_clip_of_another_shape_does_not_count(
    server: ComfyDouble, project: WanProject, shape: tuple[int, int, int, int], words: str
) -> None:
    """It is kept aside, and the next run renders anew."""
    server.faults.shape = shape
    with pytest.raises(AssetError, match=words):
        project.collect()
    take = project.take()
    folder = TakeShelf(project.root).folder(take.clip, take.key)
    assert take.state == "failed" and (folder / "refused.mp4").is_file()
    server.faults.shape = None
    assert project.collect().state == "done"


def test_a_cached_answer_whose_file_is_gone_is_saved_again(
    server: ComfyDouble, project: WanProject
) -> None:
    """Journal lost and file deleted: one more save under another name, no more sampling."""
    project.collect()
    shutil.rmtree(project.root / "assets")
    shutil.rmtree(server.folder / "output")
    take = project.collect()
    assert take.state == "done" and len(server.executed) == 1
    assert "its file is gone" in project.told.text


def test_a_lost_journal_finds_the_render_in_the_history(
    server: ComfyDouble, project: WanProject
) -> None:
    """By the key in the saved file's name: nothing is submitted."""
    project.collect()
    shutil.rmtree(project.root / "assets")
    assert project.collect().state == "done"
    assert len(server.accepted) == 1


def test_a_journal_that_cannot_be_read(project: WanProject) -> None:
    """Said with its path, not overwritten."""
    project.collect()
    (record,) = (project.root / "assets").rglob("take.json")
    record.write_text("{")
    with pytest.raises(StoreError, match="delete the folder"):
        project.collect()


# -- two of us ---------------------------------------------------------------------------------


def test_two_terminals_share_one_render(server: ComfyDouble, project: WanProject) -> None:
    """One submits, both have the clip."""
    server.faults.step_s = 0.2
    both = [InBackground(project), InBackground(WanProject(project.root, project.scene))]
    for one in both:
        one.end()
    assert len(server.accepted) == 1 and project.take().state == "done"


def test_two_checkouts_share_one_render(
    server: ComfyDouble, project: WanProject, tmp_path: Path
) -> None:
    """Found by its key in the queue; the same recipe is the same render."""
    server.faults.step_s = 0.4
    first = InBackground(project)
    wait_until(lambda: server.running)
    shutil.copytree(project.root, tmp_path / "second", ignore=shutil.ignore_patterns("assets"))
    second = WanProject(tmp_path / "second", project.scene)
    second.collect()
    first.end()
    assert len(server.accepted) == 1 and "of an earlier run" in second.told.text


def test_an_answer_that_got_lost_is_no_second_job(server: ComfyDouble, project: WanProject) -> None:
    """The connection closed after the job was queued: it is found, not sent again."""
    server.faults.swallow_answer = True
    server.faults.step_s = 0.2
    assert project.collect().state == "done" and len(server.accepted) == 1
