"""The archive of earlier days: what leaves the list is kept a while, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator import plan
from generator.engine import run as engine
from generator.engine.ports import Ports
from generator.engine.store import Store
from generator.news.edition import ARCHIVE_BYTES
from generator.scene.model import News, Project, Scene
from tests.feed_server import Answer, Behaviour, FeedServer, feed_server
from tests.news.hostile import CASES, Case, item, rss
from tests.news.test_stage import Desk, Wall, assert_harmless, titles

Publish = Callable[..., dict[str, Any]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in an empty project."""
    return Desk(tmp_path)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    """A server whose answers the test sets."""
    with feed_server() as running:
        yield running


def day(number: int, name: str = "Day", body: str = "") -> str:
    """A story of the given day of July."""
    date = f"<pubDate>{number:02d} Jul 2026 10:00:00 GMT</pubDate>"
    return item(f"{name} {number}", f"https://n.example/{name}/{number}", body, more=date)


def days(*numbers: int) -> Answer:
    """A feed with a story of each of these days."""
    return Answer(rss("".join(day(number) for number in numbers)))


@pytest.fixture
def publish(desk: Desk, server: FeedServer) -> Publish:
    """Puts an answer on the line and runs the stage; returns news.json."""

    def run(answer: Behaviour, **settings: Any) -> dict[str, Any]:
        server.answers["/feed"] = answer
        return desk.run(server.url("/feed"), **settings)

    return run


def archive(desk: Desk) -> dict[str, Any] | None:
    """The archive that the last run left."""
    assert desk.previous is not None
    path = desk.previous / "archive.json"
    assert path.exists() == ("archive" in desk.result.files)
    return json.loads(path.read_bytes()) if path.exists() else None


def archived(desk: Desk) -> list[str]:
    """Its headlines, in order."""
    document = archive(desk)
    return titles(document) if document else []


def test_what_leaves_its_feed_is_kept_newest_first(
    desk: Desk, server: FeedServer, publish: Publish
) -> None:
    """Through several builds, with its text, link, date and the name of its feed."""
    url = server.url("/feed")
    first = publish(days(10, 9))
    assert archive(desk) is None, "nothing has left yet"
    publish(days(11, 10))
    assert titles(publish(days(12))) == ["Day 12"]
    document = archive(desk)
    assert document is not None
    assert titles(document) == ["Day 11", "Day 10", "Day 9"]
    assert_harmless(document)
    before = {story["title"]: story for story in first["items"]}["Day 9"]
    kept = document["items"][2]
    for key in ("id", "url", "content_text", "date_published"):
        assert kept[key] == before[key]
    address = before["_breathe"]["address"]
    notes = {"feed": url, "feed_title": "Hostile", "number": 3, "address": address}
    assert kept["_breathe"] == notes


def test_what_more_stories_push_out_of_the_list_is_kept(desk: Desk, server: FeedServer) -> None:
    """Two feeds, of which `max_items` lets only the newest stories in."""
    server.answers["/one"] = days(10, 8)
    server.answers["/two"] = Answer(rss(day(9, "Other") + day(7, "Other")))
    document = desk.run(server.url("/one"), server.url("/two"), max_items=2)
    assert titles(document) == ["Day 10", "Other 9"]
    assert archived(desk) == ["Day 8", "Other 7"]


def test_an_empty_feed_or_a_wrong_clock_costs_no_earlier_day(desk: Desk, publish: Publish) -> None:
    """A list without dates has no newest story, so the newest of all stands for it."""
    publish(days(11, 10), archive_days=3)
    publish(Answer(rss("")), archive_days=3)
    assert archived(desk) == ["Day 11", "Day 10"]
    now, desk.wall.now = desk.wall.now, 0
    assert titles(publish(days(12), archive_days=3)) == ["Day 12"], "without its date, of 2026"
    assert archived(desk) == ["Day 11", "Day 10"]
    desk.wall.now = now
    publish(days(12, 11), archive_days=3)
    assert archived(desk) == ["Day 10"]


def test_the_date_that_was_never_set_is_none(desk: Desk, publish: Publish) -> None:
    """Go and .NET write it as the first day of the year 1, which no archive reaches back from."""
    unset = "<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>"
    publish(days(11))
    document = publish(Answer(rss(item("Unset", "https://n.example/u", more=unset))))
    assert "date_published" not in document["items"][0]
    assert archived(desk) == ["Day 11"]


def test_the_same_news_and_archive_are_the_same_bytes(desk: Desk, publish: Publish) -> None:
    """Whenever, and however often, it is built again."""
    publish(days(10, 9))
    publish(days(11))
    assert desk.previous is not None
    first = (desk.previous / "archive.json").read_bytes()
    for _ in range(3):
        desk.wall.now += 30 * 86_400
        publish(days(11))
        assert (desk.previous / "archive.json").read_bytes() == first
    publish(days(11), online=False)
    assert (desk.previous / "archive.json").read_bytes() == first


