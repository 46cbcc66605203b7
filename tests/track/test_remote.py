"""Tracking on another machine gives what tracking here gives, to the byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pytest

from generator import plan
from generator.artifacts.track import TrackRequest
from generator.box.ssh import SshShell
from generator.engine import run as engine
from generator.engine.ports import Ports
from generator.engine.store import Store
from generator.errors import SceneError, TrackError
from generator.scene.load import load_project
from generator.scene.model import CLIP_NAMES, Clip, Scene, Track, Wan
from generator.track import stage as track
from generator.track.remote import (
    Box,
    pack_code,
    requirements,
    ssh_destination,
    track_on_box,
    venv_path,
)
from generator.track.stage import track_clip
from generator.video.ffmpeg import FfmpegBinary
from tests.small_room import BREATHE, make_small_room
from tests.sshd import SSHD, Sshd
from tests.wan_project import Told

pytestmark = pytest.mark.skipif(not SSHD, reason="needs OpenSSH's sshd")

PATIENT_S = 60.0
"""A busy machine that runs these tests is no hanging box."""
SOURCE = Path(__file__).parents[2] / "assets/source"


@pytest.fixture(scope="module")
def decodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ffmpeg that writes a line into `decodes.log` beside it whenever it is run."""
    program = tmp_path_factory.mktemp("ffmpeg") / "decodes"
    real = imageio_ffmpeg.get_ffmpeg_exe()
    program.write_text(f'#!/bin/sh\necho "$*" >>{program}.log\nexec {real} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, sshd: Sshd, decodes: Path) -> Box:
    """The box with the tracker's environment in place: this very Python, and an ffmpeg we hear."""
    home = str(tmp_path_factory.mktemp("box") / "room/tracker")
    venv = Path(venv_path(home))
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").write_text(
        f'#!/bin/sh\nIMAGEIO_FFMPEG_EXE={decodes} exec {sys.executable} "$@"\n'
    )
    (venv / "bin/python").chmod(0o755)
    (venv / "ready").touch()
    return Box(SshShell("box", config=sshd.client_config, login_s=PATIENT_S), home)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first second of the reference room."""
    path = tmp_path_factory.mktemp("clip") / "ambient.mkv"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    options = ["-frames:v", "8", "-vf", "scale=640:352", "-c:v", "ffv1"]
    source = str(SOURCE / "ambient.mkv")
    subprocess.run([ffmpeg, "-v", "error", "-i", source, *options, str(path)], check=True)
    return path


@pytest.fixture
def request_() -> TrackRequest:
    """What the repository's own scene asks, of a smaller clip."""
    scene = load_project(Path(__file__).parents[2]).scene
    scene = replace(scene, room=replace(scene.room, size=(640, 352)))
    return track.track_request(scene, "ambient")


def test_the_same_bytes_and_the_clip_goes_there_once(
    box: Box, clip: Path, request_: TrackRequest, tmp_path: Path
) -> None:
    """Over a real sshd; the second run finds the clip by its content."""
    here, there, again = (tmp_path / name for name in ("here", "there", "again"))
    for folder in (here, there, again):
        folder.mkdir()
    ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe())
    told = Told()
    facts = track_clip(request_, clip, here, ffmpeg=ffmpeg, anchor=None, progress=told)
    assert track_on_box(box, request_, clip, there, anchor=None, progress=told) == facts
    for name in ("track.json", "report.json"):
        assert (here / name).read_bytes() == (there / name).read_bytes()
    assert sorted(p.name for p in there.iterdir()) == ["report.json", "track.json"]
    track_on_box(box, request_, clip, again, anchor=None, progress=told)
    assert told.text.count("sent ambient.mkv") == 1
    assert (again / "track.json").read_bytes() == (here / "track.json").read_bytes()


def test_a_refusal_there_is_told_in_the_tracker_s_words(
    box: Box, clip: Path, request_: TrackRequest, tmp_path: Path
) -> None:
    """A frame that the clip has not got."""
    wrong = replace(request_, picked_frame=99)
    with pytest.raises(TrackError) as caught:
        track_on_box(box, wrong, clip, tmp_path, anchor=None, progress=Told())
    assert "99 of a clip with 8 frames" in str(caught.value) and "on box" in str(caught.value)


def test_where_it_runs_is_no_part_of_the_key() -> None:
    """Same parameters, so a track made there is fresh here; but a save starts nothing remote."""
    film = Clip(render="file", file="film.mkv")
    scene = Scene(walkin=film, ambient=film)
    away = replace(scene, track=Track(on="spark"), wan=Wan(host="box"))
    here, there = (track.stage(each, "ambient") for each in (scene, away))
    assert (here.params, here.version, here.inputs) == (there.params, there.version, there.inputs)
    assert (here.remote, there.remote) == (False, True)


@pytest.mark.parametrize("host", ["", "http://127.0.0.1:8188"])
def test_tracking_needs_a_login(host: str) -> None:
    """A server's address is not enough."""
    with pytest.raises(SceneError, match="ssh destination"):
        ssh_destination(Wan(host=host))


