"""What a host says with the files of a deployed copy: types, caching, policy, sharing.

Nothing is asked here: each function yields what is wrong with answers that came already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.site import csp
from generator.site.manifest import FileEntry
from generator.site.media_types import essence
from generator.site.probe.copy import DeployedCopy

_DAY_S = 86_400
_SEPARATE_HEADERS = {csp.HEADER, "cache-control", "access-control-allow-origin"}


def types(copy: DeployedCopy) -> Iterator[str]:
    """Every file comes as what it is."""
    for entry in copy.manifest.files:
        got = copy.replies[entry.path].headers.get("content-type", "nothing")
        wanted = entry.type.replace(" ", "").lower()
        if got.replace(" ", "").lower() not in (wanted, *_lenient(entry)):
            yield f"{entry.path} comes as {got}, not {entry.type}"


def _lenient(entry: FileEntry) -> tuple[str, ...]:
    """JSON, SVG and XML are UTF-8 unless they say otherwise; scripts have an older name."""
    bare = essence(entry.type)
    if bare == "text/javascript":
        return ("application/javascript", "application/javascript;charset=utf-8", bare)
    return () if bare in ("text/html", "text/css", "text/plain") else (bare,)


def cache(copy: DeployedCopy) -> Iterator[str]:
    """Hashed names are cached as immutable, the others revalidated."""
    for path, reply in copy.replies.items():
        value = reply.headers.get("cache-control", "nothing")
        hashed = any(entry.path == path and entry.is_hashed for entry in copy.manifest.files)
        if not (_is_immutable(value) if hashed else _is_revalidated(value)):
            wanted = "max-age=31536000, immutable" if hashed else "no-cache"
            yield f"{path or copy.base} says {value}, not {wanted}"


def _max_age_s(value: str) -> int:
    match = re.search(r"(?<!s-)max-age\s*=\s*(\d+)", value, re.IGNORECASE)
    return int(match.group(1)) if match else -1


def _is_immutable(value: str) -> bool:
    refused = {"no-cache", "no-store", "must-revalidate"}
    return _max_age_s(value) >= 30 * _DAY_S and not refused & _directives(value)


def _is_revalidated(value: str) -> bool:
    return bool({"no-cache", "no-store"} & _directives(value)) or _max_age_s(value) == 0


def _directives(value: str) -> set[str]:
    return {part.strip().partition("=")[0].lower() for part in value.split(",")}


def policy(copy: DeployedCopy) -> Iterator[str]:
    """Every page carries the policy that it was built with."""
    for entry in copy.manifest.files:
        if essence(entry.type) != "text/html":
            continue
        got = copy.replies[entry.path].headers.get(csp.HEADER, "")
        yield from (f"{entry.path}: {weakness}" for weakness in csp.weaknesses(got))
        has = csp.parsed(got)
        for name, sources in csp.parsed(copy.expected(entry).get(csp.HEADER, "")).items():
            if got and set(has.get(name, ())) != set(sources):
                yield f"{entry.path}: {name} is not as built"


def headers(copy: DeployedCopy) -> Iterator[str]:
    """Every other header of the rules is there."""
    for entry in copy.manifest.files:
        got = copy.replies[entry.path].headers
        for name, value in copy.expected(entry).items():
            if name not in _SEPARATE_HEADERS and got.get(name, "").lower() != value.lower():
                yield f"{entry.path}: {name} is {got.get(name, 'missing')}"


def cors(copy: DeployedCopy) -> Iterator[str]:
    """Pages elsewhere may read what lies under assets/."""
    for entry in copy.manifest.files:
        wanted = copy.expected(entry).get("access-control-allow-origin", "*")
        got = copy.replies[entry.path].headers.get("access-control-allow-origin", "missing")
        if entry.is_hashed and got != wanted:
            yield f"{entry.path}: Access-Control-Allow-Origin is {got}"
