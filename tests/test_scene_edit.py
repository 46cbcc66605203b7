"""Editing scene.toml: what is not changed stays to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.config import parse_scene
from generator.errors import SceneError
from generator.model import AdjustKey, Quad
from generator.scene_edit import edit_adjust, edit_screen, quad_from_json

STARTER = (Path(__file__).resolve().parent.parent / "site_src/scene.toml").read_text()
CORNERS: Quad = ((0.1, 0.2), (0.6, 0.2), (0.6, 0.7), (0.123456789, 0.7))


def test_only_the_lines_of_the_screen_change() -> None:
    edit = edit_screen(STARTER, corners=CORNERS, clip="ambient", frame=3)
    scene = parse_scene(edit.text)
    assert scene.screen.frame == 3
    assert scene.screen.corners[3] == (0.12346, 0.7)
    assert scene.screen.glass is None
    before, after = STARTER.splitlines(), edit.text.splitlines()
    assert {line for line in before if "#" in line} - set(after) <= {
        line
        for line in before
        if line.strip().startswith("[0.") or "tube" in line or "given" in line
    }
    assert "# top left" in edit.text
    assert edit.diff.count("\n") < 40


def test_saving_the_same_corners_changes_nothing() -> None:
    screen = parse_scene(STARTER).screen
    edit = edit_screen(STARTER, corners=screen.corners, clip=screen.clip, frame=screen.frame)
    assert edit.text == STARTER
    assert edit.diff == ""


def test_a_scene_without_a_screen_gets_one() -> None:
    text = "schema = 1 # mine\n"
    edit = edit_screen(text, corners=CORNERS, clip="walkin", frame=0)
    assert edit.text.startswith(text)
    assert parse_scene(edit.text).screen.clip == "walkin"


def test_a_broken_scene_is_not_touched() -> None:
    with pytest.raises(SceneError, match=r"scene\.toml:2"):
        edit_screen("schema = 1\n[room\n", corners=CORNERS, clip="ambient", frame=0)


def test_an_adjust_key_is_added_replaced_and_taken_out() -> None:
    offset = ((1.0, 0.0), (0.0, 0.0), (0.0, -2.5), (0.0, 0.0))
    added = edit_adjust(STARTER, AdjustKey("ambient", 10, offset, 0.5))
    assert parse_scene(added.text).track.adjust == (AdjustKey("ambient", 10, offset, 0.5),)
    moved = ((2.0, 0.0),) + offset[1:]
    replaced = edit_adjust(added.text, AdjustKey("ambient", 10, moved, 0.5))
    assert parse_scene(replaced.text).track.adjust == (AdjustKey("ambient", 10, moved, 0.5),)
    second = edit_adjust(replaced.text, AdjustKey("walkin", 4, offset, 1.0))
    assert len(parse_scene(second.text).track.adjust) == 2
    none = ((0.0, 0.0),) * 4
    out = edit_adjust(second.text, AdjustKey("walkin", 4, none, 1.0))
    out = edit_adjust(out.text, AdjustKey("ambient", 10, none, 1.0))
    assert parse_scene(out.text).track.adjust == ()
    assert parse_scene(out.text) == parse_scene(STARTER)


@pytest.mark.parametrize(
    "value",
    [None, [], [[0, 0]] * 3, [[0, 0]] * 5, [[0, 0, 0]] * 4, [["0", 0]] * 4, [[True, 0]] * 4,
     [[float("nan"), 0]] * 4, [[float("inf"), 0]] * 4, [[1e99, 0]] * 4, "abcd", {"a": 1}],
)  # fmt: skip
def test_corners_that_are_not_four_pairs_are_refused(value: object) -> None:
    with pytest.raises(SceneError, match="four"):
        quad_from_json(value, "corners")
