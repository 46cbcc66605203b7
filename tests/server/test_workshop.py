"""A new photo: first a draft, then stage by stage."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from generator.errors import BuildError, StageError
from generator.server.baking import BakeError, Due
from generator.server.workshop import DRAFT, Built, NotBakedError, Workshop
from tests.once import Once, copy_of
from tests.small_room import breathe, make_small_room


def make_long_room(root: Path) -> None:
    """A photo of a screen whose clips would be long, with all that a draft must do without."""
    make_small_room(root)
    scene = root / "site_src/scene.toml"
    text = scene.read_text().replace("frames = 8", "frames = 24").replace("frame = 0", "frame = 3")
    text += '\n[[track.adjust]]\nclip = "ambient"\nframe = 20\n'
    text += "offset_px = [[1, 0], [1, 0], [1, 0], [1, 0]]\n"
    scene.write_text(text)


def make_drafted_room(root: Path) -> None:
    """The same, with the draft made."""
    make_long_room(root)
    bake(workshop(root), DRAFT)


@pytest.fixture
def room(once: Once, tmp_path: Path) -> Path:
    """A long room to work on."""
    return copy_of(once(make_long_room), tmp_path / "room")


@pytest.fixture
def drafted(once: Once, tmp_path: Path) -> Path:
    """A drafted room to work on."""
    return copy_of(once(make_drafted_room), tmp_path / "room")


def workshop(root: Path) -> Workshop:
    command = [sys.executable, "-m", "generator", "-C", str(root), "bake"]
    return Workshop(root, command, "token", lambda note: None)


def bake(shop: Workshop, stage: str) -> list[tuple[str, float]]:
    steps: list[tuple[str, float]] = []

    async def run() -> None:
        await shop.bake(
            Due(stage, "", is_slow=False), lambda step, done: steps.append((step, done))
        )

    in_a_loop(run)
    return steps


def in_a_loop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work` to its end on a thread of its own: a browser's driver may have a loop on this."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()


def frames(built: Built) -> int:
    page = built.files["index.html"]
    assert isinstance(page, bytes)
    scene = re.search(rb'id="scene">(.*?)</script>', page, re.DOTALL)
    assert scene
    return int(json.loads(scene[1])["clips"]["ambient"]["frame_count"])


def test_a_draft_gives_a_page_and_the_clips_are_due(room: Path) -> None:
    shop = workshop(room)
    with pytest.raises(NotBakedError) as asked:
        shop.quick()
    assert [due.stage for due in asked.value.due] == [DRAFT]
    steps = bake(shop, DRAFT)
    assert ("finish:poster", 1.0) in steps
    assert all(0 <= done <= 1 for _, done in steps)
    draft = shop.quick()
    assert [due.stage for due in draft.due] == ["render:ambient", "render:walkin"]
    assert frames(draft) < 20
    assert {reason.split(": ")[0] for reason in draft.stale} >= {"finish:ambient", "finish:poster"}
    stale = json.loads(breathe(room, "status", "--json").stdout)["stages"]
    assert {s["name"]: s["state"] for s in stale}["finish:ambient"] == "stale"


def test_every_stage_makes_the_next_ones_due_until_nothing_is(drafted: Path) -> None:
    shop = workshop(drafted)
    made: list[str] = []
    while due := shop.quick().due:
        assert due[0].stage not in made, "a stage that was made is not due again"
        made.append(due[0].stage)
        bake(shop, due[0].stage)
    assert frames(shop.quick()) == 46, "a ping-pong of 24"
    assert shop.quick().stale == ()
    assert made.index("render:ambient") < made.index("track:ambient") < made.index("light:ambient")


def test_a_baked_file_that_is_gone_is_made_again(drafted: Path) -> None:
    shop = workshop(drafted)
    for stage in ("render:ambient", "track:ambient"):
        bake(shop, stage)
    for track in (drafted / "assets/baked/track-ambient").glob("*/track.json"):
        track.unlink()
    with pytest.raises(NotBakedError, match="track-ambient") as asked:
        shop.quick()
    assert "track:ambient" in [due.stage for due in asked.value.due]
    bake(shop, "track:ambient")
    assert shop.quick().files


def test_what_the_author_waits_for_goes_first(drafted: Path) -> None:
    """The feeds wait for no clip, and the chair's clip for no walk."""
    shop = workshop(drafted)
    feed = drafted / "site_src/news/sample.xml"
    feed.write_text(feed.read_text().replace("<title>", "<title>New: ", 1))
    due = shop.quick().due
    assert [one.stage for one in due][:3] == ["news", "render:ambient", "render:walkin"]
    assert [one.is_slow for one in due][:3] == [False, True, True]


