"""What the author's scripts and styles ask for: which modules come first, and what leads nowhere.

Both are read off the sources as they were written, before anything is shortened or renamed.
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from generator.errors import BuildError
from generator.site.bundle import Content, content_bytes
from generator.site.links import Link, links

_LINKING = (".js", ".css")


def first_modules(sources: Mapping[str, Content], entry: str) -> list[str]:
    """Paths of all modules that `entry` needs before it can run, itself left out.

    Modules that are only imported on demand (`import()`) are not among them.
    """
    found: list[str] = []
    waiting = [entry]
    while waiting:
        module = waiting.pop(0)
        for link in _links(module, sources[module]):
            target = _target(module, link)
            is_new = target in sources and target not in found and target != entry
            if link.kind == "import" and is_new:
                found.append(target)
                waiting.append(target)
    return found


def refuse_lost_links(sources: Mapping[str, Content]) -> None:
    """Raise BuildError when a script or a style asks for what will not be there.

    `sources`: path below `site_src` → content. Only what lies in the same top folder can be asked
    for by a relative address: folders are published under names of their own.
    """
    lost = [
        (path, link)
        for path, content in sorted(sources.items())
        for link in _links(path, content)
        if not _leads_somewhere(sources, path, link)
    ]
    if not lost:
        return
    (path, link), *others = lost
    folder = path.partition("/")[0]
    raise BuildError(
        _place(path, link),
        got=f'"{link.target}", which leads nowhere',
        expected=f"a relative path to a file in site_src/{folder}",
        remedy=_remedy(sources, path, link),
        detail="\n".join(f'{_place(*other)}: "{other[1].target}" as well' for other in others),
    )


def _links(path: str, content: Content) -> tuple[Link, ...]:
    if not path.endswith(_LINKING):
        return ()
    return links(path, content_bytes(content).decode("utf-8", "replace"))


def _leads_somewhere(sources: Mapping[str, Content], path: str, link: Link) -> bool:
    parts = urlsplit(link.target)
    if link.kind == "address" and (parts.scheme or parts.netloc or not parts.path):
        return True
    if parts.path.startswith("/") and not parts.netloc:
        return True  # the site around the room may have it
    if link.kind != "address" and not link.target.startswith("."):
        return False  # a bare name, or another site, which the page's policy refuses
    target = _target(path, link)
    return target in sources and target.partition("/")[0] == path.partition("/")[0]


def _target(path: str, link: Link) -> str:
    relative = unquote(urlsplit(link.target).path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))


def _place(path: str, link: Link) -> str:
    return f"site_src/{path}:{link.line}"


def _remedy(sources: Mapping[str, Content], path: str, link: Link) -> str:
    folder = path.partition("/")[0]
    beside = [name for name in sources if name.startswith(f"{folder}/")]
    near = difflib.get_close_matches(_target(path, link), beside, n=1)
    if not near:
        return "put the file there, or take the line out"
    relative = posixpath.relpath(near[0], posixpath.dirname(path))
    return f'did you mean "{relative if relative.startswith(".") else f"./{relative}"}"?'
