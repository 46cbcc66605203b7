"""Bytes of a feed, whatever its format and state, to a clean `Feed`."""

from __future__ import annotations

import re

from generator.errors import FeedError
from generator.news import jsonfeed
from generator.news.charset import decode
from generator.news.clean import one_line
from generator.news.feed import Feed
from generator.news.items import read_item, read_link, read_title
from generator.news.story import with_warning
from generator.news.webpage import feed_of_page, is_page
from generator.news.xml import Element, read_xml

EXPECTED = "RSS, Atom or JSON Feed"
MAX_STORIES = 1_000


def parse_feed(
    body: bytes, *, name: str, url: str = "", content_type: str = "", max_stories: int = MAX_STORIES
) -> Feed:
    """The feed in `body`.

    `name` is what the author calls it (subject of the FeedError for anything that is no feed);
    `url` is where it came from, the base of relative links; `content_type` is the server's header.
    """
    if not body.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise FeedError(name, got="an empty file" if not url else "nothing", expected=EXPECTED)
    if re.match(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*[{\[]", body):
        return jsonfeed.read(body, name=name, base_url=url, max_stories=max_stories)
    text = decode(body, content_type)
    top, damage = read_xml(text)
    root = _root(top)
    if root is None:
        raise _not_a_feed(text, name, url)
    feed = _read(root, url, max_stories)
    if damage and not feed.stories:
        raise FeedError(
            name, got="damaged XML with no story left in it", expected=EXPECTED, detail=damage
        )
    warning = f"not well-formed XML ({damage}); read as far as possible" if damage else ""
    return with_warning(feed, warning)


def _root(top: Element) -> Element | None:
    """The element that makes the document a feed."""
    for element in top.children("rss", "rdf:rdf", "rdf", "feed", "channel", "entry"):
        if "rdf" not in element.name or element.children("channel", "item"):
            return element
    inside = (element for element in top.descendants() if element.name in ("rss", "feed"))
    return None if top.children("html", "xhtml:html") else next(inside, None)


def _read(root: Element, url: str, max_stories: int) -> Feed:
    is_atom = root.name in ("feed", "entry")
    channel = next(iter(root.children("channel")), root)
    items = [e for e in root.descendants() if e.name in ("item", "entry")]
    if root.name == "entry":
        items = [root]
    home = read_link(channel, url) if root.name != "entry" else ""
    read = (read_item(item, home or url, is_atom=is_atom) for item in items[:max_stories])
    title = one_line(read_title(channel, is_atom=is_atom), 80) if root.name != "entry" else ""
    return Feed(title, tuple(story for story in read if story is not None), home)


def _not_a_feed(text: str, name: str, url: str) -> FeedError:
    if not is_page(text):
        got = "XML of another kind" if text.lstrip("\ufeff \r\n\t").startswith("<") else "no feed"
        return FeedError(name, got=got, expected=EXPECTED)
    feed = feed_of_page(text, url)
    remedy = f"the page says its feed is {feed}" if feed else ""
    return FeedError(name, got="a web page", expected=EXPECTED, remedy=remedy)
