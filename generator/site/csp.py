"""The page's Content-Security-Policy: nothing inline, nobody else's files, framed by invitation.

>>> policy_text(embed_origins=(), frames_itself=False).split("; ")[0]
"default-src 'none'"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

HEADER = "content-security-policy"

_SELF_ONLY = ("script-src", "style-src", "img-src", "media-src", "font-src", "connect-src")
_REQUIRED = {
    "default-src": {"'none'"},
    "script-src": {"'self'", "'none'"},
    "style-src": {"'self'", "'none'"},
    "base-uri": {"'none'", "'self'"},
}
_FORBIDDEN = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:")


def policy_text(*, embed_origins: Iterable[str], frames_itself: bool) -> str:
    """The policy of a bundle.

    `embed_origins` may open the room in a frame; `frames_itself` is for a bundle with the demo
    site, whose page opens the room beside it.
    """
    directives = ["default-src 'none'"]
    directives += [f"{name} 'self'" for name in _SELF_ONLY]
    if frames_itself:
        directives.append("frame-src 'self'")
    directives += [
        "base-uri 'none'",
        "form-action 'none'",
        " ".join(("frame-ancestors 'self'", *embed_origins)),
    ]
    return "; ".join(directives)


def parsed(policy: str) -> dict[str, tuple[str, ...]]:
    """Directive → its sources; the first of a name counts (CSP3, section 2.2.1)."""
    directives: dict[str, tuple[str, ...]] = {}
    for clause in policy.split(";"):
        if words := clause.split():
            directives.setdefault(words[0].lower(), tuple(words[1:]))
    return directives


def weaknesses(policy: str) -> list[str]:
    """What a policy lets through that ours never does, each as a sentence's end."""
    if not policy.strip():
        return ["there is none"]
    directives = parsed(policy)
    found = [
        f"{name} is {' '.join(directives.get(name, ('missing',)))}"
        for name, allowed in _REQUIRED.items()
        if not _within(directives, name, allowed)
    ]
    found += [
        f"{name} allows {source}"
        for name, sources in directives.items()
        for source in sources
        if source.lower() in _FORBIDDEN and name != "frame-ancestors"
    ]
    if "frame-ancestors" not in directives:
        found.append("frame-ancestors is missing")
    return found


def _within(directives: Mapping[str, tuple[str, ...]], name: str, allowed: set[str]) -> bool:
    sources = directives.get(name)
    return bool(sources) and set(sources or ()) <= allowed
