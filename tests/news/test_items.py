"""What each kind of element in a feed says, and which of them is heard."""

# ruff: noqa: E501 - a table of feeds

from __future__ import annotations

import pytest

from generator.news.feed import Story
from generator.news.jsonfeed import rfc3339
from generator.news.parse import parse_feed

MODULES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)
HOME = "https://paper.example/"


def in_rss(inside: str) -> Story:
    """The story of an RSS item."""
    feed = parse_feed(
        f'<rss version="2.0" {MODULES}><channel><title>Paper</title><link>{HOME}</link>'
        f"<item>{inside}</item></channel></rss>".encode(),
        name="feed.xml",
    )
    (story,) = feed.stories
    return story


def in_atom(inside: str, namespace: str = "http://www.w3.org/2005/Atom") -> Story:
    """The story of an Atom entry."""
    feed = parse_feed(
        f'<feed xmlns="{namespace}" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<entry>{inside}</entry></feed>".encode(),
        name="feed.xml",
        url=f"{HOME}feed",
    )
    (story,) = feed.stories
    return story


LONG = "<p>The bridge opens on Monday.</p><p>Buses run again.</p>"


@pytest.mark.parametrize(
    "inside",
    [
        f"<description><![CDATA[{LONG}]]></description><media:description>Photo: a crane</media:description>",
        f"<media:content url='p.jpg'><media:description>Photo by Kim, of the very long bridge, with all of its cranes</media:description></media:content><description><![CDATA[{LONG}]]></description>",
        f"<media:group><media:description>Video</media:description></media:group><content:encoded><![CDATA[{LONG}]]></content:encoded>",
        f"<description>Short.</description><content:encoded><![CDATA[{LONG}]]></content:encoded>",
        f"<content:encoded>Short.</content:encoded><description><![CDATA[{LONG}]]></description>",
        f"<itunes:summary>Short.</itunes:summary><dc:description><![CDATA[{LONG}]]></dc:description>",
        f"<content:encoded><![CDATA[<script>{'x' * 999}</script>]]></content:encoded><description><![CDATA[{LONG}]]></description>",
        f"<description/><atom:summary type='html'><![CDATA[{LONG}]]></atom:summary>",
        f"<description>{LONG}</description>",
    ],
)
def test_the_fullest_text_is_the_story(inside: str) -> None:
    """Measured as a reader sees it; a caption, however long, is no story."""
    story = in_rss(f"<title>Bridge</title>{inside}")
    assert story.content_text == "The bridge opens on Monday.\n\nBuses run again."


def test_a_caption_is_better_than_nothing() -> None:
    """A video site's feed has no other words."""
    words = "<media:group><media:title>Clip</media:title><media:description>A tram.</media:description></media:group>"
    assert in_atom(f"<title>Tram</title>{words}").content_text == "A tram."
    assert in_atom(words).title == "Clip"
    assert in_atom(f"<title>Tram</title>{words}").title == "Tram"


def test_the_short_text_is_the_summary() -> None:
    """Beside a fuller one."""
    story = in_rss(
        "<title>A</title><description>In short.</description><content:encoded>At some length, then.</content:encoded>"
    )
    assert (story.summary, story.content_text) == ("In short.", "At some length, then.")
    assert story.found == {"title": "title", "summary": "description", "text": "content:encoded"}


NAMED = [
    ("Why the <audio> element is loud", "Why the <audio> element is loud"),
    ("<textarea> at thirty", "<textarea> at thirty"),
    ("All about <iframe>", "All about <iframe>"),
    ("<STYLE> or <LINK rel=stylesheet>?", "<STYLE> or <LINK rel=stylesheet>?"),
    ('<input type="date"> everywhere', '<input type="date"> everywhere'),
    ("The </body> you may leave out", "The </body> you may leave out"),
    ("<template>, <slot> and <my-part>", "<template>, <slot> and <my-part>"),
    ("Goodbye <font>", "Goodbye <font>"),
    ("The <img> and the <br> tag", "The <img> and the <br> tag"),
    ("<style> and </style>", "<style> and </style>"),
    ("map<string, int> in C++", "map<string, int> in C++"),
    ("If a <b then c", "If a <b then c"),
    ("A <em>bold</em> <STRONG class='x'>move</STRONG>", "A bold move"),
    ("<p>One</p><p>two</p>", "One two"),
    ("Read <a href='https://x.example/'>this</a><br>now", "Read this now"),
    ("Cat <img src='c.png' alt='a cat'> wins", "Cat [a cat] wins"),
    ("Water is H<sub>2</sub>O", "Water is H2O"),
    ("Fine<style>p {x: y}</style>", "Fine"),
]


def escaped(markup: str) -> str:
    """`markup` as XML's text."""
    return markup.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(("markup", "title"), NAMED)
