"""The news stage against a real web server, well and badly behaved."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from generator import plan
from generator.artifacts.decode import encode
from generator.artifacts.news import FeedFacts, NewsFacts
from generator.engine import run as engine
from generator.engine.http import HttpClient
from generator.engine.ports import Ports
from generator.engine.stage import SourceFile, StageResult, StageRun
from generator.errors import FeedError
from generator.news import stage as news
from generator.scene.model import News, Project, Scene
from tests.feed_server import Answer, FeedServer, closed_port, feed_server
from tests.news.hostile import CASES, FORBIDDEN, Case, item, rss

NOW_S = 1_783_900_000  # 2026-07-12, a day after the stories of the corpus
GOOD = rss(item("Good news", "https://good.example/1"))


@dataclass
class Wall:
    """A clock that a test sets, and the notes it reads afterwards."""

    now: float = NOW_S
    notes: list[str] = field(default_factory=list)

    def now_s(self) -> float:
        """The time on it."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self.now += seconds

    def update(self, label: str, done: float, total: float) -> None:
        """Nobody watches."""

    def note(self, message: str) -> None:
        """Remember what was said."""
        self.notes.append(message)


class Desk:
    """Runs the stage in a project folder, keeping each run's output as the pipeline would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wall = Wall()
        self.previous: Path | None = None
        self._runs = 0

    def run(self, *feeds: str, online: bool = True, **settings: Any) -> dict[str, Any]:
        """One run of the stage; returns news.json. Raises what the stage raises."""
        self.result = self._execute(feeds, online, {"timeout_s": 30.0, **settings})
        assert self.previous is not None
        self.bytes = (self.previous / "news.json").read_bytes()
        document: dict[str, Any] = json.loads(self.bytes)
        return document

    def _execute(self, feeds: tuple[str, ...], online: bool, settings: Any) -> StageResult:
        stage = news.stage(Scene(news=News(feeds=feeds, **settings)))
        self._runs += 1
        out_dir = self.root / f"run-{self._runs}"
        out_dir.mkdir()
        inputs = {
            label: self.root / source.path
            for label, source in stage.inputs.items()
            if isinstance(source, SourceFile)
        }
        ports = Ports(clock=self.wall, progress=self.wall, fetcher=HttpClient() if online else None)
        result = stage.execute(StageRun(self.root, out_dir, inputs, ports, self.previous))
        assert {path.name for path in out_dir.iterdir()} == set(result.files.values())
        self.previous = out_dir
        return result


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in an empty project."""
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    """One server for all tests; each sets its own answers."""
    with feed_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(server: FeedServer) -> None:
    server.answers.clear()
    server.asked.clear()
    server.answers["/good"] = Answer(GOOD)