def test_what_is_sent_is_our_sources_and_exact_versions() -> None:
    """The same zip every time; no torch among what is installed."""
    assert pack_code() == pack_code()
    assert all("==" in line for line in requirements())
    assert not any("torch" in line for line in requirements())


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small room whose clips are there and whose track is not."""
    room = make_small_room(tmp_path_factory.mktemp("rendered") / "room")
    project = load_project(room)
    kinds = {"render", "finish"}
    only = engine.RunOptions(only=lambda stage: stage.name.partition(":")[0] in kinds)
    ports = Ports(ffmpeg=FfmpegBinary())
    engine.run(project.root, plan.stages(project.scene), ports, only)
    # Of a camera that we moved nothing is tracked: the films become ones that somebody brought.
    text = project.scene_path.read_text()
    for clip in CLIP_NAMES:
        made = Store(room).entries()[f"render:{clip}"].outputs["master"].path
        shutil.copy(room / made, room / f"assets/source/{clip}.mp4")
        brought = f'[clips.{clip}]\nrender = "file"\nfile = "assets/source/{clip}.mp4"\n'
        text = text.replace(f'[clips.{clip}]\nrender = "still"', f"{brought}#")
    project.scene_path.write_text(text)
    project = load_project(room)
    engine.run(project.root, plan.stages(project.scene), ports, only)
    return room


def test_two_builds_at_once_track_once(
    rendered: Path, box: Box, sshd: Sshd, decodes: Path, tmp_path: Path
) -> None:
    """Two in one project and one in a clone of it: the box decodes as often as one run here."""
    here, one, clone = (tmp_path / name for name in ("here", "one", "clone"))
    wan = f'host = "box"\nhome = "{Path(box.home).parent}"'
    for room in (here, one, clone):
        shutil.copytree(rendered, room)
        scene = room / "site_src/scene.toml"
        scene.write_text(scene.read_text().replace('host = ""', wan))
    log = Path(f"{decodes}.log")
    log.write_text("")
    local = [*BREATHE, "-C", str(here), "track", "--on", "here"]
    subprocess.run(local, env={**os.environ, "IMAGEIO_FFMPEG_EXE": str(decodes)}, check=True)
    once = len(log.read_text().splitlines())
    assert once > 0

    log.write_text("")
    ssh = {"BREATHE_SSH_CONFIG": str(sshd.client_config), "BREATHE_SSH_PATIENCE_S": f"{PATIENT_S}"}
    env = {**os.environ, **ssh}
    builds = [
        subprocess.Popen(
            [*BREATHE, "-C", str(room), "track", "--on", "spark"],
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for room in (one, one, clone)
    ]
    said = [build.communicate(timeout=240)[0] for build in builds]
    assert [build.returncode for build in builds] == [0, 0, 0], "\n".join(said)
    assert len(log.read_text().splitlines()) == once
    baked = sorted(p.relative_to(here) for p in (here / "assets/baked").glob("track-*/*/*.json"))
    assert len(baked) == 4
    for room in (one, clone):
        for path in baked:
            assert (room / path).read_bytes() == (here / path).read_bytes(), path


@pytest.mark.long
def test_a_fresh_box_gets_the_tracker_s_environment(
    clip: Path, request_: TrackRequest, tmp_path: Path
) -> None:
    """An empty home, two that come at once: one real venv from the index, a track like ours."""
    path = f"{sys.base_prefix}/bin:/usr/bin:/bin"
    with Sshd(tmp_path / "sshd", home=tmp_path / "home", path=path) as server:
        box = Box.of(Wan(), SshShell("box", config=server.client_config, login_s=PATIENT_S))
        here, there, beside = (tmp_path / name for name in ("here", "there", "beside"))
        for folder in (here, there, beside):
            folder.mkdir()
        told = Told()
        with ThreadPoolExecutor() as pool:
            for folder in (there, beside):
                pool.submit(track_on_box, box, request_, clip, folder, anchor=None, progress=told)
    assert "making the tracker's environment on box" in told.text
    ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe())
    track_clip(request_, clip, here, ffmpeg=ffmpeg, anchor=None, progress=told)
    for folder in (there, beside):
        assert (here / "track.json").read_bytes() == (folder / "track.json").read_bytes()
    made = tmp_path / "home" / venv_path(box.home)
    assert "include-system-site-packages = false" in (made / "pyvenv.cfg").read_text()
    assert not list(made.glob("lib/*/site-packages/torch*"))


def test_a_box_without_an_index_says_so(clip: Path, request_: TrackRequest, tmp_path: Path) -> None:
    """And leaves no half environment that the next run would take for a whole one."""
    pip = tmp_path / "home/.config/pip/pip.conf"
    pip.parent.mkdir(parents=True)
    pip.write_text("[global]\nindex-url = http://127.0.0.1:9/simple\nretries = 0\n")
    path = f"{sys.base_prefix}/bin:/usr/bin:/bin"
    with Sshd(tmp_path / "sshd", home=tmp_path / "home", path=path) as server:
        box = Box.of(Wan(), SshShell("box", config=server.client_config, login_s=PATIENT_S))
        with pytest.raises(TrackError, match="no environment for the tracker"):
            track_on_box(box, request_, clip, tmp_path, anchor=None, progress=Told())
    assert not list((tmp_path / "home").glob("**/ready"))
