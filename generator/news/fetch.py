"""A feed's address to its bytes, as a polite reader asks: one whole answer, or one FeedError.

reply = fetch(HttpClient(), "feed://news.example/rss", headers={}, timeout_s=10, ...)
fresh_for_s(reply.headers)   # how long the server says that it stays so
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from generator.engine import codings
from generator.engine.http import AGENT, HttpError, Obstacle
from generator.engine.ports import Fetcher, FetchReply
from generator.errors import FeedError
from generator.news.waits import MAX_WAIT_S

_HEADERS = {
    "User-Agent": f"{AGENT} (feed reader)",
    "Accept": "application/feed+json, application/rss+xml, application/atom+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
_WORDS: dict[Obstacle, tuple[str, str]] = {
    "network": ("a feed", "see that the address is right; the next build asks again"),
    "slow": ("a feed", "raise [news] timeout_s if the server is only slow"),
    "redirects": ("a feed", "open it in a browser and write down the address where it ends"),
    "size": ("a feed of ordinary size", "raise [news] max_bytes if it really is that long"),
}
"""What was expected, and the remedy."""
_REFUSALS = {
    401: "it wants a name and a password, and what it sends would be published: name an open feed",
    403: "it lets no program in, or not this machine: ask its owner, or build elsewhere",
    404: "nothing is there: look on the site for the feed's address",
    407: "see to the name and password of the proxy in HTTP_PROXY or HTTPS_PROXY",
    410: "it is gone for good: take it out of [news] feeds",
    429: "it was asked too often: raise [news] ttl_s",
    451: "the law keeps it from here: take it out of [news] feeds, or build elsewhere",
}
_MAGIC = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_TEXT = re.compile(rb"[\s\0]*(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*[<{\[]")


class RefusedError(FeedError):
    """The server answered, but not with a feed."""

    def __init__(self, feed: str, reply: FetchReply) -> None:
        """`reply`: with a status that says so."""
        status = reply.status
        trouble = "the server is in trouble: the next build asks again"
        remedy = trouble if status >= 500 else "open it in a browser: does it show a feed?"
        super().__init__(
            feed,
            got=f"status {status}",
            expected="a feed",
            remedy=_REFUSALS.get(status, remedy),
        )
        self._status, self._retry_after = status, reply.headers.get("retry-after", "").strip()

    def retry_delay_s(self, now_s: float) -> int:
        """Seconds, or until a date (RFC 9110, section 10.2.3); 0 where the server gives none."""
        from email.utils import parsedate_to_datetime

        if self._status == 410:
            return MAX_WAIT_S
        try:
            if re.fullmatch(r"\d{1,9}", self._retry_after):
                delay_s = int(self._retry_after)
            else:
                delay_s = int(parsedate_to_datetime(self._retry_after).timestamp() - now_s)
        except (ValueError, TypeError, OverflowError, OSError):
            return 0
        return max(0, min(MAX_WAIT_S, delay_s))


def fetch(
    fetcher: Fetcher, feed: str, *, headers: Mapping[str, str], timeout_s: float, max_bytes: int
) -> FetchReply:
    """What the server of `feed` has: a body, unpacked to at most `max_bytes`, or a 304.

    Raises RefusedError for any other answer, FeedError when no whole one comes.
    """
    headers = {**_HEADERS, **headers}
    try:
        reply = fetcher.get(
            web_address(feed), headers=headers, timeout_s=timeout_s, max_bytes=max_bytes
        )
        _require_feed(feed, reply)
        return replace(reply, body=_unpacked(reply, max_bytes))
    except HttpError as exc:
        expected, remedy = _WORDS.get(exc.obstacle, (exc.expected, exc.remedy))
        raise FeedError(feed, got=exc.got, expected=expected, remedy=remedy) from exc
    except ValueError as exc:
        raise FeedError(feed, got=str(exc)[:300], expected="a feed") from exc


def _require_feed(feed: str, reply: FetchReply) -> None:
    if reply.status == 304 or (200 <= reply.status < 300 and reply.status not in (204, 205)):
        return
    if 300 <= reply.status < 400:
        expected = "one to an http or https address"
        raise FeedError(feed, got="a redirect to nowhere", expected=expected)
    raise RefusedError(feed, reply)


def web_address(feed: str) -> str:
    """What is asked for a feed: `feed:` and `feed://` are what readers register themselves for.

    >>> web_address("feed:https://news.example/rss"), web_address("feed://news.example/rss")
    ('https://news.example/rss', 'http://news.example/rss')
    """
    bare = re.sub(r"feed:(//)?(?=https?://)", "", feed, count=1, flags=re.IGNORECASE)
    return re.sub(r"feed://", "http://", bare, count=1, flags=re.IGNORECASE)


def fresh_for_s(headers: Mapping[str, str]) -> int:
    """For how many seconds an answer stays as it is, says Cache-Control (RFC 9111); 0: nothing."""
    said, age = headers.get("cache-control", "").lower(), headers.get("age", "").strip()
    max_age = re.search(r'(?<![\w-])max-age\s*=\s*"?(\d{1,9})', said)
    if max_age is None or re.search(r"(?<![\w-])no-(cache|store)", said):
        return 0
    fresh_s = int(max_age[1]) - (int(age) if re.fullmatch(r"\d{1,9}", age) else 0)
    return max(0, min(MAX_WAIT_S, fresh_s))


def _unpacked(reply: FetchReply, max_bytes: int) -> bytes:
    """The body, packed as it says, as it does not say, or not at all though it says so."""
    body = reply.body
    try:
        plain = codings.decoded(body, reply.headers.get("content-encoding", ""), max_bytes)
    except ValueError:
        if not (_TEXT.match(body) or _packing(body)):
            raise
        plain = body
    if _TEXT.match(body) and not _TEXT.match(plain):
        plain = body
    # A file that was packed before it was put on the server is packed once more, or unlabelled.
    for _ in range(2):
        if coding := _packing(plain):
            plain = codings.decoded(plain, coding, max_bytes)
    if len(plain) > max_bytes:
        raise HttpError(reply.url, "size", f"more than {max_bytes} bytes")
    return plain


def _packing(body: bytes) -> str:
    return next((name for magic, name in _MAGIC.items() if body.startswith(magic)), "")
