"""The XML of strangers to a tree of elements, strictly or else as far as it goes.

    <item><title>R&D<guid>7</guid></item>   →   item(title("R&D"), guid("7"))

Nothing outside the text is ever opened: document types are taken off before a parser sees them.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.parsers import expat

from generator.news.markup import TAG, attributes
from generator.news.references import resolve, without_doctype

MAX_DEPTH = 200
MAX_ELEMENTS = 200_000
"""Elements deeper than that, or after so many, are read as if their tags were not there."""

# Namespaces by their addresses, without scheme and last slash; "" are those of feeds themselves.
_NAMESPACES = {
    "www.w3.org/2005/atom": "",
    "purl.org/atom/ns#": "",
    "purl.org/rss/1.0": "",
    "purl.org/rss/1.0/modules/rss091#": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/terms": "dcterms",
    "search.yahoo.com/mrss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "www.w3.org/1999/xhtml": "xhtml",
    "www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "www.w3.org/xml/1998/namespace": "xml",
}


@dataclass(slots=True)
class Element:
    """`name`: the local name in lower case, behind a known prefix and ":" unless it is a feed's.

    `tag`: as the feed spells it. `attributes`: names in lower case. `base`: the address that
    relative links in it start from, "" for the document's own. `parts`: text and elements.
    """

    name: str
    tag: str
    attributes: Mapping[str, str]
    base: str = ""
    parts: list[str | Element] = field(default_factory=list)
    closed: bool = False

    def children(self, *names: str) -> list[Element]:
        """Those called one of `names`, in the order of `names`, then of the document."""
        inside = [part for part in self.parts if isinstance(part, Element)]
        return [child for name in names for child in inside if child.name == name]

    def descendants(self) -> Iterator[Element]:
        """All elements in it, in the order of the document."""
        waiting: list[str | Element] = self.parts[::-1]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Element):
                yield part
                waiting.extend(reversed(part.parts))

    @property
    def is_text(self) -> bool:
        """Whether there is no element in it."""
        return all(isinstance(part, str) for part in self.parts)

    @property
    def text(self) -> str:
        """Its own text, without that of elements in it."""
        return "".join(part for part in self.parts if isinstance(part, str)).strip()

    @property
    def markup(self) -> str:
        """What is in it as HTML: elements as tags, and text that cannot be taken for tags."""
        pieces: list[str] = []
        waiting = _escaped(self.parts)
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                pieces.append(part)
                continue
            name = part.name.rpartition(":")[2]
            pieces.append(_tag(name, part.attributes))
            waiting += [f"</{name}>"] * part.closed + _escaped(part.parts)
        return "".join(pieces).strip()


def _escaped(parts: Sequence[str | Element]) -> list[str | Element]:
    """`parts` from the last to the first, with text that is no tag."""
    return [html.escape(p, quote=False) if isinstance(p, str) else p for p in reversed(parts)]


def _tag(name: str, values: Mapping[str, str]) -> str:
    pairs = (f' {key}="{html.escape(value)}"' for key, value in values.items())
    return f"<{name}{''.join(pairs)}>"


def read_xml(text: str) -> tuple[Element, str]:
    """The root of the document in `text`, and what was wrong with it ("": it is well-formed).

    Around the root stands an element without a name, so that what has no root, or several, is
    read too.
    """
    text, entities = without_doctype(text[max(0, text.find("<")) :])
    text = resolve(re.sub(r"\A<\?xml[^>]*\?>", "", text), entities)
    builder = _Builder()
    try:
        _read_strictly(text, builder)
    except expat.ExpatError as exc:
        builder = _Builder()
        _read_as_it_comes(text, builder)
        return builder.top, str(exc)
    return builder.top, ""


def _read_strictly(text: str, builder: _Builder) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(text.encode(), True)


def _refuse(*_: object) -> None:
    raise expat.ExpatError("a document type that cannot be read")


# Longest first: what begins like a comment is no tag. One left open has no end.
_TOKEN = re.compile(
    rf"""<!\[CDATA\[(?P<cdata>(?s:.*?))(?:\]\]>|\Z) | <!--(?s:.*?)(?:-->|\Z)
    | <\?(?s:.*?)(?:\?>|\Z) | <![^<>]*> | {TAG} | (?P<text>[^<]+|<)""",
    re.VERBOSE,
)


def _read_as_it_comes(text: str, builder: _Builder) -> None:
    """Tags that match none are left out, and elements left open end with the one around them."""
    for token in _TOKEN.finditer(text):
        if token["text"]:
            builder.data(html.unescape(token["text"]))
        elif token["cdata"]:
            builder.data(token["cdata"])
        elif token["name"] and token["slash"]:
            builder.end(token["name"])
        elif token["name"]:
            name = token["name"]
            if name.lower() in ("item", "entry"):  # they never stand in one another
                builder.end(name, implied=True)
            builder.start(name, attributes(token["rest"]))
            if token["rest"].endswith("/"):
                builder.end(name)


class _Builder:
    """Puts elements together from the tags and texts that a parser tells."""

    def __init__(self) -> None:
        self.top = Element("", "", {})
        self._open = [self.top]
        self._tags = [""]
        self._spaces: list[Mapping[str, str]] = [{}]
        self._counts: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._left = MAX_ELEMENTS

    def start(self, tag: str, values: Mapping[str, str]) -> None:
        name = tag.lower()
        if len(self._open) > MAX_DEPTH or not self._left:
            self._skipped[name] += 1
            return
        self._left -= 1
        lower = {key.lower(): value for key, value in values.items()}
        spaces = self._spaces[-1]
        if new := {k[6:]: v for k, v in lower.items() if k == "xmlns" or k.startswith("xmlns:")}:
            spaces = {**spaces, **new}
        base = self._open[-1].base
        if "xml:base" in lower:
            base = _joined(base, lower["xml:base"])
        element = Element(_name(name, spaces), tag, lower, base)
        self._open[-1].parts.append(element)
        self._open.append(element)
        self._tags.append(name)
        self._counts[name] += 1
        self._spaces.append(spaces)

    def data(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def end(self, tag: str, *, implied: bool = False) -> None:
        """Close the innermost `tag` and what stands open in it; nothing if none is open."""
        wanted = tag.lower()
        if self._skipped[wanted]:
            self._skipped[wanted] -= 1
        elif self._counts[wanted]:
            closing = ""
            while closing != wanted:
                closing = self._tags.pop()
                self._counts[closing] -= 1
                self._open.pop().closed = closing == wanted and not implied
                self._spaces.pop()


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return base


def _name(tag: str, spaces: Mapping[str, str]) -> str:
    """The name of a lower-case `tag`, its prefix replaced by the one that its address is known by.

    An unknown address keeps its prefix, and so does a prefix that nobody declared: feeds use dc:
    and media: without a word.
    """
    prefix, _, local = tag.rpartition(":")
    address = spaces.get(prefix, "").strip().lower().partition("://")[2].rstrip("/")
    if address.startswith("backend.userland.com/rss"):
        prefix = ""
    else:
        prefix = _NAMESPACES.get(address, prefix)
    return f"{prefix}:{local}" if prefix else local
