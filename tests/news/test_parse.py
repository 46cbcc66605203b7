"""RSS and Atom as well-behaved feeds write them (the corpus has the others)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from generator.errors import FeedError
from generator.news.feed import Feed, Story
from generator.news.parse import parse_feed

DATE = datetime(2026, 7, 11, 10, tzinfo=UTC)

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://n.example/">
<title type="html">The &lt;b&gt;Bench&lt;/b&gt;</title><link href="/home"/>
<entry><id>tag:n,1</id><title>How &lt;video&gt; works</title><link rel="alternate" href="story"/>
<link rel="enclosure" href="https://n.example/x.mp3"/>
<published>2026-07-11T12:00:00+02:00</published><updated>2026-07-12T00:00:00Z</updated>
<author><name>June</name></author><category term="vid" label="Video"/>
<summary>Short.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>Two</p></div></content>
</entry></feed>"""

RSS = b"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Wire</title>
<link>https://n.example/</link><item><title>Ben &amp;amp; June</title>
<guid isPermaLink="true">https://n.example/1</guid>
<pubDate>Sat, 11 Jul 2026 10:00:00 +0000</pubDate>
<dc:creator>Hal</dc:creator><category>a</category><category>A</category><category>b</category>
<description>Short.</description>
<content:encoded><![CDATA[<p>One</p><p>Two</p>]]></content:encoded>
</item></channel></rss>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://n.example/"><title>Old</title><link>https://n.example/</link></channel>
<item rdf:about="https://n.example/1"><title>Still here</title><link>https://n.example/1</link>
<dc:date>2026-07-11T10:00:00Z</dc:date></item></rdf:RDF>"""


def test_atom() -> None:
    """Typed texts keep their brackets, xml:base makes links whole, `published` beats `updated`."""
    assert parse_feed(ATOM, name="a", url="https://elsewhere.example/feed") == Feed(
        "The Bench",
        (
            Story(
                id="tag:n,1",
                title="How <video> works",
                url="https://n.example/story",
                summary="Short.",
                content_text="One\n\nTwo",
                published=DATE,
                tags=("Video",),
                authors=("June",),
            ),
        ),
        "https://n.example/home",
    )


def test_rss() -> None:
    """The full text beats the description, tags are told once, a permanent guid is a link."""
    assert parse_feed(RSS, name="a") == Feed(
        "Wire",
        (
            Story(
                id="https://n.example/1",
                title="Ben & June",
                url="https://n.example/1",
                summary="Short.",
                content_text="One\n\nTwo",
                published=DATE,
                tags=("a", "b"),
                authors=("Hal",),
            ),
        ),
        "https://n.example/",
    )


def test_rdf() -> None:
    """RSS 1.0 is still about."""
    (story,) = parse_feed(RDF, name="a").stories
    assert (story.title, story.url, story.published) == ("Still here", "https://n.example/1", DATE)


def test_a_web_page_says_where_its_feed_is() -> None:
    """The remedy is the address to write down instead."""
    page = b'<!doctype html><link rel="alternate" type="application/atom+xml" href="/feed.xml">'
    with pytest.raises(FeedError) as caught:
        parse_feed(page, name="n", url="https://n.example/blog/")
    assert caught.value.remedy == "the page says its feed is https://n.example/feed.xml"


def test_a_headline_in_rss_with_code_in_it_is_kept() -> None:
    """Angle brackets that are no HTML stay words."""
    body = RSS.replace(b"Ben &amp;amp; June", b"Why vector&lt;int&gt; is fast")
    assert parse_feed(body, name="a").stories[0].title == "Why vector<int> is fast"


def test_damaged_xml_is_read_with_a_warning() -> None:
    """As far as it goes, and the author hears that there may be more."""
    feed = parse_feed(RSS[:-20], name="a")
    assert feed.stories[0].title == "Ben & June"
    assert feed.warning.startswith("not well-formed XML")


def test_damaged_xml_of_great_length_is_read_too() -> None:
    """Its time grows with its length alone; tests/bench/feeds.py shows that."""
    story = b"<item><title>More</title><description>a<br>b</description></item>"
    feed = parse_feed(RSS[:-26] + story * 9_000, name="a", max_stories=10_000)
    assert len(feed.stories) == 9_001
    assert feed.stories[-1].content_text == "a\nb"


def test_feeds_of_other_shapes_are_found() -> None:
    """An entry alone, a feed in an envelope, items without a channel."""
    entry = b"<entry xmlns='http://www.w3.org/2005/Atom'><title>Alone</title></entry>"
    rss = b"<rss><item><title>Bare</title></item></rss>"
    for body, title in ((entry, "Alone"), (b"<soap><body>" + rss + b"</body></soap>", "Bare")):
        assert parse_feed(body, name="a").stories[0].title == title
    for body in (b"<tv><channel/></tv>", b"<rdf:RDF><foaf:Person/></rdf:RDF>", b"<opml/>"):
        with pytest.raises(FeedError, match="XML of another kind"):
            parse_feed(body, name="a")
