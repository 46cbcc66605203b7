r"""From `scene.toml` to a typed, checked `Scene`.

The dataclasses in `model` are the schema: this module walks them, converts what TOML gives, and
refuses the rest with the file, the line, the key and the nearest valid name.

>>> parse_scene('schema = 1\n[room]\nfpz = 16\n')
Traceback (most recent call last):
  ...
generator.errors.SceneError: scene.toml:3 [room] fpz: got an unknown key; expected one of fps, ...
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from generator.errors import SceneError, UsageError
from generator.model import (
    AMBIENT,
    CLIP_NAMES,
    SCHEMA,
    Project,
    Quad,
    Scene,
)

SCENE_FILE = "site_src/scene.toml"
MIN_QUAD_AREA = 1e-4
"""A screen smaller than a hundredth of the frame each way cannot be read or tracked."""


def load_project(root: Path) -> Project:
    """Read the project in folder `root`.

    Raises UsageError when there is no scene file, SceneError when it is not usable.
    """
    path = root / SCENE_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(
            str(root),
            got=f"no {SCENE_FILE}",
            expected="a Breathing Room project",
            remedy="run breathe new DIR to make one, or pick the folder with breathe -C DIR",
        ) from None
    except UnicodeDecodeError as exc:
        raise SceneError(
            SCENE_FILE, got=f"a byte that is not UTF-8 ({exc.reason})", expected="UTF-8 text"
        ) from exc
    scene = parse_scene(text, name=SCENE_FILE)
    _check_paths(scene, root, _Source(SCENE_FILE, text))
    home = root.resolve()
    return Project(root=home, scene=scene, scene_path=home / SCENE_FILE)


def parse_scene(text: str, name: str = "scene.toml") -> Scene:
    """Turn the text of a scene file into a `Scene`. Raises SceneError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        line = re.search(r"at line (\d+)", str(exc))
        raise SceneError(
            f"{name}:{line.group(1)}" if line else name,
            got=str(exc),
            expected="TOML",
            remedy="strings stand in quotes, tables in [brackets]; see https://toml.io",
        ) from exc
    source = _Source(name, text)
    schema = raw.get("schema")
    if schema != SCHEMA:
        raise SceneError(
            source.at(("schema",)),
            got="no schema" if schema is None else f"schema {schema!r}",
            expected=f"schema = {SCHEMA} at the top",
        )
    clips = raw.pop("clips", {})
    if not isinstance(clips, dict):
        raise SceneError(source.at(("clips",)), got=repr(clips), expected="[clips.walkin] tables")
    for clip in clips:
        if clip not in CLIP_NAMES:
            raise _unknown(source, ("clips", clip), CLIP_NAMES)
    scene_keys = [f.name for f in fields(Scene)]
    tables = {"clips", *scene_keys} - set(CLIP_NAMES)
    for key in raw:
        if key not in tables:
            raise _unknown(source, (key,), sorted(tables))
    if isinstance(ambient := clips.setdefault(AMBIENT, {}), dict):
        ambient.setdefault("loop", Scene().ambient.loop)  # it repeats by nature; a walk-in doesn't
    scene: Scene = _build(Scene, {**raw, **clips}, (), source)
    _check_scene(scene, source)
    return scene


@dataclass(frozen=True)
class _Source:
    """The scene's text, to say on which line a key stands."""

    name: str
    text: str

    def line(self, path: Sequence[str]) -> int | None:
        """1-based line of the key at `path`; for a missing key, of its table."""
        table: list[str] = []
        want_table, want_key = list(path[:-1]), path[-1] if path else ""
        found: int | None = None
        for number, line in enumerate(self.text.splitlines(), start=1):
            stripped = line.strip()
            header = re.match(r"\[\[?\s*([^\]]+?)\s*\]\]?", stripped)
            if header and not re.match(r"[\w\"'.-]+\s*=", stripped):
                table = [part.strip().strip("\"'") for part in header.group(1).split(".")]
                if table == list(path) or table == want_table:
                    found = number
                continue
            key = re.match(r"([\w-]+|\"[^\"]+\"|'[^']+')\s*=", stripped)
            if key and table == want_table and key.group(1).strip("\"'") == want_key:
                return number
        return found

    def at(self, path: Sequence[str]) -> str:
        """`scene.toml:12 [room] fps`, as messages name a place."""
        shown = ["clips", *path] if path and path[0] in CLIP_NAMES else list(path)
        line = self.line(shown)
        where = f"{self.name}:{line}" if line else self.name
        table, key = ".".join(shown[:-1]), shown[-1] if shown else ""
        return f"{where} [{table}] {key}" if table else f"{where} {key}"


