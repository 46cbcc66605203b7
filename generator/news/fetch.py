"""A feed's address to its bytes: one whole answer, or one FeedError that says why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from generator.engine import codings
from generator.engine.http import AGENT, HttpError, Obstacle, too_long
from generator.engine.ports import Fetcher, FetchReply
from generator.errors import FeedError

_HEADERS = {
    "User-Agent": f"{AGENT} (feed reader)",
    "Accept": "application/feed+json, application/rss+xml, application/atom+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
_EXPECTED: dict[Obstacle, str] = {
    "network": "a feed",
    "slow": "a feed",
    "redirects": "a feed",
    "size": "a feed of ordinary size",
}
_REMEDIES: dict[Obstacle, str] = {
    "network": "",
    "slow": "raise [news] timeout_s if the server is only slow",
    "size": "raise [news] max_bytes if it really is that long",
}


def fetch(
    fetcher: Fetcher, url: str, *, headers: Mapping[str, str], timeout_s: float, max_bytes: int
) -> FetchReply:
    """The answer to GET `url`, any status, its body unpacked to at most `max_bytes`.

    Raises FeedError when no whole one comes.
    """
    try:
        reply = fetcher.get(
            url, headers={**_HEADERS, **headers}, timeout_s=timeout_s, max_bytes=max_bytes
        )
        body = _unpacked(reply, max_bytes)
    except HttpError as exc:
        raise FeedError(
            url,
            got=exc.got,
            expected=_EXPECTED.get(exc.obstacle, exc.expected),
            remedy=_REMEDIES.get(exc.obstacle, exc.remedy),
        ) from exc
    except ValueError as exc:
        raise FeedError(url, got=str(exc)[:300], expected="a feed") from exc
    if 300 <= reply.status < 400 and reply.status != 304:
        expected = "one to an http or https address"
        raise FeedError(url, got="a redirect to nowhere", expected=expected)
    return replace(reply, body=body)


def _unpacked(reply: FetchReply, max_bytes: int) -> bytes:
    body = codings.decoded(reply.body, reply.headers.get("content-encoding", ""), max_bytes)
    if len(body) > max_bytes:
        raise too_long(reply.url, max_bytes)
    return body
