"""Make `docs/scene.md` from the model: `python -m tests.scene_docs`."""

from __future__ import annotations

import dataclasses
import types
import typing
from pathlib import Path
from typing import Any

from generator.scene import model

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scene.md"
HEAD = """# scene.toml

Every setting with its default. This page is made from `generator/scene/model.py` by
`python -m tests.scene_docs`; a test holds the two together. Paths are relative to the project
folder and may not leave it. An unknown key is refused with the nearest valid name.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    scene_hints = typing.get_type_hints(model.Scene)
    for item in dataclasses.fields(model.Scene):
        kind = scene_hints[item.name]
        if not dataclasses.is_dataclass(kind):
            continue
        name = f"clips.{item.name}" if item.name in model.CLIP_NAMES else item.name
        parts.append(
            _table(f"[{name}]", kind, item.metadata["doc"], getattr(model.Scene(), item.name))
        )
    parts.append(_table("[room.box]", model.Box, _first_line(model.Box), model.Box))
    parts.append(_table("[[layers]]", model.Layer, _first_line(model.Layer), model.Layer))
    parts.append(
        _table("[[track.adjust]]", model.AdjustKey, "Corrections by hand.", model.AdjustKey())
    )
    return "\n".join(parts)


def _first_line(kind: type) -> str:
    """What a table is, by its docstring."""
    words = (kind.__doc__ or "").partition(": ")[2].partition("\n")[0]
    return words[:1].upper() + words[1:]


def _table(title: str, kind: Any, doc: str, defaults: Any) -> str:
    hints = typing.get_type_hints(kind)
    rows = [f"## {title}", "", doc, "", "| key | type | default | what |", "|---|---|---|---|"]
    for item in dataclasses.fields(kind):
        default = getattr(defaults, item.name, dataclasses.MISSING)
        limits = [
            f"{word} {item.metadata[key]}"
            for key, word in (("min", "at least"), ("max", "at most"))
            if key in item.metadata
        ]
        what = item.metadata["doc"] + (f" ({', '.join(limits)})" if limits else "")
        words = item.metadata.get("choices")
        kind_of_value = _words(words) if words else _type(hints[item.name])
        rows.append(f"| `{item.name}` | {kind_of_value} | {_value(default)} | {what} |")
    return "\n".join([*rows, ""])


def _words(words: tuple[str, ...]) -> str:
    return " or ".join(f'`"{word}"`' for word in words)


def _type(hint: Any) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return _type(args[0]) + ", optional"
    if origin is typing.Literal:
        return _words(args)
    if origin is tuple and args[-1] is not Ellipsis:
        return f"{len(args)} × {_type(args[0])}" if len(args) > 2 or args[0] is tuple else "pair"
    if dataclasses.is_dataclass(hint):
        return "table"
    if origin is tuple:
        return "tables" if dataclasses.is_dataclass(args[0]) else f"array of {_type(args[0])}s"
    if origin is not None:
        return "table of strings"
    return {str: "string", int: "integer", float: "number", bool: "boolean"}[hint]


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if value is dataclasses.MISSING:
        return "required"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, tuple):
        return f"`{_array(value)}`"
    return "`{}`" if isinstance(value, typing.Mapping) else f"`{value}`"


def _array(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_array, value)) + "]"
    return str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
