"""A project from start to bundle, as its author goes through it, on the real command line."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from generator.engine.store import Store
from generator.video.ffmpeg import find_ffmpeg
from tests.once import copy_of
from tests.small_room import BREATHE, breathe, draw_photo


@pytest.fixture
def room(built_room: Path, tmp_path: Path) -> Path:
    """A copy of it to work on."""
    return copy_of(built_room, tmp_path / "room")


def status_rows(room: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(breathe(room, "status", "--json").stdout)["stages"]
    return rows


def states(room: Path) -> dict[str, str]:
    return {row["name"]: row["state"] for row in status_rows(room)}


def stale(room: Path) -> set[str]:
    return {name for name, state in states(room).items() if state != "fresh"}


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def change(room: Path, old: str, new: str) -> None:
    scene = room / "site_src/scene.toml"
    text = scene.read_text()
    assert old in text
    scene.write_text(text.replace(old, new, 1))


def test_a_build_makes_a_page_and_a_second_does_nothing(room: Path) -> None:
    assert (room / "dist/index.html").is_file()
    assert json.loads((room / "dist/news.json").read_text())["version"].startswith(
        "https://jsonfeed"
    )
    before = digest(room / "dist")
    breathe(room, "build")
    second = breathe(room, "build")
    assert "up to date" in second.stdout
    assert second.stderr == ""
    assert digest(room / "dist") == before
    assert set(states(room).values()) == {"fresh"}
    breathe(room, "build", "--frozen")


def test_a_build_with_nothing_to_do_loads_nothing_that_does_the_work(room: Path) -> None:
    """That, and not a clock, is what keeps it within a few times its own imports."""
    breathe(room, "build")
    command = [BREATHE[0], "-X", "importtime", *BREATHE[1:], "-C", str(room), "build"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "generator.engine.run" in loaded
    heavy = {"numpy", "cv2", "ffmpeg", "jinja2", "tornado", "tomlkit"}
    heavy |= {"urllib.request", "httpx", "ssl", "brotli", "zstandard", "tree_sitter"}
    heavy |= {"generator.engine.reasons"}
    assert loaded & heavy == set()


def test_two_builds_are_byte_identical_wherever_and_whenever(room: Path, tmp_path: Path) -> None:
    """Other folder, time, time zone, language, umask and hash seed: the same bytes, modes too."""
    other = Path(shutil.copytree(room, tmp_path / "elsewhere" / "room"))
    shutil.rmtree(other / "dist")
    shutil.rmtree(other / ".breathe")
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    breathe(room, "build", "--frozen", "--with-demo", "--out", "dist2")
    subprocess.run(
        [*BREATHE, "-C", str(other), "build", "--frozen", "--with-demo"],
        check=True,
        umask=0o077,
        env={
            **os.environ,
            "TZ": "Pacific/Chatham",
            "LC_ALL": "POSIX",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONUTF8": "0",
            "PYTHONHASHSEED": "7",
        },
    )
    assert digest(other / "dist") == digest(room / "dist2")
    assert modes(other / "dist") == modes(room / "dist2")


def modes(folder: Path) -> dict[str, str]:
    """Who may read what."""
    paths = (folder, *folder.rglob("*"))
    return {str(path.relative_to(folder)): oct(path.stat().st_mode) for path in paths}


def test_touching_files_makes_nothing_stale(room: Path) -> None:
    for path in (room / "assets/source").iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    os.utime(room / "site_src/scene.toml")
    assert stale(room) == set()


def test_a_corner_a_feed_a_prompt_and_a_hero_each_make_the_right_stages_stale(room: Path) -> None:
    scene = (room / "site_src/scene.toml").read_text()
    change(room, "[0.34, 0.26]", "[0.341, 0.26]")
    assert stale(room) == {"track:walkin", "track:ambient", "light:walkin", "light:ambient"}
    (room / "site_src/scene.toml").write_text(scene)
    feed = room / "site_src/news/sample.xml"
    feed.write_text(feed.read_text().replace("<title>", "<title>Fresh ", 1))
    assert stale(room) == {"news"}
    change(room, 'render = "still"', 'render = "still"\nprompt = "a breeze"')
    assert stale(room) == {"news"}, "a still clip has no use for a prompt"
    draw_photo(room / "assets/source/hero.png", seed=1)
    assert stale(room) == {
        "render:walkin", "render:ambient", "finish:walkin", "finish:ambient", "finish:poster",
        "track:walkin", "track:ambient", "light:walkin", "light:ambient", "news",
    }  # fmt: skip
    breathe(room, "build")
    assert stale(room) == set()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["build", "--out", "."], 2, "holds the project"),
        (
            ["build", "--out", "site_src"],
            2,
            "inside site_src, which is kept for other things",
        ),
        (["-C", "nowhere", "status"], 2, "breathe new"),
        (["build", "--nonsense"], 2, "No such option"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_a_wrong_call_says_so_with_code_2(
    room: Path, arguments: list[str], code: int, words: str
) -> None:
    assert words in breathe(room, *arguments, code=code).stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("fps = 16", "fpz = 16", "did you mean fps?"),
        ("source/hero.png", "source/hero.jpg", "site_src/scene.toml:N [room] hero assets/source"),
        ("source/hero.png", "source/hero.jpg", "did you mean assets/source/hero.png?"),
        ("[0.34, 0.26]", "[0.9, 0.9]", "not convex"),
        ("[0.34, 0.26]", "[-0.1, 0.26]", "top left corner"),
        ("site_src/news/sample.xml", "x.xml", "[news] feeds, item 1 x.xml: got no such file"),
        (
            'render = "still"',
            'render = "file"\nfile = "assets/source/hero.png"',
            "site_src/scene.toml:N [clips.walkin] file assets/source/hero.png: got a single",
        ),
        (
            'render = "still"',
            'render = "still"\ncrop = [0, 0, 0, 60]',
            "site_src/scene.toml:N [clips.walkin] crop: got [0, 0, 0, 60]",
        ),
    ],
)
def test_bad_input_ends_in_one_clear_message_and_leaves_the_last_build(
    room: Path, old: str, new: str, words: str
) -> None:
    bundle, baked = digest(room / "dist"), digest(room / "assets/baked")
    lock = (room / "assets/baked.lock").read_bytes()
    change(room, old, new)
    done = subprocess.run(
        [*BREATHE, "-C", str(room), "build"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode in (1, 2)
    assert words in re.sub(r"scene\.toml:\d+", "scene.toml:N", done.stderr)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) < 24
    assert digest(room / "dist") == bundle
    assert (room / "assets/baked.lock").read_bytes() == lock
    assert digest(room / "assets/baked") == baked


def test_a_garbage_feed_names_the_file_and_leaves_the_news(room: Path) -> None:
    news = (room / "dist/news.json").read_bytes()
    (room / "site_src/news/sample.xml").write_text("%PDF-1.7 not a feed")
    done = breathe(room, "build", code=1)
    assert "sample.xml" in done.stderr
    assert (room / "dist/news.json").read_bytes() == news


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.long)])
def test_a_build_killed_at_any_moment_leaves_everything_whole(room: Path, kills: int) -> None:
    """The lock's files stay intact, `dist` is the old or the new one, and the next build heals."""
    rng = random.Random(kills)
    scene = room / "site_src/scene.toml"
    text = scene.read_text()
    started = time.monotonic()
    change(room, "[0.34, 0.26]", "[0.34001, 0.26]")
    breathe(room, "build")
    length_s = time.monotonic() - started
    for k in range(kills):
        scene.write_text(text.replace("[0.34, 0.26]", f"[{0.34 + (k + 2) * 1e-5:.5f}, 0.26]"))
        process = subprocess.Popen(
            [*BREATHE, "-C", str(room), "build"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0, length_s))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        store = Store(room)
        for name, entry in store.entries().items():
            for output in entry.outputs.values():
                assert store.intact(output), (k, name)
        manifest = json.loads((room / "dist/manifest.json").read_text())
        for file in manifest["files"]:
            content = (room / "dist" / file["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"], (k, file["path"])
    breathe(room, "build")
    assert stale(room) == set()
    assert not list(room.glob(".dist-*"))


def test_a_full_disk_says_so_and_leaves_the_last_build(room: Path) -> None:
    """A file size limit stands in for a disk: writes fail in the middle, as they would there."""
    bundle = digest(room / "dist")
    change(room, "[0.34, 0.26]", "[0.3402, 0.26]")
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 1; exec "$@"', "-", *BREATHE, "-C", str(room), "build"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert digest(room / "dist") == bundle


def test_new_refuses_a_folder_that_holds_anything(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room/notes.txt").write_text("mine")
    done = breathe(tmp_path, "new", "room", code=2)
    assert "not empty" in done.stderr
    assert [p.name for p in (tmp_path / "room").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("gone.jpg", "no such file", 2),
        ("a.txt", "no picture of any known kind", 1),
        ("words.jpg", "expected a photo, such as JPEG", 1),
        ("cut.png", "a copy that was cut short looks like this", 1),
    ],
)
def test_new_refuses_what_is_no_photo(tmp_path: Path, name: str, words: str, code: int) -> None:
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "words.jpg").write_text("no picture")
    draw_photo(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    assert words in breathe(tmp_path, "new", "room", "--hero", name, code=code).stderr
    assert not (tmp_path / "room").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1x1.png", "got a picture of 1x1 px; expected at least 320 px on the shorter side"),
        ("1000x319.jpg", "got a picture of 1000x319 px"),
        ("moving.jpg", "got 3 pictures in one file; expected one photo"),
        ("moving.webp", "got 3 pictures in one file; expected one photo"),
    ],
)
def test_new_refuses_a_picture_that_no_room_can_be_made_of(
    tmp_path: Path, name: str, words: str
) -> None:
    """By what is in the file, whatever its name: moving.jpg is a GIF."""
    photo = tmp_path / name
    if "x" in photo.stem:
        width, height = map(int, photo.stem.split("x"))
        cv2.imwrite(str(photo), np.full((height, width, 3), 90, np.uint8))
    else:
        as_what = ["-f", "gif"] if name == "moving.jpg" else ["-c:v", "libwebp_anim"]
        source = ["-f", "lavfi", "-i", "testsrc2=size=640x400:rate=5"]
        ffmpeg = str(find_ffmpeg())
        subprocess.run([ffmpeg, *source, "-frames:v", "3", *as_what, str(photo)], check=True)
    said = breathe(tmp_path, "new", "room", "--hero", name, code=1).stderr
    assert f"{name}: {words}" in said
    assert "→" in said
    assert not (tmp_path / "room").exists()


