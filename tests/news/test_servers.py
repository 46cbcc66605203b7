"""Feeds from servers of every manner: what is sound arrives, the rest is named, nothing hangs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.news import stage as news
from generator.scene.model import News, Scene
from tests.feed_server import Answer, FeedServer, feed_server
from tests.news.hostile import Case
from tests.news.servers import BEHAVIOURS, FEED
from tests.news.test_stage import GOOD, NOW_S, Desk, assert_harmless, titles

MAX_BYTES = 1_000_000


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in an empty project."""
    return Desk(tmp_path)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    """A server, with a good feed beside whatever a test adds."""
    with feed_server() as running:
        running.answers["/good"] = Answer(GOOD)
        for path in ("/feed", "/feed?", "/z%C3%BCrich", "/my%20feed"):
            running.answers[path] = Answer(FEED)
        yield running


@pytest.mark.parametrize("case", BEHAVIOURS, ids=lambda case: case.name)
def test_a_server_is_read_or_named_and_the_good_feed_arrives(
    case: Case, desk: Desk, server: FeedServer
) -> None:
    """One bad feed never takes another with it."""
    server.answers["/case"] = case.answer
    feeds = (server.url("/case"), server.url("/good"))
    document = desk.run(*feeds, timeout_s=case.timeout_s, max_bytes=MAX_BYTES)
    assert_harmless(document)
    bad, good = document["_breathe"]["feeds"]
    assert (good["status"], good["count"]) == ("ok", 1)
    assert bad["status"] == ("ok" if case.titles else "dead"), bad["error"]
    assert bad["count"] == len(case.titles)
    assert re.search(case.error or "^$", bad["error"]), bad["error"]
    assert len(desk.wall.notes) == (not case.titles)


def test_all_of_them_at_once(desk: Desk, server: FeedServer) -> None:
    """In one build."""
    for number, case in enumerate(BEHAVIOURS):
        server.answers[f"/{number}"] = case.answer
    feeds = [server.url(f"/{number}") for number in range(len(BEHAVIOURS))]
    document = desk.run(*feeds, server.url("/good"), timeout_s=30, max_bytes=MAX_BYTES)
    *found, good = document["_breathe"]["feeds"]
    assert (good["status"], good["count"]) == ("ok", 1)
    for case, feed in zip(BEHAVIOURS, found, strict=True):
        assert feed["status"] == ("ok" if case.titles else "dead"), case.name


def test_a_broken_address_is_a_dead_feed(desk: Desk, server: FeedServer) -> None:
    """It used to end the build."""
    bad = ["http://[::1/x", "feed://[", "http://x:99999/", "https://"]
    document = desk.run(*bad, server.url("/good"))
    assert [f["status"] for f in document["_breathe"]["feeds"]] == [*["dead"] * len(bad), "ok"]


def test_a_refusal_is_told_with_its_remedy(desk: Desk, server: FeedServer) -> None:
    """In the build, for the author; visitors have no use for it."""
    server.answers["/gone"] = Answer(status=410)
    document = desk.run(server.url("/gone"), server.url("/good"))
    assert "take it out of [news] feeds" in desk.wall.notes[0]
    assert "take it out" not in json.dumps(document)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(FEED, headers={"Cache-Control": "max-age=7200"}),
        Answer(status=429, headers={"Retry-After": "7200"}),
        Answer(status=503, headers={"Retry-After": "Mon, 13 Jul 2026 01:46:40 GMT"}),
    ],
    ids=["fresh", "429", "503"],
)
def test_a_server_that_wants_quiet_gets_it(desk: Desk, server: FeedServer, answer: Answer) -> None:
    """Neither the time to live nor another feed's makes the wait shorter; what there was stays."""
    server.answers["/case"] = answer
    (desk.root / "news.xml").write_bytes(GOOD)
    feeds = (server.url("/case"), "news.xml")
    expired = news.stage(Scene(news=News(feeds=feeds, ttl_s=600))).expired
    assert expired is not None
    first = titles(desk.run(*feeds))
    for later_s, is_due in ((600, False), (7199, False), (7200, True), (-(10**6), True)):
        desk.wall.now = NOW_S + later_s
        assert expired(desk.result.facts, desk.wall.now) is is_due
        before = len(server.asked)
        assert sorted(titles(desk.run(*feeds))) == sorted(first)
        assert (len(server.asked) > before) is is_due


def test_an_answer_is_good_for_what_was_asked(desk: Desk, server: FeedServer) -> None:
    """Fresh as it is, it holds too few stories when more are wanted; offline it serves."""
    server.answers["/case"] = Answer(FEED, headers={"Cache-Control": "max-age=7200"})
    desk.run(server.url("/case"), max_items=5)
    desk.run(server.url("/case"), max_items=6)
    assert server.paths() == ["/case", "/case"]
    assert desk.run(server.url("/case"), max_items=6, online=False)["items"]


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"x": 1}', b'{"x": {"until_s": []}}', b"\xff"])
def test_waits_that_somebody_damaged_are_none(
    desk: Desk, server: FeedServer, damage: bytes
) -> None:
    """The feed is asked, as if nothing had been said."""
    server.answers["/case"] = Answer(FEED, headers={"Cache-Control": "max-age=7200"})
    desk.run(server.url("/case"))
    assert desk.previous is not None
    (desk.previous / "waits.json").write_bytes(damage)
    desk.run(server.url("/case"))
    assert server.paths() == ["/case", "/case"]
