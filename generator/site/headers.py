r"""What a host must say with each file: the rules, and the `_headers` file that carries them.

`_headers` is Netlify's and Cloudflare Pages' own format, and the bundle's single source of truth:
`breathe serve` reads it, `hosting` turns it into the words of other hosts, and the manifest
repeats it for `breathe probe`. Every rule that matches a path applies; a header that two rules
give is joined by a comma (Netlify), so no two of ours give the same one for the same path.

>>> rules = parse_headers_file("/*\n  X-Room: quiet\n/assets/*\n  Cache-Control: immutable\n")
>>> headers_for(rules, "/assets/a.js")
{'x-room': 'quiet', 'cache-control': 'immutable'}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from generator.errors import BuildError
from generator.site import csp

HEADERS = "_headers"
"""The file that carries the rules, at the bundle's top."""
ASSETS = "assets/"
"""Everything under it has its content's hash in its name."""
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"

_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"

# Cloudflare Pages takes at most 100 rules and 2,000 characters a line.
_MAX_RULES = 100
_MAX_LINE_CHARS = 2000


@dataclass(frozen=True)
class HeaderRule:
    """Headers (names in lower case) for every path that matches `path`, where `*` is anything."""

    path: str
    headers: Mapping[str, str]

    def matches(self, path: str) -> bool:
        """Whether the rule applies to `path`, which starts with /."""
        return _pattern(self.path).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in path.split("*")))


def bundle_rules(
    stable_paths: Iterable[str], *, base_path: str, policy: str
) -> tuple[HeaderRule, ...]:
    """The rules of a bundle whose files outside `assets/` are `stable_paths`.

    Raises BuildError when a common host would cut them short.
    """
    rules = [
        HeaderRule(
            f"{base_path}*",
            {
                csp.HEADER: policy,
                "x-content-type-options": "nosniff",
                "referrer-policy": "strict-origin-when-cross-origin",
                "permissions-policy": _PERMISSIONS,
                "cross-origin-opener-policy": "same-origin",
                # The canvas reads the clip's light, and a page elsewhere may load embed.js.
                "access-control-allow-origin": "*",
            },
        ),
        HeaderRule(f"{base_path}{ASSETS}*", {"cache-control": IMMUTABLE}),
    ]
    rules += [
        HeaderRule(path, {"cache-control": REVALIDATE})
        for stable in sorted(stable_paths)
        for path in _addresses(base_path + stable)
    ]
    if len(rules) > _MAX_RULES:
        raise BuildError(
            "_headers",
            got=f"{len(rules)} rules",
            expected=f"at most {_MAX_RULES}, which is Cloudflare Pages' limit",
            remedy="give files hashed names under assets/",
        )
    return tuple(rules)


def _addresses(path: str) -> tuple[str, ...]:
    """A page is asked for by its folder as well."""
    if path.endswith("/index.html"):
        return (path.removesuffix("index.html"), path)
    return (path,)


def headers_for(rules: Sequence[HeaderRule], path: str) -> dict[str, str]:
    """Every header for `path`, names in lower case."""
    merged: dict[str, str] = {}
    for rule in rules:
        if rule.matches(path):
            for name, value in rule.headers.items():
                merged[name] = f"{merged[name]}, {value}" if name in merged else value
    return merged


def title_case(name: str) -> str:
    """A header's name as people write it: `x-content-type-options` → `X-Content-Type-Options`."""
    return "-".join(part.capitalize() for part in name.split("-"))


def headers_file(rules: Iterable[HeaderRule]) -> str:
    """The text of `_headers`. Raises BuildError for a line too long for Cloudflare Pages."""
    lines = []
    for rule in rules:
        lines.append(rule.path)
        lines += [f"  {title_case(name)}: {value}" for name, value in rule.headers.items()]
    for line in lines:
        if len(line) > _MAX_LINE_CHARS:
            raise BuildError(
                f"_headers {line.strip()[:40]}…",
                got=f"{len(line)} characters",
                expected=f"at most {_MAX_LINE_CHARS}, which is Cloudflare Pages' limit",
                remedy="name fewer origins in [site] embed_origins",
            )
    return "\n".join(lines) + "\n"


def parse_headers_file(text: str) -> tuple[HeaderRule, ...]:
    """The rules of a `_headers` file. Raises BuildError for a line that is none."""
    rules: list[tuple[str, dict[str, str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            rules.append((line.strip(), {}))
            continue
        name, colon, value = line.strip().partition(":")
        if not colon or not rules:
            raise BuildError(
                f"_headers line {number}",
                got=repr(line),
                expected="a path, or an indented `Name: value` under one",
            )
        rules[-1][1][name.strip().lower()] = value.strip()
    return tuple(HeaderRule(path, headers) for path, headers in rules)
