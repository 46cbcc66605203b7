"""Several feeds into one list: duplicates dropped, newest first, capped, every id unique."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from generator.news.address import canonical_url, day_of, is_uri, with_addresses
from generator.news.feed import Dropped, Feed, Story

_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Numbered:
    """A story in its place: `number` counts from 1, `feed` is the index of its feed."""

    story: Story
    feed: int
    number: int


def merge(feeds: Sequence[Feed], max_items: int, names: Sequence[str] = ()) -> tuple[Numbered, ...]:
    """The newest `max_items` stories of `feeds`; those without a date come last.

    Of duplicates, the one in the feed named first stays. Between feeds, stories are one when they
    share a canonical link, an id that is a URI, or a title and a day. Within a feed, two of id,
    link and title must agree: feeds exist that give every item one id, or one link. `names`: what
    the author calls the feeds, for the permanent addresses.
    """
    return tuple(_numbered(_by_age(_addressed(feeds, names))[:max_items]))


def left_behind(
    feeds: Sequence[Feed],
    earlier: Sequence[Sequence[Story]],
    max_items: int,
    days: int,
    names: Sequence[str] = (),
) -> tuple[Numbered, ...]:
    """The stories that `merge` leaves out, newest first: past `max_items`, or gone from their feed.

    `earlier`: for each feed, what it carried before. Only stories with a date, at most `days` days
    older than the newest of the list, or than the newest of all while the list has no date: the
    same feeds leave the same stories behind, whenever this is asked.
    """
    current = _addressed(feeds, names)
    listed = {id(story) for _, story in _by_age(current)[:max_items]}
    before = [
        (index, story)
        for index, (feed, stories) in enumerate(zip(feeds, earlier, strict=True))
        for story in _without_renamed(stories, feed)
    ]
    everything = _by_age(_unique([*current, *before]))
    dated = [(index, story, story.published) for index, story in everything if story.published]
    of_list = [date for _, story, date in dated if id(story) in listed]
    newest_date = max(of_list or [date for *_, date in dated], default=_OLDEST)
    return tuple(
        _numbered(
            (index, story)
            for index, story, date in dated
            if id(story) not in listed and newest_date - date <= timedelta(days=days)
        )
    )


def _without_renamed(stories: Sequence[Story], feed: Feed) -> list[Story]:
    """`stories` without those whose link `feed` now has under another title, once."""
    links = Counter(canonical_url(story.url) for story in feed.stories if story.url)
    return [s for s in stories if not s.url or links[canonical_url(s.url)] != 1]


def places(feeds: Sequence[Feed], max_items: int) -> list[list[int | str]]:
    """For each story of each feed: its number in the list of `merge`, or why it is not there."""
    listed = {
        id(story): number
        for number, (_, story) in enumerate(_by_age(_unique(_pairs(feeds)))[:max_items], start=1)
    }
    found: list[list[int | str]] = [[] for _ in feeds]
    for index, story, twin in _with_twins(_pairs(feeds)):
        if twin is None:
            older = f"not among the newest {max_items}"
            found[index].append(listed.get(id(story), older))
        else:
            where = "above" if twin[0] == index else f"of {feeds[twin[0]].title or 'another feed'}"
            found[index].append(f"the same story as {twin[1].title!r} {where}")
    return found


def _addressed(feeds: Sequence[Feed], names: Sequence[str]) -> list[tuple[int, Story]]:
    """Feed index and story, each story once, with its permanent address."""
    unique = _unique(_pairs(feeds))
    addressed: list[tuple[int, Story]] = []
    for index in range(len(feeds)):
        name = names[index] if names else ""
        own = with_addresses([story for at, story in unique if at == index], name)
        addressed += [(index, story) for story in own]
    return addressed


def _pairs(feeds: Sequence[Feed]) -> list[tuple[int, Story]]:
    return [(index, story) for index, feed in enumerate(feeds) for story in feed.stories]


def _unique(pairs: Sequence[tuple[int, Story]]) -> list[tuple[int, Story]]:
    """Feed index and story, without the twins of those before."""
    return [(index, story) for index, story, twin in _with_twins(pairs) if twin is None]


def _with_twins(
    pairs: Sequence[tuple[int, Story]],
) -> Iterator[tuple[int, Story, tuple[int, Story] | None]]:
    """Feed index and story, and which of those before says the same, if one does."""
    seen: dict[tuple[str, ...], tuple[int, Story]] = {}
    for index, story in pairs:
        marks = list(_marks(story))
        twins = [seen[mark] for mark in marks if mark in seen]
        twins += [seen[at_home] for mark in marks if (at_home := (*mark, str(index))) in seen]
        twin = next((t for t in twins if _is_twin(story, t[1], t[0] == index)), None)
        yield index, story, twin
        if twin is None:
            for mark in marks:
                seen.setdefault(mark, (index, story))
                seen.setdefault((*mark, str(index)), (index, story))


def _by_age(pairs: Sequence[tuple[int, Story]]) -> list[tuple[int, Story]]:
    return sorted(pairs, key=lambda pair: pair[1].published or _OLDEST, reverse=True)


def newest(feed: Feed, count: int) -> Feed:
    """`feed` with its newest `count` stories, in its own order: not every feed has them on top."""
    if len(feed.stories) <= count:
        return feed
    by_age = sorted(feed.stories, key=lambda story: story.published or _OLDEST, reverse=True)
    chosen = {id(story) for story in by_age[:count]}
    return replace(feed, stories=tuple(s for s in feed.stories if id(s) in chosen))


def without_future(feed: Feed, limit: datetime) -> Feed:
    """`feed` with dates after `limit` taken for mistakes, so that they don't stay on top."""
    return replace(feed, stories=tuple(_not_after(story, limit) for story in feed.stories))


def _not_after(story: Story, limit: datetime) -> Story:
    if story.published is None or story.published <= limit:
        return story
    said = (story.found.get("date", ""), story.published.isoformat())
    future = Dropped("date", *said, "in the future, which would keep it on top")
    return replace(story, published=None, dropped=(*story.dropped, future))


def _marks(story: Story) -> Iterator[tuple[str, ...]]:
    """The keys under which a twin of `story` would be found."""
    yield ("id", story.id)
    yield ("title", _headline(story), day_of(story))
    if story.url:
        yield ("url", canonical_url(story.url))


def _is_twin(story: Story, twin: Story, same_feed: bool) -> bool:
    same_id = story.id == twin.id and story.id != story.url
    same_url = bool(story.url and twin.url) and canonical_url(story.url) == canonical_url(twin.url)
    same_title = _headline(story) == _headline(twin)
    if same_feed:
        return same_id + same_url + same_title >= 2
    same_day = story.published is not None and day_of(story) == day_of(twin)
    return same_url or (same_id and is_uri(story.id)) or (same_title and same_day)


def _headline(story: Story) -> str:
    return " ".join(re.findall(r"\w+", story.title.casefold())) or story.title


def _numbered(pairs: Iterable[tuple[int, Story]]) -> Iterator[Numbered]:
    taken: set[str] = set()
    for number, (feed, story) in enumerate(pairs, start=1):
        identity = story.id
        text = "\n".join((story.id, story.url, story.title))
        while identity in taken:
            identity = "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:32]
            text += f"\n{number}"
        taken.add(identity)
        yield Numbered(replace(story, id=identity), feed, number)
