"""Fetching a feed from a real server on loopback."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator

import brotli
import pytest
import zstandard

from generator.engine.http import HttpClient
from generator.engine.ports import FetchReply
from generator.errors import FeedError
from generator.news.fetch import RefusedError, fetch, fresh_for_s
from generator.news.waits import MAX_WAIT_S
from tests.feed_server import Answer, FeedServer, feed_server

NOW_S = 1_783_900_000


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    """One server for all tests."""
    with feed_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(server: FeedServer) -> None:
    server.answers.clear()
    server.asked.clear()


def get(url: str, max_bytes: int = 10_000, **headers: str) -> FetchReply:
    """One fetch."""
    return fetch(HttpClient(), url, headers=headers, timeout_s=30, max_bytes=max_bytes)


def test_it_says_who_asks_and_what_for(server: FeedServer) -> None:
    """A polite reader has a name, and the caller's own headers go along."""
    server.answers["/feed"] = Answer(b"x")
    get(server.url("/feed"), **{"If-None-Match": '"v1"'})
    (_, headers), *_ = server.asked
    assert headers["user-agent"].startswith("breathing-room/")
    assert "application/rss+xml" in headers["accept"]
    assert headers["if-none-match"] == '"v1"'


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_asked_for_in_accept_encoding_is_unpacked(server: FeedServer, coding: str) -> None:
    """Every coding that the request names."""
    pack = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }
    body = pack[coding](b"<rss/>" * 100)
    server.answers["/feed"] = Answer(body, headers={"Content-Encoding": coding})
    assert get(server.url("/feed")).body == b"<rss/>" * 100
    assert coding in server.asked[-1][1]["accept-encoding"].split(", ")


def test_the_cap_is_on_what_is_unpacked(server: FeedServer) -> None:
    """To the byte: as many as allowed pass, one more does not, packed or not."""
    for body in (b"x" * 10_000, b"x" * 10_001):
        for coding, packed in (("", body), ("gzip", gzip.compress(body))):
            server.answers["/feed"] = Answer(packed, headers={"Content-Encoding": coding})
            if len(body) == 10_000:
                assert get(server.url("/feed")).body == body
            else:
                with pytest.raises(FeedError, match="more than 10000 bytes"):
                    get(server.url("/feed"))


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "a name and a password"),
        (403, "lets no program in"),
        (404, "look on the site"),
        (407, "the proxy"),
        (410, "take it out of"),
        (418, "open it in a browser"),
        (429, "raise .news. ttl_s"),
        (451, "the law"),
        (500, "in trouble"),
        (503, "in trouble"),
    ],
)
def test_each_refusal_has_its_own_remedy(server: FeedServer, status: int, remedy: str) -> None:
    """What the author can do differs from case to case."""
    server.answers["/feed"] = Answer(status=status)
    with pytest.raises(RefusedError, match=f"got status {status}") as caught:
        get(server.url("/feed"))
    assert re.search(remedy, caught.value.remedy)


@pytest.mark.parametrize(
    ("status", "retry_after", "delay_s"),
    [
        (429, "120", 120),
        (503, "Sun, 12 Jul 2026 23:48:40 GMT", 120),
        (503, "Sun, 12 Jul 2026 23:40:00 GMT", 0),
        (503, "999999999", MAX_WAIT_S),
        (503, "-5", 0),
        (503, "soon", 0),
        (503, "", 0),
        (404, "60", 60),
        (410, "", MAX_WAIT_S),
    ],
)
def test_the_retry_delay_is_the_servers(
    server: FeedServer, status: int, retry_after: str, delay_s: int
) -> None:
    """Seconds or a date, a day at most; what is gone for good is asked for once a day."""
    server.answers["/feed"] = Answer(status=status, headers={"Retry-After": retry_after})
    with pytest.raises(RefusedError) as caught:
        get(server.url("/feed"))
    assert caught.value.retry_delay_s(NOW_S) == delay_s


@pytest.mark.parametrize(
    ("headers", "fresh_s"),
    [
        ({"cache-control": "public, max-age=7200"}, 7200),
        ({"cache-control": 'MAX-AGE = "60"'}, 60),
        ({"cache-control": "max-age=7200", "age": "7000"}, 200),
        ({"cache-control": "max-age=60", "age": "7000"}, 0),
        ({"cache-control": "s-maxage=60"}, 0),
        ({"cache-control": "no-cache, max-age=60"}, 0),
        ({"cache-control": "max-age=60, no-store"}, 0),
        ({"cache-control": "max-age=31536000"}, MAX_WAIT_S),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=many", "age": "old"}, 0),
        ({}, 0),
    ],
)
def test_how_long_an_answer_stays_as_it_is(headers: dict[str, str], fresh_s: int) -> None:
    """Cache-Control, less the time that it spent in caches on the way."""
    assert fresh_for_s(headers) == fresh_s


@pytest.mark.parametrize("form", ["feed:{}", "FEED:{}", "feed://{bare}", "feed:{upper}"])
def test_an_address_for_feed_readers_is_a_web_address(server: FeedServer, form: str) -> None:
    """What a browser hands to the reader that registered for `feed:`."""
    server.answers["/feed"] = Answer(b"<rss/>")
    url = server.url("/feed")
    feed = form.format(url, bare=url.removeprefix("http://"), upper=url.replace("http", "HTTP"))
    assert get(feed).body == b"<rss/>"


def test_an_address_in_any_script_is_asked_for_in_ascii(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Host, path and query, through a proxy that shows what goes over the wire."""
    monkeypatch.setenv("http_proxy", server.url(""))
    server.answers["http://xn--bcher-kva.example/z%C3%BCrich/a%20b?q=%C3%BC"] = Answer(b"<rss/>")
    assert get("http://b\u00fccher.example/z\u00fcrich/a b?q=\u00fc").body == b"<rss/>"


def test_a_server_of_the_new_protocol() -> None:
    """IPv6, by its address."""
    try:
        with feed_server("::1") as server:
            server.answers["/feed"] = Answer(b"<rss/>")
            reply = get(server.url("/feed"))
    except OSError as exc:
        pytest.skip(f"no IPv6 here: {exc}")
    assert (reply.body, reply.url) == (b"<rss/>", server.url("/feed"))


@pytest.mark.parametrize("feed", ["http://[::1/x", "feed://[", "http://x:99999/", "HTTPS://"])
def test_an_address_that_is_none_is_an_error_like_any_other(feed: str) -> None:
    """With the author's own words as its subject."""
    with pytest.raises(FeedError, match="expected an http or https address") as caught:
        get(feed)
    assert caught.value.subject == feed
