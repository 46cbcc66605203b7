"""What the page needs of `news.json`, JSON Feed 1.1 as `news.jsonfeed` writes it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StoryNotes:
    """An item's `_breathe`: the title of the feed that it came from."""

    feed_title: str = ""


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