@pytest.mark.parametrize(("width", "is_soft"), [(1279, True), (1280, False)])
def test_new_warns_of_a_photo_that_will_look_soft(
    tmp_path: Path, width: int, is_soft: bool
) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((700, width, 3), 90, np.uint8))
    said = breathe(tmp_path, "new", "room", "--hero", "photo.png").stderr
    assert ("the room will look soft" in said) == is_soft
    assert (tmp_path / "room/site_src/scene.toml").is_file()


def test_new_says_what_to_type_next_whatever_the_folder_is_called(tmp_path: Path) -> None:
    draw_photo(tmp_path / "photo.png")
    said = breathe(tmp_path, "new", "my room", "--hero", "photo.png").stdout
    assert "breathe -C 'my room' dev --open" in said


def test_clean_removes_what_can_be_made_again_and_nothing_else(room: Path) -> None:
    (room / "dist2").mkdir()
    (room / "dist2/mine.txt").write_text("mine")
    breathe(room, "clean")
    assert not (room / "dist").exists()
    assert not (room / ".breathe").exists()
    assert (room / "dist2/mine.txt").exists()
    assert stale(room) == set()


def test_check_finds_a_damaged_baked_file(room: Path) -> None:
    breathe(room, "check")
    entry = Store(room).entries()["track:ambient"]
    track = room / entry.outputs["track"].path
    content = bytearray(track.read_bytes())
    content[-3] ^= 1
    track.write_bytes(content)
    assert entry.outputs["track"].path in breathe(room, "check", code=1).stdout


