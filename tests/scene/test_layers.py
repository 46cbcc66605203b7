"""`[[layers]]` and `[room.box]`: what is accepted, and how a mistake is told."""

from __future__ import annotations

import pytest

from generator.errors import SceneError
from generator.scene.load import parse_scene
from generator.scene.model import Layer, Scene

SQUARE = "shape = [[0.1, 0.1], [0.3, 0.1], [0.3, 0.3], [0.1, 0.3]]"
CURTAIN = f'[[layers]]\nname = "sheer"\nmotion = "curtain"\n{SQUARE}\n'
WALL = "wall = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]"


def scene(body: str) -> Scene:
    return parse_scene("schema = 1\n" + body)


def test_a_layer_is_a_shape_and_what_it_is() -> None:
    (sheer,) = scene(CURTAIN + "anchor = [[0.1, 0.1], [0.3, 0.1]]\nstrength = 1.5").layers
    assert sheer == Layer(
        name="sheer",
        motion="curtain",
        shape=((0.1, 0.1), (0.3, 0.1), (0.3, 0.3), (0.1, 0.3)),
        anchor=((0.1, 0.1), (0.3, 0.1)),
        strength=1.5,
    )


def test_the_box_may_reach_beyond_the_picture() -> None:
    body = (
        "[room.box]\nwall = [[-0.2, -0.1], [1.3, -0.1], [1.3, 1.4], [-0.2, 1.4]]\neye = [0.4, 0.5]"
    )
    box = scene(body).room.box
    assert box is not None
    assert box.eye == (0.4, 0.5)


def layer(line: str) -> str:
    return f'[[layers]]\nname = "sheer"\nmotion = "curtain"\n{line}\n'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (layer("shape = [[0.1, 0.1], [0.2, 0.2]]"), [":5", '"sheer"', "two points", "three"]),
        (layer("shape = [[0.1, 0.1], [1.2, 0.2], [0.1, 0.2]]"), ["point 2", "outside the picture"]),
        (
            layer("shape = [[0.1, 0.1], [0.3, 0.3], [0.3, 0.1], [0.1, 0.3]]"),
            ["crosses itself", "side 1 meets side 3"],
        ),
        (layer("shape = [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]"), ["round nothing"]),
        (layer(""), ["neither a shape nor a mask", "draw its outline"]),
        (layer(f'{SQUARE}\nmask = "m.png"'), ["a shape and a mask", "one of the two"]),
        (layer(f"{SQUARE}\nanchor = [[0.1, 0.1]]"), [":6", "a single point"]),
        (layer(f"{SQUARE}\nanchor = [[0.1, 0.1], [0.1, 0.1]]"), ["a single point"]),
        (layer(f"{SQUARE}\nanchor = [[0.1, 0.1], [9, 0.1]]"), ["far outside the picture"]),
        (layer(f"{SQUARE}\ntop = [[0.1, 0.1], [0.3, 0.1]]"), ["the top of a curtain"]),
        (layer(f"{SQUARE}\nstrength = 3"), ["got 3", "0.0 to 2.0"]),
        (layer(f"{SQUARE}\nsoft_px = -1"), ["got -1"]),
        (CURTAIN + CURTAIN, ["[[layers]] 2 name", "the name of layer 1 again"]),
        (CURTAIN.replace("sheer", " "), ["an empty name"]),
        (CURTAIN.replace('"curtain"', '"curtian"'), ["did you mean 'curtain'?"]),
        (f'[[layers]]\nname = "sheer"\n{SQUARE}', ["motion", "got nothing", "curtain, foliage"]),
        (
            "".join(CURTAIN.replace("sheer", f"sheer {k}") for k in range(40)),
            ["got 40 layers", "at most 32"],
        ),
        (f"[room.box]\n{WALL}\neye = [0.05, 0.5]", ["[room.box] eye", "outside the far wall"]),
        (
            "[room.box]\nwall = [[0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]]\neye = [0.5, 0.5]",
            ["[room.box] wall", "cross or fold"],
        ),
        (
            "[room.box]\nwall = [[0.1, 0.1], [0.1, 0.9], [0.9, 0.9], [0.9, 0.1]]\neye = [0.5, 0.5]",
            ["anticlockwise"],
        ),
        (f"[room.box]\n{WALL}", ["[room.box] eye", "got nothing", "the vanishing point"]),
        ("[wind]\nstrength = 5", ["[wind] strength", "0.0 to 2.0"]),
        ('[clips.ambient]\nend = "ambient"', ["[clips.ambient] end", "take the line out"]),
        ('[clips.walkin]\ndepth = "d.png"', ["[clips.walkin] depth", 'render = "still"']),
        ('[clips.ambient]\ndepth = "d.png"', ["whose camera stands still"]),
    ],
)
def test_a_mistake_is_told_with_its_place(body: str, words: list[str]) -> None:
    with pytest.raises(SceneError) as caught:
        scene(body)
    for word in words:
        assert word in str(caught.value)


def test_an_outline_may_touch_itself_to_leave_a_hole() -> None:
    """A cloud over the room, round the monitor: in and out along one line."""
    around = (
        "shape = [[0, 0], [1, 0], [1, 1], [0.5, 1], [0.5, 0.6], [0.6, 0.6], [0.6, 0.4], "
        "[0.4, 0.4], [0.4, 0.6], [0.5, 0.6], [0.5, 1], [0, 1]]"
    )
    assert len(scene(layer(around)).layers) == 1