def _unknown(source: _Source, path: Sequence[str], valid: Sequence[str]) -> SceneError:
    near = difflib.get_close_matches(path[-1], valid, n=1, cutoff=0.5)
    return SceneError(
        source.at(path),
        got="an unknown key",
        expected=f"one of {', '.join([*near, *(v for v in valid if v not in near)])}",
        remedy=f"did you mean {near[0]}?" if near else "remove it",
    )


def _build(kind: Any, raw: Mapping[str, Any], path: tuple[str, ...], source: _Source) -> Any:
    if not isinstance(raw, dict):
        raise SceneError(source.at(path), got=repr(raw), expected="a table")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in known:
            raise _unknown(source, (*path, key), sorted(known))
        place = (*path, key)
        converted = _convert(hints[key], value, place, source)
        _check_limits(converted, known[key].metadata, place, source)
        values[key] = converted
    return kind(**values)


def _convert(hint: Any, value: Any, path: tuple[str, ...], source: _Source) -> Any:
    """`value` as TOML gave it → the type `hint`; raises SceneError with the place."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        return _build(hint, value, path, source)
    if origin is types.UnionType:
        return _convert(next(a for a in args if a is not type(None)), value, path, source)
    if origin is Literal:
        if value in args and isinstance(value, str):
            return value
        near = difflib.get_close_matches(str(value), args, n=1)
        raise SceneError(
            source.at(path),
            got=repr(value),
            expected="one of " + ", ".join(map(repr, args)),
            remedy=f"did you mean {near[0]!r}?" if near else "",
        )
    if origin is tuple:
        return _convert_array(args, value, path, source)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise SceneError(source.at(path), got=repr(value), expected="a table of strings")
        return value
    return _convert_scalar(hint, value, path, source)


def _convert_array(
    args: tuple[Any, ...], value: Any, path: tuple[str, ...], source: _Source
) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise SceneError(source.at(path), got=repr(value), expected="an array")
    if args[-1] is Ellipsis:
        return tuple(_convert(args[0], item, path, source) for item in value)
    if len(value) != len(args):
        raise SceneError(
            source.at(path), got=f"an array of {len(value)}", expected=f"an array of {len(args)}"
        )
    return tuple(_convert(a, item, path, source) for a, item in zip(args, value, strict=True))


_SCALARS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def _convert_scalar(hint: Any, value: Any, path: tuple[str, ...], source: _Source) -> Any:
    plain_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        str: isinstance(value, str),
        bool: isinstance(value, bool),
        int: plain_number and isinstance(value, int),
        float: plain_number and math.isfinite(value),
    }[hint]
    if not fits:
        raise SceneError(source.at(path), got=repr(value), expected=_SCALARS[hint])
    return hint(value)


def _check_limits(
    value: Any, metadata: Mapping[str, Any], path: tuple[str, ...], source: _Source
) -> None:
    low, high = metadata.get("min"), metadata.get("max")
    for number in value if isinstance(value, tuple) else (value,):
        if not isinstance(number, (int, float)):
            continue
        if (low is not None and number < low) or (high is not None and number > high):
            bounds = f"at least {low}" if high is None else f"{low} to {high}"
            raise SceneError(source.at(path), got=str(number), expected=bounds)


def _check_scene(scene: Scene, source: _Source) -> None:
    if not re.fullmatch(r"/([\w.~-]+/)*", scene.site.base_path):
        raise SceneError(
            source.at(("site", "base_path")),
            got=repr(scene.site.base_path),
            expected="a path that starts and ends with /, such as / or /nostalgia/",
        )
    if any(side % 2 for side in scene.room.size):
        raise SceneError(
            source.at(("room", "size")),
            got=f"{scene.room.size[0]}x{scene.room.size[1]}",
            expected="even numbers: video stores colour at half size",
        )
    if scene.screen.clip not in CLIP_NAMES:
        raise _unknown_value(source, ("screen", "clip"), scene.screen.clip, CLIP_NAMES)
    check_quad(scene.screen.corners, source.at(("screen", "corners")))
    if scene.screen.glass is not None:
        check_quad(scene.screen.glass, source.at(("screen", "glass")))
    for name in CLIP_NAMES:
        clip = scene.clip(name)
        if clip.render == "file" and not clip.file:
            raise SceneError(
                source.at(("clips", name, "file")),
                got="nothing",
                expected='a clip, since render = "file"',
                remedy='write file = "assets/source/clip.mkv", or render = "still"',
            )
        if clip.render == "layers":
            raise SceneError(
                source.at(("clips", name, "render")),
                got="'layers'",
                expected="wan, still or file",
                remedy="moving clicked layers is not built yet; use still for a slow push-in",
            )
    if scene.track.on not in ("here", "spark"):
        raise _unknown_value(source, ("track", "on"), scene.track.on, ("here", "spark"))


def _unknown_value(
    source: _Source, path: tuple[str, ...], value: str, valid: Sequence[str]
) -> SceneError:
    return SceneError(source.at(path), got=repr(value), expected="one of " + ", ".join(valid))


def check_quad(quad: Quad, subject: str) -> None:
    """Refuse corners that are outside the frame, out of order, not convex, or next to nothing.

    `quad`: fractions of the frame, order TL TR BR BL (clockwise as seen, y down).
    Raises SceneError about `subject`.
    """
    for name, (x, y) in zip(
        ("top left", "top right", "bottom right", "bottom left"), quad, strict=True
    ):
        if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
            raise SceneError(
                f"{subject}, {name} corner",
                got=f"({x:g}, {y:g})",
                expected="fractions of the frame, 0 to 1",
                remedy="pick the corners again with ?pick",
            )
    turns = []
    for k in range(4):
        (ax, ay), (bx, by), (cx, cy) = quad[k], quad[(k + 1) % 4], quad[(k + 2) % 4]
        turns.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    if all(turn < 0 for turn in turns):
        raise SceneError(
            subject,
            got="corners that run anticlockwise",
            expected="the order top left, top right, bottom right, bottom left",
        )
    if not all(turn > 0 for turn in turns):
        raise SceneError(
            subject,
            got="a quadrilateral that is not convex",
            expected="four corners in the order top left, top right, bottom right, bottom left",
            remedy="pick the corners again with ?pick",
        )
    area = sum(
        quad[k][0] * quad[(k + 1) % 4][1] - quad[(k + 1) % 4][0] * quad[k][1] for k in range(4)
    )
    if area / 2 < MIN_QUAD_AREA:
        raise SceneError(
            subject,
            got=f"a screen of {area / 2:.1g} of the frame",
            expected=f"at least {MIN_QUAD_AREA:g} of it",
        )


def _check_paths(scene: Scene, root: Path, source: _Source) -> None:
    """Paths stay inside the project folder, symbolic links followed."""
    named: list[tuple[tuple[str, ...], str]] = [(("room", "hero"), scene.room.hero)]
    named += [(("wan", "workflow"), scene.wan.workflow)]
    named += [(("clips", name, "file"), scene.clip(name).file) for name in CLIP_NAMES]
    named += [(("news", "feeds"), feed) for feed in scene.news.feeds if not is_url(feed)]
    home = root.resolve()
    for place, path in named:
        if path and not (home / path).resolve().is_relative_to(home):
            raise SceneError(
                source.at(place),
                got=repr(path),
                expected="a path inside the project folder",
                remedy="copy the file into the project and name it from there",
            )


def is_url(feed: str) -> bool:
    """Whether a feed is fetched, rather than read from the project folder."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", feed) is not None
