"""What `[[layers]]` and `[room.box]` must hold beyond their types: shapes that a picture can have.

Everything here is known from the scene alone. What needs the hero's size (a mask of another size, a
layer over the glass) is refused where the hero is opened.
"""

from __future__ import annotations

from collections.abc import Sequence

from generator.artifacts import Point
from generator.errors import SceneError
from generator.scene.model import CLIP_NAMES, WALKIN, Box, Layer, Scene
from generator.scene.places import Place, Source

MAX_LAYERS = 32
"""Each costs time in every frame; a room needs four or five."""
_MIN_AREA = 1e-5
"""Of the picture: a shape of six px by six in a hero of 2560."""
_REACH = 3.0
"""How far outside the picture the far wall and the foot of a thing may be: pictures away."""


def check_layers(scene: Scene, source: Source) -> None:
    """Refuse layers and a box that no picture has. Raises SceneError."""
    if len(scene.layers) > MAX_LAYERS:
        raise SceneError(
            source.at(("layers",)),
            got=f"{len(scene.layers)} layers",
            expected=f"at most {MAX_LAYERS}",
            remedy="draw things that move alike as one layer",
        )
    seen: dict[str, int] = {}
    for number, layer in enumerate(scene.layers):
        _check_name(layer, number, seen, source)
        _check_area(layer, number, source)
        for key in ("anchor", "top"):
            _check_line(layer, number, key, source)
    if scene.room.box is not None:
        _check_box(scene.room.box, source)
    for name in CLIP_NAMES:
        clip = scene.clip(name)
        if clip.end and name != WALKIN:
            raise SceneError(
                source.at(("clips", name, "end")),
                got=f'"{clip.end}"',
                expected="nothing: the walk-in ends on it, not it on itself",
                remedy="take the line out",
            )
        if clip.depth and (name != WALKIN or clip.render != "layers"):
            raise SceneError(
                source.at(("clips", name, "depth")),
                got=f'a depth map for a clip with render = "{clip.render}"'
                if name == WALKIN
                else "a depth map for a clip whose camera stands still",
                expected='one only in [clips.walkin] with render = "layers"',
                remedy="take the line out",
            )


def _error(
    source: Source, number: int, name: str, key: str, got: str, expected: str, remedy: str = ""
) -> SceneError:
    place: Place = ("layers", number, key)
    return SceneError(f'{source.at(place)}, "{name}"', got=got, expected=expected, remedy=remedy)


def _check_name(layer: Layer, number: int, seen: dict[str, int], source: Source) -> None:
    if not layer.name.strip():
        raise _error(source, number, layer.name, "name", "an empty name", "a word for it")
    if layer.name in seen:
        raise _error(
            source,
            number,
            layer.name,
            "name",
            f"the name of layer {seen[layer.name] + 1} again",
            "a name of its own",
        )
    seen[layer.name] = number


def _check_area(layer: Layer, number: int, source: Source) -> None:
    """The shape or the mask of one layer."""
    if bool(layer.shape) == bool(layer.mask):
        raise _error(
            source,
            number,
            layer.name,
            "shape",
            "a shape and a mask" if layer.shape else "neither a shape nor a mask",
            "one of the two",
            "draw its outline, or name a PNG that is white where it is",
        )
    if layer.mask:
        return
    if len(layer.shape) < 3:
        count = "one point" if len(layer.shape) == 1 else "two points"
        raise _error(
            source, number, layer.name, "shape", count, "three or more: two enclose nothing"
        )
    for k, (x, y) in enumerate(layer.shape):
        if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
            raise _error(
                source,
                number,
                layer.name,
                "shape",
                f"point {k + 1} at ({x:g}, {y:g}), outside the picture",
                "fractions of the hero, 0 to 1",
            )
    crossing = _crossing(layer.shape)
    if crossing is not None:
        a, b = crossing
        raise _error(
            source,
            number,
            layer.name,
            "shape",
            f"an outline that crosses itself: side {a + 1} meets side {b + 1}",
            "one that goes round once",
            "move a point, or make two layers of it",
        )
    if abs(area(layer.shape)) < _MIN_AREA:
        raise _error(
            source, number, layer.name, "shape", "an outline round nothing", "a larger one"
        )


def _check_line(layer: Layer, number: int, key: str, source: Source) -> None:
    """The `anchor` or the `top` of one layer."""
    line: tuple[Point, ...] = getattr(layer, key)
    if not line:
        return
    if key == "top" and layer.motion != "front":
        raise _error(
            source,
            number,
            layer.name,
            key,
            f"the top of a {layer.motion}",
            "one only for a front",
        )
    if len(line) < 2 or len(set(line)) < 2:
        raise _error(
            source, number, layer.name, key, "a single point", "a line of two points or more"
        )
    for k, (x, y) in enumerate(line):
        if not (1 - _REACH <= x <= _REACH and 1 - _REACH <= y <= _REACH):
            raise _error(
                source,
                number,
                layer.name,
                key,
                f"point {k + 1} at ({x:g}, {y:g}), far outside the picture",
                f"fractions of the hero, {1 - _REACH:g} to {_REACH:g}",
            )


def _check_box(box: Box, source: Source) -> None:
    wall = source.at(("room", "box", "wall"))
    for x, y in box.wall:
        if not (1 - _REACH <= x <= _REACH and 1 - _REACH <= y <= _REACH):
            raise SceneError(
                wall,
                got=f"a corner at ({x:g}, {y:g}), far outside the picture",
                expected=f"fractions of the hero, {1 - _REACH:g} to {_REACH:g}",
            )
    turns = [_turn(box.wall[k], box.wall[(k + 1) % 4], box.wall[(k + 2) % 4]) for k in range(4)]
    if all(turn < 0 for turn in turns):
        raise SceneError(
            wall,
            got="corners that run anticlockwise",
            expected="the order top left, top right, bottom right, bottom left",
        )
    if not all(turn > 1e-6 for turn in turns):
        raise SceneError(
            wall,
            got="a far wall whose sides cross or fold",
            expected="four corners in the order top left, top right, bottom right, bottom left",
            remedy="move the corner that lies on the wrong side",
        )
    if not all(_turn(box.wall[k], box.wall[(k + 1) % 4], box.eye) > 1e-6 for k in range(4)):
        raise SceneError(
            source.at(("room", "box", "eye")),
            got=f"a vanishing point at ({box.eye[0]:g}, {box.eye[1]:g}), outside the far wall",
            expected="one inside it: you look at the wall that you walk to",
            remedy="move the point, or widen the wall",
        )


def _turn(a: Point, b: Point, c: Point) -> float:
    """Twice the area of a triangle, positive when it runs clockwise as seen (y down)."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def area(shape: Sequence[Point]) -> float:
    """The signed area of a polygon, positive clockwise as seen (y down)."""
    pairs = zip(shape, [*shape[1:], shape[0]], strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs) / 2


def _crossing(shape: Sequence[Point]) -> tuple[int, int] | None:
    """Two sides of a closed polygon that meet though they are no neighbours, or None."""
    count = len(shape)
    sides = [(shape[k], shape[(k + 1) % count]) for k in range(count)]
    for k in range(count):
        for j in range(k + 2, count - (k == 0)):
            (a, b), (c, d) = sides[k], sides[j]
            if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
                return k, j
    return None
