"""`breathe news`: what an author sees of a feed before anything is built."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.feed_server import Answer, feed_server
from tests.news.hostile import item, rss
from tests.once import copy_of
from tests.small_room import breathe

ODD = """<link>data:x</link><guid isPermaLink="false">7</guid><pubDate>soon</pubDate>
<dc:date>2026-07-11T10:00:00+02:00</dc:date><author>kim@n.example</author>
<dc:creator>Kim Roe</dc:creator><description>Short.</description>
<content:encoded>At some length.</content:encoded><enclosure url="/e.ogg"/>
<media:description>Photo: a pier</media:description>"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A project of two feeds, the second with a story of the first."""
    (tmp_path / "site_src").mkdir()
    (tmp_path / "site_src/scene.toml").write_text(
        'schema = 1\n[news]\nfeeds = ["odd.xml", "plain.xml"]\nmax_items = 2\n'
    )
    odd = f"<item><title>The &lt;pier&gt; &lt;b&gt;opens&lt;/b&gt;</title>{ODD}</item>"
    (tmp_path / "odd.xml").write_bytes(rss(odd))
    again = item("The <![CDATA[<pier>]]> opens", more="<pubDate>11 Jul 2026</pubDate>")
    later = "".join(
        item(f"Day {day}", f"https://n.example/{day}", more=f"<pubDate>{day} Jul 2026</pubDate>")
        for day in (12, 10)
    )
    (tmp_path / "plain.xml").write_bytes(rss(again + later))
    return tmp_path


def rows(room: Path, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """The feeds of `breathe news --json`."""
    feeds: list[dict[str, Any]] = json.loads(
        breathe(room, "news", "--json", *arguments, code=code).stdout
    )["feeds"]
    return feeds


def test_every_field_is_told_with_its_place_and_what_is_missing_with_its_reason(room: Path) -> None:
    """All feeds of the scene, as the list of the day would have them."""
    odd, plain = rows(room)
    assert (odd["feed"], odd["title"], odd["warning"]) == ("odd.xml", "Hostile", "")
    assert odd["items"] == [
        {
            "title": "The <pier> opens",
            "url": "https://news.example/e.ogg",
            "date": "2026-07-11T08:00:00Z",
            "author": "Kim Roe",
            "summary": "Short.",
            "found": {
                "title": "title",
                "url": "enclosure",
                "date": "dc:date",
                "author": "dc:creator",
                "summary": "description",
                "text": "content:encoded",
            },
            "dropped": [
                "link 'data:x': no http, https or mailto address",
                "pubDate 'soon': there is no date in it",
                "author 'kim@n.example': an address, and no name",
                "media:description 'Photo: a pier': a caption, and the story has its own words",
            ],
            "number": 2,
        }
    ]
    assert [(story["number"], story["dropped"]) for story in plain["items"]] == [
        (None, ["the story: the same story as 'The <pier> opens' of Hostile"]),
        (1, []),
        (None, ["the story: not among the newest 2"]),
    ]


def test_people_read_rows(room: Path) -> None:
    """A headline, then each field beside its place; and nothing is baked."""
    out = breathe(room, "news", "odd.xml").stdout
    assert out.splitlines()[:3] == [
        "Hostile  odd.xml: 1 story",
        "   1  The <pier> opens",
        "      date   2026-07-11T08:00:00Z  ← dc:date",
    ]
    assert "dropped pubDate 'soon': there is no date in it" in out
    assert sorted(path.name for path in room.iterdir()) == ["odd.xml", "plain.xml", "site_src"]


def test_a_feed_that_is_none_is_told_beside_the_others(room: Path) -> None:
    """With its remedy, and the exit code of a failed job."""
    (room / "plain.xml").write_bytes(
        b"<html><head><LINK HREF=feed.xml REL=alternate TYPE=application/rss+xml>"
    )
    odd, page = rows(room, code=1)
    assert len(odd["items"]) == 1
    assert page["items"] == []
    assert "the page says its feed is feed.xml" in page["warning"]
    done = breathe(room, "news", "nowhere.xml", code=1)
    assert "nowhere.xml: got No such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_feed_needs_no_project(tmp_path: Path) -> None:
    """On the web or in a file; without one, something must name it."""
    with feed_server() as server:
        server.answers["/feed"] = Answer(rss(item("Fine")))
        (feed,) = rows(tmp_path, server.url("/feed"))
        assert [story["title"] for story in feed["items"]] == ["Fine"]
        (gone,) = rows(tmp_path, server.url("/gone"), code=1)
        assert "status 404" in gone["warning"]
    assert "no site_src/scene.toml" in breathe(tmp_path, "news", code=2).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_scheduled_build_fetches_news_and_nothing_else(built_room: Path, tmp_path: Path) -> None:
    """`--frozen --fetch-news`: feeds past their time are asked, anything else stale fails."""
    room = copy_of(built_room, tmp_path / "room")
    scene = room / "site_src/scene.toml"
    with feed_server() as server:
        feed = server.url("/feed")
        bare = re.sub(r"(?ms)^\[news\].*?(?=^\[|\Z)", "", scene.read_text())
        scene.write_text(f'{bare}\n[news]\nfeeds = ["{feed}"]\nttl_s = 0\n')

        def published(*options: str, code: int = 0) -> list[str]:
            breathe(room, "build", *options, code=code)
            return [s["title"] for s in json.loads((room / "dist/news.json").read_bytes())["items"]]

        server.answers["/feed"] = Answer(rss(item("Old")))
        published("--frozen", "--fetch-news", code=1)  # the feed itself is another: stale
        assert published() == ["Old"]
        server.answers["/feed"] = Answer(rss(item("New")))
        assert published("--frozen") == ["Old"]
        assert published("--frozen", "--fetch-news") == ["New"]
        published("--fetch-news", "--offline", code=2)
        scene.write_text(scene.read_text() + "max_items = 3\n")
        server.answers["/feed"] = Answer(rss(item("Newer")))
        assert published("--frozen", "--fetch-news", code=1) == ["New"]