def titles(document: dict[str, Any]) -> list[str]:
    """The headlines, in order."""
    return [story["title"] for story in document["items"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_feed_is_only_text_or_a_clear_message(
    case: Case, desk: Desk, server: FeedServer
) -> None:
    """Beside a good feed, a hostile one adds plain text and safe links, or is named as dead."""
    server.answers["/case"] = case.answer
    document = desk.run(
        server.url("/case"), server.url("/good"), timeout_s=case.timeout_s, max_bytes=1_000_000
    )
    assert_harmless(document)
    assert "/trap" not in server.paths(), "something in the feed was fetched"
    hostile, good = document["_breathe"]["feeds"]
    assert (good["status"], good["count"]) == ("ok", 1)
    stories = [s for s in document["items"] if s["_breathe"]["feed"] == server.url("/case")]
    assert tuple(story["title"] for story in stories) == case.titles[:39]
    if case.error:
        assert hostile["status"] == "dead"
        assert re.search(case.error, hostile["error"]), hostile["error"]
        assert any(server.url("/case") in note for note in desk.wall.notes)
        return
    assert hostile["status"] == "ok", hostile["error"]
    if case.url is not None:
        assert stories[0].get("url", "") == case.url
    if case.text is not None:
        assert stories[0]["content_text"] == case.text


def assert_harmless(document: dict[str, Any]) -> None:
    """Every string is clean text; every link may be followed; every id is there once."""
    whole = json.dumps(document, ensure_ascii=False)
    assert not any(word in whole for word in FORBIDDEN)
    for text in _strings(document):
        for char in text:
            assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Co"), repr(text)
            assert unicodedata.bidirectional(char) not in _BIDI_CONTROLS, repr(text)
    for story in document["items"]:
        assert re.match(r"https?://[^\s<>\"'\\]+$|mailto:[^\s<>\"'?]+$|$", story.get("url", ""))
        assert story["title"].strip()
        assert len(story["title"]) <= 200
        assert len(story["content_text"]) <= 8000
    ids = [story["id"] for story in document["items"]]
    assert len(set(ids)) == len(ids)
    assert [s["_breathe"]["number"] for s in document["items"]] == list(range(1, len(ids) + 1))


_BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _strings(inner)


def test_two_feeds_become_one_list_newest_first(desk: Desk, server: FeedServer) -> None:
    """Feeds of three formats are merged by date, and each story says where it is from."""
    server.answers["/atom"] = Answer(
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Atom</title><entry><id>tag:x,1</id>"
        b"<title>Newest</title><link href='https://atom.example/1'/>"
        b"<updated>2026-07-12T00:00:00Z</updated></entry></feed>"
    )
    server.answers["/json"] = Answer(
        b'{"version":"https://jsonfeed.org/version/1.1","title":"Json","items":[{"id":"1",'
        b'"title":"Oldest","content_text":"x","date_published":"2026-07-01T00:00:00+02:00"}]}',
        "application/feed+json",
    )
    document = desk.run(*(server.url(path) for path in ("/json", "/good", "/atom")))
    assert titles(document) == ["Newest", "Good news", "Oldest"]
    assert [s["_breathe"]["feed_title"] for s in document["items"]] == ["Atom", "Hostile", "Json"]
    assert document["items"][2]["date_published"] == "2026-06-30T22:00:00Z"
    assert document["version"] == "https://jsonfeed.org/version/1.1"


def test_only_so_many_stories_as_wanted_and_each_feed_once(desk: Desk, server: FeedServer) -> None:
    """`max_items` keeps the newest; a feed named twice is asked once."""
    server.answers["/many"] = Answer(
        rss("".join(item(f"Story {n}", f"https://n.example/{n}", more="") for n in range(9)))
    )
    document = desk.run(server.url("/many"), server.url("/many"), max_items=3)
    assert titles(document) == ["Story 0", "Story 1", "Story 2"]
    assert server.paths() == ["/many"]


def test_the_same_news_is_the_same_bytes_whenever_it_is_fetched(
    desk: Desk, server: FeedServer
) -> None:
    """A second fetch of unchanged stories, whole or 304, leaves news.json as it was."""
    desk.run(server.url("/good"))
    first = desk.bytes
    desk.wall.now += 7200
    desk.run(server.url("/good"))
    assert desk.bytes == first
    assert desk.result.facts["fetched_at_s"] == NOW_S + 7200


def test_an_unchanged_feed_is_answered_without_its_body(desk: Desk, server: FeedServer) -> None:
    """ETag and Last-Modified come back as the server sent them, and 304 keeps the stories."""
    marks = {"ETag": '"v1"', "Last-Modified": "Sat, 11 Jul 2026 10:00:00 GMT"}
    server.answers["/good"] = Answer(GOOD, headers=marks)
    first = desk.run(server.url("/good"))
    server.answers["/good"] = Answer(status=304)
    assert desk.run(server.url("/good")) == first
    _, headers = server.asked[-1]
    assert headers["if-none-match"] == '"v1"'
    assert headers["if-modified-since"] == "Sat, 11 Jul 2026 10:00:00 GMT"


def test_more_stories_wanted_asks_for_the_whole_feed_again(desk: Desk, server: FeedServer) -> None:
    """What was cut off last time is not in what was kept, so no 304 will do."""
    server.answers["/good"] = Answer(GOOD, headers={"ETag": '"v1"'})
    desk.run(server.url("/good"), max_items=5)
    desk.run(server.url("/good"), max_items=6)
    assert "if-none-match" not in server.asked[-1][1]


@pytest.mark.parametrize("now_s", [0, NOW_S, 4_102_444_800])
def test_the_same_feed_is_the_same_news_whatever_the_clock_says(
    desk: Desk, server: FeedServer, now_s: int
) -> None:
    """The past of a wrong clock makes no date a future one: the server's own time counts."""
    dates = ("9 Jul 26", "2026-07-08", "8/7/2026", "2999-01-01")
    server.answers["/good"] = Answer(
        rss(
            "".join(
                item(date, f"https://n.example/{date}", more=f"<pubDate>{date}</pubDate>")
                for date in dates
            )
        )
    )
    desk.wall.now = now_s
    document = desk.run(server.url("/good"))
    assert [(s["title"], s.get("date_published")) for s in document["items"]] == [
        ("9 Jul 26", "2026-07-09T00:00:00Z"),
        ("2026-07-08", "2026-07-08T00:00:00Z"),
        ("8/7/2026", None),
        ("2999-01-01", None),
    ]
    assert desk.wall.notes == [
        f"news: {server.url('/good')}: 1 of 4 dates cannot be read: pubDate '8/7/2026': "
        "day, month and year may stand in another order"
    ]


def test_what_was_wrong_with_a_feed_stays_said_while_it_is_unchanged(
    desk: Desk, server: FeedServer
) -> None:
    """A 304 brings no other bytes than the answer before it."""
    server.answers["/good"] = Answer(rss(item() + "<item>")[:-30], headers={"ETag": '"v1"'})
    document = desk.run(server.url("/good"))
    assert "not well-formed" in document["_breathe"]["feeds"][0]["error"]
    server.answers["/good"] = Answer(status=304)
    assert desk.run(server.url("/good")) == document


def test_a_story_keeps_its_address_when_it_moves_and_when_it_is_updated(
    desk: Desk, server: FeedServer
) -> None:
    """Its number is its place in the list; its address is its own, in the archive too."""

    def story(name: str, title: str, day: int) -> str:
        more = f"<guid>{name}</guid><pubDate>{day:02d} Jul 2026 10:00:00 GMT</pubDate>"
        return item(title, f"https://n.example/{name}", more=more)

    def address(document: dict[str, Any], title: str) -> tuple[int, str]:
        notes = next(s["_breathe"] for s in document["items"] if s["title"] == title)
        return notes["number"], notes["address"]

    server.answers["/good"] = Answer(rss(story("a", "First", 9)))
    number, first = address(desk.run(server.url("/good")), "First")
    assert number == 1
    server.answers["/good"] = Answer(rss(story("b", "Other", 10) + story("a", "Better", 9)))
    assert address(desk.run(server.url("/good")), "Better") == (2, first)
    server.answers["/good"] = Answer(rss(story("b", "Other", 10)))
    desk.run(server.url("/good"))
    assert desk.previous is not None
    archive = json.loads((desk.previous / "archive.json").read_bytes())
    assert address(archive, "Better") == (1, first)


def test_links_lose_what_only_tracks_where_the_author_wants_it(
    desk: Desk, server: FeedServer
) -> None:
    """Off unless it is switched on; what was kept of a feed serves both."""
    link = "https://n.example/?id=1&amp;utm_source=rss"
    server.answers["/good"] = Answer(rss(item(link=link)))
    urls = [
        desk.run(server.url("/good"), **settings)["items"][0]["url"]
        for settings in ({}, {"strip_tracking": True}, {})
    ]
    assert urls == [
        f"https://n.example/?id=1{end}" for end in ("&utm_source=rss", "", "&utm_source=rss")
    ]


def test_new_stories_set_the_date_of_the_news(desk: Desk, server: FeedServer) -> None:
    """`fetched` is when the news last changed."""
    assert desk.run(server.url("/good"))["_breathe"]["fetched"] == "2026-07-12T23:46:40Z"
    server.answers["/good"] = Answer(rss(item("Newer news", "https://good.example/2")))
    desk.wall.now += 3600
    assert desk.run(server.url("/good"))["_breathe"]["fetched"] == "2026-07-13T00:46:40Z"


def test_a_dead_feed_keeps_its_last_good_stories_and_says_so(
    desk: Desk, server: FeedServer
) -> None:
    """Through several failures, until it comes back."""
    before = desk.run(server.url("/good"))
    for answer in (Answer(status=503), Answer(b"<html>maintenance</html>"), Answer(b"")):
        server.answers["/good"] = answer
        document = desk.run(server.url("/good"))
        assert document["items"] == before["items"]
        assert document["_breathe"]["feeds"][0]["status"] == "kept"
        assert "its stories of 2026-07-12T23:46:40Z stay" in desk.wall.notes[-1]
    assert "got nothing" in document["_breathe"]["feeds"][0]["error"]
    server.answers["/good"] = Answer(rss(item("Back", "https://good.example/3")))
    assert titles(desk.run(server.url("/good"))) == ["Back"]


def test_a_server_that_is_gone_is_a_dead_feed(desk: Desk, server: FeedServer) -> None:
    """A closed port and a name that nobody has; the living feed is not kept waiting for them."""
    gone = f"http://127.0.0.1:{closed_port()}/feed"
    document = desk.run(gone, "http://news.invalid/feed", server.url("/good"))
    assert [feed["status"] for feed in document["_breathe"]["feeds"]] == ["dead", "dead", "ok"]
    assert re.search("refused", document["_breathe"]["feeds"][0]["error"])
    assert titles(document) == ["Good news"]


def test_all_feeds_dead_and_nothing_kept_is_an_error_that_names_each(
    desk: Desk, server: FeedServer
) -> None:
    """One message, every feed and its reason in it."""
    with pytest.raises(FeedError) as caught:
        desk.run(server.url("/one"), server.url("/two"))
    for path in ("/one", "/two"):
        assert f"{server.url(path)}: got status 404" in str(caught.value)


def test_offline_calls_nobody_and_keeps_what_there_is(desk: Desk, server: FeedServer) -> None:
    """With stories kept they stay and the word is said; the next build online asks again."""
    before = desk.run(server.url("/good"))
    server.asked.clear()
    document = desk.run(server.url("/good"), online=False)
    assert document["items"] == before["items"]
    assert server.asked == []
    assert "working offline" in desk.wall.notes[-1]
    expired = news.stage(Scene(news=News(feeds=(server.url("/good"),)))).expired
    assert expired is not None
    assert expired(desk.result.facts, NOW_S)


def test_offline_with_nothing_kept_fails_clearly(desk: Desk, server: FeedServer) -> None:
    """The remedy is to build online once."""
    with pytest.raises(FeedError, match="without --offline"):
        desk.run(server.url("/good"), online=False)
    assert server.asked == []


def test_a_feed_past_its_time_is_expired_and_a_dead_one_sooner(server: FeedServer) -> None:
    """`ttl_s` for the living, five minutes for the dead, and a clock set back is no excuse."""
    stage = news.stage(Scene(news=News(feeds=(server.url("/good"),), ttl_s=3600)))
    assert stage.expired is not None

    def is_expired(status: str, age_s: int) -> bool:
        assert stage.expired is not None
        feed = FeedFacts(server.url("/good"), "Good", status, count=1, error="")
        facts = NewsFacts((feed,), fetched_at_s=int(NOW_S), wait_until_s={})
        return stage.expired(encode(facts), NOW_S + age_s)

    assert [is_expired("ok", age_s) for age_s in (0, 3599, 3600, -1)] == [False, False, True, True]
    assert [is_expired("kept", age_s) for age_s in (299, 300)] == [False, True]
    assert stage.expired({}, NOW_S)


def test_a_local_feed_is_an_input_like_any_other(desk: Desk) -> None:
    """Its content decides: it never expires, needs no network, and dates nothing by the clock."""
    (desk.root / "news.xml").write_bytes(GOOD)
    stage = news.stage(Scene(news=News(feeds=("news.xml",))))
    assert stage.inputs == {"news.xml": SourceFile("news.xml")}
    assert stage.expired is None
    document = desk.run("news.xml", online=False)
    assert document["_breathe"] == {
        "fetched": None,
        "feeds": [
            {"url": "news.xml", "title": "Hostile", "status": "local", "count": 1, "error": ""}
        ],
    }
    first = desk.bytes
    desk.wall.now += 10**8
    desk.run("news.xml", online=False)
    assert desk.bytes == first


def test_what_does_not_change_the_news_is_not_in_the_key() -> None:
    """Patience and time to live make nothing stale; another feed does."""
    params = [
        news.stage(Scene(news=settings)).params
        for settings in (
            News(feeds=("a.xml",)),
            News(feeds=("a.xml",), ttl_s=1, timeout_s=1),
            News(feeds=("b.xml",)),
        )
    ]
    assert params[0] == params[1] != params[2]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "news.xml: got an empty file"),
        (b"\0\1\2garbage", "news.xml: got no feed"),
        (b"<html><body>hello", "news.xml: got a web page"),
        (b'{"items":', "news.xml: got damaged JSON"),
        (b"x" * 5000, "news.xml: got more than 2048 bytes"),
    ],
)
def test_a_local_feed_of_garbage_is_named(desk: Desk, body: bytes, words: str) -> None:
    """The author's own file is no stranger's server: it is an error, with the file's name."""
    (desk.root / "news.xml").write_bytes(body)
    with pytest.raises(FeedError, match=words):
        desk.run("news.xml", max_bytes=2048)


