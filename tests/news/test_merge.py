"""What counts as the same story, and in what order stories stand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from generator.news.feed import Feed, Story
from generator.news.merge import canonical_url, merge, newest, without_future

JULY = datetime(2026, 7, 11, 10, tzinfo=UTC)


def story(id: str, title: str, url: str = "", published: datetime | None = None) -> Story:  # noqa: A002 - the field's name
    """A story of just what merging looks at."""
    return Story(id=id, title=title, url=url, published=published)


def merged(*feeds: list[Story]) -> list[str]:
    """The headlines of the merged feeds."""
    items = merge([Feed("", tuple(stories)) for stories in feeds], max_items=100)
    return [item.story.title for item in items]


@pytest.mark.parametrize(
    "other",
    [
        "http://news.example/a",
        "https://www.news.example/a",
        "https://news.example/a/",
        "https://news.example:443/a",
        "https://NEWS.example/a#comments",
        "https://news.example/a?utm_source=rss&fbclid=x",
    ],
)
def test_one_page_has_one_canonical_url(other: str) -> None:
    """Scheme, www, port, slash, fragment and tracking do not make another page."""
    assert canonical_url(other) == canonical_url("https://news.example/a")


def test_another_page_is_another_page() -> None:
    """A path's case and a real parameter count; parameters' order does not."""
    assert canonical_url("https://n.example/A") != canonical_url("https://n.example/a")
    assert canonical_url("https://n.example/?id=1") != canonical_url("https://n.example/?id=2")
    assert canonical_url("https://n.example/?a=1&b=") == canonical_url("https://n.example/?b=&a=1")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (story("1", "A", "https://n.example/a"), story("9", "B", "https://n.example/a?utm_id=1")),
        (story("tag:n,1", "A"), story("tag:n,1", "B")),
        (story("1", "Same, words!", "", JULY), story("9", "same words", "", JULY)),
    ],
)
def test_feeds_that_tell_one_story_tell_it_once(one: Story, two: Story) -> None:
    """Link, a global id, or title and day; the feed named first is heard."""
    assert merged([one], [two]) == [one.title]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (story("1", "A", "https://n.example/a"), story("1", "B", "https://m.example/b")),
        (
            story("1", "Weekly", "https://n.example/1", JULY),
            story("2", "Weekly", "https://m.example/2"),
        ),
        (story("1", "Weekly"), story("2", "Weekly")),
    ],
)
def test_feeds_that_tell_two_stories_tell_both(one: Story, two: Story) -> None:
    """Equal local ids, or equal titles on unknown days, prove nothing."""
    assert merged([one], [two]) == [one.title, two.title]


def test_a_story_revised_in_its_feed_stands_once() -> None:
    """Two of id, link and title agree."""
    first = story("1", "New", "https://n.example/a")
    assert merged([first, story("1", "Old", "https://n.example/a")]) == ["New"]
    assert merged([first, story("1", "New", "https://n.example/b")]) == ["New"]
    assert merged([first, story("2", "New", "https://n.example/a")]) == ["New"]


def test_a_feed_with_one_link_or_one_id_for_all_keeps_all() -> None:
    """One agreement is no proof within a feed."""
    home = "https://n.example/"
    assert merged([story("1", "A", home), story("2", "B", home)]) == ["A", "B"]
    assert merged([story("x", "A", home + "a"), story("x", "B", home + "b")]) == ["A", "B"]


def test_ids_are_unique_whatever_the_feeds_say() -> None:
    """A second story under the same id gets one of its own, the same every time."""
    feeds = [
        Feed("", (story("x", "A", "https://n.example/a"), story("x", "B", "https://n.example/b")))
    ]
    ids = [item.story.id for item in merge(feeds, 10)]
    assert ids[0] == "x"
    assert ids[1].startswith("sha256:")
    assert ids == [item.story.id for item in merge(feeds, 10)]


def test_newest_first_undated_last_in_the_feeds_order() -> None:
    """And a tie keeps the order of the feeds."""
    later = datetime(2026, 7, 12, tzinfo=UTC)
    assert merged(
        [story("1", "undated 1"), story("2", "July", "", JULY)],
        [
            story("3", "later", "", later),
            story("4", "also July", "", JULY),
            story("5", "undated 2"),
        ],
    ) == ["later", "July", "also July", "undated 1", "undated 2"]


def test_a_date_beyond_the_limit_is_no_date() -> None:
    """The limit itself still is one."""
    feed = Feed("", (story("1", "A", "", JULY), story("2", "B", "", JULY.replace(second=1))))
    assert [s.published for s in without_future(feed, JULY).stories] == [JULY, None]


def test_a_feed_that_grows_downwards_gives_its_newest_too() -> None:
    """By date, not by place; and the feed's own order stays."""
    days = [JULY.replace(day=day) for day in (1, 2, 3)]
    stories = [story(str(day.day), f"July {day.day}", "", day) for day in days]
    feed = Feed("", (story("0", "undated"), *stories))
    assert [s.title for s in newest(feed, 2).stories] == ["July 2", "July 3"]
    assert newest(feed, 4) is feed
