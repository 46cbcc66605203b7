"""One story from raw parts: every text cleaned and capped, whatever the format it came in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from generator.news.clean import one_line, paragraphs
from generator.news.feed import Story

MAX_TITLE_CHARS = 200
MAX_SUMMARY_CHARS = 400
MAX_CONTENT_CHARS = 8_000
MAX_TAG_CHARS = 40
MAX_TAGS = 8
MAX_ID_CHARS = 300
FIRST_YEAR = 1900
"""A date before it is a clock or a field that was never set: year 1 is Go's and .NET's zero."""


def make_story(
    *,
    id: str,  # noqa: A002 - the field's own name in RSS, Atom and JSON Feed
    url: str,
    title: str,
    title_is_html: bool,
    summary: str,
    summary_is_html: bool,
    content: str,
    content_is_html: bool,
    published: datetime | None,
    tags: Iterable[str],
    authors: Iterable[str],
) -> Story | None:
    """The cleaned story; `url` is already safe. None when there is nothing to read in it."""
    body = paragraphs(content, MAX_CONTENT_CHARS, is_html=content_is_html)
    short = paragraphs(summary, MAX_CONTENT_CHARS, is_html=summary_is_html)
    headline = one_line(
        paragraphs(title, 4 * MAX_TITLE_CHARS, is_html=title_is_html), MAX_TITLE_CHARS
    )
    headline = headline or one_line(short or body, 80) or url
    if not headline:
        return None
    body = body or short
    lead = one_line(short or body, MAX_SUMMARY_CHARS)
    return Story(
        id=_identity(id, url, headline, body),
        title=headline,
        url=url,
        summary="" if lead == headline else lead,
        content_text=body,
        published=published if published and published.year >= FIRST_YEAR else None,
        tags=_labels(tags, MAX_TAGS),
        authors=_labels(authors, 4),
    )


def _identity(id: str, url: str, title: str, body: str) -> str:  # noqa: A002 - as above
    clean = one_line(id, 10 * MAX_ID_CHARS)
    if clean and len(clean) <= MAX_ID_CHARS:
        return clean
    if url and not clean:
        return url
    return "sha256:" + hashlib.sha256("\n".join((clean, title, body)).encode()).hexdigest()[:32]


def _labels(values: Iterable[str], count: int) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for value in values:
        label = one_line(paragraphs(value, 4 * MAX_TAG_CHARS), MAX_TAG_CHARS)
        if label:
            unique.setdefault(label.casefold(), label)
    return tuple(unique.values())[:count]
