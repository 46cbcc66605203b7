"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), read from strangers and written by us.

Reading forgives what other readers forgive (numbers as ids, 1.0's `author`) and cleans every text;
writing is canonical: the same stories give the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from generator.artifacts import Json, JsonMap
from generator.errors import FeedError
from generator.news.clean import one_line, safe_url
from generator.news.dates import UnreadableDateError, read_date
from generator.news.feed import Feed, Story
from generator.news.story import Notes, Text, first_date, make_story, names, with_warning

VERSION = "https://jsonfeed.org/version/1.1"


def read(body: bytes, *, name: str, base_url: str, max_stories: int, is_ours: bool = False) -> Feed:
    """The feed in `body`. Raises FeedError, with `name` as its subject, for anything else.

    `is_ours`: `write` made it, so that an item without an address has none, whatever its id.
    """
    document = load(body, name)
    items = document.get("items")
    version = _text(document.get("version"))
    if not isinstance(items, list) or not re.match(
        r"\s*https?://(www\.)?jsonfeed\.org/version/", version, re.IGNORECASE
    ):
        raise FeedError(
            name,
            got="JSON that is not a JSON Feed",
            expected=f'"version": "{VERSION}" and a list "items"',
        )
    home = safe_url(_text(document.get("home_page_url")), base_url)
    base = home or base_url
    stories = (
        _read_item(item, base, is_ours=is_ours)
        for item in items[:max_stories]
        if isinstance(item, dict)
    )
    feed = Feed(
        title=one_line(_text(document.get("title")), 80),
        home_page_url=home,
        stories=tuple(story for story in stories if story is not None),
    )
    return with_warning(feed)


def read_by_feed(body: bytes) -> dict[str, list[Story]]:
    """The stories of a feed that `write` made with item notes, by the `feed` of their notes.

    Read as carefully as a stranger's; what is no such feed holds nothing.
    """
    found: dict[str, list[Story]] = {}
    try:
        items = load(body, "").get("items")
    except FeedError:
        return found
    for item in items if isinstance(items, list) else []:
        notes = item.get("_breathe") if isinstance(item, dict) else None
        if not isinstance(notes, dict):
            continue
        story = _read_item(item, "", is_ours=True)
        if story is not None:
            address = _text(notes.get("address"))
            if re.fullmatch(r"story-[a-z][a-z2-7]{1,15}", address):
                story = replace(story, address=address)
            found.setdefault(_text(notes.get("feed")), []).append(story)
    return found


def write(
    stories: tuple[Story, ...],
    *,
    title: str,
    home_page_url: str = "",
    language: str = "",
    notes: JsonMap | None = None,
    item_notes: tuple[JsonMap, ...] = (),
) -> bytes:
    """A JSON Feed of `stories`. `notes` and `item_notes` become the `_breathe` extensions."""
    items: list[Json] = []
    for index, story in enumerate(stories):
        item: dict[str, Json] = {"id": story.id, "title": story.title}
        if story.url:
            item["url"] = story.url
        if story.summary:
            item["summary"] = story.summary
        item["content_text"] = story.content_text or story.summary or story.title
        if story.published is not None:
            item["date_published"] = rfc3339(story.published)
        if story.authors:
            item["authors"] = [{"name": name} for name in story.authors]
        if story.tags:
            item["tags"] = list(story.tags)
        if item_notes:
            item["_breathe"] = dict(item_notes[index])
        items.append(item)
    document: dict[str, Json] = {"version": VERSION, "title": title}
    if home_page_url:
        document["home_page_url"] = home_page_url
    if language:
        document["language"] = language
    if notes is not None:
        document["_breathe"] = dict(notes)
    document["items"] = items
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def rfc3339(when: datetime) -> str:
    """`2026-06-01T12:00:00Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def load(body: bytes, name: str) -> Mapping[str, Any]:
    """The JSON object in `body`, empty for other JSON. Raises FeedError for anything else."""
    try:
        text = body.decode(json.detect_encoding(body), errors="replace")
        document = json.loads(text)
    except (ValueError, RecursionError) as exc:
        reason = "too deeply nested" if isinstance(exc, RecursionError) else str(exc)
        raise FeedError(
            name, got="damaged JSON", expected="RSS, Atom or JSON Feed", detail=reason
        ) from exc
    return document if isinstance(document, dict) else {}


def _read_item(item: Mapping[str, Any], base_url: str, *, is_ours: bool) -> Story | None:
    notes = Notes()
    authors = item.get("authors") or [item.get("author")]
    tags = item.get("tags")
    title = _text(item.get("title"))
    if title:
        notes.found["title"] = "title"
    return make_story(
        notes,
        id=_text(item.get("id")),
        url=_link(item, base_url, notes, is_ours=is_ours),
        title=title,
        texts=[
            Text("content_html", _text(item.get("content_html")), is_html=True),
            Text("content_text", _text(item.get("content_text")), is_html=False),
            Text("summary", _text(item.get("summary")), is_html=False, is_lead=True),
        ],
        published=first_date(
            ((name, _text(item.get(name))) for name in ("date_published", "date_modified")), notes
        ),
        tags=[_text(tag) for tag in tags] if isinstance(tags, list) else [],
        authors=names(
            (
                ("authors", _text(author.get("name")))
                for author in (authors if isinstance(authors, list) else [])
                if isinstance(author, dict)
            ),
            notes,
        ),
    )


def _link(item: Mapping[str, Any], base_url: str, notes: Notes, *, is_ours: bool) -> str:
    attachments = item.get("attachments")
    places = [(name, item.get(name)) for name in ("url", "external_url")]
    places += [
        ("attachments", attachment.get("url"))
        for attachment in (attachments if isinstance(attachments, list) else [])
        if isinstance(attachment, dict)
    ]
    identity = _text(item.get("id"))
    if not is_ours and re.match(r"https?://", identity, re.IGNORECASE):
        places.append(("id", identity))
    for name, value in places:
        if url := safe_url(_text(value), base_url):
            notes.found["url"] = name
            return url
        if _text(value):
            notes.drop("url", name, _text(value), "no http, https or mailto address")
    return ""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def moment(value: object) -> datetime | None:
    """What `rfc3339` wrote, or anything like it; None for anything else."""
    try:
        return read_date(_text(value))
    except UnreadableDateError:
        return None
