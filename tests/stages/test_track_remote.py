"""Tracking on another machine gives what tracking here gives, to the byte."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pytest

from generator.adapters.ssh import SshShell
from generator.errors import SceneError, TrackError
from generator.model import Scene, Track, Wan
from generator.stages import track
from generator.stages.track_remote import (
    Box,
    pack_code,
    requirements,
    ssh_destination,
    track_on_box,
    venv_path,
)
from generator.stages.tracking import Request, track_clip
from tests.sshd import SSHD, Sshd
from tests.wan_project import Told

pytestmark = pytest.mark.skipif(not SSHD, reason="needs OpenSSH's sshd")

SOURCE = Path(__file__).parents[2] / "assets/source"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A login on this machine, with the tracker's environment in place: this very Python."""
    root = tmp_path_factory.mktemp("box")
    home = str(root / "room/tracker")
    venv = Path(venv_path(home))
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (venv / "bin/python").chmod(0o755)
    (venv / "ready").touch()
    server = Sshd(root / "sshd")
    server.start()
    try:
        yield Box(SshShell("box", config=server.client_config), home)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first second of the reference room."""
    import subprocess

    path = tmp_path_factory.mktemp("clip") / "ambient.mkv"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    options = ["-frames:v", "8", "-vf", "scale=640:352", "-c:v", "ffv1"]
    source = str(SOURCE / "ambient.mkv")
    subprocess.run([ffmpeg, "-v", "error", "-i", source, *options, str(path)], check=True)
    return path


@pytest.fixture
def request_() -> Request:
    """What the repository's own scene asks, of a smaller clip."""
    from generator.config import load_project

    scene = load_project(Path(__file__).parents[2]).scene
    scene = replace(scene, room=replace(scene.room, size=(640, 352)))
    return track.track_request(scene, "ambient")


def test_the_same_bytes_and_the_clip_goes_there_once(
    box: Box, clip: Path, request_: Request, tmp_path: Path
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
    assert not list(Path(box.home).glob("job-*"))


def test_a_refusal_there_is_told_in_the_tracker_s_words(
    box: Box, clip: Path, request_: Request, tmp_path: Path
) -> None:
    """A frame that the clip has not got."""
    wrong = replace(request_, picked_frame=99)
    with pytest.raises(TrackError) as caught:
        track_on_box(box, wrong, clip, tmp_path, anchor=None, progress=Told())
    assert "99 of a clip with 8 frames" in str(caught.value) and "on box" in str(caught.value)


def test_where_it_runs_is_no_part_of_the_key() -> None:
    """Same parameters, so a track made there is fresh here; but a save starts nothing remote."""
    here = track.stage(Scene(), "ambient")
    there = track.stage(Scene(track=Track(on="spark"), wan=Wan(host="box")), "ambient")
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
