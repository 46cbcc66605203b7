"""One story from raw parts: every text cleaned and capped, whatever the format it came in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from generator.news.clean import one_line, paragraphs
from generator.news.dates import UnreadableDateError, read_date
from generator.news.feed import Dropped, Feed, Story

MAX_TITLE_CHARS = 200
MAX_SUMMARY_CHARS = 400
MAX_CONTENT_CHARS = 8_000
MAX_TAG_CHARS = 40
MAX_TAGS = 8
MAX_AUTHORS = 4
MAX_ID_CHARS = 300

_ADDRESS = re.compile(r"""[<(\[]?\s*(?:mailto:)?[^\s<>()\[\],;:"]+@[^\s<>()\[\],;:"]+\s*[>)\]]?""")


@dataclass(frozen=True)
class Text:
    """What a feed says in one place. `found`: the place, as the feed spells it."""

    found: str
    value: str
    is_html: bool
    is_lead: bool = False
    """Whether it is meant to be short."""
    is_caption: bool = False
    """Whether it is of a picture or a recording, and serves only where the story has no words."""


@dataclass
class Notes:
    """What is learnt on the way from a feed's item to a story, for the author."""

    found: dict[str, str] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)

    def drop(self, of: str, where: str, value: str, why: str) -> None:
        """`value` was in the feed at `where`, and is not in the story's field `of`."""
        self.dropped.append(Dropped(of, one_line(where, 40), one_line(value, 80), why))


def make_story(
    notes: Notes,
    *,
    id: str,  # noqa: A002 - the field's own name in RSS, Atom and JSON Feed
    url: str,
    title: str,
    texts: Sequence[Text],
    published: datetime | None,
    tags: Iterable[str],
    authors: Iterable[str],
) -> Story | None:
    """The cleaned story; `url` is already safe. None when there is nothing to read in it.

    The fullest of `texts` is its text: the first of them, where some are equal.
    """
    clean = [
        (text, words)
        for text in texts
        if (words := paragraphs(text.value, MAX_CONTENT_CHARS, is_html=text.is_html))
    ]
    if any(not text.is_caption for text, _ in clean):
        for caption, words in (pair for pair in clean if pair[0].is_caption):
            notes.drop("text", caption.found, words, "a caption, and the story has its own words")
        clean = [pair for pair in clean if not pair[0].is_caption]
    fullest, body = max(clean, key=lambda pair: len(pair[1]), default=(None, ""))
    lead, short = next((pair for pair in clean if pair[0].is_lead), (fullest, body))
    headline = one_line(title, MAX_TITLE_CHARS)
    if len(one_line(title, 2 * MAX_TITLE_CHARS)) > MAX_TITLE_CHARS:
        where = notes.found.get("title", "")
        notes.drop("title", where, title, f"cut at {MAX_TITLE_CHARS} characters")
    if not headline:
        headline = one_line(short, 80) or url
        notes.found["title"] = "none: the start of the text" if short else "none: the link"
    if not headline:
        return None
    summary = one_line(short, MAX_SUMMARY_CHARS)
    if fullest is not None and lead is not None:
        notes.found |= {"summary": lead.found, "text": fullest.found}
    return Story(
        id=_identity(id, url, headline, body),
        title=headline,
        url=url,
        summary="" if summary == headline else summary,
        content_text=body,
        published=published,
        tags=_labels(tags, MAX_TAGS),
        authors=_labels(authors, MAX_AUTHORS),
        found=notes.found,
        dropped=tuple(notes.dropped),
    )


def first_date(said: Iterable[tuple[str, str]], notes: Notes) -> datetime | None:
    """The first of the dates that can be read. `said`: where each stands, and what it says."""
    for where, text in said:
        if not text.strip():
            continue
        try:
            moment = read_date(text)
        except UnreadableDateError as exc:
            notes.drop("date", where, text, str(exc))
        else:
            notes.found["date"] = where
            return moment
    return None


def person(text: str) -> str:
    """The name in what a feed says of an author, without any address; "" when there is none.

    >>> person("pat@n.example (Pat Lee)"), person("Pat Lee <pat@n.example>"), person("p@n.example")
    ('Pat Lee', 'Pat Lee', '')
    """
    rest = _ADDRESS.sub(" ", text).strip(" \t\n,;:-\"'")
    inside = re.fullmatch(r"[(\[<]\s*([^()\[\]<>]*?)\s*[)\]>]", rest)
    return (inside[1] if inside else rest).strip("\"' ") if re.search(r"\w", rest) else ""


def names(said: Iterable[tuple[str, str]], notes: Notes) -> list[str]:
    """The authors' names. `said`: where each stands, and what it says."""
    found = []
    for where, text in said:
        plain = paragraphs(text, 4 * MAX_TAG_CHARS)
        name = person(plain)
        if name:
            found.append(name)
            notes.found.setdefault("author", where)
        elif plain:
            notes.drop("author", where, plain, "an address, and no name")
    return found


def with_warning(feed: Feed, *reasons: str) -> Feed:
    """`feed` with what its author should hear: `reasons`, and once what dates cannot be read."""
    undated = [
        dropped[0]
        for story in feed.stories
        if (dropped := [d for d in story.dropped if d.field == "date"]) and not story.published
    ]
    if undated:
        count = f"{len(undated)} of {len(feed.stories)} dates cannot be read"
        reasons = (*reasons, f"{count}: {undated[0]}")
    return replace(feed, warning="; ".join(filter(None, reasons)))


def _identity(id: str, url: str, title: str, body: str) -> str:  # noqa: A002 - as above
    clean = one_line(id, 10 * MAX_ID_CHARS)
    if clean and len(clean) <= MAX_ID_CHARS:
        return clean
    if url and not clean:
        return url
    return "sha256:" + hashlib.sha256("\n".join((clean, title, body)).encode()).hexdigest()[:32]


def _labels(values: Iterable[str], count: int) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for value in values:
        label = one_line(paragraphs(value, 4 * MAX_TAG_CHARS), MAX_TAG_CHARS)
        if label:
            unique.setdefault(label.casefold(), label)
    return tuple(unique.values())[:count]
