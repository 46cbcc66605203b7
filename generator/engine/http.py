"""HTTP: one exchange with a web server. Used for feeds, `breathe probe` and ComfyUI; home of httpx.

    reply = HttpClient().get(url, headers={}, timeout_s=10, max_bytes=5_000_000)

The body is as it came over the wire; `codings.decoded` unpacks it.

Only http and https, at most five redirects, proxies as the environment sets them up, certificates
as the system trusts them. A deadline bounds the whole exchange: a server that sends a byte now
and then is cut off too. httpx is loaded with the first exchange, not with this module.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from generator import __version__
from generator.engine.ports import FetchReply
from generator.errors import RemoteError

if TYPE_CHECKING:
    import socket
    import ssl

    import httpx

MAX_REDIRECTS = 5
AGENT = f"breathing-room/{__version__}"
_HOST = re.compile(rb"([\w-]{1,63}\.)*[\w-]{1,63}\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%25[\w.-]+)?")
"""A name or an address of IPv4; an address of IPv6, with its zone."""

Obstacle: TypeAlias = Literal[
    "address", "redirect", "redirects", "proxies", "network", "slow", "cut", "size"
]
_WORDS: dict[Obstacle, tuple[str, str]] = {
    "address": ("an http or https address", ""),
    "redirect": ("one to an http or https address", ""),
    "redirects": (
        "an answer",
        "open it in a browser and write down the address where it ends",
    ),
    "proxies": (
        "addresses with http://, https:// or socks5://",
        "see the variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY",
    ),
    "network": ("an answer", "see that the address is right and the host is up"),
    "slow": ("an answer", "see that the address is right and the host is up"),
    "cut": ("all", ""),
    "size": ("less", ""),
}
"""What was expected, and the remedy."""


class HttpError(RemoteError):
    """No whole answer came. `obstacle`: what stood in the way."""

    def __init__(self, url: str, obstacle: Obstacle, got: str) -> None:
        """Callers that know what they came for have words of their own."""
        self.obstacle = obstacle
        expected, remedy = _WORDS[obstacle]
        super().__init__(url, got=got, expected=expected, remedy=remedy)


class HttpClient:
    """`ports.Fetcher` over httpx."""

    def __init__(self, *, read_s: float | None = None) -> None:
        """`read_s`: patience with a server that is silent; None: as long as the whole may take."""
        self._read_s = read_s

    def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, max_bytes: int
    ) -> FetchReply:
        """GET `url`; any status is an answer. Raises HttpError when no whole one comes."""
        read_s = min(timeout_s, self._read_s or timeout_s)
        with opened(url, headers=headers, read_s=read_s, deadline_s=timeout_s) as response:
            body = read(response, url, max_bytes)
            return FetchReply(response.status_code, dict(response.headers), body, str(response.url))


@contextmanager
def opened(
    url: str,
    *,
    headers: Mapping[str, str],
    read_s: float,
    deadline_s: float | None = None,
    content: bytes | None = None,
    direct: bool = False,
) -> Iterator[httpx.Response]:
    """An answer whose body is still to be read with `iter_raw`; with `content`, that to a POST.

    `read_s`: patience with each read; `deadline_s`: with the whole; `direct`: no proxies, and a
    redirect is an answer. Raises HttpError, from the block too when a read in it fails.
    """
    import httpx

    deadline = _Deadline(deadline_s)
    with _translated(url, read_s, deadline), deadline.running():
        secure = url[:6].lower() == "https:"
        with _client(read_s, direct=direct, trust=secure or not direct) as client:
            request = client.build_request(
                "GET" if content is None else "POST",
                httpx.URL(url),
                content=content,
                headers={"User-Agent": AGENT, "Accept-Encoding": "identity", **headers},
                extensions={"trace": deadline.trace},
            )
            response = _answered(client, request, url, direct=direct)
            try:
                yield response
            finally:
                response.close()
        if deadline.has_passed:  # a connection cut off can look like one that ended
            raise HttpError(url, "slow", f"no whole answer in {deadline_s:g} s")


def read(response: httpx.Response, url: str, max_bytes: int) -> bytes:
    """The body as it comes off the wire, in its Content-Encoding. Raises HttpError."""
    import httpx

    body = bytearray()
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > max_bytes:
                raise HttpError(url, "size", f"more than {max_bytes} bytes")
    except httpx.RemoteProtocolError as exc:
        if "peer closed connection" not in str(exc):
            raise
        raise HttpError(url, "cut", f"an answer cut short after {len(body)} bytes") from exc
    return bytes(body)


def _client(read_s: float, *, direct: bool, trust: bool) -> httpx.Client:
    import ssl

    import httpx

    # Who asks directly over plain http needs no certificates: they take long to load.
    context = _system_trust() if trust else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.Client(verify=context, timeout=read_s, trust_env=not direct)
    except (ValueError, ImportError, httpx.InvalidURL) as exc:
        raise HttpError("the proxy settings", "proxies", str(exc)) from exc


@functools.cache
def _system_trust() -> ssl.SSLContext:
    """The certificates that the system trusts, a company's own included; httpx brings a list."""
    import ssl

    return ssl.create_default_context()


def _answered(
    client: httpx.Client, request: httpx.Request, url: str, *, direct: bool
) -> httpx.Response:
    """The answer at the end of the redirects."""
    import httpx

    if not _is_web(request.url):
        raise HttpError(url, "address", repr(url[:200]))
    for _ in range(MAX_REDIRECTS + 1):
        try:
            response = client.send(request, stream=True)
        except httpx.InvalidURL as exc:  # where it would send us on
            raise HttpError(url, "redirect", "a redirect to no address") from exc
        if direct or response.next_request is None:
            return response
        response.close()
        request = response.next_request
        if not _is_web(request.url):
            got = f"a redirect to {response.headers['location'][:200]!r}"
            raise HttpError(url, "redirect", got)
    raise HttpError(url, "redirects", f"more than {MAX_REDIRECTS} redirects")


def _is_web(url: httpx.URL) -> bool:
    """Whether a web server can be asked for it, so that nothing below trips over it."""
    is_host = _HOST.fullmatch(url.raw_host) is not None
    return url.scheme in ("http", "https") and is_host and 0 < (url.port or 80) < 65_536


@contextmanager
def _translated(url: str, read_s: float, deadline: _Deadline) -> Iterator[None]:
    """Turns whatever httpx throws into one HttpError, the deadline first among reasons."""
    import httpx

    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, HttpError) as exc:
        if deadline.has_passed or isinstance(exc, httpx.TimeoutException):
            patience_s = deadline.timeout_s if deadline.has_passed else read_s
            raise HttpError(url, "slow", f"no whole answer in {patience_s:g} s") from exc
        if isinstance(exc, HttpError):
            raise
        if isinstance(exc, httpx.InvalidURL):
            raise HttpError(url, "address", repr(url[:200])) from exc
        raise HttpError(url, "network", (str(exc) or type(exc).__name__)[:300]) from exc


class _Deadline:
    """Cuts the connections of one exchange when its time is up."""

    def __init__(self, timeout_s: float | None) -> None:
        import threading

        self.timeout_s = timeout_s
        self.has_passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        if self.timeout_s is None:
            yield
            return
        import threading

        timer = threading.Timer(self.timeout_s, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """The `trace` of httpcore: takes note of each socket as it is connected or encrypted."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            sock = info["return_value"].get_extra_info("socket")
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
    import socket

    with suppress(OSError):  # closed already: nothing to cut
        sock.shutdown(socket.SHUT_RDWR)