@pytest.mark.parametrize("size", [0, 1])
def test_a_baked_file_with_a_flipped_byte_is_not_published(room: Path, size: int) -> None:
    """Of the same size or not: the stage is missing, and the next build makes the file again."""
    entry = Store(room).entries()["finish:walkin"]
    clip = room / entry.outputs["h264"].path
    good = clip.read_bytes()
    clip.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:] + b"!" * size)
    row = next(r for r in status_rows(room) if r["name"] == "finish:walkin")
    assert (row["state"], row["why"]) == ("missing", f"{entry.outputs['h264'].path} is damaged")
    assert "is damaged" in breathe(room, "build", "--frozen", code=1).stderr
    bundle = digest(room / "dist")
    breathe(room, "build")
    assert clip.read_bytes() == good
    assert digest(room / "dist") == bundle


def test_a_bundle_with_a_flipped_byte_is_built_again(room: Path) -> None:
    breathe(room, "build")
    bundle = digest(room / "dist")
    page = room / "dist/index.html"
    page.write_bytes(page.read_bytes()[:-1] + b" ")
    breathe(room, "build")
    assert digest(room / "dist") == bundle


AS_OTHERS = (
    ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    if os.geteuid() == 0
    else []
)
"""Permissions hold for root as well."""


def test_a_project_that_may_only_be_read_builds_elsewhere(room: Path, tmp_path: Path) -> None:
    """As in a container, or from a checkout of somebody else's."""
    shutil.rmtree(room / ".breathe")
    before, shared = digest(room), tmp_path / "www"
    command = [*AS_OTHERS, *BREATHE, "-C", str(room), "build"]
    paths = (room, *room.rglob("*"))
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        refused = subprocess.run(command, capture_output=True, text=True, timeout=300)
        for _ in range(2):
            subprocess.run([*command, "--out", str(shared / "room")], check=True, timeout=300)
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert "a folder that can be written" in refused.stderr
    assert digest(shared / "room") == digest(room / "dist")
    assert [path.name for path in shared.iterdir()] == ["room"]
    assert digest(room) == before