def test_markup_in_a_headline_goes_and_elements_that_it_names_stay(markup: str, title: str) -> None:
    """Escaped or in CDATA, in RSS or as HTML in Atom."""
    assert in_rss(f"<title>{escaped(markup)}</title>").title == title
    assert in_rss(f"<title><![CDATA[{markup}]]></title>").title == title
    assert in_atom(f'<title type="html">{escaped(markup)}</title>').title == title
    assert (
        in_atom(f'<title type="text/html" mode="escaped"><![CDATA[{markup}]]></title>').title
        == title
    )
    # As text, Atom means every letter of it.
    assert in_atom(f'<title type="text">{escaped(markup)}</title>').title == markup
    assert in_atom(f"<title>{escaped(markup)}</title>").title == markup


def test_a_headline_of_xhtml_has_real_tags_and_escaped_ones() -> None:
    """Atom's own way to tell the two apart."""
    div = (
        '<div xmlns="http://www.w3.org/1999/xhtml">The <code>&lt;video&gt;</code> <b>tag</b></div>'
    )
    assert in_atom(f'<title type="xhtml">{div}</title>').title == "The <video> tag"
    assert in_rss("<title>A <b>bold</b> &lt;i&gt; move</title>").title == "A bold <i> move"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("P&L at B&B", "P&L at B&B"),
        ("P&amp;L", "P&L"),
        ("P&amp;amp;L", "P&L"),
        ("<![CDATA[P&L &amp; Q&A]]>", "P&L & Q&A"),
        ("M&uuml;nchen &ndash; caf&#233; &amp;eacute;", "M\u00fcnchen \u2013 caf\u00e9 \u00e9"),
        ("AT&T;", "AT&T;"),
        ("?a=1&reg=2", "?a=1&reg=2"),
    ],
)
def test_ampersands_in_a_headline(written: str, title: str) -> None:
    """Bare, escaped, twice escaped."""
    assert in_rss(f"<title>{written}</title>").title == title


@pytest.mark.parametrize(
    ("inside", "url", "found"),
    [
        (
            "<link>https://m.example/?x=1&sect=2&times=3</link>",
            "https://m.example/?x=1&sect=2&times=3",
            "link",
        ),
        ("<link>/a?b=c&amp;d</link>", f"{HOME}a?b=c&d", "link"),
        ("<link xml:base='https://m.example/x/'>a</link>", "https://m.example/x/a", "link"),
        (
            "<atom:link rel='self' href='https://m.example/s'/><atom:link href='/p'/>",
            f"{HOME}p",
            "atom:link",
        ),
        ("<link/><guid>https://m.example/g</guid>", "https://m.example/g", "guid"),
        (
            "<enclosure url='https://m.example/e.ogg'/><guid>https://m.example/g</guid>",
            "https://m.example/g",
            "guid",
        ),
        (
            "<enclosure url='/e.ogg'/><guid isPermaLink='FALSE'>https://m.example/g</guid>",
            f"{HOME}e.ogg",
            "enclosure",
        ),
        ("<enclosure url='/e.ogg'/><guid>7</guid>", f"{HOME}e.ogg", "enclosure"),
        ("<media:content medium='audio' url='/e.ogg'/>", f"{HOME}e.ogg", "media:content"),
        ("<media:content medium='image' url='/e.png'/>", "", None),
        ("<guid isPermaLink='false'>https://m.example/g</guid>", "", None),
        ("<guid>/g</guid>", "", None),
        (
            "<link>javascript:x()</link><guid>https://m.example/g</guid>",
            "https://m.example/g",
            "guid",
        ),
    ],
)
def test_the_link_of_an_item(inside: str, url: str, found: str | None) -> None:
    """A page, an id that says that it is one, what is enclosed."""
    story = in_rss(f"<title>x</title>{inside}")
    assert (story.url, story.found.get("url")) == (url, found)


@pytest.mark.parametrize(
    ("inside", "url"),
    [
        ("<link rel='enclosure' href='/e.mp3'/><link href='/p'/>", f"{HOME}p"),
        ("<link rel='http://www.iana.org/assignments/relation/alternate' href='/p'/>", f"{HOME}p"),
        (
            "<link type='application/pdf' href='/p.pdf'/><link type='text/html' href='/p'/>",
            f"{HOME}p",
        ),
        ("<link rel='enclosure' href='/e.mp3'/><id>https://m.example/i</id>", f"{HOME}e.mp3"),
        ("<link rel='replies' href='/r'/><id>https://m.example/i</id>", "https://m.example/i"),
        ("<id>tag:m.example,2026:1</id>", ""),
    ],
)
def test_the_link_of_an_entry(inside: str, url: str) -> None:
    """By its relation; an id only where it is an address."""
    assert in_atom(f"<title>x</title>{inside}").url == url


