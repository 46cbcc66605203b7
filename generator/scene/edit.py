"""Edit scene.toml in place: the author's comments and formatting stay.

edit = edit_screen(text, corners=…, clip="ambient", frame=0)
edit.text, edit.diff
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.artifacts import FRACTION_DIGITS, Point, Quad
from generator.errors import SceneError
from generator.scene.load import SCENE_FILE, parse_scene
from generator.scene.model import AdjustKey, ClipName

OFFSET_DIGITS = 2
"""Decimals of a correction, in px."""


@dataclass(frozen=True)
class SceneEdit:
    """A changed scene file, and the change as a unified diff."""

    text: str
    diff: str


def edit_screen(text: str, *, corners: Quad, clip: ClipName, frame: int) -> SceneEdit:
    """Set `[screen]` clip, frame and corners (fractions of the frame, TL TR BR BL).

    Raises SceneError when the result would not be a usable scene; then nothing should be written.
    """
    document = _document(text)
    screen = _table(document, "screen")
    rounded = [[round(value, FRACTION_DIGITS) for value in corner] for corner in corners]
    _set(screen, "clip", clip)
    _set(screen, "frame", frame)
    _set_rows(screen, "corners", rounded)
    if "glass" in screen and _moved(text, corners):
        # The outer corners belonged to the old ones; left out, they are found from the picture.
        del screen["glass"]
    return _finish(text, document)


def edit_adjust(text: str, key: AdjustKey) -> SceneEdit:
    """Add `key` to `[[track.adjust]]`; the offset of a key of the same clip and frame is added to.

    So it is a correction of what the track shows now, older corrections included. A key that comes
    to nothing is taken out. Raises SceneError as `edit_screen` does.
    """
    import tomlkit

    document = _document(text)
    track = _table(document, "track")
    place = (key.clip, key.frame)
    standing = parse_scene(text, name=SCENE_FILE).track.adjust
    total = [list(offset) for offset in key.offset_px]
    for old in standing:
        if (old.clip, old.frame) == place:
            total = [[x + a, y + b] for (x, y), (a, b) in zip(total, old.offset_px, strict=True)]
    rows = track.get("adjust", [])
    kept = [row for row, old in zip(rows, standing, strict=True) if (old.clip, old.frame) != place]
    offset_px = [[round(x, OFFSET_DIGITS) + 0.0, round(y, OFFSET_DIGITS) + 0.0] for x, y in total]
    if any(value for offset in offset_px for value in offset):
        row = tomlkit.table()
        row.update(clip=key.clip, frame=key.frame, offset_px=offset_px, reach_s=key.reach_s)
        kept.append(row)
    if "adjust" in track:
        del track["adjust"]
    if kept:
        array = tomlkit.aot()
        for row in sorted(kept, key=lambda r: (str(r.get("clip", "")), int(r.get("frame", 0)))):
            array.append(row)
        track["adjust"] = array
    return _finish(text, document)


def edit_clip(text: str, clip: ClipName, values: Mapping[str, str | int]) -> SceneEdit:
    """Set keys of `[clips.<clip>]`; an empty string takes a key out.

    Raises SceneError as `edit_screen` does.
    """
    document = _document(text)
    table = _table(_table(document, "clips"), clip)
    for key, value in values.items():
        if value == "" and key in table:
            del table[key]
        elif value != "":
            _set(table, key, value)
    return _finish(text, document)


def edit_hero(text: str, hero: str) -> SceneEdit:
    """Set `[room] hero`. Raises SceneError as `edit_screen` does."""
    document = _document(text)
    _set(_table(document, "room"), "hero", hero)
    return _finish(text, document)


def quad_from_json(value: Any, subject: str) -> Quad:
    """Four [x, y] pairs of finite numbers. Raises SceneError about `subject`."""
    if (
        not isinstance(value, list)
        or len(value) != 4
        or not all(_is_pair(corner) for corner in value)
    ):
        raise SceneError(subject, got=f"{value!r}"[:80], expected="four [x, y] pairs of numbers")
    top_left, top_right, bottom_right, bottom_left = (_point(corner) for corner in value)
    return (top_left, top_right, bottom_right, bottom_left)


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
        and all(abs(v) < 1e6 for v in value)  # refuses infinities and NaN as well
    )


def _point(value: Sequence[float]) -> Point:
    return (float(value[0]), float(value[1]))


def _document(text: str) -> Any:
    """The parsed file. It may be broken: then its own error says where."""
    import tomlkit

    parse_scene(text, name=SCENE_FILE)
    return tomlkit.parse(text)


def _table(document: Any, name: str) -> Any:
    import tomlkit

    if name not in document:
        document[name] = tomlkit.table()
    return document[name]


def _set(table: Any, key: str, value: Any) -> None:
    """Change a value only where it differs, so that what stands there keeps its form."""
    if key not in table or table[key] != value:
        table[key] = value


def _set_rows(table: Any, key: str, rows: list[list[float]]) -> None:
    """Write an array of pairs; an array that is there keeps its layout and comments."""
    import tomlkit

    standing = table.get(key)
    if standing is not None and len(standing) == len(rows):
        for place, row in enumerate(rows):
            for axis, value in enumerate(row):
                if standing[place][axis] != value:
                    standing[place][axis] = value
        return
    array = tomlkit.array()
    for row in rows:
        array.append(row)
    table[key] = array.multiline(True)


def _moved(text: str, corners: Quad) -> bool:
    before = parse_scene(text, name=SCENE_FILE).screen.corners
    return any(
        abs(a - b) > 10**-FRACTION_DIGITS
        for old, new in zip(before, corners, strict=True)
        for a, b in zip(old, new, strict=True)
    )


def _finish(before: str, document: Any) -> SceneEdit:
    import tomlkit

    after = tomlkit.dumps(document)
    parse_scene(after, name=SCENE_FILE)
    diff = difflib.unified_diff(
        before.splitlines(), after.splitlines(), SCENE_FILE, SCENE_FILE, lineterm="", n=2
    )
    return SceneEdit(after, "\n".join(diff))
