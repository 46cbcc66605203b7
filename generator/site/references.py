"""Who refers to whom in a bundle: files that nobody uses, and links that lead nowhere.

Reads what a browser reads: attributes of HTML, `url(…)` of CSS, imports of modules, and the URLs
inside JSON blocks and files. Links to other sites are not followed.

>>> files = {"index.html": b'<script src="a.js"></script>', "a.js": b"import './b.js'", "c.js": b""}
>>> report = references(files, entrances=("index.html",))
>>> report.unused, report.missing
(('c.js',), ('b.js (from a.js)',))
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from generator.site.compress import SUFFIXES
from generator.site.headers import ASSETS, HEADERS
from generator.site.manifest import MANIFEST

_COPIES = set(SUFFIXES.values())
_UNLISTED = {HEADERS, MANIFEST}
_URL_ATTRIBUTES = {"src", "href", "poster", "content", "data-src"}
_SRCSET_ATTRIBUTES = {"srcset", "imagesrcset"}
_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
_JS_IMPORT = re.compile(
    r"""(?:\bfrom\s*|\bimport\s*\(?\s*|new\s+URL\(\s*)["'`](\.{0,2}/?[^"'`\s]+)["'`]"""
)
_FILE_LIKE = re.compile(r"[^\s<>{}\"']+\.[a-z0-9]{2,5}")


@dataclass(frozen=True)
class References:
    """What a walk through a bundle found, sorted."""

    unused: tuple[str, ...]
    missing: tuple[str, ...]
    """`path (from page)` for each link that leads nowhere."""


def references(
    files: Mapping[str, bytes | Path], *, entrances: Iterable[str], base_path: str = "/"
) -> References:
    """Walk from `entrances` (pages, and files that are asked for by name) through all links."""
    waiting = [path for path in entrances if path in files]
    seen = set(waiting)
    missing = set()
    while waiting:
        page = waiting.pop()
        for certain, link in _links(page, files[page]):
            target = _resolve(page, link, base_path)
            if target is None or target in seen:
                continue
            if target in files:
                seen.add(target)
                waiting.append(target)
            elif certain:
                missing.add(f"{target} (from {page})")
    return References(tuple(sorted(set(files) - seen)), tuple(sorted(missing)))


def bundle_references(bundle: Path, *, base_path: str = "/") -> References:
    """The same for a bundle in a folder, from the pages and files that others know by name."""
    files = {
        entry: path
        for path in bundle.rglob("*")
        if path.is_file() and path.suffix not in _COPIES
        if (entry := path.relative_to(bundle).as_posix()) not in _UNLISTED
    }
    entrances = [path for path in files if not path.startswith(ASSETS)]
    return references(files, entrances=entrances, base_path=base_path)


def _resolve(page: str, link: str, base_path: str) -> str | None:
    """The bundle path that `link` on `page` means; None for other sites and mere fragments."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    path = unquote(parts.path)
    if path.startswith("/"):
        if not path.startswith(base_path):
            return None
        joined = path[len(base_path) :]
    else:
        joined = posixpath.join(posixpath.dirname(page), path)
    normal = posixpath.normpath(joined) if joined else "."
    if path.endswith("/") or normal == ".":
        return posixpath.normpath(posixpath.join(normal, "index.html"))
    return normal


def _links(page: str, content: bytes | Path) -> Iterator[tuple[bool, str]]:
    """(whether it must exist, link) for each link in a file."""
    suffix = posixpath.splitext(page)[1]
    if suffix not in (".html", ".css", ".js", ".json"):
        return
    text = (content if isinstance(content, bytes) else content.read_bytes()).decode("utf-8")
    if suffix == ".html":
        parser = _HtmlLinks()
        parser.feed(text)
        yield from parser.links
    elif suffix == ".css":
        yield from ((True, first or second) for first, second in _CSS_URL.findall(text))
    elif suffix == ".js":
        yield from ((True, link) for link in _JS_IMPORT.findall(text) if link.startswith("."))
    else:
        yield from ((False, link) for link in _json_links(json.loads(text)))


def _json_links(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _FILE_LIKE.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _json_links(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _json_links(inner)


class _HtmlLinks(HTMLParser):
    """Collects links from attributes, inline JSON blocks and style attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[bool, str]] = []
        self._in_json = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Each URL in the tag; `content` is one only where it looks like a file."""
        self._in_json = tag == "script" and (dict(attrs).get("type") or "").endswith("json")
        for name, value in attrs:
            if not value:
                continue
            if name in _SRCSET_ATTRIBUTES:
                self.links += [(True, part.split()[0]) for part in value.split(",") if part.strip()]
            elif name in _URL_ATTRIBUTES and (name != "content" or _FILE_LIKE.fullmatch(value)):
                self.links.append((name != "content", value))

    def handle_data(self, data: str) -> None:
        """The body of an inline JSON block."""
        if self._in_json:
            self.links += [(False, link) for link in _json_links(json.loads(data))]
            self._in_json = False
