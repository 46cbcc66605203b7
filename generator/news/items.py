"""An item of RSS, RDF or Atom to a story: which of its elements says what.

Formats and their modules overlap, and feeds mix them; so each field is taken from the first place
in a list that has it, whatever the format calls itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import urljoin

from generator.news.clean import safe_url
from generator.news.feed import Story
from generator.news.markup import has_markup, headline
from generator.news.story import Notes, Text, first_date, make_story, names
from generator.news.xml import Element

_TITLES = ("title", "dc:title", "itunes:title", "media:title")
# In the order in which they count when they are equally full; True: meant to be short.
_TEXTS = {
    "content:encoded": False,
    "content": False,
    "xhtml:body": False,
    "body": False,
    "fullitem": False,
    "description": True,
    "summary": True,
    "dc:description": True,
    "dcterms:abstract": True,
    "abstract": True,
    "itunes:summary": True,
}
_CAPTIONS = ("media:description", "media:text", "itunes:subtitle")
_DATES = (
    "pubdate",
    "published",
    "issued",
    "dcterms:issued",
    "dc:date",
    "date",
    "created",
    "dcterms:created",
    "updated",
    "modified",
    "dcterms:modified",
    "lastbuilddate",
)
_HTML_TYPES = ("", "text/html", "application/xhtml+xml", "html", "xhtml")
_PLAIN_TYPES = ("text", "plain", "text/plain")


def read_item(item: Element, base: str, *, is_atom: bool) -> Story | None:
    """The story of `item`; None when there is nothing to read in it.

    `base`: the address that its relative links start from.
    """
    notes = Notes()
    return make_story(
        notes,
        title=read_title(item, is_atom=is_atom, notes=notes),
        id=_id(item),
        url=_link(item, base, notes),
        texts=list(_texts(item, is_atom)),
        published=first_date(_dates(item), notes),
        tags=_tags(item),
        authors=_authors(item, notes),
    )


def read_title(holder: Element, *, is_atom: bool, notes: Notes | None = None) -> str:
    """The headline of an item, or the name of a feed."""
    places = [*holder.children(*_TITLES)]
    places += [e for e in holder.descendants() if e.name == "media:title"]
    for place in places:
        if not place.closed:  # cut off, or run together with what follows
            continue
        value, is_html = _text(place, is_atom=is_atom)
        # Atom says what its titles are; RSS doesn't, so they may be HTML.
        words = headline(value) if is_html or not is_atom else value
        if words.strip():
            if notes is not None:
                notes.found["title"] = place.tag
            return words
    return ""


def read_link(holder: Element, base: str) -> str:
    """The page that a feed is about."""
    return next((url for _, _, url in _pages(holder, base) if url), "")


def _text(element: Element, *, is_atom: bool) -> tuple[str, bool]:
    """What `element` says, and whether that is HTML: by its type, or by its looks."""
    kind = element.attributes.get("type", "").strip().lower()
    if "base64" in element.attributes.get("mode", "") or kind == "application/octet-stream":
        return _from_base64(element.text), kind not in _PLAIN_TYPES
    if not element.is_text:
        return element.markup, True
    value = element.text
    if kind in _PLAIN_TYPES or kind in ("xhtml", "application/xhtml+xml"):
        return value, False
    if kind in ("html", "text/html"):
        return value, True
    if is_atom:
        # A picture or a recording in the feed itself is no text.
        is_media = (
            element.name == "content"
            and "/" in kind
            and not kind.startswith("text/")
            and not kind.endswith("xml")
        )
        return ("", False) if is_media else (value, False)
    is_html = element.name in ("description", "content:encoded")
    return value, is_html or has_markup(value) or bool(re.search(r"&#?\w+;", value))


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _texts(item: Element, is_atom: bool) -> Iterator[Text]:
    for name, is_lead in _TEXTS.items():
        for element in item.children(name):
            value, is_html = _text(element, is_atom=is_atom)
            yield Text(element.tag, value, is_html, is_lead=is_lead)
    for element in item.descendants():
        if element.name in _CAPTIONS:
            value, is_html = _text(element, is_atom=False)
            yield Text(element.tag, value, is_html, is_caption=True)


def _dates(item: Element) -> Iterator[tuple[str, str]]:
    for element in item.children(*_DATES):
        yield element.tag, element.text
    if "lastmod" in item.attributes:  # of CDF
        yield "LASTMOD", item.attributes["lastmod"]


def _id(item: Element) -> str:
    texts = [element.text for element in item.children("guid", "id", "dc:identifier")]
    return next(filter(None, texts), "") or item.attributes.get("rdf:about", "").strip()


def _link(item: Element, base: str, notes: Notes) -> str:
    """The first address of a page, else of what is enclosed, else an id that is an address."""
    places = [*_pages(item, base), *_enclosures(item, base)]
    for element in item.children("guid", "id"):
        permalink = element.attributes.get("ispermalink", "true").strip().lower()
        # RSS says which of its ids are links; an Atom id only may be one.
        place = (element.tag, element.text, _only_web(element.text))
        if element.name == "guid" and permalink != "false":
            places.insert(len(list(_pages(item, base))), place)
        elif element.name == "id":
            places.append(place)
    about = item.attributes.get("rdf:about", "")
    places.append(("rdf:about", about, _only_web(about)))
    for where, said, url in places:
        if url:
            notes.found["url"] = where
            return url
        if said.strip() and where not in ("guid", "id", "rdf:about"):
            notes.drop("url", where, said, "no http, https or mailto address")
    return ""


def _only_web(text: str) -> str:
    """`text` if it is a web address by itself."""
    return safe_url(text) if re.match(r"https?://", text, re.IGNORECASE) else ""


def _pages(holder: Element, base: str) -> Iterator[tuple[str, str, str]]:
    """(place, what it says, safe address) of links to a page, web pages before other files."""
    found = []
    for element in holder.children("link"):
        href = element.attributes.get("href", "")
        relation = element.attributes.get("rel", "alternate").strip().lower().rpartition("/")[2]
        kind = element.attributes.get("type", "").strip().lower()
        if relation == "alternate":
            said = href or element.text
            where = f"{element.tag} rel={relation}" if href and "rel" in element.attributes else ""
            is_page = kind in _HTML_TYPES
            found.append((not is_page, where or element.tag, said, _resolved(element, said, base)))
    for _, where, said, url in sorted(found, key=lambda place: place[0]):
        yield where, said, url
    if href := holder.attributes.get("href", ""):  # of CDF
        yield "HREF", href, _resolved(holder, href, base)


def _enclosures(item: Element, base: str) -> Iterator[tuple[str, str, str]]:
    for element in item.descendants():
        relation = element.attributes.get("rel", "").strip().lower().rpartition("/")[2]
        kind = element.attributes.get("medium") or element.attributes.get("type", "")
        if (
            element.name == "enclosure"
            or (element.name == "link" and relation == "enclosure")
            or (element.name == "media:content" and re.match("audio|video", kind))
        ):
            said = element.attributes.get("url") or element.attributes.get("href", "")
            where = "link rel=enclosure" if element.name == "link" else element.tag
            yield where, said, _resolved(element, said, base)


def _resolved(element: Element, said: str, base: str) -> str:
    try:
        return safe_url(said, urljoin(base, element.base))
    except ValueError:
        return safe_url(said)


def _authors(item: Element, notes: Notes) -> list[str]:
    said = []
    for element in item.children("author", "dc:creator", "dc:author"):
        inside = element.children("name")
        said += [(element.tag, name.text) for name in inside] or [(element.tag, element.text)]
    found = names(said, notes)
    return found or names(((e.tag, e.text) for e in item.children("itunes:author")), notes)


def _tags(item: Element) -> Iterator[str]:
    for element in item.descendants():
        if element.name in ("category", "dc:subject", "media:category", "itunes:category"):
            values = element.attributes
            yield (
                values.get("label") or values.get("term") or element.text or values.get("text", "")
            )
        elif element.name in ("itunes:keywords", "media:keywords"):
            yield from element.text.split(",")
