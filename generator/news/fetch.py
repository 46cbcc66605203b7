"""HTTP for feeds: one whole answer, or one FeedError that says why there is none.

Standard library only. `timeout_s` bounds the whole exchange, redirects included: a server that
sends a byte now and then is cut off too. `max_bytes` bounds the body after decompression.
"""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from typing import IO, Any
from urllib.parse import urlsplit

from generator import __version__
from generator.engine.ports import FetchReply
from generator.errors import FeedError

MAX_REDIRECTS = 5
_CHUNK_BYTES = 65_536
_HEADERS = {
    "User-Agent": f"breathing-room/{__version__} (feed reader)",
    "Accept": "application/feed+json, application/rss+xml, application/atom+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1",
    "Accept-Encoding": "gzip",
}


class UrlFetcher:
    """`ports.Fetcher` over urllib: http and https, at most five redirects, proxies as set up."""

    def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, max_bytes: int
    ) -> FetchReply:
        """GET `url`. 304 and error statuses are answers too; FeedError when no whole one comes."""
        _require_web_url(url, subject=url)
        deadline = _Deadline(timeout_s)
        opener = urllib.request.build_opener(
            _DeadlineHTTPHandler(deadline), _DeadlineHTTPSHandler(deadline), _Redirects(url)
        )
        request = urllib.request.Request(url, headers={**_HEADERS, **headers})  # noqa: S310 - checked
        with deadline.running(), _translated(url, deadline):
            try:
                with opener.open(request, timeout=timeout_s) as response:
                    reply = _read_reply(response, url, max_bytes)
            except urllib.error.HTTPError as error:
                with error:
                    reply = _reply_without_body(error, url)
            if deadline.has_passed:  # a connection cut off can look like one that ended
                raise TimeoutError
            return reply


class _Deadline:
    """Cuts the connections of one exchange when its time is up."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.has_passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        timer = threading.Timer(self.timeout_s, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.append(sock)
            if self.has_passed:
                _shut(sock)

    def _cut(self) -> None:
        with self._lock:
            self.has_passed = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # closed already: nothing to cut
        sock.shutdown(socket.SHUT_RDWR)


class _DeadlineHTTPHandler(urllib.request.HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_watched(http.client.HTTPConnection, self._deadline), request)


class _DeadlineHTTPSHandler(urllib.request.HTTPSHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_watched(http.client.HTTPSConnection, self._deadline), request)


def _watched(base: type[http.client.HTTPConnection], deadline: _Deadline) -> Any:
    """`base` with every socket it opens put under `deadline`."""

    class Watched(base):  # type: ignore[valid-type,misc]
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    return Watched


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MAX_REDIRECTS
    max_repeats = MAX_REDIRECTS

    def __init__(self, url: str) -> None:
        self._url = url
        self._count = 0

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _require_web_url(newurl, subject=self._url, how="a redirect to ")
        self._count += 1
        if self._count > MAX_REDIRECTS:
            raise FeedError(
                self._url,
                got=f"more than {MAX_REDIRECTS} redirects",
                expected="a feed",
                remedy="open it in a browser and write down the address where it ends",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_web_url(url: str, *, subject: str, how: str = "") -> None:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise FeedError(subject, got=f"{how}{url[:200]!r}", expected="an http or https address")


def _read_reply(response: http.client.HTTPResponse, url: str, max_bytes: int) -> FetchReply:
    headers = _lower(response.headers)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FeedError(url, got=f"Content-Encoding: {encoding[:40]}", expected="gzip or none")
    unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    body = bytearray()
    while chunk := response.read1(_CHUNK_BYTES):
        body += unpack.decompress(chunk, max_bytes + 1 - len(body)) if unpack else chunk
        if len(body) > max_bytes:
            raise FeedError(
                url,
                got=f"more than {max_bytes} bytes",
                expected="a feed of ordinary size",
                remedy="raise [news] max_bytes if it really is that long",
            )
    if response.length or (unpack is not None and not unpack.eof):
        raise FeedError(url, got=f"an answer cut short after {len(body)} bytes", expected="all")
    return FetchReply(response.status, headers, bytes(body), response.url)


def _reply_without_body(error: urllib.error.HTTPError, url: str) -> FetchReply:
    """What urllib calls an error: 304, 4xx, 5xx, and the redirects that it does not follow."""
    headers = _lower(error.headers)
    if 300 <= error.code < 400 and error.code != 304:
        target = headers.get("location", "")
        got = f"a redirect to {target[:200]!r}" if target else "a redirect to nowhere"
        raise FeedError(url, got=got, expected="one to an http or https address")
    return FetchReply(error.code, headers, b"", error.url or url)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextmanager
def _translated(url: str, deadline: _Deadline) -> Iterator[None]:
    """Turns whatever the network throws into one FeedError, the deadline first among reasons."""
    try:
        yield
    except (OSError, http.client.HTTPException, zlib.error, ValueError, FeedError) as exc:
        if deadline.has_passed or isinstance(exc, TimeoutError):
            raise FeedError(
                url,
                got=f"no whole answer in {deadline.timeout_s:g} s",
                expected="a feed",
                remedy="raise [news] timeout_s if the server is only slow",
            ) from exc
        if isinstance(exc, FeedError):
            raise
        reason = exc.reason if isinstance(exc, urllib.error.URLError) else exc
        words = str(reason) or type(reason).__name__
        if isinstance(reason, TimeoutError):
            words = f"no connection in {deadline.timeout_s:g} s"
        raise FeedError(url, got=words[:300], expected="a feed") from exc
