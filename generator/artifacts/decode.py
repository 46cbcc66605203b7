"""JSON → frozen dataclasses, by walking their fields; and back.

Numbers, strings, booleans, `Literal`, `X | None`, tuples, mappings and dataclasses are checked; a
field of any other type is taken as it is. A missing key takes the field's default, a key that
nobody knows is left out: another version wrote it. A field whose default is None is not written
while it is None.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Size:
...     width: int
>>> decode(Size, {"width": "9"})
Traceback (most recent call last):
  ...
generator.artifacts.decode.ShapeError: width: got '9'; expected a whole number
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any, Literal, TypeVar

from generator.artifacts import Json
from generator.errors import AssetError

T = TypeVar("T")
Reader = Callable[[Any], Any]

FLAT = {"flat": True}
"""Metadata of a field of quads that stand in the file as eight numbers each."""
_HUGE = 1e18


class ShapeError(ValueError):
    """A value of another shape than its type. `where`: its place, like `frames.corners_px[3]`."""

    def __init__(self, got: object, expected: str) -> None:
        """`got`: the value as it stands."""
        self.where = ""
        self.got, self.expected = repr(got)[:80], expected
        super().__init__(self.got, expected)

    def within(self, step: str) -> ShapeError:
        """The same, told from one level further out."""
        dot = "." if self.where and self.where[0] != "[" else ""
        self.where = f"{step}{dot}{self.where}"
        return self

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}got {self.got}; expected {self.expected}"


def decode(kind: type[T], plain: object) -> T:
    """`plain`, as JSON has it, as a `kind`, a frozen dataclass. Raises ShapeError."""
    hint: Any = kind
    value: T = _reader(hint)(plain)
    return value


def encode(value: Any) -> dict[str, Json]:
    """A dataclass as plain JSON; `decode` reads it back."""
    return {
        field.name: _plain(getattr(value, field.name), flat="flat" in field.metadata)
        for field in dataclasses.fields(value)
        if field.default is not None or getattr(value, field.name) is not None
    }


def read(kind: type[T], path: Path) -> T:
    """The `kind` that lies in a baked JSON file. Raises AssetError with the file and the place."""
    try:
        return decode(kind, json.loads(path.read_bytes()))
    except ShapeError as exc:
        raise _unusable(f"{path} {exc.where}".rstrip(), exc.got, exc.expected) from exc
    except (OSError, ValueError, RecursionError) as exc:
        raise _unusable(str(path), f"a file that cannot be read ({exc})", "JSON") from exc


def dump(value: Any, *, indent: int | None = None) -> bytes:
    """A dataclass as the bytes of its file: keys in order, compact unless `indent` is given."""
    separators = None if indent else (",", ":")
    text = json.dumps(
        encode(value),
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
        sort_keys=True,
    )
    return f"{text}\n".encode()


def _unusable(subject: str, got: str, expected: str) -> AssetError:
    return AssetError(
        subject,
        got=got,
        expected=expected,
        remedy="take it out of version control again, or delete it and run breathe build",
    )


def _plain(value: Any, *, flat: bool = False) -> Any:
    if flat:
        return [[number for point in quad for number in point] for quad in value]
    if dataclasses.is_dataclass(value):
        return encode(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value


@cache
def _reader(hint: Any) -> Reader:
    """What turns a plain value into one of type `hint`, or raises ShapeError."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _table(hint)
    if hint in _SCALARS:
        return _scalar(hint, *_SCALARS[hint])
    if origin is Literal:
        return _choice(args)
    if origin in (typing.Union, types.UnionType) and len(args) == 2 and type(None) in args:
        inner = _reader(next(arg for arg in args if arg is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _list(args)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(_reader(args[1]))
    return lambda value: value


def _table(kind: Any) -> Reader:
    """A dataclass."""
    hints = typing.get_type_hints(kind, localns={"Json": Any})
    fields = [(f, _reader(hints[f.name])) for f in dataclasses.fields(kind)]
    nothing = dataclasses.MISSING

    def read_table(plain: Any) -> Any:
        if not isinstance(plain, Mapping):
            raise ShapeError(plain, "an object")
        values = {}
        for field, reader in fields:
            if field.name in plain:
                value = plain[field.name]
                values[field.name] = _at(field.name, reader, _paired(value, field.metadata))
            elif field.default is nothing and field.default_factory is nothing:
                raise ShapeError(sorted(plain), f"a key {field.name!r}")
        return kind(**values)

    return read_table


def _paired(value: Any, metadata: Mapping[str, Any]) -> Any:
    """Rows of eight numbers as rows of four pairs, where the file has them flat."""
    if "flat" not in metadata or not isinstance(value, list):
        return value
    return [[row[k : k + 2] for k in range(0, 8, 2)] if _is_flat(row) else row for row in value]


def _is_flat(row: Any) -> bool:
    return isinstance(row, list) and len(row) == 8


def _list(args: tuple[Any, ...]) -> Reader:
    """A tuple: of any length where its type ends in an ellipsis, else of that many items."""
    readers = [_reader(arg) for arg in args if arg is not Ellipsis]
    is_open = args[-1] is Ellipsis

    def read_list(plain: Any) -> Any:
        if not isinstance(plain, list | tuple):
            raise ShapeError(plain, "a list")
        if not is_open and len(plain) != len(readers):
            raise ShapeError(plain, f"a list of {len(readers)}")
        each = repeat(readers[0]) if is_open else readers
        values: list[Any] = []
        try:
            for reader, item in zip(each, plain, strict=False):
                values.append(reader(item))
        except ShapeError as exc:
            raise exc.within(f"[{len(values)}]") from None
        return tuple(values)

    return read_list


def _mapping(reader: Reader) -> Reader:
    """A mapping with strings for keys."""

    def read_mapping(plain: Any) -> Any:
        if not isinstance(plain, Mapping):
            raise ShapeError(plain, "an object")
        return {name: _at(name, reader, item) for name, item in plain.items()}

    return read_mapping


def _at(step: str, reader: Reader, value: Any) -> Any:
    try:
        return reader(value)
    except ShapeError as exc:
        raise exc.within(step) from None


def _choice(values: Iterable[Any]) -> Reader:
    """One of some literals."""
    known = list(values)

    def read_choice(plain: Any) -> Any:
        if plain not in known or isinstance(plain, bool | float):
            raise ShapeError(plain, "one of " + ", ".join(map(repr, known)))
        return plain

    return read_choice


_SCALARS: dict[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a string"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
}


def _scalar(kind: Any, fitting: tuple[type, ...], expected: str) -> Reader:
    def read_scalar(plain: Any) -> Any:
        if type(plain) not in fitting or (kind is float and not abs(plain) < _HUGE):
            raise ShapeError(plain, expected)  # a comparison that refuses NaN as well
        return kind(plain)

    return read_scalar
