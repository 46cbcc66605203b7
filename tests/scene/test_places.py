"""Where a setting stands: the line that an author would point at, whatever TOML allows."""

from __future__ import annotations

import pytest

from generator.scene.places import Place, Source, setting

SCENE = '''\
schema = 1
screen.frame = 3
[wan]
host = """
[room]
fps = 1
"""
[[track.adjust]]
clip = "ambient" # fps = 2
[room] # [handoff]
size = [
  1280,
  704,
]
"fps" = 16
[[track.adjust]]

clip = "walkin"
[news]
feeds = ["""a
""", 'b'] # one on each line
max_items = 3
[clips.walkin]
seed = 1
[clips]
ambient = {render = "still", crop = [1, 2,
  3, 4]}
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("schema",), 1),
        (("screen", "frame"), 2),
        (("wan", "host"), 4),
        (("track", "adjust", 0, "clip"), 9),
        (("track", "adjust", 1), 16),
        (("track", "adjust", 1, "clip"), 18),
        (("room", "fps"), 15),
        (("room", "size", 1), 13),
        (("news", "feeds", 0), 20),
        (("news", "feeds", 1), 21),
        (("news", "max_items"), 22),
        (("clips", "walkin", "seed"), 24),
        (("clips", "ambient", "render"), 26),
        (("clips", "ambient", "crop", 2), 27),
    ],
)
def test_a_setting_is_found_on_its_line(place: Place, line: int) -> None:
    assert Source("scene.toml", SCENE).at(place).startswith(f"scene.toml:{line} ")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("room", "hero"), 10),
        (("track", "adjust", 1, "frame"), 16),
        (("track", "adjust", 7, "frame"), 8),
        (("news", "feeds", 9), 20),
        (("light", "patch"), None),
    ],
)
def test_what_is_missing_is_told_by_what_stands_round_it(place: Place, line: int | None) -> None:
    assert Source("scene.toml", SCENE).line(place) == line


def test_a_table_that_only_a_longer_header_names_stands_there() -> None:
    assert Source("scene.toml", "schema = 1\n\n[rom.left]\nx = 1\n").line(("rom",)) == 3


def test_windows_line_ends_and_a_byte_order_mark_do_not_count() -> None:
    text = "\ufeff" + SCENE.replace("\n", "\r\n")
    assert Source("scene.toml", text).line(("room", "fps")) == 15


def test_a_file_that_is_no_toml_has_no_lines() -> None:
    assert Source("scene.toml", "[room\nfps = 1").at(("room", "fps")) == "scene.toml [room] fps"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("schema",), "schema"),
        (("clips", "walkin"), "[clips] walkin"),
        (("clips", "walkin", "crop", 2), "[clips.walkin] crop, item 3"),
        (("screen", "corners", 1, 0), "[screen] corners, item 2, item 1"),
        (("track", "adjust", 1, "offset_px", 0), "[[track.adjust]] 2 offset_px, item 1"),
        (("track", "adjust", 0), "[track] adjust, item 1"),
    ],
)
def test_a_setting_has_one_name(place: Place, words: str) -> None:
    assert setting(place) == words
