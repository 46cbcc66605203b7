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
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from generator.errors import SceneError, UsageError
from generator.scene.checks import check_paths, check_scene, shortened, unknown
from generator.scene.model import (
    AMBIENT,
    CLIP_NAMES,
    SCHEMA,
    Project,
    Scene,
)
from generator.scene.places import Place, Source

SCENE_FILE = "site_src/scene.toml"


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
    check_paths(scene, root, Source(SCENE_FILE, text))
    home = root.resolve()
    return Project(root=home, scene=scene, scene_path=home / SCENE_FILE)


def parse_scene(text: str, name: str = "scene.toml") -> Scene:
    """Turn the text of a scene file into a `Scene`. Raises SceneError."""
    text = text.removeprefix("\ufeff")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        from generator.scene.mistakes import toml_error

        raise toml_error(name, text, exc) from exc
    except (RecursionError, ValueError) as exc:
        raise SceneError(
            name,
            got="a number or a nesting beyond all measure",
            expected="a scene that a person wrote",
        ) from exc
    source = Source(name, text)
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
            raise unknown(source, ("clips", clip), CLIP_NAMES)
    scene_keys = [f.name for f in fields(Scene)]
    tables = {"clips", *scene_keys} - set(CLIP_NAMES)
    for key in raw:
        if key not in tables:
            raise unknown(source, (key,), sorted(tables))
    if isinstance(ambient := clips.setdefault(AMBIENT, {}), dict):
        # It repeats by nature; a walk-in doesn't. Layers come round by themselves.
        closes = ambient.get("render") == "layers"
        ambient.setdefault("loop", "none" if closes else Scene().ambient.loop)
    scene: Scene = _build(Scene, {**raw, **clips}, (), source)
    check_scene(scene, source)
    return scene


def _build(kind: Any, raw: Mapping[str, Any], path: Place, source: Source) -> Any:
    if not isinstance(raw, dict):
        raise SceneError(source.at(path), got=repr(raw), expected="a table")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in known:
            raise unknown(source, (*path, key), sorted(known))
        place = ("clips", key) if kind is Scene and key in CLIP_NAMES else (*path, key)
        converted = _convert(hints[key], value, place, source)
        _check_limits(converted, known[key].metadata, place, source)
        values[key] = converted
    for key, item in known.items():
        if key not in values and item.default is MISSING and item.default_factory is MISSING:
            raise SceneError(
                source.at((*path, key)), got="nothing", expected=item.metadata["needs"]
            )
    return kind(**values)


def _convert(hint: Any, value: Any, path: Place, source: Source) -> Any:
    """`value` as TOML gave it → the type `hint`; raises SceneError with the place."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        return _build(hint, value, path, source)
    if origin is types.UnionType:
        return _convert(next(a for a in args if a is not type(None)), value, path, source)
    if origin is Literal:
        _require_one_of(args, value, path, source)
        return value
    if origin is tuple:
        return _convert_array(args, value, path, source)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise SceneError(source.at(path), got=shortened(value), expected="a table of strings")
        return value
    return _convert_scalar(hint, value, path, source)


def _require_one_of(words: Sequence[str], value: Any, path: Place, source: Source) -> None:
    if value in words and isinstance(value, str):
        return
    near = difflib.get_close_matches(str(value), words, n=1)
    raise SceneError(
        source.at(path),
        got=shortened(value),
        expected="one of " + ", ".join(map(repr, words)),
        remedy=f"did you mean {near[0]!r}?" if near else "",
    )


def _convert_array(
    args: tuple[Any, ...], value: Any, path: Place, source: Source
) -> tuple[Any, ...]:
    if not isinstance(value, list):
        header = f"[[{'.'.join(map(str, path))}]]"
        alone = isinstance(value, dict) and is_dataclass(args[0])
        raise SceneError(
            source.at(path),
            got=shortened(value),
            expected="an array",
            remedy=f"write its header in two brackets, {header}" if alone else "",
        )
    if args[-1] is Ellipsis:
        return tuple(_convert(args[0], item, (*path, k), source) for k, item in enumerate(value))
    if len(value) != len(args):
        commas = len(value) == 2 * len(args) and all(isinstance(v, int) for v in value)
        raise SceneError(
            source.at(path),
            got=f"an array of {len(value)}",
            expected=f"an array of {len(args)}",
            remedy="a comma parts two values: write 0.5 with a point" if commas else "",
        )
    return tuple(_convert(args[k], item, (*path, k), source) for k, item in enumerate(value))


_HUGE = 1e18
_SCALARS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def _convert_scalar(hint: Any, value: Any, path: Place, source: Source) -> Any:
    plain_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        str: isinstance(value, str),
        bool: isinstance(value, bool),
        int: plain_number and isinstance(value, int) and abs(value) < 2**63,
        float: plain_number and abs(value) < _HUGE,  # refuses NaN as well
    }[hint]
    if not fits:
        raise SceneError(source.at(path), got=shortened(value), expected=_SCALARS[hint])
    return hint(value)


def _check_limits(value: Any, metadata: Mapping[str, Any], path: Place, source: Source) -> None:
    if words := metadata.get("choices"):
        _require_one_of(words, value, path, source)
    low, high = metadata.get("min"), metadata.get("max")
    items = [((*path, k), item) for k, item in enumerate(value)] if isinstance(value, tuple) else []
    for place, number in items or [(path, value)]:
        if not isinstance(number, (int, float)):
            continue
        if (low is not None and number < low) or (high is not None and number > high):
            bounds = f"at least {low}" if high is None else f"{low} to {high}"
            raise SceneError(source.at(place), got=str(number), expected=bounds)
