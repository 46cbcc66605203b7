"""Addresses: what is one page, what only tracks, what stays for good."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from generator.news.address import with_addresses, without_tracking
from generator.news.feed import Story

JULY = datetime(2026, 7, 11, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://n.example/?utm_source=rss&utm_medium=feed", "https://n.example/"),
        ("https://n.example/?id=7&fbclid=x&page=2&gclid=y", "https://n.example/?id=7&page=2"),
        ("https://n.example/?UTM_Campaign=x;id=%20a", "https://n.example/?id=%20a"),
        ("https://n.example/?at_medium=RSS#xtor=RSS-1", "https://n.example/"),
        ("https://n.example/?mc_cid=1&_hsenc=2&msclkid=3&igshid=4#part-2", "https://n.example/#part-2"),
        ("https://n.example/?utm_source&ref=main&a=&b", "https://n.example/?utm_source&ref=main&a=&b"),
        ("https://n.example/utm_source=x?q=utm_source", "https://n.example/utm_source=x?q=utm_source"),
        ("mailto:desk@n.example", "mailto:desk@n.example"),
        ("", ""),
    ],
)  # fmt: skip
def test_only_parameters_of_known_trackers_go(url: str, clean: str) -> None:
    """The others stay letter by letter."""
    assert without_tracking(url) == clean


def addresses(*stories: Story, feed: str = "a.xml") -> list[str]:
    """The permanent addresses of the stories of a feed."""
    return [story.address for story in with_addresses(stories, feed)]


@pytest.mark.parametrize(
    "story",
    [
        Story(id="7", title="A", url="https://n.example/a", published=JULY),
        Story(id="https://n.example/a", title="A", url="https://n.example/a"),
        Story(id="sha256:1", title="A", published=JULY),
    ],
)
def test_an_updated_story_keeps_its_address(story: Story) -> None:
    """Another text, and another title where anything else tells what it is."""
    (address,) = addresses(story)
    assert re.fullmatch(r"story-[a-z][a-z2-7]{9}", address)
    later = replace(
        story, content_text="New.", summary="New.", id=story.id.replace("256:1", "256:2")
    )
    if story.url:
        later = replace(later, title="B", published=JULY.replace(day=12))
    other = Story(id="8", title="C", url="https://n.example/c", published=JULY)
    assert addresses(other, later)[1] == address


def test_stories_that_share_what_they_are_known_by_have_addresses_of_their_own() -> None:
    """One id for all, one link for all, the same id in two feeds; a global id is one everywhere."""
    one = Story(id="7", title="A", url="https://n.example/")
    assert len(set(addresses(one, replace(one, title="B"), replace(one, title="C")))) == 3
    assert addresses(one) != addresses(one, feed="b.xml")
    tagged = replace(one, id="tag:n.example,2026:7")
    assert addresses(tagged) == addresses(tagged, feed="b.xml")
