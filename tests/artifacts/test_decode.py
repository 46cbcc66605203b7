"""What lies baked is read into types, and what has another shape is named with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.artifacts.decode import ShapeError, decode, dump, encode, read
from generator.artifacts.finish import FinishFacts, Loop, LoopFacts, PostersFacts
from generator.artifacts.light import Light, LightFacts
from generator.artifacts.news import News, NewsFacts
from generator.artifacts.render import MasterFacts
from generator.artifacts.track import Track, TrackFacts, TrackReport
from generator.engine.store import LOCK_FILE, Store, facts_of
from generator.errors import AssetError, StoreError
from generator.scene.model import CLIP_NAMES

ROOT = Path(__file__).parents[2]
ENTRIES = Store(ROOT).entries()
FILES = [
    (kind, output.path, indent)
    for clip in CLIP_NAMES
    for kind, stage, label, indent in [
        (Track, "track", "track", None),
        (TrackReport, "track", "report", None),
        (Light, "light", "light", None),
        (Loop, "finish", "loop", 1),
    ]
    for output in [ENTRIES[f"{stage}:{clip}"].outputs[label]]
]
FACTS = [
    (kind, f"{stage}:{clip}")
    for clip in CLIP_NAMES
    for kind, stage in [
        (FinishFacts, "finish"),
        (TrackFacts, "track"),
        (LightFacts, "light"),
    ]
] + [(PostersFacts, "finish:poster"), (NewsFacts, "news")]


@pytest.mark.parametrize(("kind", "path", "indent"), FILES)
def test_what_the_sample_room_has_baked_is_written_again_to_the_byte(
    kind: type[Any], path: str, indent: int | None
) -> None:
    assert dump(read(kind, ROOT / path), indent=indent) == (ROOT / path).read_bytes()


@pytest.mark.parametrize(("kind", "stage"), FACTS)
def test_the_facts_of_every_stage_are_typed(kind: type[Any], stage: str) -> None:
    assert encode(facts_of(ENTRIES, stage, kind)) == ENTRIES[stage].facts


@pytest.mark.parametrize("clip", CLIP_NAMES)
def test_every_master_tells_its_frames(clip: str) -> None:
    facts = facts_of(ENTRIES, f"render:{clip}", MasterFacts)
    assert encode(facts).items() <= ENTRIES[f"render:{clip}"].facts.items()


def test_the_news_are_read_with_the_feed_that_each_story_came_from() -> None:
    news = read(News, ROOT / ENTRIES["news"].outputs["news"].path)
    assert news.items
    assert all(story.title and story.url and story.source for story in news.items)


def _track(**parts: Any) -> dict[str, Any]:
    row = [0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9]
    good = {"schema": 1, "clip": "ambient", "fps": 16, "frame_count": 2, "size_px": [64, 32]}
    return {**good, "loop": "none", "corners": [row, row], **parts}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"fps": "16"}, "fps: got '16'; expected a whole number"),
        ({"fps": True}, "fps: got True; expected a whole number"),
        ({"fps": 16.0}, "fps: got 16.0; expected a whole number"),
        ({"schema": 2}, "schema: got 2; expected one of 1"),
        ({"schema": True}, "schema: got True; expected one of 1"),
        ({"clip": None}, "clip: got None; expected a string"),
        ({"size_px": [64]}, "size_px: got [64]; expected a list of 2"),
        ({"corners": {}}, "corners: got {}; expected a list"),
        ({"corners": [[0.1] * 7]}, "corners[0]: got "),
        ({"corners": [[0.1] * 8, [0.1] * 7 + ["x"]]}, "corners[1][3][1]: got 'x'; expected a numb"),
        ({"corners": [[float("nan")] * 8]}, "corners[0][0][0]: got nan; expected a number"),
    ],
)
def test_a_value_of_another_shape_is_named_with_its_place(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(ShapeError) as caught:
        decode(Track, _track(**parts))
    assert str(caught.value).startswith(said)


def test_a_quad_has_one_form_whichever_way_the_file_has_it() -> None:
    flat = decode(Track, _track())
    pairs = decode(Track, _track(corners=[[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]] * 2))
    assert flat == pairs
    assert flat.corners[0][2] == (0.9, 0.9)
    assert encode(flat)["corners"] == _track()["corners"]


def test_a_missing_key_is_named_and_a_key_of_a_later_version_is_left_out() -> None:
    assert decode(Track, _track(later=1)) == decode(Track, _track())
    whole = _track()
    del whole["loop"]
    with pytest.raises(ShapeError, match="expected a key 'loop'"):
        decode(Track, whole)


def test_what_is_not_there_is_not_written() -> None:
    assert encode(LoopFacts("none", 0)) == {"mode": "none", "overlap": 0}
    assert encode(LoopFacts("none", 0, seam=1.0)) == {"mode": "none", "overlap": 0, "seam": 1.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "loop.json: got [1]; expected an object"),
        ("{", "loop.json: got a file that cannot be read"),
        ('{"clip": "ambient"}', "loop.json: got ['clip']; expected a key 'mode'"),
        (
            '{"clip": 1, "mode": "none", "overlap": 0, "frame_count": 1, "playing_frame_count": 1}',
            "loop.json clip: got 1; expected a string",
        ),
    ],
)
def test_a_file_of_another_shape_is_an_error_with_a_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "loop.json"
    path.write_text(text)
    with pytest.raises(AssetError) as caught:
        read(Loop, path)
    assert said in str(caught.value)
    assert "breathe build" in caught.value.remedy


def test_a_file_that_is_gone_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"loop\.json: got a file that cannot be read"):
        read(Loop, tmp_path / "loop.json")


def test_facts_of_another_shape_are_named_with_the_lock_and_the_stage(tmp_path: Path) -> None:
    lock = json.loads((ROOT / LOCK_FILE).read_bytes())
    lock["stages"]["track:ambient"]["facts"]["jitter_px"] = "much"
    path = tmp_path / LOCK_FILE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(lock))
    said = r"baked\.lock track:ambient facts\.jitter_px: got 'much'; expected a number"
    with pytest.raises(StoreError, match=said):
        facts_of(Store(tmp_path).entries(), "track:ambient", TrackFacts)
