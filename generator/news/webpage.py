"""A web page where a feed should be: which feed it points to."""

from __future__ import annotations

import re

from generator.news.clean import one_line, safe_url
from generator.news.markup import TAG, attributes

MAX_PAGE_CHARS = 400_000
# Formats as pages announce them; the last is also announced for much that is no feed.
_KINDS = (
    "application/(?:rss|atom|rdf)[+]xml",
    "application/feed[+]json",
    "(?:text|application)/xml",
)
_TAG = re.compile(TAG)


def is_page(text: str) -> bool:
    """Whether `text` is HTML rather than a feed."""
    return re.search(r"<!doctype html|<html|<head[\s>]", text[:65536], re.IGNORECASE) is not None


def feed_of_page(page: str, url: str) -> str:
    """The feed that `page` names, as a whole address where `url`, its own, is known; or ""."""
    base, found = url, []
    for tag in _TAG.finditer(page[:MAX_PAGE_CHARS]):
        values = attributes(tag["rest"])
        href = values.get("href", "").strip()
        name = tag["name"].lower()
        if name == "base" and href:
            base = safe_url(href, url) or base
        elif name == "link" and href:
            found.append((values, href))
    for kind in _KINDS:
        for values, href in found:
            is_alternate = {"alternate", "feed"} & set(
                values.get("rel", "alternate").lower().split()
            )
            if is_alternate and re.fullmatch(
                rf"\s*{kind}\s*(?:;.*)?", values.get("type", "").lower()
            ):
                return safe_url(href, base) or ("" if ":" in href else one_line(href, 200))
    return ""
