"""Editing scene.toml: what is not changed stays to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.artifacts import Quad
from generator.errors import SceneError
from generator.scene.edit import edit_adjust, edit_screen, quad_from_json
from generator.scene.load import parse_scene
from generator.scene.model import AdjustKey

STARTER = (Path(__file__).resolve().parents[2] / "site_src/scene.toml").read_text()
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


OFFSET: Quad = ((1.0, 0.0), (0.0, 0.0), (0.0, -2.5), (0.0, 0.0))
BACK: Quad = ((-1.0, 0.0), (0.0, 0.0), (0.0, 2.5), (0.0, 0.0))


def test_a_second_correction_of_a_frame_adds_to_the_first() -> None:
    once = edit_adjust(STARTER, AdjustKey("ambient", 10, OFFSET, 0.5))
    assert parse_scene(once.text).track.adjust == (AdjustKey("ambient", 10, OFFSET, 0.5),)
    more: Quad = ((0.25, 0.1), (0.0, 0.0), (0.0, 0.5), (0.0, 0.0))
    twice = edit_adjust(once.text, AdjustKey("ambient", 10, more, 0.75))
    both: Quad = ((1.25, 0.1), (0.0, 0.0), (0.0, -2.0), (0.0, 0.0))
    assert parse_scene(twice.text).track.adjust == (AdjustKey("ambient", 10, both, 0.75),)


def test_a_correction_that_comes_to_nothing_is_taken_out() -> None:
    two = edit_adjust(STARTER, AdjustKey("ambient", 10, OFFSET, 0.5))
    two = edit_adjust(two.text, AdjustKey("walkin", 4, OFFSET, 1.0))
    assert [key.clip for key in parse_scene(two.text).track.adjust] == ["ambient", "walkin"]
    one = edit_adjust(two.text, AdjustKey("walkin", 4, BACK, 1.0))
    assert parse_scene(one.text).track.adjust == (AdjustKey("ambient", 10, OFFSET, 0.5),)
    none = edit_adjust(one.text, AdjustKey("ambient", 10, BACK, 1.0))
    assert parse_scene(none.text) == parse_scene(STARTER)


@pytest.mark.parametrize(
    "value",
    [None, [], [[0, 0]] * 3, [[0, 0]] * 5, [[0, 0, 0]] * 4, [["0", 0]] * 4, [[True, 0]] * 4,
     [[float("nan"), 0]] * 4, [[float("inf"), 0]] * 4, [[1e99, 0]] * 4, "abcd", {"a": 1}],
)  # fmt: skip
def test_corners_that_are_not_four_pairs_are_refused(value: object) -> None:
    with pytest.raises(SceneError, match="four"):
        quad_from_json(value, "corners")
