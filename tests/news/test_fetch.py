"""Fetching a feed from a real server on loopback."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import brotli
import pytest
import zstandard

from generator.engine.http import HttpClient
from generator.engine.ports import FetchReply
from generator.errors import FeedError
from generator.news.fetch import fetch
from tests.feed_server import Answer, FeedServer, feed_server


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
