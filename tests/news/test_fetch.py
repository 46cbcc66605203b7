"""The feed fetcher against a real server on loopback."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.engine.ports import FetchReply
from generator.errors import FeedError
from generator.news.fetch import MAX_REDIRECTS, UrlFetcher
from tests.feed_server import Answer, FeedServer, closed_port, feed_server, raw


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    """One server for all tests."""
    with feed_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(server: FeedServer) -> None:
    server.answers.clear()
    server.asked.clear()


def get(url: str, timeout_s: float = 30.0, max_bytes: int = 10_000, **headers: str) -> FetchReply:
    """One fetch."""
    return UrlFetcher().get(url, headers=headers, timeout_s=timeout_s, max_bytes=max_bytes)


def test_an_answer_comes_whole_with_its_headers_in_lower_case(server: FeedServer) -> None:
    """Status, headers, body and address."""
    server.answers["/feed"] = Answer(b"<rss/>", headers={"ETag": '"v1"'})
    reply = get(server.url("/feed"))
    assert (reply.status, reply.body, reply.url) == (200, b"<rss/>", server.url("/feed"))
    assert reply.headers["etag"] == '"v1"'
    assert reply.headers["content-type"] == "application/xml"


def test_it_says_who_asks_and_what_for(server: FeedServer) -> None:
    """A polite reader has a name, and the caller's own headers go along."""
    server.answers["/feed"] = Answer(b"x")
    get(server.url("/feed"), **{"If-None-Match": '"v1"'})
    (_, headers), *_ = server.asked
    assert headers["user-agent"].startswith("breathing-room/")
    assert "application/rss+xml" in headers["accept"]
    assert headers["if-none-match"] == '"v1"'


def test_gzip_is_unpacked(server: FeedServer) -> None:
    """As asked for in Accept-Encoding."""
    packed = gzip.compress(b"<rss/>" * 100)
    server.answers["/feed"] = Answer(packed, headers={"Content-Encoding": "gzip"})
    assert get(server.url("/feed")).body == b"<rss/>" * 100


@pytest.mark.parametrize("status", [304, 404, 410, 429, 500, 503])
def test_statuses_other_than_200_are_answers_too(server: FeedServer, status: int) -> None:
    """The caller decides what they mean."""
    server.answers["/feed"] = Answer(status=status, headers={"Retry-After": "9"})
    reply = get(server.url("/feed"))
    assert (reply.status, reply.body) == (status, b"")
    assert reply.headers["retry-after"] == "9"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_the_end_is_told(server: FeedServer, status: int) -> None:
    """Relative ones too, and the caller's headers stay."""
    server.answers["/old"] = Answer(status=status, headers={"Location": "/new"})
    server.answers["/new"] = Answer(b"here")
    reply = get(server.url("/old"), **{"If-None-Match": '"v1"'})
    assert (reply.body, reply.url) == (b"here", server.url("/new"))
    assert server.asked[-1][1]["if-none-match"] == '"v1"'


def test_five_redirects_pass_and_six_do_not(server: FeedServer) -> None:
    """A chain has an end."""
    for step in range(6):
        server.answers[f"/{step}"] = Answer(status=302, headers={"Location": f"/{step + 1}"})
    server.answers["/6"] = Answer(b"here")
    assert get(server.url("/1")).body == b"here"
    with pytest.raises(FeedError, match=f"more than {MAX_REDIRECTS} redirects"):
        get(server.url("/0"))


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x/feed", "javascript:x", "feed", "", "http://", "http://[::1"],
)
def test_only_web_addresses_are_opened(url: str) -> None:
    """Whatever else urllib could open."""
    with pytest.raises(FeedError, match="expected an http or https address"):
        get(url)


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


def test_the_deadline_holds_over_redirects_together(server: FeedServer) -> None:
    """Each hop is quick enough by itself; the sum is not."""
    hop = raw(b"HTTP/1.1 302 Found\r\nLocation: /feed\r\n", b"\r\n", pause_s=0.2)
    server.answers["/feed"] = hop
    with pytest.raises(FeedError, match=r"no whole answer in 0.5 s"):
        get(server.url("/feed"), timeout_s=0.5)


def test_slow_within_the_deadline_is_fine(server: FeedServer) -> None:
    """Patience is for using."""
    server.answers["/feed"] = raw(
        b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n\r\n", b"o", b"k", pause_s=0.05
    )
    assert get(server.url("/feed")).body == b"ok"


def test_no_thread_is_left_behind(server: FeedServer) -> None:
    """The watchman of the deadline goes home with the answer."""
    server.answers["/feed"] = Answer(b"x")
    get(server.url("/feed"), timeout_s=300)
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer) and t.is_alive()]


def test_a_refused_connection_says_so() -> None:
    """In the system's own words, with the address as the subject."""
    url = f"http://127.0.0.1:{closed_port()}/feed"
    with pytest.raises(FeedError, match="refused") as caught:
        get(url)
    assert caught.value.subject == url


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    """Encrypted means to the right one."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run(
        [*command, "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with feed_server() as secure:
        secure.answers["/feed"] = Answer(b"x")
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        with pytest.raises(FeedError, match="certificate verify failed"):
            get(f"https://127.0.0.1:{secure.server_port}/feed")
        assert secure.asked == []
