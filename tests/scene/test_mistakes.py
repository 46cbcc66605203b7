"""A scene that is no TOML: the line, what was meant, and how to write it."""

from __future__ import annotations

import pytest

from generator.errors import SceneError
from generator.scene.load import parse_scene


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("[room]\nfps = 16\nfps = 24", 4, ["[room] fps a second time", "line 3 has it already"]),
        (
            "[screen]\ncorners = [\n1,\n]\nframe = 0\ncorners = [\n2,\n]\n[room]",
            7,
            ["[screen] corners a second time", "line 3 has it already"],
        ),
        ("[room]\nfps = 16\n[wan]\n[room]\n", 5, ["[room] a second time", "line 2 has"]),
        (
            "[[track.adjust]]\nframe = 1\n[[track.adjust]]\nframe = 1\nreach_s = 1\nframe = 2",
            7,
            ["[[track.adjust]] 2 frame a second time", "line 5 has it already"],
        ),
        ("site.title = 'a'\n[site]", 3, ["[site] a second time", "line 2 has it already"]),
        ("clips = {walkin = {seed = 1, seed = 2}}", 2, ["a second time"]),
        ("[handoff]\ncrossfade_s = 0,5\n", 3, ["a comma in a number", "a point: 0.5"]),
        ("[room]\nfps = 1_6, 5", 3, ["a comma in a number"]),
        ("[site]\ntitle = “Room”", 3, ["a curly quote, “", "straight ones"]),
        ("[site]\ntitle = \"Room”\nlang = 'en'", 3, ["a curly quote, ”"]),
        ("[site]\n‘title’ = 'Room'", 3, ["a curly quote, ‘"]),
        ('[room]\nhero = "assets\\source\\hero.png"', 3, ["a backslash", "/ between folders"]),
        ('[room]\nhero = "C:\\Users\\me.png"', 3, ["a backslash", "/ between folders"]),
        (
            "[room]\n<<<<<<< HEAD\nfps = 16\n=======\nfps = 24\n>>>>>>> theirs\n",
            3,
            ["a conflict marker, <<<<<<<", "keep one of the two sides"],
        ),
        ("[room]\nfps = 16\n=======\nfps = 24\n>>>>>>> x", 4, ["a conflict marker, ======="]),
        ("[track]\non = here", 3, ["got here", 'write on = "here"']),
        ("[room]\nhero = assets/hero.png # mine", 3, ['write hero = "assets/hero.png"']),
        ("[finish]\nav1 = True", 3, ["got True", "write av1 = true"]),
        ("[finish]\nav1 = no", 3, ["write av1 = false"]),
        ("[handoff]\ncrossfade_s = .5", 3, ["0.5"]),
        ("[room]\nfps: 16", 3, ["fps: 16", "write fps = 16"]),
        ("[room]\nfps 16", 3, ["write fps = 16"]),
        ("[room\nfps = 16", 2, ["[room, a header without its end", "like [room]"]),
        ("[site]\ntitle = 'Room\nlang = 'en'", 3, ["a string without its closing quote"]),
        ('[site]\ntitle = """Room\nlang = 1\n', 3, ["a string without its closing quote"]),
        (
            "[screen]\ncorners = [\n[0.1, 0.2],\n\n[track]\non = 'here'",
            3,
            ["corners, an array without its end"],
        ),
        ("[news]\nfeeds = ['a.xml',\n'b.xml'\n", 3, ["feeds, an array without its end"]),
        ("[screen]\ncorners = [[0.1, 0.2] [0.3, 0.2]]", 3, ["a comma between values"]),
        ("[room]\nfps = 16 fps", 3, ["'fps' after the value"]),
        ("[room]\nsize = [1280px, 704px]", 3, ["px"]),
        ("// my room", 2, ["a comment that begins with #"]),
        ("[room]\nfps = 16; # fast", 3, ["after the value"]),
        ("[room]\n!", 3, ["TOML", "https://toml.io"]),
    ],
)
def test_a_mistake_in_the_writing_is_named(body: str, line: int, words: list[str]) -> None:
    with pytest.raises(SceneError) as caught:
        parse_scene(f"schema = 1\n{body}")
    assert caught.value.subject == f"scene.toml:{line}"
    for word in words:
        assert word in str(caught.value)
