"""The news stage's facts, and what the page needs of `news.json` (`news.jsonfeed` writes it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class StoryNotes:
    """An item's `_breathe`: its feed's title, its place in the list, its place for good."""

    feed_title: str = ""
    number: int = 0
    address: str = ""


@dataclass(frozen=True)
class NewsStory:
    """One item: text only, never markup of a feed's. `date_published`: RFC 3339, or ""."""

    title: str
    url: str = ""
    summary: str = ""
    date_published: str = ""
    _breathe: StoryNotes = field(default_factory=StoryNotes)

    @property
    def source(self) -> str:
        """The title of its feed."""
        return self._breathe.feed_title

    @property
    def number(self) -> int:
        """Its place in the list, from 1, as `news.merge` gave it."""
        return self._breathe.number

    @property
    def address(self) -> str:
        """The fragment that stays its own wherever it stands in the list; "" in older news."""
        return self._breathe.address


@dataclass(frozen=True)
class NewsNotes:
    """The feed's `_breathe`. `fetched`: when stories from the web last changed, RFC 3339."""

    fetched: str | None = None


@dataclass(frozen=True)
class News:
    """The stories in the order of the bulletin board."""

    items: tuple[NewsStory, ...]
    _breathe: NewsNotes = field(default_factory=NewsNotes)

    @property
    def newest(self) -> str:
        """When something in it last was new, RFC 3339 in UTC; "" where nothing is dated."""
        return max(self._breathe.fetched or "", *(item.date_published for item in self.items), "")


@dataclass(frozen=True)
class FeedFacts:
    """How one feed fared. `status`: local, ok, kept (dead, its last stories stay) or dead.

    `count`: its stories in the list. `error`: why it gave nothing, or what is odd about it.
    """

    url: str
    title: str
    status: str
    count: int
    error: str


@dataclass(frozen=True)
class NewsFacts:
    """The facts of `news`; the times, in Unix seconds, where a feed lies at a URL.

    `fetched_at_s`: 0 when nothing was asked, offline. `wait_until_s`: by feed, what its server
    wishes.
    """

    feeds: tuple[FeedFacts, ...]
    fetched_at_s: int | None = None
    wait_until_s: Mapping[str, int] | None = None
