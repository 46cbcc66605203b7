"""`breathe add`: what an author brings is taken in, and the scene names it; nothing is lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

from generator.scene.load import load_project
from generator.video.ffmpeg import find_ffmpeg
from tests.small_room import breathe, draw_photo, make_small_room


def film(target: Path, *, size: str = "400x300", rate: int = 30) -> Path:
    """A second of test picture with sound."""
    sources = [
        "-f",
        "lavfi",
        "-i",
        f"testsrc2=s={size}:r={rate}:d=1",
        "-f",
        "lavfi",
        "-i",
        "sine=d=1",
    ]
    argv = [str(find_ffmpeg()), "-v", "error", "-y", *sources, "-pix_fmt", "yuv420p", str(target)]
    subprocess.run(argv, check=True)
    return target


def test_a_film_becomes_the_clip(tmp_path: Path) -> None:
    room = make_small_room(tmp_path / "room")
    before = (room / "site_src/scene.toml").read_text()
    said = breathe(room, "add", "ambient", str(film(tmp_path / "IMG 0815.MOV"))).stdout
    assert "from 400x300 to 320x176 px; from 30.00 to 16 frames a second; sound dropped" in said
    scene = load_project(room).scene
    assert scene.ambient.render == "file"
    assert scene.ambient.file == "assets/source/ambient.mp4"
    breathe(room, "render", "ambient")
    after = (room / "site_src/scene.toml").read_text()
    comments = [line for line in before.splitlines() if line.lstrip().startswith("#")]
    assert all(comment in after for comment in comments)


def test_what_was_there_stays(tmp_path: Path) -> None:
    """A second film and a second hero stand beside the first."""
    room = make_small_room(tmp_path / "room")
    photo = tmp_path / "other.png"
    draw_photo(photo, seed=3)
    old = next((room / "assets/source").glob("hero.*"))
    kept = old.read_bytes()
    said = breathe(room, "add", "hero", str(photo)).stdout
    assert "pick again" in said
    assert load_project(room).scene.room.hero == "assets/source/hero-2.png"
    assert old.read_bytes() == kept
    clip = film(tmp_path / "a.mp4")
    for name in ("walkin.mp4", "walkin-2.mp4"):
        breathe(room, "add", "walkin", str(clip))
        assert load_project(room).scene.walkin.file == f"assets/source/{name}"


def test_what_cannot_be_taken_in_changes_nothing(tmp_path: Path) -> None:
    room = make_small_room(tmp_path / "room")
    scene = (room / "site_src/scene.toml").read_text()
    (tmp_path / "words.mov").write_text("no film")
    assert (
        "cannot read" in breathe(room, "add", "walkin", str(tmp_path / "words.mov"), code=1).stderr
    )
    assert "no such file" in breathe(room, "add", "hero", "gone.jpg", code=2).stderr
    assert (room / "site_src/scene.toml").read_text() == scene
    assert sorted(p.name for p in (room / "assets/source").iterdir()) == ["hero.png"]


def test_a_film_without_a_suffix_overwrites_nothing(tmp_path: Path) -> None:
    """Two of them in the room's own form are copied as they are, each under a name of its own."""
    room = make_small_room(tmp_path / "room")
    notes = room / "assets/source/walkin"
    notes.write_text("mine")
    movie = tmp_path / "movie"
    film(tmp_path / "a.mp4").rename(movie)
    breathe(room, "add", "walkin", str(movie))
    assert notes.read_text() == "mine"
    assert load_project(room).scene.walkin.file.startswith("assets/source/walkin-2")
