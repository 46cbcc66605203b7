r"""Where a setting stands in the scene's text, for messages: file, line, table and key.

>>> Source("scene.toml", "schema = 1\n[room]\nfps = 16\n").at(("room", "fps"))
'scene.toml:3 [room] fps'

tomlkit keeps a file to the byte. So a place is found by marking it and writing the file out again:
strings of many lines, inline tables and tables in any order are tomlkit's business, not ours. It is
imported only when there is something to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Keys, and 0-based places in arrays: `("track", "adjust", 1, "clip")`."""

_MARK = "\0"
"""What no TOML file may hold."""


@dataclass(frozen=True)
class Source:
    """The scene's text and what messages call it."""

    name: str
    text: str

    def at(self, place: Place) -> str:
        """`scene.toml:12 [room] fps`; the second correction by hand is `[[track.adjust]] 2`."""
        line = self.line(place)
        where = f"{self.name}:{line}" if line else self.name
        return f"{where} {setting(place)}" if place else where

    def line(self, place: Place) -> int | None:
        """1-based line of what stands at `place`; of the table round it when it is missing."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            document = tomlkit.parse(self.text.removeprefix("\ufeff"))
        except (TOMLKitError, RecursionError):
            return None
        for length in range(len(place), 0, -1):
            for text in _marked(document, place[:length]):
                before, mark, _ = text.partition(_MARK)
                if mark:
                    return before.count("\n") + 1
        return None


def setting(place: Place) -> str:
    """In words: `[clips.walkin] crop`, `[[track.adjust]] 2 clip`, `[news] feeds, item 2`."""
    tables = [k for k, part in enumerate(place[:-1]) if _is_table(part, place[k + 1])]
    if tables:
        at = tables[-1]
        head, key = f"[[{_dotted(place[:at])}]] {_number(place[at])}", place[at + 1 :]
    else:
        keys = next((k for k, part in enumerate(place) if isinstance(part, int)), len(place))
        head = f"[{_dotted(place[: keys - 1])}]" if keys > 1 else ""
        key = place[keys - 1 :]
    words = ", item ".join([str(key[0]), *map(_number, key[1:])])
    return f"{head} {words}".lstrip()


def _is_table(part: str | int, after: str | int) -> bool:
    """Whether `part` is the number of a table in an array of them: a key follows."""
    return isinstance(part, int) and isinstance(after, str)


def _dotted(keys: Place) -> str:
    return ".".join(map(str, keys))


def _number(part: str | int) -> str:
    return str(part + 1 if isinstance(part, int) else part)


def _marked(document: Any, place: Place) -> Iterator[str]:
    """The file with a mark before what stands at `place`, then before what stands in it.

    A table that only a longer header names, as `track` in `[[track.adjust]]`, is not written out.
    """
    from tomlkit.items import Array, Float, Trivia

    last = place[-1]
    for parent in _pieces(document, place[:-1]):
        if isinstance(parent, Array) and isinstance(last, int) and last < len(parent):
            parent[last] = Float(0.0, Trivia(), _MARK)  # what stands in an array has no indent
            yield document.as_string()
    waiting = _pieces(document, place)
    while waiting:
        item = waiting.pop(0)
        waiting = [*(each for _, each in _children(item)), *waiting]
        indent = item.trivia.indent
        item.trivia.indent = _MARK + indent
        yield document.as_string()
        item.trivia.indent = indent


def _pieces(document: Any, place: Place) -> list[Any]:
    """The items that together stand at `place`: a table may be written in several pieces."""
    pieces = [document]
    for part in place:
        inside = [each for piece in pieces for each in _children(piece)]
        if isinstance(part, int):
            pieces = [item for key, item in inside if key is None][part : part + 1]
        else:
            pieces = [item for key, item in inside if key == part]
    return pieces


def _children(item: Any) -> list[tuple[str | None, Any]]:
    """What a table holds, by key, or an array, without one."""
    from tomlkit.container import Container
    from tomlkit.items import AoT, Array, InlineTable, Table

    if isinstance(item, (AoT, Array)):
        return [(None, each) for each in (item.body if isinstance(item, AoT) else item)]
    table = item.value if isinstance(item, (InlineTable, Table)) else item
    body = table.body if isinstance(table, Container) else []
    return [(key.key, each) for key, each in body if key is not None]
