"""What feeds give, as an author looks at it before a build: fresh, whole, with every reason.

    look(("feed.xml",), News(), root=Path(), fetcher=None)[0].feed.stories[0].found["date"]
    # 'pubDate'

Nothing is kept, and nothing that was kept is asked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from generator.engine.ports import Fetcher
from generator.errors import FeedError
from generator.news.feed import Feed
from generator.news.merge import places
from generator.news.reading import read_file, read_url
from generator.scene.checks import is_url
from generator.scene.model import News

MAX_AT_ONCE = 8


@dataclass(frozen=True)
class Surveyed:
    """One feed. `places`: for each story, its number in the list, or why it is not in it."""

    name: str
    feed: Feed
    places: tuple[int | str, ...] = ()
    error: FeedError | None = None


def look(
    names: Sequence[str], settings: News, *, root: Path, fetcher: Fetcher
) -> tuple[Surveyed, ...]:
    """The feeds called `names`: web addresses, or files by their paths from `root`."""

    def read(name: str) -> Feed | FeedError:
        try:
            if is_url(name):
                return read_url(fetcher, settings, name, time.time())
            return read_file(root / name, settings, name)
        except FeedError as exc:
            return exc

    with ThreadPoolExecutor(MAX_AT_ONCE) as pool:
        results = list(pool.map(read, names))
    feeds = [Feed("", ()) if isinstance(result, FeedError) else result for result in results]
    return tuple(
        Surveyed(name, feed, tuple(where), result if isinstance(result, FeedError) else None)
        for name, feed, where, result in zip(
            names, feeds, places(feeds, settings.max_items), results, strict=True
        )
    )
