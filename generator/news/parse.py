"""Bytes of a feed, whatever its format and state, to a clean `Feed`. The one home of feedparser."""

from __future__ import annotations

import calendar
import io
import re
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from generator.errors import FeedError
from generator.news import jsonfeed
from generator.news.clean import one_line, paragraphs, safe_url
from generator.news.feed import Feed, Story
from generator.news.markup import has_markup
from generator.news.story import make_story

EXPECTED = "RSS, Atom or JSON Feed"
MAX_STORIES = 1_000
MAX_MENDED_BYTES = 500_000
"""Damaged XML is read as far as it goes, but not when longer: the mending parser is slow."""
# What feedparser's forgiving half has been seen to raise on garbage, and their kin.
_TRIPS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")


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
    return _parse_xml(body, name, url, content_type, max_stories)


def _parse_xml(body: bytes, name: str, url: str, content_type: str, max_stories: int) -> Feed:
    document = _read_xml(body, name, content_type)
    if not document.get("version"):
        raise _not_a_feed(body, name, url)
    channel = document["feed"]
    home = safe_url(_text(channel.get("link")), url)
    is_atom = document["version"].startswith("atom")
    read = (_story(entry, home or url, is_atom) for entry in document["entries"][:max_stories])
    stories = tuple(story for story in read if story is not None)
    warning = _warning(document)
    if warning and not stories:
        raise FeedError(
            name, got="damaged XML with no story left in it", expected=EXPECTED, detail=warning
        )
    title = paragraphs(
        _text(channel.get("title")), 400, is_html=_is_html(channel, "title", is_atom)
    )
    return Feed(one_line(title, 80), stories, home, warning)


def _read_xml(body: bytes, name: str, content_type: str) -> Mapping[str, Any]:
    """What feedparser makes of `body`."""
    import feedparser

    if len(body) > MAX_MENDED_BYTES:
        _require_well_formed(body, name)
    try:
        # A stream, never the bytes themselves: feedparser takes those for a URL or a file name
        # first. Its own work on embedded HTML is off: all that goes on from here is text.
        document: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(_REFERENCE.sub(_if_possible, body)),
            response_headers={"content-type": content_type} if content_type else {},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _TRIPS as exc:
        detail = f"{type(exc).__name__}: {exc}"
        raise FeedError(name, got="something damaged", expected=EXPECTED, detail=detail) from exc
    return document


def _require_well_formed(body: bytes, name: str) -> None:
    parser = expat.ParserCreate()
    parser.UseForeignDTD(True)  # so that HTML's entities, undeclared in most feeds, pass
    try:
        parser.Parse(body, True)
    except expat.ExpatError as exc:
        raise FeedError(
            name, got=f"damaged XML of {len(body)} bytes", expected=EXPECTED, detail=str(exc)
        ) from exc


def _if_possible(reference: re.Match[bytes]) -> bytes:
    """A reference to a character that XML allows, or nothing: feedparser trips over the others."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits[-9:], base) if len(digits.lstrip(b"0")) <= 9 else sys.maxunicode + 1
    is_control = code < 0x20 and code not in (0x09, 0x0A, 0x0D)
    is_possible = code <= sys.maxunicode and not 0xD800 <= code <= 0xDFFF and not is_control
    return reference[0] if is_possible else b""


def _story(entry: Mapping[str, Any], base_url: str, is_atom: bool) -> Story | None:
    content: Mapping[str, Any] = max(
        (part for part in entry.get("content", ()) if _text(part.get("value"))),
        key=lambda part: (part.get("type") != "text/plain", len(part["value"])),
        default={},
    )
    return make_story(
        id=_text(entry.get("id")),
        url=safe_url(_text(entry.get("link")), base_url) or _guid_link(entry),
        title=_text(entry.get("title")),
        title_is_html=_is_html(entry, "title", is_atom),
        summary=_text(entry.get("summary")),
        summary_is_html=_is_html(entry, "summary", is_atom),
        content=_text(content.get("value")),
        content_is_html=content.get("type") != "text/plain",
        published=_date(entry),
        tags=[_text(tag.get("label")) or _text(tag.get("term")) for tag in entry.get("tags", ())],
        authors=[_text(author.get("name")) for author in entry.get("authors", ())]
        or [_text(entry.get("author"))],
    )


def _date(entry: Mapping[str, Any]) -> datetime | None:
    names = ("published_parsed", "updated_parsed", "created_parsed")
    # Asked for a date that is not there, feedparser answers with another one and a warning.
    return next((moment for n in names if n in entry and (moment := _moment(entry[n]))), None)


def _guid_link(entry: Mapping[str, Any]) -> str:
    return safe_url(_text(entry.get("id"))) if entry.get("guidislink") else ""


def _is_html(holder: Mapping[str, Any], field: str, is_atom: bool) -> bool:
    """Atom says what its texts are; RSS doesn't, so a tag that HTML knows decides."""
    detail = holder.get(f"{field}_detail")
    is_plain = isinstance(detail, Mapping) and detail.get("type") == "text/plain"
    return not is_plain or (not is_atom and has_markup(_text(holder.get(field))))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(parsed: time.struct_time | None) -> datetime | None:
    """The UTC tuple of feedparser; None for a date that no calendar has."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _warning(document: Mapping[str, Any]) -> str:
    """What stopped the strict parser; a mere mismatch of declared encodings is not worth a word."""
    trouble = document.get("bozo_exception")
    if not document.get("bozo") or type(trouble).__name__ != "SAXParseException":
        return ""
    return f"not well-formed XML ({one_line(str(trouble), 120)}); read as far as possible"


def _not_a_feed(body: bytes, name: str, url: str) -> FeedError:
    head = body[:65536].decode("utf-8", errors="replace")
    if not re.search(r"<!doctype html|<html|<head[\s>]", head, re.IGNORECASE):
        got = "XML of another kind" if head.lstrip("\ufeff \r\n\t").startswith("<") else "no feed"
        return FeedError(name, got=got, expected=EXPECTED)
    return FeedError(name, got="a web page", expected=EXPECTED, remedy=_advertised_feed(head, url))


def _advertised_feed(page: str, url: str) -> str:
    """What to write instead, when the page says where its feed is."""
    for link in re.findall(r"<link\b[^>]{0,2000}>", page, re.IGNORECASE):
        kind = re.search(r"""type\s*=\s*["']?application/(rss|atom|feed)\+(xml|json)""", link)
        href = re.search(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", link)
        if kind and href and (found := safe_url(next(filter(None, href.groups()), ""), url)):
            return f"the page says its feed is {found}"
    return ""