def test_a_build_refuses_a_module_that_leads_nowhere_and_keeps_the_last_bundle(room: Path) -> None:
    before = digest(room / "dist")
    main = room / "site_src/runtime/main.js"
    main.write_text(main.read_text().replace('"./controls.js"', '"./control.js"'))
    line = main.read_text().split("./control.js")[0].count("\n") + 1
    done = breathe(room, "build", code=1)
    assert f'site_src/runtime/main.js:{line}: got "./control.js"' in done.stderr
    assert 'did you mean "./controls.js"?' in done.stderr
    assert digest(room / "dist") == before


@pytest.mark.parametrize("path", ["room", "/room", "https://n.example/room/", "/../", '/a"b/', ""])
def test_a_build_refuses_a_base_path_that_is_none(room: Path, path: str) -> None:
    before = digest(room / "dist")
    done = breathe(room, "build", "--base-path", path, code=2)
    assert "expected a path that starts and ends with /" in done.stderr
    assert digest(room / "dist") == before


def test_check_looks_over_a_bundle_wherever_it_will_be_served(room: Path) -> None:
    breathe(room, "build", "--base-path", "/deep/room/", "--with-demo", "--out", "there")
    said = breathe(room, "check", "--out", "there").stdout
    assert "links: every reference is in the bundle" in said
    (room / "there/assets/left-over.txt").write_text("nobody's")
    next((room / "there").glob("assets/styles.*/lost.css")).unlink()
    said = breathe(room, "check", "--out", "there", code=1).stdout
    assert "unused files: assets/left-over.txt" in said
    assert re.search(r"links: lead nowhere: assets/styles\.\w+/lost\.css \(from 404\.html\)", said)


def test_check_finds_what_is_not_as_it_was_built(room: Path) -> None:
    breathe(room, "build", "--out", "there")
    there = room / "there"
    assert "bundle: as it was built" in breathe(room, "check", "--out", "there").stdout
    (there / "notes.txt").write_text("nobody's")
    page = (there / "index.html").read_text()
    (there / "index.html").write_text(page.replace("room", "boom", 1))
    (there / "news.json.br").unlink()
    (there / "404.html.gz").write_bytes(b"short")
    said = breathe(room, "check", "--out", "there", code=1).stdout
    assert "lost: news.json.br; changed since the build: 404.html.gz, index.html;" in said
    assert "not of the build, and would be published: notes.txt" in said


def test_check_stops_at_a_page_that_is_gone(room: Path) -> None:
    (room / "dist/index.html").unlink()
    said = breathe(room, "check", code=1)
    assert "✗ bundle: lost: index.html\n" in said.stdout
    assert said.stderr == ""


def test_check_goes_on_after_damage_to_what_it_reads(room: Path) -> None:
    """A style sheet that is gone and a page that is no UTF-8 are findings, not crashes."""
    for style in (room / "dist").glob("assets/styles.*/*.css"):
        style.unlink()
    page = room / "dist/index.html"
    page.write_bytes(page.read_bytes() + b"\xff")
    said = breathe(room, "check", code=1)
    assert "changed since the build: index.html" in said.stdout
    assert "links: lead nowhere: assets/styles." in said.stdout
    assert "page before the video" in said.stdout
    assert said.stderr == ""


