"""Feeds as values: bytes of RSS, Atom or JSON Feed in, clean stories out, merged into one list.

    bytes ── parse ──> Feed ── merge ──> stories ── jsonfeed ──> news.json

Nothing here opens a file or a socket. Feeds are written by strangers: after `clean`, every text is
plain text without control or bidi characters, and every link is http, https or mailto.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Dropped:
    """What a feed gave and a story lacks. `field`: the story's; `where`: in the feed."""

    field: str
    where: str
    value: str
    why: str

    def __str__(self) -> str:
        """For a person."""
        return f"{self.where} {self.value!r}: {self.why}"


@dataclass(frozen=True)
class Story:
    """One item of one feed, cleaned."""

    id: str
    title: str
    """One line, never empty."""
    url: str = ""
    """http, https or mailto; empty when the feed gave nothing that may be followed."""
    summary: str = ""
    """One line."""
    content_text: str = ""
    """Paragraphs, separated by an empty line."""
    published: datetime | None = None
    """UTC, whole seconds."""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    address: str = field(default="", compare=False)
    """`story-` and letters: its permanent place on the page, once it is known among its feed's."""
    found: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where in the feed each field stood (`date`: `pubDate`); not published."""
    dropped: tuple[Dropped, ...] = field(default=(), compare=False)
    """Not published either."""


@dataclass(frozen=True)
class Feed:
    """One feed, cleaned: its stories in the feed's own order."""

    title: str
    stories: tuple[Story, ...]
    home_page_url: str = ""
    warning: str = ""
    """Why some of it may be missing, for the author; empty for a well-formed feed."""
