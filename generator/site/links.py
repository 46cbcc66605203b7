r"""The links in a file of the bundle: where each points, on which line, and what kind it is.

Reads what a browser reads: attributes of HTML, `url(…)` of CSS, imports of modules, and the strings
of JSON that look like a file. Comments, and what only looks like a link inside a string, are none.

>>> [(link.line, link.target, link.kind) for link in links("a.js", "// how\nimport './b.js';")]
[(2, './b.js', 'import')]
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, Literal, TypeAlias

from generator.site.scripts import Asking, asked

LinkKind: TypeAlias = Asking | Literal["perhaps"]
"""What a script asks for and how, an address, or text that may be one."""

_URL_ATTRIBUTES = {"src", "href", "poster", "data-src"}
_SRCSET_ATTRIBUTES = {"srcset", "imagesrcset"}
_FILE_LIKE = re.compile(r"[^\s<>{}\"']+\.[a-z0-9]{2,5}")
# Strings and comments are matched too, so that nothing is found inside them.
_CSS = re.compile(
    r"""
      /\*.*?\*/
    | (?<![\w-])url\(\s*(?P<url>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?:\\.|[^"'()\\\s])+)\s*\)
    | @import\s*(?P<sheet>"[^"\n]*"|'[^'\n]*')
    | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'
    """,
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Link:
    """One link, as it is written."""

    target: str
    line: int
    kind: LinkKind


def links(path: str, text: str) -> tuple[Link, ...]:
    """The links in the file called `path`, in its order; none in a file of another kind."""
    return _links(posixpath.splitext(path)[1], text)


@lru_cache(maxsize=256)
def _links(suffix: str, text: str) -> tuple[Link, ...]:
    """Remembered: each save in the dev server asks again for all files, and one has changed."""
    read = _READERS.get(suffix)
    return tuple(read(text)) if read else ()


def _in_css(text: str) -> Iterator[Link]:
    for match in _CSS.finditer(text):
        target = match["url"] or match["sheet"] or ""
        target = target[1:-1] if target[:1] in "\"'" else target
        if target and "\\" not in target:
            yield Link(target, _line(text, match.start()), "address")


def _in_js(text: str) -> Iterator[Link]:
    return (Link(target, line, kind) for kind, target, line in asked(text))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _in_json(text: str) -> Iterator[Link]:
    return (Link(target, 1, "perhaps") for target in _file_like(json.loads(text)))


def _file_like(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _FILE_LIKE.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _file_like(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _file_like(inner)


def _in_html(text: str) -> Iterator[Link]:
    reader = _HtmlReader()
    reader.feed(text)
    return iter(reader.links)


class _HtmlReader(HTMLParser):
    """Collects links from attributes and inline JSON blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Link] = []
        self._in_json = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Each URL in the tag; `content` is one only where it looks like a file."""
        self._in_json = tag == "script" and (dict(attrs).get("type") or "").endswith("json")
        line = self.getpos()[0]
        for name, value in attrs:
            if not value:
                continue
            if name in _SRCSET_ATTRIBUTES:
                candidates = [part.split()[0] for part in value.split(",") if part.strip()]
                self.links += [Link(target, line, "address") for target in candidates]
            elif name == "content" and _FILE_LIKE.fullmatch(value):
                self.links.append(Link(value, line, "perhaps"))
            elif name in _URL_ATTRIBUTES:
                self.links.append(Link(value, line, "address"))

    def handle_data(self, data: str) -> None:
        """The body of an inline JSON block."""
        if self._in_json:
            self.links += _in_json(data)
            self._in_json = False


_READERS: Mapping[str, Callable[[str], Iterator[Link]]] = {
    ".html": _in_html,
    ".css": _in_css,
    ".js": _in_js,
    ".json": _in_json,
}