@pytest.mark.parametrize(
    ("said", "authors"),
    [
        ("<author>kim@n.example (Kim Roe)</author>", ("Kim Roe",)),
        ("<author>Kim Roe &lt;kim@n.example&gt;</author>", ("Kim Roe",)),
        ('<author>"Roe, Kim" (mailto:kim@mail.museum)</author>', ("Roe, Kim",)),
        ("<author>kim@n.example</author>", ()),
        ("<author>kim@n.example</author><dc:creator>Kim Roe</dc:creator>", ("Kim Roe",)),
        (
            "<dc:creator>Kim Roe</dc:creator><dc:creator>Lou (Reuters)</dc:creator>",
            ("Kim Roe", "Lou (Reuters)"),
        ),
        ("<dc:creator>noreply@n.example (noreply@n.example)</dc:creator>", ()),
        ("<itunes:author>The Kims</itunes:author>", ("The Kims",)),
        ("<author><name>Kim</name><email>kim@n.example</email></author>", ("Kim",)),
        ("<author><email>kim@n.example</email></author>", ()),
        ("<author><name>kim@n.example</name></author>", ()),
        ("<dc:creator>@kim on Air</dc:creator>", ("@kim on Air",)),
    ],
)
def test_authors_are_names_and_never_addresses(said: str, authors: tuple[str, ...]) -> None:
    """Wherever the two stand."""
    assert in_rss(f"<title>x</title>{said}").authors == authors


@pytest.mark.parametrize(
    ("inside", "date", "found"),
    [
        (
            "<pubDate>9 Nov 2026</pubDate><dc:date>2026-11-08</dc:date>",
            "2026-11-09T00:00:00Z",
            "pubDate",
        ),
        ("<pubDate>soon</pubDate><dc:date>2026-11-08</dc:date>", "2026-11-08T00:00:00Z", "dc:date"),
        (
            "<pubDate/><atom:updated>2026-11-08T00:00:00Z</atom:updated>",
            "2026-11-08T00:00:00Z",
            "atom:updated",
        ),
        ("<PUBDATE>\n 9 Nov\n 2026 </PUBDATE>", "2026-11-09T00:00:00Z", "PUBDATE"),
    ],
)
def test_the_first_date_that_can_be_read_counts(inside: str, date: str, found: str) -> None:
    """When it came out, before when it changed."""
    story = in_rss(f"<title>x</title>{inside}")
    assert (story.published and rfc3339(story.published), story.found["date"]) == (date, found)


def test_what_a_story_lacks_is_told_with_the_reason() -> None:
    """For `breathe news`; the feed's warning tells of dates once."""
    items = "".join(
        f"<item><title>{n}</title><link>data:x</link><author>k@n.example</author><pubDate>05/03/2026</pubDate></item>"
        for n in range(3)
    )
    feed = parse_feed(f"<rss><channel>{items}</channel></rss>".encode(), name="f")
    reason = "pubDate '05/03/2026': day, month and year may stand in another order"
    assert feed.warning == f"3 of 3 dates cannot be read: {reason}"
    assert {str(dropped) for dropped in feed.stories[0].dropped} == {
        "link 'data:x': no http, https or mailto address",
        "author 'k@n.example': an address, and no name",
        reason,
    }


@pytest.mark.parametrize(
    "entry",
    [
        "<content type='text'>a &lt;b&gt; c</content>",
        "<content type='html'>a &amp;lt;b&amp;gt; c</content>",
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a &lt;b&gt; c</div></content>",
        "<content type='application/octet-stream'>YSAmbHQ7YiZndDsgYw==</content>",
        "<content type='image/png'>YSAmbHQ7YiZndDsgYw==</content><summary>a &lt;b&gt; c</summary>",
    ],
)
def test_atom_s_texts_are_what_their_types_say(entry: str) -> None:
    """Plain, escaped, real, packed; a picture is no text."""
    assert in_atom(f"<title>x</title>{entry}").content_text == "a <b> c"


def test_old_formats_are_read() -> None:
    """Atom 0.3, RSS 0.91 with its document type, CDF."""
    old = "http://purl.org/atom/ns#"
    entry = "<title>T</title><issued>2003-12-13T08:29:29-04:00</issued><content mode='base64'>Y2Fm6Q==</content>"
    assert in_atom(entry, old).content_text == "caf\ufffd"
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    body = f'<?xml version="1.0"?>{doctype}<rss version="0.91"><channel><title>R&oacute;ta</title><item><title>&Ntilde;u</title></item></channel></rss>'
    feed = parse_feed(body.encode(), name="f")
    assert (feed.title, feed.stories[0].title, feed.warning) == ("R\u00f3ta", "\u00d1u", "")
    (story,) = parse_feed(
        b'<CHANNEL HREF="https://c.example/"><ITEM HREF="/1" LASTMOD="1998-11-05T10:00"><TITLE>C</TITLE></ITEM></CHANNEL>',
        name="f",
    ).stories
    assert (story.url, story.published and story.published.year) == ("https://c.example/1", 1998)


def test_modules_are_known_without_a_declaration_and_titles_of_pictures_are_not_the_story_s() -> (
    None
):
    """Feeds forget namespaces, and nest."""
    story = parse_feed(
        b"<rss><channel><item><image><title>Logo</title></image><title>Story</title>"
        b"<dc:creator>Kim</dc:creator><source><title>Wire</title></source></item></channel></rss>",
        name="f",
    ).stories[0]
    assert (story.title, story.authors) == ("Story", ("Kim",))
