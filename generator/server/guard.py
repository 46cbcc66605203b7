"""Who may talk to the dev server: this machine's browser, on this server's own page.

A web page from elsewhere can make a browser send requests to 127.0.0.1. So every request must name
a loopback host and our port (a foreign name that was pointed here, DNS rebinding, gets nothing at
all), and whatever writes must come from our own page and carry the token that only it knows.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import tornado.web

TOKEN_HEADER = "X-Breathe-Token"  # noqa: S105 - the header's name, not a token
MAX_BODY_BYTES = 64 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Refusal:
    """Why a request is turned down."""

    status: int
    reason: str


def is_foreign(host: str, port: int) -> bool:
    """Judge the Host header of any request."""
    allowed = {f"{name}:{port}" for name in _LOOPBACK}
    if port == 80:
        allowed |= set(_LOOPBACK)
    return host.lower() not in allowed


def drop_foreign(handler: tornado.web.RequestHandler, port: int) -> None:
    """Close the line on a request that names another host; it gets no answer at all."""
    if is_foreign(handler.request.headers.get("Host", ""), port):
        handler.request.connection.stream.close()  # type: ignore[union-attr]
        handler._finished = True
        handler._auto_finish = False
        raise tornado.web.Finish


def refuse_origin(origin: str | None, host: str) -> Refusal | None:
    """Judge the Origin header of a websocket or a write: it must be there, and our own."""
    if origin is None:
        return Refusal(403, "no Origin: this address is for the page of this server")
    parts = urlsplit(origin)
    if parts.scheme == "http" and parts.netloc.lower() == host.lower() and not parts.path:
        return None
    return Refusal(403, "another Origin than this server's")


def refuse_write(headers: Mapping[str, str], *, token: str) -> Refusal | None:
    """Judge the headers of a request that would change a file. `headers`: names in lower case."""
    foreign = refuse_origin(headers.get("origin"), headers.get("host", ""))
    if foreign is not None:
        return foreign
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return Refusal(403, "a request from another site")
    given = headers.get(TOKEN_HEADER.lower(), "")
    if not hmac.compare_digest(given.encode(), token.encode()):
        return Refusal(403, f"{TOKEN_HEADER} is missing or not this server's: reload the page")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return Refusal(415, "expected application/json")
    return None
