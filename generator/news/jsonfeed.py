"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), read from strangers and written by us.

Reading forgives what other readers forgive (numbers as ids, 1.0's `author`) and cleans every text;
writing is canonical: the same stories give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from generator.artifacts import Json, JsonMap
from generator.errors import FeedError
from generator.news.clean import one_line, safe_url
from generator.news.feed import Feed, Story
from generator.news.story import make_story

VERSION = "https://jsonfeed.org/version/1.1"


def read(body: bytes, *, name: str, base_url: str, max_stories: int) -> Feed:
    """The feed in `body`. Raises FeedError, with `name` as its subject, for anything else."""
    document = load(body, name)
    items = document.get("items")
    if not isinstance(items, list) or not _text(document.get("version")).startswith(
        "https://jsonfeed.org/version/"
    ):
        raise FeedError(
            name,
            got="JSON that is not a JSON Feed",
            expected=f'"version": "{VERSION}" and a list "items"',
        )
    home = safe_url(_text(document.get("home_page_url")), base_url)
    base = home or base_url
    stories = (_read_item(item, base) for item in items[:max_stories] if isinstance(item, dict))
    return Feed(
        title=one_line(_text(document.get("title")), 80),
        home_page_url=home,
        stories=tuple(story for story in stories if story is not None),
    )


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
        story = _read_item(item, "")
        if story is not None:
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


def _read_item(item: Mapping[str, Any], base_url: str) -> Story | None:
    html = _text(item.get("content_html"))
    authors = item.get("authors") or [item.get("author")]
    tags = item.get("tags")
    return make_story(
        id=_text(item.get("id")),
        url=safe_url(_text(item.get("url")) or _text(item.get("external_url")), base_url),
        title=_text(item.get("title")),
        title_is_html=False,
        summary=_text(item.get("summary")),
        summary_is_html=False,
        content=html or _text(item.get("content_text")),
        content_is_html=bool(html),
        published=moment(item.get("date_published")) or moment(item.get("date_modified")),
        tags=[_text(tag) for tag in tags] if isinstance(tags, list) else [],
        authors=[
            _text(author.get("name"))
            for author in (authors if isinstance(authors, list) else [])
            if isinstance(author, dict)
        ],
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def moment(value: object) -> datetime | None:
    """What `rfc3339` wrote, or anything like it; None for anything else."""
    try:
        found = datetime.fromisoformat(_text(value).strip())
        # A time without a zone is read as UTC, so that no machine's own zone leaks in.
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
