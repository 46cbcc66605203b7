"""A web page in the place of a feed."""

# ruff: noqa: E501 - a table of pages

from __future__ import annotations

import pytest

from generator.errors import FeedError
from generator.news.parse import parse_feed

ADDRESS = "https://n.example/blog/"


@pytest.mark.parametrize(
    ("link", "feed"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', "https://n.example/rss"),
        (
            "<LINK HREF='atom.xml' TYPE='Application/Atom+XML' REL='Alternate'>",
            f"{ADDRESS}atom.xml",
        ),
        ("<link type=application/feed+json rel=alternate href=feed.json>", f"{ADDRESS}feed.json"),
        (
            '<base href="/sub/"><link rel="feed" type="application/rss+xml" href="f">',
            "https://n.example/sub/f",
        ),
        (
            '<link rel="home alternate" type="application/rss+xml; charset=utf-8" href="?feed=rss2&amp;x=1">',
            f"{ADDRESS}?feed=rss2&x=1",
        ),
        (
            '<link rel="alternate" type="application/xml" href="/any">'
            '<link rel="alternate" type="application/rdf+xml" href="/rdf">',
            "https://n.example/rdf",
        ),
        (
            '<link rel="alternate" type="application/rss+xml" title="a > b" href="//m.example/f">',
            "https://m.example/f",
        ),
    ],
)
def test_the_page_s_own_word_for_its_feed_is_the_remedy(link: str, feed: str) -> None:
    """In any spelling, as a whole address."""
    page = f"<!DOCTYPE HTML><html><head><title>x</title>{link}</head><body>"
    with pytest.raises(FeedError) as caught:
        parse_feed(page.encode(), name="n", url=ADDRESS)
    assert caught.value.got == "a web page"
    assert caught.value.remedy == f"the page says its feed is {feed}"


@pytest.mark.parametrize(
    "link",
    [
        "",
        '<link rel="stylesheet" type="text/css" href="/x">',
        '<link rel="alternate" type="application/json+oembed" href="/x">',
        '<link rel="stylesheet" type="application/rss+xml" href="/x">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:x()">',
        '<link rel="alternate" type="application/rss+xml">',
    ],
)
def test_a_page_without_a_feed_names_none(link: str) -> None:
    """Nor one that nobody should follow."""
    with pytest.raises(FeedError) as caught:
        parse_feed(f"<html><head>{link}</head>".encode(), name="n", url=ADDRESS)
    assert caught.value.remedy == ""


def test_a_page_in_a_file_names_its_feed_as_it_does_itself() -> None:
    """There is no address to start from."""
    page = b'<html><link rel=alternate type=application/atom+xml href="/feed.xml">'
    with pytest.raises(FeedError, match=r"its feed is /feed\.xml"):
        parse_feed(page, name="n")
