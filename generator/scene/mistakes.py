"""A scene file that is no TOML: what was probably meant, and on which line.

x = 0,3  →  scene.toml:1: got a comma in a number; expected a point: 0.3

tomllib says where it stopped; the line there says why, better than the parser can.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from generator.errors import SceneError
from generator.scene.places import Place, Source, setting

_CURLY = "“”„‟‘’‚‛«»"
_CONFLICT = re.compile(r"(<{7}|={7}|>{7}|\|{7})( |$)")
_CUT = re.compile(r"character '\\n'|Unterminated")
"""A string that goes on past its line."""
_PROBE = "breathe-probe"


@dataclass(frozen=True)
class _Stop:
    """Where tomllib stopped, and its words."""

    name: str
    text: str
    message: str
    start: int
    """1-based line on which the statement begins."""
    number: int
    """1-based line on which it stopped; the last one at the end of the file."""
    rest: str
    """What stands on that line from there on."""

    @property
    def line(self) -> str:
        lines = self.text.splitlines()
        return lines[self.number - 1] if lines else ""

    @property
    def key(self) -> str:
        """What the statement begins with, up to its = sign."""
        lines = self.text.splitlines()
        return lines[self.start - 1].partition("=")[0].strip() if lines else ""

    def error(self, got: str, expected: str = "", remedy: str = "", *, line: int = 0) -> SceneError:
        return SceneError(
            f"{self.name}:{line or self.number}", got=got, expected=expected, remedy=remedy
        )


def toml_error(name: str, text: str, exc: ValueError) -> SceneError:
    """The error for `text`, of which tomllib said `exc`."""
    stop = _stop(name, text, str(exc))
    for explain in _EXPLAIN:
        if error := explain(stop):
            return error
    return stop.error(
        stop.message, "TOML", "strings stand in quotes, tables in [brackets]; see https://toml.io"
    )


def _stop(name: str, text: str, message: str) -> _Stop:
    lines = text.splitlines()
    at = re.search(r" \(at line (\d+), column (\d+)\)", message)
    number, column = (int(at[1]), int(at[2])) if at else (max(1, len(lines)), 0)
    start = number
    while start > 1 and not _parses("\n".join(lines[: start - 1])):
        start -= 1
    rest = lines[number - 1][column - 1 :] if at and number <= len(lines) else ""
    return _Stop(name, text, message.partition(" (at ")[0], start, number, rest)


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _conflict(stop: _Stop) -> SceneError | None:
    if not _CONFLICT.match(stop.line):
        return None
    return stop.error(
        f"a conflict marker, {stop.line[:7]}",
        "one version of the scene",
        "keep one of the two sides, and delete the lines with <<<<<<<, ======= and >>>>>>>",
    )


def _curly_quote(stop: _Stop) -> SceneError | None:
    cut = _CUT.search(stop.message)
    curly = next((c for c in (stop.line if cut else stop.rest[:1]) if c in _CURLY), "")
    if not curly:
        return None
    return stop.error(
        f"a curly quote, {curly}",
        'straight ones, "like this"',
        "word processors and phones bend quotes: type them anew in a plain editor",
    )


def _backslash(stop: _Stop) -> SceneError | None:
    if not re.search(r"Unescaped '\\'|hex value|Unicode scalar", stop.message):
        return None
    return stop.error(
        "a backslash in a string",
        "/ between folders",
        "a backslash begins an escape such as \\n; where it is meant, write it twice",
    )


def _duplicate(stop: _Stop) -> SceneError | None:
    """Both lines are named: one of them is to go."""
    if not re.search(r"Cannot overwrite|Cannot declare|Cannot mutate|Duplicate", stop.message):
        return None
    before = "\n".join(stop.text.splitlines()[: stop.start - 1])
    header = re.match(r"\[\[?\s*([^\]]+?)\s*\]", stop.key)
    keys = tuple(k.strip(" \"'") for k in (header[1] if header else stop.key).split("."))
    place = keys if header else (*_open_table(before), *keys)
    first = Source(stop.name, before).line(place)
    return stop.error(
        f"{f'[{header[1]}]' if header else setting(place)} a second time",
        "each key and each table once",
        f"line {first} has it already: keep one of the two" if first else "keep one of the two",
        line=stop.start,
    )


def _open_table(text: str) -> Place:
    """The table that a key at the end of `text` would belong to."""

    def find(value: Any, place: Place) -> Place | None:
        if isinstance(value, dict) and _PROBE in value:
            return place
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        nested = ((k, v) for k, v in inside if isinstance(v, (dict, list)))
        return next((p for k, v in nested if (p := find(v, (*place, k))) is not None), None)

    return find(tomllib.loads(f"{text}\n{_PROBE} = 1"), ()) or ()


def _comma(stop: _Stop) -> SceneError | None:
    number = re.search(r"([+-]?[\d_]+)$", stop.line[: len(stop.line) - len(stop.rest)])
    after = re.match(r",\s*(\d+)", stop.rest)
    if "Expected newline" not in stop.message or not (number and after):
        return None
    return stop.error("a comma in a number", f"a point: {number[1]}.{after[1]}")


def _open_end(stop: _Stop) -> SceneError | None:
    """An array, a string or a header that is not closed."""
    array = re.match(r"Unclosed (array|inline table)", stop.message)
    if array and stop.rest:
        return stop.error(f"{stop.rest.strip()[:20]!r} after a value", "a comma between values")
    runs_on = stop.message == "Invalid value" and stop.start < stop.number
    if array or (runs_on and re.match(r"\s*\[+\s*[A-Za-z]", stop.line)):
        what, close = (array[1], "}") if array and array[1] != "array" else ("array", "]")
        return stop.error(f"{stop.key}, an {what} without its end", close, line=stop.start)
    if _CUT.search(stop.message):
        where = stop.start if "Unterminated" in stop.message else stop.number
        return stop.error("a string without its closing quote", 'like "this"', line=where)
    if "end of a table declaration" in stop.message:
        return stop.error(f"{stop.line.strip()}, a header without its end", "like [room]")
    return None


def _no_equals(stop: _Stop) -> SceneError | None:
    if "Expected '='" not in stop.message:
        return None
    key, value = re.match(r"\s*([\w.-]*)[\s:]*(.*)", stop.line, re.DOTALL).groups()  # type: ignore[union-attr]
    return stop.error(stop.line.strip()[:40], "key = value", f"write {key} = {value.strip()}")


def _bare_word(stop: _Stop) -> SceneError | None:
    word = re.match(r"[A-Za-z~/.][^\s,#\]}]*", stop.rest)
    if stop.message != "Invalid value" or word is None:
        return None
    said = word[0]
    switch = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false"}
    if meant := switch.get(said.lower()):
        return stop.error(said, meant, f"write {stop.key} = {meant}")
    if re.fullmatch(r"\.\d+", said):
        return stop.error(said, f"a digit before the point: 0{said}")
    return stop.error(said, "text in quotes", f'write {stop.key} = "{said}"')


def _trailing(stop: _Stop) -> SceneError | None:
    if "Expected newline" not in stop.message or not stop.rest.strip():
        return None
    return stop.error(
        f"{stop.rest.strip()[:20]!r} after the value",
        "one key and its value on a line",
        "a comment begins with #, and a number stands without its unit",
    )


def _comment(stop: _Stop) -> SceneError | None:
    if stop.message != "Invalid statement" or not re.match(r"(//|--|;|/\*)", stop.rest):
        return None
    return stop.error(stop.rest.strip()[:40], "a comment that begins with #")


_EXPLAIN: tuple[Callable[[_Stop], SceneError | None], ...] = (
    _conflict,
    _curly_quote,
    _backslash,
    _duplicate,
    _comma,
    _open_end,
    _no_equals,
    _bare_word,
    _trailing,
    _comment,
)
