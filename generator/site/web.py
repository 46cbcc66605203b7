"""A plain web client for `breathe probe`: what the host sends, byte for byte.

Unlike the feeds' fetcher it decodes nothing and knows no manners about caching: the headers that
are asked with are the ones that go out, no more.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from generator import __version__
from generator.engine.ports import FetchReply
from generator.errors import RemoteError

MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_BYTES = 64_000_000


class HttpClient:
    """`ports.WebClient` over http.client."""

    def __init__(self, timeout_s: float = 20.0) -> None:
        """`timeout_s`: patience with each read, in seconds."""
        self._timeout_s = timeout_s

    def ask(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> FetchReply:
        """One request, redirects followed. Raises RemoteError when no whole answer comes."""
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._exchange(url, method, headers or {})
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                return reply
            url = urljoin(url, reply.headers["location"])
        raise RemoteError(
            url,
            got=f"more than {MAX_REDIRECTS} redirects",
            expected="the page",
            remedy="give the address that the browser ends at",
        )

    def _exchange(self, url: str, method: str, headers: Mapping[str, str]) -> FetchReply:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RemoteError(url, expected="an http or https address")
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection = self._connection(parts.scheme, parts.hostname, parts.port)
        agent = f"breathing-room/{__version__} (probe)"
        try:
            connection.request(method, target, headers={"User-Agent": agent, **headers})
            response = connection.getresponse()
            body = response.read(_MAX_BYTES)
            named = {name.lower(): value for name, value in response.getheaders()}
            return FetchReply(response.status, named, body, url)
        except (OSError, http.client.HTTPException) as exc:
            raise RemoteError(
                url,
                got=f"{type(exc).__name__}: {exc}",
                expected="an answer",
                remedy="see that the address is right and the host is up",
            ) from exc
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
