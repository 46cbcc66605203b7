"""The last good state of a feed that lives at a URL: its stories and how to ask for newer ones.

Kept as a JSON Feed of its own beside news.json, so that it can be read, diffed and committed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from generator.errors import FeedError
from generator.news import jsonfeed
from generator.news.clean import one_line
from generator.news.feed import Feed
from generator.news.waits import Wait

SCHEMA = 2
"""Raised when cleaning changes: older stories are still shown, but fetched anew, whole."""


@dataclass(frozen=True)
class Kept:
    """`changed_at`: when a fetch last brought other stories, RFC 3339."""

    url: str
    feed: Feed
    changed_at: str
    etag: str = ""
    last_modified: str = ""
    max_stories: int = 0
    """How many stories were let in at most; a wider limit needs a whole answer."""

    def is_enough(self, max_stories: int) -> bool:
        """Whether it holds as many stories as are wanted now."""
        return max_stories <= self.max_stories

    def conditions(self, max_stories: int) -> dict[str, str]:
        """Request headers that let the server answer 304."""
        if not self.is_enough(max_stories):
            return {}
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


def file_name(url: str) -> str:
    """Where the state of `url` is kept."""
    return f"feed-{hashlib.sha256(url.encode()).hexdigest()[:12]}.json"


def dump(kept: Kept) -> bytes:
    """`kept` as a JSON Feed."""
    return jsonfeed.write(
        kept.feed.stories,
        title=kept.feed.title,
        home_page_url=kept.feed.home_page_url,
        notes={
            "schema": SCHEMA,
            "url": kept.url,
            "changed_at": kept.changed_at,
            "etag": kept.etag,
            "last_modified": kept.last_modified,
            "max_stories": kept.max_stories,
            "warning": kept.feed.warning,
        },
    )


def load(body: bytes) -> Kept | None:
    """What `dump` wrote; None for anything else, which then counts as never fetched."""
    try:
        notes = jsonfeed.load(body, "")["_breathe"]
        changed_at = jsonfeed.moment(notes["changed_at"])
        if changed_at is None:
            return None
        url = str(notes["url"])
        feed = jsonfeed.read(
            body, name=url, base_url=url, max_stories=notes["max_stories"], is_ours=True
        )
        feed = replace(feed, warning=one_line(str(notes.get("warning", "")), 400))
        return Kept(
            url=url,
            feed=feed,
            changed_at=jsonfeed.rfc3339(changed_at),
            etag=_header(notes, "etag"),
            last_modified=_header(notes, "last_modified"),
            max_stories=int(notes["max_stories"]) if notes["schema"] == SCHEMA else 0,
        )
    except (FeedError, ValueError, KeyError, TypeError):
        return None


def same_news(one: Feed, other: Feed) -> bool:
    """Whether two states of a feed are published alike."""
    return jsonfeed.write(one.stories, title="") == jsonfeed.write(other.stories, title="")


def dump_waits(waits: Mapping[str, Wait]) -> bytes:
    """By the name of the feed."""
    return json.dumps({name: asdict(wait) for name, wait in waits.items()}, indent=1).encode()


def load_waits(body: bytes) -> dict[str, Wait]:
    """What `dump_waits` wrote; nothing for anything else."""
    try:
        return {
            str(name): Wait(int(wait["until_s"]), one_line(str(wait["error"]), 300))
            for name, wait in json.loads(body).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _header(notes: Mapping[str, object], name: str) -> str:
    """A header value that may be sent back: one line of Latin-1."""
    value = str(notes.get(name, ""))
    return value if value.isprintable() and value.isascii() else ""