@pytest.mark.parametrize(
    ("feed", "local"),
    [("news.xml", True), ("C:/x.xml", True), ("HTTP://a.example/x", False), ("https://a", False)],
)
def test_a_feed_is_fetched_when_the_scene_says_that_it_is_an_address(
    feed: str, local: bool
) -> None:
    """One answer for the scene's checks and for the stage, in any case of letters."""
    stage = news.stage(Scene(news=News(feeds=(feed,))))
    assert (feed in stage.inputs) is local
    assert (stage.expired is None) is local


def test_no_feeds_are_no_news(desk: Desk) -> None:
    """A room without a newspaper is no error."""
    document = desk.run()
    assert document["items"] == []
    assert document["title"] == "No news"


def test_a_kept_file_damaged_or_swapped_counts_as_never_fetched(
    desk: Desk, server: FeedServer
) -> None:
    """Hands in assets/baked spoil nothing: the feed is asked whole again."""
    server.answers["/good"] = Answer(GOOD, headers={"ETag": '"v1"'})
    first = desk.run(server.url("/good"))
    assert desk.previous is not None
    (path,) = desk.previous.glob("feed-*.json")
    whole = path.read_bytes()
    swapped = whole.replace(b"/good", b"/evil")
    undated = whole.replace(b'"changed_at": "2', b'"changed_at": "\xe2\x80\xae')
    for damage in (b"", b"{}", b"[]", b"[" * 100_000, whole[:200], swapped, undated):
        path.write_bytes(damage)
        here = desk.previous
        assert desk.run(server.url("/good")) == first
        assert "if-none-match" not in server.asked[-1][1]
        desk.previous = here