def test_check_reports_a_crop_outside_the_photo_and_one_too_small(room: Path) -> None:
    """The drawn photo has 640x352 px; clips have 320x176."""
    ambient = '[clips.ambient]\nrender = "still"\n'
    change(room, ambient, f"{ambient}crop = [20, 20, 320, 176]\n")
    assert "✓ crops: 1 inside the hero" in breathe(room, "check").stdout
    change(room, "crop = [20, 20, 320, 176]", "crop = [400, 20, 320, 176]")
    said = breathe(room, "check", code=1).stdout
    assert "[clips.ambient] crop: got [400, 20, 320, 176]; expected" in said
    assert "inside the hero's 640x352 px" in said
    change(room, "crop = [400, 20, 320, 176]", "crop = [20, 20, 64, 36]")
    said = breathe(room, "check").stdout
    assert "! crops: scene.toml [clips.ambient] crop: 64x35 of the hero's 640x352 px" in said
    assert "enlarged 5.00 times" in said


def test_check_finds_a_frame_and_a_crossfade_beyond_the_clip(room: Path) -> None:
    """Before anything is made, too: the length is what the scene asks for."""
    assert "✓ lengths: walkin has 8 frames; ambient has 8 frames" in breathe(room, "check").stdout
    scene = room / "site_src/scene.toml"
    scene.write_text(scene.read_text() + '\n[[track.adjust]]\nclip = "walkin"\nframe = 8\n')
    change(room, 'clip = "ambient"\nframe = 0', 'clip = "ambient"\nframe = 30')
    change(room, "crossfade_s = 0.5", "crossfade_s = 0.6")
    for frames, lines in ((8, 3), (40, 0), (9, 2)):
        scene.write_text(re.sub(r"frames = \d+", f"frames = {frames}", scene.read_text()))
        said = breathe(room, "check", code=int(lines > 0)).stdout
        failed = [line for line in said.splitlines() if line.startswith("✗ lengths")]
        assert len(failed) == lines, said
    assert "site_src/scene.toml:" in failed[0]
    assert "[handoff] crossfade_s: got 0.6 s, longer than the walk-in" in failed[0]
    assert "[screen] frame: got 30 of a clip with 9 frames, ambient; expected 0 to 8" in failed[1]


def test_paths_are_relative_to_the_project(room: Path) -> None:
    """`-C` stands for a cd: what a command writes lands there, wherever it is typed."""
    breathe(room, "track", "--report", "report.html", "--preview", "glued.mp4")
    assert (room / "report.html").read_text().startswith("<!doctype html>")
    assert (room / "glued.mp4").stat().st_size > 1000
    config = breathe(room, "spark", "doctor", "--ssh-config", "site_src/gone", code=2).stderr
    assert f"{room}/site_src/gone is not a file" in config


def test_new_says_what_comes_next(tmp_path: Path) -> None:
    """With or without a photo of one's own, the first thing is to see the page."""
    said = breathe(tmp_path, "new", "room").stdout.splitlines()
    assert said[1].strip().startswith("breathe -C room dev --open")


def test_a_build_with_the_demo_says_where_that_is(room: Path) -> None:
    said = breathe(room, "build", "--with-demo", "--out", "there").stdout
    assert said.endswith("The demo newspaper: there/demo/\n")
    assert (room / "there/demo/index.html").is_file()
    assert "demo" not in breathe(room, "build").stdout


def test_a_site_with_an_origin_can_be_found_and_previewed(room: Path) -> None:
    change(room, "[site]\n", '[site]\norigin = "https://example.org"\n')
    breathe(room, "build", "--base-path", "/deep/room/")
    page = (room / "dist/index.html").read_text()
    home = "https://example.org/deep/room/"
    assert f'<link rel="canonical" href="{home}">' in page
    picture = re.search(r'<meta property="og:image" content="([^"]+)">', page)
    assert picture
    assert picture[1].startswith(home)
    assert (room / "dist" / picture[1].removeprefix(home)).read_bytes()[:3] == b"\xff\xd8\xff"
    assert f"<loc>{home}</loc>" in (room / "dist/sitemap.xml").read_text()
    breathe(room, "check")
