"""What a host says with the files of a deployed copy: types, caching, policy, sharing.

Nothing is asked here: each question is about answers that came already.
"""

from __future__ import annotations

import re

from generator.site import csp
from generator.site.deployed import DeployedCopy, Finding, finding
from generator.site.manifest import FileEntry
from generator.site.media_types import essence

_DAY_S = 86_400
_SEPARATE_HEADERS = {csp.HEADER, "cache-control", "access-control-allow-origin"}


def types(copy: DeployedCopy) -> Finding:
    """Every file comes as what it is."""
    problems = []
    for entry in copy.manifest.files:
        got = copy.replies[entry.path].headers.get("content-type", "nothing")
        wanted = entry.type.replace(" ", "").lower()
        if got.replace(" ", "").lower() not in (wanted, *_lenient(entry)):
            problems.append(f"{entry.path} comes as {got}, not {entry.type}")
    return finding(
        "types",
        problems,
        good="every Content-Type as browsers want it",
        fix="give the host the media types (breathe hosting writes them)",
    )


def _lenient(entry: FileEntry) -> tuple[str, ...]:
    """JSON, SVG and XML are UTF-8 unless they say otherwise; scripts have an older name."""
    bare = essence(entry.type)
    if bare == "text/javascript":
        return ("application/javascript", "application/javascript;charset=utf-8", bare)
    return () if bare in ("text/html", "text/css", "text/plain") else (bare,)


def cache(copy: DeployedCopy) -> Finding:
    """Hashed names are kept, the others asked for anew."""
    problems = []
    for path, reply in copy.replies.items():
        value = reply.headers.get("cache-control", "nothing")
        hashed = any(entry.path == path and entry.is_hashed for entry in copy.manifest.files)
        if not (_kept_for_good(value) if hashed else _asked_anew(value)):
            wanted = "max-age=31536000, immutable" if hashed else "no-cache"
            problems.append(f"{path or copy.base} says {value}, not {wanted}")
    return finding(
        "cache",
        problems,
        good="hashed names are kept for good, pages and news asked for anew",
        fix="send the bundle's Cache-Control (breathe hosting writes it)",
    )


def _max_age_s(value: str) -> int:
    match = re.search(r"(?<!s-)max-age\s*=\s*(\d+)", value, re.IGNORECASE)
    return int(match.group(1)) if match else -1


def _kept_for_good(value: str) -> bool:
    refused = {"no-cache", "no-store", "must-revalidate"}
    return _max_age_s(value) >= 30 * _DAY_S and not refused & _directives(value)


def _asked_anew(value: str) -> bool:
    return bool({"no-cache", "no-store"} & _directives(value)) or _max_age_s(value) == 0


def _directives(value: str) -> set[str]:
    return {part.strip().partition("=")[0].lower() for part in value.split(",")}


def policy(copy: DeployedCopy) -> Finding:
    """Every page carries the policy that it was built with."""
    problems = []
    for entry in copy.manifest.files:
        if essence(entry.type) != "text/html":
            continue
        got = copy.replies[entry.path].headers.get(csp.HEADER, "")
        wanted = csp.parsed(copy.expected(entry).get(csp.HEADER, ""))
        problems += [f"{entry.path}: {weakness}" for weakness in csp.weaknesses(got)]
        has = csp.parsed(got)
        problems += [
            f"{entry.path}: {name} is not as built"
            for name, sources in wanted.items()
            if got and set(has.get(name, ())) != set(sources)
        ]
    return finding(
        "policy",
        problems,
        good="Content-Security-Policy as built, nothing inline",
        fix="send the bundle's Content-Security-Policy with every page",
    )


def headers(copy: DeployedCopy) -> Finding:
    """Every other header of the rules is there."""
    problems = [
        f"{entry.path}: {name} is {copy.replies[entry.path].headers.get(name, 'missing')}"
        for entry in copy.manifest.files
        for name, value in copy.expected(entry).items()
        if name not in _SEPARATE_HEADERS
        and copy.replies[entry.path].headers.get(name, "").lower() != value.lower()
    ]
    return finding(
        "headers",
        problems,
        good="nosniff, referrer, permissions and opener as built",
        fix="send the bundle's headers with every file (breathe hosting writes them)",
    )


def cors(copy: DeployedCopy) -> Finding:
    """Pages elsewhere may read what lies under assets/."""
    problems = []
    for entry in copy.manifest.files:
        if not entry.is_hashed:
            continue
        wanted = copy.expected(entry).get("access-control-allow-origin", "*")
        got = copy.replies[entry.path].headers.get("access-control-allow-origin", "missing")
        if got != wanted:
            problems.append(f"{entry.path}: Access-Control-Allow-Origin is {got}")
    return finding(
        "cors",
        problems,
        good="pages elsewhere may read the clips and load the modules",
        fix="send Access-Control-Allow-Origin: * with assets/",
    )