def test_it_reaches_back_so_many_days_from_the_newest_story(desk: Desk, publish: Publish) -> None:
    """A story older than that goes; a dead feed, which has nothing newer, loses none."""
    publish(days(10, 7, 6, 1), archive_days=3)
    publish(days(10), archive_days=3)
    assert archived(desk) == ["Day 7"]
    desk.wall.now += 30 * 86_400
    publish(Answer(status=500), archive_days=3)
    assert archived(desk) == ["Day 7"]
    publish(days(11), archive_days=3)
    assert archived(desk) == ["Day 10"]


def test_no_days_are_no_archive(desk: Desk, publish: Publish) -> None:
    """0 switches it off, and what was kept goes."""
    publish(days(10, 9))
    publish(days(10))
    assert archived(desk) == ["Day 9"]
    publish(days(10), archive_days=0)
    assert archive(desk) is None


def test_a_story_is_in_the_list_or_in_the_archive(desk: Desk, publish: Publish) -> None:
    """One that comes back leaves the archive; one with a new title is no earlier story."""
    publish(days(10, 9))
    publish(days(10))
    publish(days(10, 9))
    assert archive(desk) is None
    publish(Answer(days(10, 9).body.replace(b"<title>Day 9", b"<title>Day 9, corrected")))
    assert archive(desk) is None


def test_stories_without_a_date_and_feeds_that_were_dropped_are_not_kept(
    desk: Desk, server: FeedServer
) -> None:
    """No day to stand under; and an author who drops a feed drops its stories."""
    server.answers["/one"] = Answer(rss(day(10) + item("No date", "https://n.example/x", more="")))
    server.answers["/two"] = Answer(rss(day(10, "Other") + day(9, "Other")))
    one, two = server.url("/one"), server.url("/two")
    desk.run(one, two)
    server.answers["/one"] = days(10)
    server.answers["/two"] = Answer(rss(day(10, "Other")))
    desk.run(one, two)
    assert archived(desk) == ["Other 9"]
    desk.run(one)
    assert archive(desk) is None


def test_it_ends_before_it_grows_too_large(desk: Desk, publish: Publish) -> None:
    """The newest are kept."""
    long = "".join(day(9, f"Long{n}", "word " * 1500) for n in range(90))
    publish(Answer(rss(day(10) + long)), max_items=500)
    publish(days(10), max_items=500)
    assert desk.previous is not None
    assert 40 < len(archived(desk)) < 90
    assert (desk.previous / "archive.json").stat().st_size <= 1.05 * ARCHIVE_BYTES


@pytest.mark.parametrize("case", [c for c in CASES if not c.error], ids=lambda case: case.name)
def test_a_hostile_feed_is_as_harmless_a_day_later(
    case: Case, desk: Desk, server: FeedServer
) -> None:
    """What strangers wrote is cleaned again when it comes out of the archive's file."""
    url = server.url("/case")
    server.answers["/case"] = case.answer
    desk.run(url, max_bytes=1_000_000)
    server.answers["/case"] = days(12)
    desk.run(url, max_bytes=1_000_000)
    document = archive(desk)
    if document is not None:
        assert_harmless(document)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"items": 5}', b'{"items": [5, {}]}'])
def test_a_damaged_archive_is_no_archive(desk: Desk, publish: Publish, damage: bytes) -> None:
    """Hands in assets/baked spoil nothing."""
    publish(days(10, 9))
    publish(days(10))
    assert desk.previous is not None
    (desk.previous / "archive.json").write_bytes(damage)
    publish(days(11))
    assert archived(desk) == ["Day 10"]


def test_a_local_feed_has_an_archive_too(tmp_path: Path) -> None:
    """Through the real pipeline: an edited file runs the stage, and its lost story is kept."""
    scene = Scene(news=News(feeds=("news.xml",)))
    (tmp_path / "assets" / "source").mkdir(parents=True)
    (tmp_path / scene.room.hero).write_bytes(b"never opened here")
    project = Project(tmp_path, scene, tmp_path / "scene.toml")
    wall = Wall()
    ports = Ports(clock=wall, progress=wall)
    options = engine.RunOptions(only=lambda stage: stage.name == "news")
    for numbers in ((10, 9), (11, 10), (12, 11)):
        (tmp_path / "news.xml").write_bytes(days(*numbers).body)
        engine.run(project.root, plan.stages(project.scene), ports, options)
    path = Store(tmp_path).entries()["news"].outputs["archive"].path
    assert titles(json.loads((tmp_path / path).read_bytes())) == ["Day 10", "Day 9"]