def bring_masters(room: Path, shop: Workshop) -> None:
    """Make both masters, and have the scene name them as films that the author brought."""
    for stage in ("render:walkin", "render:ambient"):
        bake(shop, stage)
    scene = room / "site_src/scene.toml"
    text = scene.read_text()
    for clip in ("walkin", "ambient"):
        masters = (room / f"assets/baked/render-{clip}").glob("*/*.mp4")
        max(masters, key=lambda path: path.stat().st_mtime_ns).rename(
            room / f"assets/source/{clip}.mp4"
        )
        still = f'[clips.{clip}]\nrender = "still"'
        assert still in text
        text = text.replace(
            still, f'[clips.{clip}]\nrender = "file"\nfile = "assets/source/{clip}.mp4"'
        )
    scene.write_text(text.replace("frames = 24\n", ""))
    (room / "assets/baked.lock").unlink()


def test_where_nothing_can_be_followed_there_is_a_page_to_pick_on(drafted: Path) -> None:
    """A photo without a feature: its own push-in is known; brought as a film it is not.

    The draft stands still then, and the full track says what is wrong.
    """
    hero = drafted / "assets/source/hero.png"
    cv2.imwrite(str(hero), np.full((352, 640, 3), 90, np.uint8))
    shop = workshop(drafted)
    bake(shop, "render:ambient")
    bake(shop, "track:ambient")
    bring_masters(drafted, shop)
    shop = workshop(drafted)
    bake(shop, DRAFT)
    stale = {reason.split(": ")[0] for reason in shop.quick().stale}
    assert stale >= {"track:walkin", "track:ambient"}
    with pytest.raises(StageError, match="pick the corners on a frame where"):
        bake(shop, "track:ambient")


def test_clips_that_the_author_brought_are_drafted_as_long_as_they_are(drafted: Path) -> None:
    """Nothing is baked yet, and they are longer than a draft."""
    bring_masters(drafted, workshop(drafted))
    shop = workshop(drafted)
    bake(shop, DRAFT)
    assert frames(shop.quick()) == 46, "a ping-pong of 24"


def test_a_stage_says_what_is_wrong_in_its_own_words(room: Path) -> None:
    shop = workshop(room)
    (room / "assets/source/hero.png").write_bytes(b"no picture")
    with pytest.raises(StageError, match="hero"):
        bake(shop, DRAFT)


def test_a_failure_says_which_project_it_is_of(room: Path) -> None:
    shop = workshop(room)
    (room / "assets/source/hero.png").write_bytes(b"no picture")
    with pytest.raises(NotBakedError) as asked:
        shop.quick()
    (due,) = asked.value.due
    with pytest.raises(BakeError, match="hero") as failed:
        bake(shop, DRAFT)
    assert failed.value.key == due.key
    scene = room / "site_src/scene.toml"
    scene.write_text(scene.read_text().replace("fps =", "fpz ="))
    with pytest.raises(BakeError, match="did you mean fps") as failed:
        bake(shop, DRAFT)
    assert failed.value.key is None


def test_a_clip_that_only_the_box_can_make_is_asked_for(room: Path) -> None:
    scene = room / "site_src/scene.toml"
    ambient = '[clips.ambient]\nrender = "still"'
    assert ambient in scene.read_text()
    scene.write_text(scene.read_text().replace(ambient, '[clips.ambient]\nrender = "wan"'))
    with pytest.raises(BuildError, match="breathe render ambient") as refused:
        workshop(room).quick()
    assert not isinstance(refused.value, NotBakedError)


def test_a_bake_that_an_edit_overtakes_ends_without_a_word(
    room: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shop = workshop(room)

    async def overtake() -> None:
        begun = asyncio.Event()
        due = Due(DRAFT, "", is_slow=False)
        baking = asyncio.create_task(shop.bake(due, lambda step, done: begun.set()))
        await begun.wait()
        baking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await baking

    in_a_loop(overtake)
    assert capfd.readouterr().err == ""
