"""JSON Feed, read and written."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from generator.news import jsonfeed, kept
from generator.news.feed import Feed, Story
from generator.news.kept import Kept
from generator.news.parse import parse_feed

STORY = Story(
    id="1",
    title="Title",
    url="https://n.example/1",
    summary="Summary",
    content_text="One\n\nTwo",
    published=datetime(2026, 7, 11, 10, 0, 5, tzinfo=UTC),
    tags=("a", "b"),
    authors=("June",),
)


def read(document: object) -> Feed:
    """Through the front door, as bytes."""
    return parse_feed(json.dumps(document).encode(), name="feed.json")


def test_what_is_written_is_read_back_the_same() -> None:
    """Every field, and non-ASCII as it is."""
    accented = Story(id="\u00e9", title="\u4e16\u754c", content_text="x", summary="x")
    body = jsonfeed.write((STORY, accented), title="T", home_page_url="https://n.example/")
    feed = parse_feed(body, name="news.json")
    assert feed == Feed("T", (STORY, accented), "https://n.example/")
    assert "\u4e16\u754c".encode() in body


def test_a_story_without_words_is_still_valid() -> None:
    """JSON Feed wants content_text or content_html in every item."""
    document = json.loads(jsonfeed.write((Story(id="1", title="Only a title"),), title="T"))
    assert document["items"] == [
        {"id": "1", "title": "Only a title", "content_text": "Only a title"}
    ]


def test_version_one_is_read_too() -> None:
    """`author` in the singular, numbers as ids, an external link."""
    feed = read(
        {
            "version": "https://jsonfeed.org/version/1",
            "items": [
                {
                    "id": 7,
                    "content_text": "Words",
                    "author": {"name": "Wim"},
                    "external_url": "https://x.example/",
                }
            ],
        }
    )
    assert feed.stories == (
        Story(
            id="7", title="Words", url="https://x.example/", content_text="Words", authors=("Wim",)
        ),
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-11T10:00:05Z", "2026-07-11T10:00:05Z"),
        ("2026-07-11T12:00:05.75+02:00", "2026-07-11T10:00:05Z"),
        ("2026-07-11", "2026-07-11T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("1899-12-31T23:59:59Z", None),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"),
        ("yesterday", None),
        ("Sat, 11 Jul 2026 12:00:05 +0200", "2026-07-11T10:00:05Z"),
        ("07/08/2026", None),
        (1783764005, "2026-07-11T10:00:05Z"),
        (1783764005.9, "2026-07-11T10:00:05Z"),
        (1783764005000, "2026-07-11T10:00:05Z"),
        (1.783764005e12, "2026-07-11T10:00:05Z"),
        (20260711, "2026-07-11T00:00:00Z"),
        (0, None),
        (True, None),
        ({}, None),
    ],
)
def test_dates_become_utc_to_the_second(text: object, moment: str | None) -> None:
    """No machine's own zone leaks in."""
    feed = read(
        {"version": jsonfeed.VERSION, "items": [{"id": "1", "title": "x", "date_published": text}]}
    )
    (story,) = feed.stories
    assert (story.published and jsonfeed.rfc3339(story.published)) == moment


@pytest.mark.parametrize(
    "version", ["http://jsonfeed.org/version/1", "https://www.jsonfeed.org/version/1.1"]
)
def test_the_version_s_address_is_known_in_any_spelling(version: str) -> None:
    """Version 1 said http in its own examples."""
    assert read({"version": version, "items": [{"title": "x"}]}).stories[0].title == "x"


def test_a_recording_is_the_link_of_an_item_without_one() -> None:
    """Its first attachment; an id only where it is an address."""
    head = {"version": jsonfeed.VERSION}
    sound = [{"url": "https://n.example/e.mp3"}]
    items = [
        {"id": "1", "title": "a", "attachments": sound},
        {"id": "https://n.example/i", "title": "b"},
        {"id": "n.example/i", "title": "c", "url": "data:x", "attachments": [7, {}]},
        {"id": "2", "title": "d", "external_url": "https://n.example/x", "attachments": sound},
    ]
    stories = read({**head, "items": items}).stories
    assert [story.url for story in stories] == [
        "https://n.example/e.mp3",
        "https://n.example/i",
        "",
        "https://n.example/x",
    ]
    assert [str(d) for d in stories[2].dropped] == [
        "url 'data:x': no http, https or mailto address"
    ]


def test_what_is_kept_comes_back_with_its_marks() -> None:
    """Stories, ETag and dates survive the disk."""
    state = Kept(
        "https://n.example/f", Feed("T", (STORY,)), "2026-07-11T10:00:05Z", '"v1"', "Sat", 40
    )
    assert kept.load(kept.dump(state)) == state
    assert state.conditions(40) == {"If-None-Match": '"v1"', "If-Modified-Since": "Sat"}


def test_marks_that_would_smuggle_a_header_are_dropped() -> None:
    """A server's ETag goes back to it only when it is one line of ASCII."""
    state = Kept(
        "https://n.example/f",
        Feed("T", ()),
        "2026-07-11T10:00:05Z",
        '"v\r\nHost: evil"',
        "\u00e9",
        40,
    )
    back = kept.load(kept.dump(state))
    assert back is not None
    assert back.conditions(40) == {}


def test_feeds_are_kept_apart() -> None:
    """One file name for each address."""
    assert kept.file_name("https://a.example/") != kept.file_name("https://b.example/")