def test_the_sample_news_of_the_starter_is_whole_and_marked(desk: Desk) -> None:
    """What a newcomer sees first: well-formed, dated, long enough to page, and called a sample."""
    folder = Path(__file__).resolve().parents[2] / "site_src" / "news"
    names = sorted(path.name for path in folder.iterdir())
    for name in names:
        (desk.root / name).write_bytes((folder / name).read_bytes())
    document = desk.run(*names, online=False)
    assert all(feed["error"] == "" for feed in document["_breathe"]["feeds"])
    assert all("Sample" in feed["title"] for feed in document["_breathe"]["feeds"])
    assert len(document["items"]) >= 12
    assert "sample" in document["items"][0]["title"].lower()
    for story in document["items"]:
        assert story["url"].startswith("https://example.org/")
        assert "sample" in story["tags"]
        assert story["content_text"].count("\n\n") >= 1
        assert story["date_published"]


def test_a_build_asks_again_only_when_the_time_has_come(tmp_path: Path, server: FeedServer) -> None:
    """Through the real pipeline: fetched once, fresh until `ttl_s`, never by status or offline."""
    settings = News(feeds=(server.url("/good"),), ttl_s=600, timeout_s=30)
    scene = Scene(news=settings)
    (tmp_path / "assets" / "source").mkdir(parents=True)
    (tmp_path / scene.room.hero).write_bytes(b"never opened here")
    project = Project(tmp_path, scene, tmp_path / "scene.toml")
    wall = Wall()
    online = Ports(clock=wall, progress=wall, fetcher=HttpClient())

    def build(ports: Ports, *, offline: bool = False) -> int:
        engine.run(
            project.root,
            plan.stages(project.scene),
            ports,
            engine.RunOptions(offline=offline, only=lambda stage: stage.name == "news"),
        )
        return len(server.asked)

    assert build(online) == 1
    wall.now += 599
    assert build(online) == 1
    wall.now += 1
    assert build(Ports(clock=wall, progress=wall), offline=True) == 1
    states = {
        state.name: state.state for state in engine.status(project.root, plan.stages(project.scene))
    }
    assert states["news"] == "fresh"
    assert build(online) == 2
    assert build(online) == 2
