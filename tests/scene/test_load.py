"""The scene file: what is accepted, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import SceneError, UsageError
from generator.scene.load import SCENE_FILE, load_project, parse_scene
from generator.scene.model import Scene

REPOSITORY = Path(__file__).resolve().parents[2]


def scene(body: str) -> Scene:
    return parse_scene("schema = 1\n" + body)


def test_an_empty_scene_has_all_the_defaults() -> None:
    assert scene("") == Scene()


def test_the_ambient_clip_repeats_unless_told_otherwise() -> None:
    assert scene('[clips.ambient]\nrender = "still"').ambient.loop == "pingpong"
    assert scene('[clips.ambient]\nloop = "none"').ambient.loop == "none"
    assert scene('[clips.ambient]\nrender = "layers"').ambient.loop == "none"
    assert scene("").walkin.loop == "none"


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse_scene("\ufeffschema = 1") == Scene()


def test_the_starter_loads() -> None:
    project = load_project(REPOSITORY)
    assert project.scene.room.size == (1280, 704)
    assert project.root == REPOSITORY


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[room]\nfpz = 16", ["scene.toml:3 [room] fpz", "unknown key", "did you mean fps?"]),
        ("[rom]\nfps = 16", ["scene.toml:2 rom", "did you mean room?"]),
        ("[clips.walkn]\nseed = 1", ["[clips] walkn", "did you mean walkin?"]),
        ("[clips.walkin]\nsed = 1", ["scene.toml:3 [clips.walkin] sed", "did you mean seed?"]),
        ("[walkin]\nseed = 1", ["scene.toml:2 walkin", "did you mean [clips.walkin]?"]),
        ("fps = 24", ["scene.toml:2 fps", "did you mean [room] fps?"]),
        ("[room]\nbaud = 300", ["[room] baud", "did you mean [computer] baud?"]),
        ("[clips.ambient]\ncrossfade_s = 1", ["did you mean [handoff] crossfade_s?"]),
        ("[track.adjust]\nframe = 1", ["scene.toml:2 [track] adjust", "[[track.adjust]]"]),
        (
            "[screen]\ncorners = [\n[0,3, 0,3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]]",
            ["scene.toml:4 [screen] corners, item 1", "write 0.5 with a point"],
        ),
        ("[room]\nfps = 0", ["[room] fps", "got 0", "1 to 60"]),
        ("[room]\nfps = 16.5", ["got 16.5", "a whole number"]),
        ("[room]\nfps = true", ["got True", "a whole number"]),
        ("[room]\nfps = 'fast'", ["got 'fast'"]),
        ("[room]\nsize = [1281, 704]", ["even numbers"]),
        ("[room]\nsize = [1280]", ["an array of 1", "an array of 2"]),
        ("[handoff]\ncrossfade_s = nan", ["got nan", "a number"]),
        ("[handoff]\ncrossfade_s = inf", ["got inf"]),
        ("[site]\nbase_path = 'room'", ["starts and ends with /"]),
        ("[site]\nbase_path = '/a b/'", ["starts and ends with /"]),
        ("[clips.ambient]\nloop = 'ping-pong'", ["got 'ping-pong'", "did you mean 'pingpong'?"]),
        ("[clips.ambient]\nrender = 'file'", ["[clips.ambient]", 'since render = "file"']),
        ("[clips.ambient]\nrender = 'layer'", ["'layer'", "did you mean 'layers'?"]),
        ("[screen]\nclip = 'outside'", ["got 'outside'", "'walkin', 'ambient'"]),
        (
            "[screen]\nglass = [[0.7, 0.7], [0.9, 0.7], [0.9, 0.9], [0.7, 0.9]]",
            ["[screen] glass", "does not hold the text area", "take the line out"],
        ),
        (
            "[[track.adjust]]\nclip = 'walkin'\n[[track.adjust]]\nclip = 'ambeint'",
            ["scene.toml:5 [[track.adjust]] 2 clip", "did you mean 'ambient'?"],
        ),
        (
            "[[track.adjust]]\n[[track.adjust]]\nframe = -1",
            ["scene.toml:4 [[track.adjust]] 2 frame: got -1"],
        ),
        (
            "[[track.adjust]]\n[[track.adjust]]\nfram = 1",
            ["scene.toml:4 [[track.adjust]] 2 fram", "did you mean frame?"],
        ),
        (
            "[track]\nadjust = [\n {clip = 'walkin'},\n {clip = 'walk'},\n]",
            ["scene.toml:5 [[track.adjust]] 2 clip", "did you mean 'walkin'?"],
        ),
        ("[track]\non = 'moon'", ["got 'moon'", "'here', 'spark'"]),
        ("[news]\nfeeds = 'feed.xml'", ["expected an array"]),
        ("[news]\nfeeds = [1]", ["expected a string"]),
        *(
            (f"[news]\nfeeds = [\n'a.xml',\n'{feed}']", ["scene.toml:5 [news] feeds, item 2"])
            for feed in ("ftp://x/a", "file:///a.xml", "ssh://x", "")
        ),
        *(
            (f"[news]\nfeeds = ['{feed}']", ["an address with a name or a password"])
            for feed in ("https://me:secret@news.example/a", "feed://me@news.example/a")
        ),
        ("[wan]\nmodels = ['a']", ["a table of strings"]),
        ("room = 3", ["a table"]),
        ("[site]\nbase_path = '/../'", ["starts and ends with /"]),
        ("[site]\norigin = 'javascript:alert(1)'", ["[site] origin", "an origin, such as"]),
        ("[site]\nembed_origins = ['https://a; script-src *']", ["an origin, such as"]),
        ('[site]\norigin = "https://a\\nb"', ["an origin, such as"]),
        ("[site]\nlang = 'en x'", ["a language tag"]),
        (f"[room]\nfps = 1{'0' * 5000}", ["beyond all measure"]),
        (f"[handoff]\ncrossfade_s = 1{'0' * 400}", ["64 bits or more"]),
        (f"x = {'[' * 100_000}", ["beyond all measure"]),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(body: str, words: list[str]) -> None:
    with pytest.raises(SceneError) as caught:
        scene(body)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("head", ["", "schema = 2", "schema = '1'"])
def test_another_schema_is_refused(head: str) -> None:
    with pytest.raises(SceneError, match="schema = 1"):
        parse_scene(head)


@pytest.mark.parametrize(
    ("corners", "word"),
    [
        ("[[0.2,0.2],[0.8,0.2],[0.8,0.8],[0.2,1.2]]", "bottom left corner"),
        ("[[0.2,0.2],[0.8,0.2],[0.8,0.8],[0.2,1.2]]", "pick the corners again"),
        ("[[20,20],[80,20],[80,80],[20.5,80]]", "percent: divide by 100"),
        ("[[256,140],[1024,140],[1024,560],[256,560]]", "px: divide x by the frame's width"),
        ("[[0.8,0.2],[0.8,0.8],[0.2,0.8],[0.2,0.2]]", "start at the top right"),
        ("[[0.8,0.8],[0.2,0.8],[0.2,0.2],[0.8,0.2]]", "start at the bottom right"),
        ("[[0.2,0.8],[0.2,0.2],[0.8,0.2],[0.8,0.8]]", "start at the bottom left"),
        ("[[0.2,0.2],[0.2,0.8],[0.8,0.8],[0.8,0.2]]", "anticlockwise"),
        ("[[0.2,0.2],[0.8,0.8],[0.8,0.2],[0.2,0.8]]", "not convex"),
        ("[[0.2,0.2],[0.8,0.2],[0.3,0.3],[0.2,0.8]]", "not convex"),
        ("[[0.2,0.2],[0.2,0.2],[0.8,0.8],[0.2,0.8]]", "not convex"),
        ("[[0.5,0.5],[0.501,0.5],[0.501,0.501],[0.5,0.501]]", "a screen of"),
        ("[[0.2,0.2],[0.8,0.2],[0.8,0.8]]", "an array of 3"),
    ],
)
def test_corners_that_are_no_screen_are_refused(corners: str, word: str) -> None:
    with pytest.raises(SceneError, match=word):
        scene(f"[screen]\ncorners = {corners}")


def test_turned_corners_are_written_out_upright() -> None:
    """What the remedy says can be pasted."""
    turned = "[[0.8, 0.2], [0.9, 0.8], [0.2, 0.7], [0.3, 0.1]]"
    with pytest.raises(SceneError) as caught:
        scene(f"[screen]\ncorners = {turned}")
    upright = caught.value.remedy.removeprefix("write ")
    assert upright == "[[0.3, 0.1], [0.8, 0.2], [0.9, 0.8], [0.2, 0.7]]"
    assert scene(f"[screen]\ncorners = {upright}").screen.corners[0] == (0.3, 0.1)


def test_a_monitor_may_lean() -> None:
    """As one that lies half on its side, 40 degrees in a wide frame."""
    leaning = "[[0.40, 0.10], [0.63, 0.45], [0.52, 0.70], [0.29, 0.35]]"
    assert scene(f"[screen]\ncorners = {leaning}")


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "a/../../b.png", "a\\u0000b"])
def test_paths_stay_in_the_project(tmp_path: Path, path: str) -> None:
    file = tmp_path / "room" / SCENE_FILE
    file.parent.mkdir(parents=True)
    file.write_text(f'schema = 1\n[room]\nhero = "{path}"\n')
    with pytest.raises(SceneError, match="inside the project folder"):
        load_project(tmp_path / "room")


def test_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.xml").write_text("<rss/>")
    file = tmp_path / "room" / SCENE_FILE
    file.parent.mkdir(parents=True)
    (tmp_path / "room" / "feed.xml").symlink_to(tmp_path / "outside.xml")
    file.write_text('schema = 1\n[news]\nfeeds = ["feed.xml"]\n')
    with pytest.raises(SceneError, match="inside the project folder"):
        load_project(tmp_path / "room")


def test_a_folder_without_a_scene_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="breathe new"):
        load_project(tmp_path)


def test_a_scene_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / SCENE_FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"schema = 1\n# \xff\xfe")
    with pytest.raises(SceneError, match="UTF-8"):
        load_project(tmp_path)
