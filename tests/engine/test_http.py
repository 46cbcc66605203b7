"""The HTTP client against a real server on loopback."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.engine.http import MAX_REDIRECTS, HttpClient, HttpError, opened
from generator.engine.ports import FetchReply
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
    """One exchange."""
    return HttpClient().get(url, headers=headers, timeout_s=timeout_s, max_bytes=max_bytes)


def test_an_answer_comes_whole_with_its_headers_in_lower_case(server: FeedServer) -> None:
    """Status, headers, body and address."""
    server.answers["/feed"] = Answer(b"<rss/>", headers={"ETag": '"v1"'})
    reply = get(server.url("/feed"))
    assert (reply.status, reply.body, reply.url) == (200, b"<rss/>", server.url("/feed"))
    assert reply.headers["etag"] == '"v1"'
    assert reply.headers["content-type"] == "application/xml"


@pytest.mark.parametrize("status", [304, 404, 410, 429, 500, 503])
def test_statuses_other_than_200_are_answers_too(server: FeedServer, status: int) -> None:
    """The caller decides what they mean."""
    server.answers["/feed"] = Answer(status=status, headers={"Retry-After": "9"})
    reply = get(server.url("/feed"))
    assert reply.status == status
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
    with pytest.raises(HttpError, match=f"more than {MAX_REDIRECTS} redirects"):
        get(server.url("/0"))


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://x/feed", "javascript:x", "feed", "", "http://"),
        *("http://[::1", "http://[::1/x", "http://x:99999/", "http://x:y/", "http://a..b/"),
        *(f"http://{'a' * 64}.example/", "http://x/\0", "http://\u2603.example/", "http://["),
    ],
)
def test_only_web_addresses_are_opened(url: str) -> None:
    """Nothing else, and none that trips what lies below."""
    with pytest.raises(HttpError, match="expected an http or https address"):
        get(url)


def test_the_deadline_holds_over_redirects_together(server: FeedServer) -> None:
    """Each hop is quick enough by itself; the sum is not."""
    hop = raw(b"HTTP/1.1 302 Found\r\nLocation: /feed\r\n", b"\r\n", pause_s=0.2)
    server.answers["/feed"] = hop
    with pytest.raises(HttpError, match=r"no whole answer in 0.5 s"):
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
    with pytest.raises(HttpError, match="refused") as caught:
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
        with pytest.raises(HttpError, match="certificate verify failed"):
            get(f"https://127.0.0.1:{secure.server_port}/feed")
        assert secure.asked == []


def test_a_direct_exchange_takes_a_redirect_for_an_answer(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of our own sends nobody on, and no proxy stands before it."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    server.answers["/old"] = Answer(status=302, headers={"Location": "/new"})
    with opened(server.url("/old"), headers={}, read_s=30, direct=True) as response:
        assert response.status_code == 302
    assert server.paths() == ["/old"]


def test_a_proxy_of_the_environment_is_asked(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For everything but what NO_PROXY names."""
    monkeypatch.setenv("http_proxy", server.url(""))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.answers["http://news.invalid/feed"] = Answer(b"by proxy")
    server.answers["/feed"] = Answer(b"directly")
    assert get("http://news.invalid/feed").body == b"by proxy"
    assert get(server.url("/feed")).body == b"directly"


def test_proxy_settings_that_mean_nothing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback."""
    monkeypatch.setenv("http_proxy", "gopher://proxy.example")
    with pytest.raises(HttpError, match=r"the proxy settings: got .*gopher"):
        get("http://news.invalid/feed")


def test_silence_is_cut_off_sooner_than_the_whole(server: FeedServer) -> None:
    """`read_s` is for a host that may send much but not nothing."""
    server.answers["/feed"] = raw(b"HTTP/1.1 200 OK\r\n\r\n", b"late", pause_s=30)
    with pytest.raises(HttpError, match=r"no whole answer in 0.2 s"):
        HttpClient(read_s=0.2).get(server.url("/feed"), headers={}, timeout_s=300, max_bytes=10_000)
