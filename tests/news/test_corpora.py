"""Other people's test feeds, and our own mutilated: nothing crashes, nothing unclean comes out.

The feeds are not ours to keep. To run them, fetch the test folders of feedparser, gofeed, ROME or
any feeds, and name the folder above them:

    BREATHE_FEEDS=/tmp/corpora python -m pytest -m long -s tests/news/test_corpora.py

Where a feed says what other readers make of it (feedparser's `Expect:`, gofeed's JSON beside it),
the differences are counted, and printed.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.errors import FeedError
from generator.news.clean import paragraphs, safe_url
from generator.news.feed import Feed, Story
from generator.news.jsonfeed import rfc3339
from generator.news.parse import parse_feed
from tests.feed_server import Answer
from tests.news.hostile import CASES

FOLDER = os.environ.get("BREATHE_FEEDS", "")
KINDS = {".xml", ".json", ".rss", ".atom", ".rdf"}
OWN = [case.answer.body for case in CASES if isinstance(case.answer, Answer)]
MUTANTS = 400
EXPECTED = re.compile(
    r"(?:entries\[0\]|feed)\[u?'(\w+)'\] == "
    r"(u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|\([\d, ]+\))"
)


def read(body: bytes) -> Feed | None:
    """The feed, whose every text is checked, or None for what is none; anything else is raised."""
    try:
        feed = parse_feed(body, name="feed", url="https://n.example/feed")
    except FeedError:
        return None
    for story in feed.stories:
        assert story.title.strip()
        assert re.match(r"https?://[^\s<>\"'\\]+$|mailto:[^\s<>\"'?]+$|$", story.url), story.url
        assert not any("@" in name and "." in name.rpartition("@")[2] for name in story.authors)
        for text in (story.title, story.summary, story.content_text, *story.tags, *story.authors):
            for char in text:
                assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Co"), text
    assert parse_feed(body, name="feed", url="https://n.example/feed") == feed
    return feed


def test_our_own_feeds_mutilated_are_read_or_refused() -> None:
    """Cut, doubled, spliced, with bytes turned over: the same ones every time."""
    dice = random.Random(64)
    for _ in range(MUTANTS):
        body = bytearray(dice.choice(OWN)[:20_000] or b"<rss>")
        for _ in range(dice.randrange(1, 6)):
            at, other = dice.randrange(len(body) + 1), dice.choice(OWN)[:5_000]
            cut = slice(at, at + dice.randrange(40))
            body[cut] = dice.choice((b"", body[cut] * 2, other[: dice.randrange(60)], b"<&\0\xff"))
        read(bytes(body))


@pytest.mark.long
@pytest.mark.skipif(not FOLDER, reason="BREATHE_FEEDS names no folder of feeds")
def test_other_people_s_feeds_are_read_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Each as it is; the table says where other readers read something else."""
    counts: Counter[tuple[str, str]] = Counter()
    differing: list[str] = []
    paths = [path for path in sorted(Path(FOLDER).rglob("*")) if path.suffix in KINDS]
    for path in paths:
        if path.is_file() and not (path.suffix == ".json" and path.with_suffix(".xml").exists()):
            body = path.read_bytes()
            feed = read(body)
            counts["files", "read" if feed else "refused"] += 1
            for field, theirs, ours in _compared(path, body, feed):
                counts[field, "same" if theirs == ours else "differs"] += 1
                if theirs != ours:
                    differing.append(f"{path.name} {field}: {theirs!r:.70} / {ours!r:.70}")
    assert counts["files", "read"] > 0
    with capsys.disabled():
        print()
        print("\n".join(differing))
        for (field, what), count in sorted(counts.items()):
            print(f"{field:<8}{what:<9}{count}")


def _compared(path: Path, body: bytes, feed: Feed | None) -> Iterator[tuple[str, Any, Any]]:
    """(field, what they read, what we read) of the first story and of the feed's title."""
    first = feed.stories[0] if feed and feed.stories else None
    head = re.search(r"Expect:\s*(.*?)-->", body[:4000].decode("utf-8", "replace"), re.DOTALL)
    beside = path.with_suffix(".json")
    if path.suffix == ".xml" and beside.exists():
        document = json.loads(beside.read_bytes())
        items = document.get("items") or document.get("entries") or [{}]
        if first is not None:
            yield from _against(items[0], first)
    elif head and first is not None:
        item = {
            field: ast.literal_eval(value)
            for field, value in EXPECTED.findall(head[1])
            if f"entries[0]['{field}']" in head[1].replace("[u'", "['")
        }
        yield from _against(item, first)


def _against(item: dict[str, Any], story: Story) -> Iterator[tuple[str, Any, Any]]:
    def words(text: str) -> list[str]:
        return paragraphs(text, 8000).split()

    def told(*names: str) -> Any:
        return next((item[n] for n in names if item.get(n)), None)

    title, link = told("title"), told("link")
    if isinstance(title, str):
        yield "title", words(title), story.title.split()
    if isinstance(link, str):
        yield "link", safe_url(link), story.url
    texts = [t for n in ("content", "description", "summary") if isinstance(t := item.get(n), str)]
    if any(texts):
        fullest = max(map(words, texts), key=lambda text: len(" ".join(text)))
        yield "text", fullest, story.content_text.split()
    when = told("publishedParsed", "pubDateParsed", "published_parsed", "updated_parsed")
    if isinstance(when, tuple):
        when = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*when)
    if when:
        yield "date", when, rfc3339(story.published) if story.published else None
