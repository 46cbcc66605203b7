"""Who refers to whom in a bundle: files that nobody uses, and links that lead nowhere.

Links to other sites are not followed.

>>> files = {"index.html": b'<script src="a.js"></script>', "a.js": b"import './b.js'", "c.js": b""}
>>> report = references(files, entrances=("index.html",))
>>> report.unused, report.missing
(('c.js',), ('b.js (from a.js)',))
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from generator.site.compress import SUFFIXES
from generator.site.headers import ASSETS, HEADERS
from generator.site.links import links
from generator.site.manifest import MANIFEST, parse_manifest

_COPIES = set(SUFFIXES.values())
_UNLISTED = {HEADERS, MANIFEST}
_LINKING = (".html", ".css", ".js", ".json")


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
        for link in links(page, _text(page, files[page])):
            target = _resolve(page, link.target, base_path)
            if target is None or target in seen:
                continue
            if target in files:
                seen.add(target)
                waiting.append(target)
            elif link.kind != "perhaps":
                missing.add(f"{target} (from {page})")
    return References(tuple(sorted(set(files) - seen)), tuple(sorted(missing)))


def bundle_references(bundle: Path) -> References:
    """The same for a bundle in a folder, from the pages and files that others know by name.

    Raises BuildError for a bundle without its manifest.
    """
    files = {
        entry: path
        for path in bundle.rglob("*")
        if path.is_file() and path.suffix not in _COPIES
        if (entry := path.relative_to(bundle).as_posix()) not in _UNLISTED
    }
    entrances = [path for path in files if not path.startswith(ASSETS)]
    manifest = parse_manifest((bundle / MANIFEST).read_bytes())
    return references(files, entrances=entrances, base_path=manifest.base_path)


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


def _text(page: str, content: bytes | Path) -> str:
    """What the file says, where that can hold links: a clip is not read."""
    if not page.endswith(_LINKING):
        return ""
    return (content if isinstance(content, bytes) else content.read_bytes()).decode(
        "utf-8", errors="replace"
    )
