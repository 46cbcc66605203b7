"""One feed, in a file or on the web, as it is now: an `Outcome`, whatever becomes of it.

A server is asked as it wishes: with the marks of its last answer, and not before the retry delay or
the age that came with it has passed. A feed that fails keeps its last good stories.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from generator.engine.ports import Fetcher, FetchReply
from generator.engine.stage import StageRun
from generator.errors import FeedError
from generator.news import jsonfeed, kept
from generator.news.clean import one_line
from generator.news.dates import UnreadableDateError, read_date
from generator.news.feed import Feed
from generator.news.fetch import RefusedError, fetch, fresh_for_s, web_address
from generator.news.kept import Kept
from generator.news.merge import newest, without_future
from generator.news.parse import EXPECTED, parse_feed
from generator.news.waits import Wait, patience_s
from generator.scene.checks import is_url
from generator.scene.model import News


@dataclass(frozen=True)
class Outcome:
    """How one feed fared. `status`: local, ok, kept (dead, its last stories stay) or dead."""

    name: str
    status: str
    feed: Feed
    error: str = ""
    remedy: str = ""
    kept: Kept | None = None
    wait: Wait | None = None


def read_feed(run: StageRun, settings: News, name: str, now_s: float) -> Outcome:
    """The feed called `name` in the scene. Raises FeedError for a file that is none."""
    if not is_url(name):
        feed = newest(read_file(run.inputs[name], settings, name), settings.max_items)
        return Outcome(name, "local", feed, feed.warning)
    last = _last_good(run.previous_dir, name)
    wait = _wait(run.previous_dir, name)
    if wait is not None and wait.holds(now_s):
        if wait.error:
            return _failed(name, wait.error, last, wait)
        if last is not None and last.is_enough(settings.max_items):
            return Outcome(name, "ok", last.feed, last.feed.warning, kept=last, wait=wait)
    try:
        fresh, fresh_s = _fetch(run, settings, name, last, now_s)
    except FeedError as exc:
        # A server's own words may be in it, and those are as foreign as its feed.
        error = one_line(str(exc).partition("\n")[0].removeprefix(f"{name}: "), 300)
        delay_s = exc.retry_delay_s(now_s) if isinstance(exc, RefusedError) else 0
        wait = Wait(int(now_s) + delay_s, error) if delay_s > patience_s(settings, "dead") else None
        return replace(_failed(name, error, last, wait), remedy=one_line(exc.remedy, 300))
    wait = Wait(int(now_s) + fresh_s) if fresh_s > patience_s(settings, "ok") else None
    return Outcome(name, "ok", fresh.feed, fresh.feed.warning, kept=fresh, wait=wait)


def _failed(name: str, error: str, last: Kept | None, wait: Wait | None) -> Outcome:
    if last is not None:
        return Outcome(name, "kept", last.feed, error, kept=last, wait=wait)
    return Outcome(name, "dead", Feed(_fallback_title(name), ()), error, wait=wait)


def read_file(path: Path, settings: News, name: str) -> Feed:
    """The whole feed in a file. Raises FeedError for one that is none."""
    try:
        with path.open("rb") as file:
            body = file.read(settings.max_bytes + 1)
    except OSError as exc:
        got = exc.strerror or type(exc).__name__
        raise FeedError(name, got=got, expected="a feed's address or its file") from exc
    if len(body) > settings.max_bytes:
        raise FeedError(
            name,
            got=f"more than {settings.max_bytes} bytes",
            expected="a feed of ordinary size",
            remedy="raise [news] max_bytes if it really is that long",
        )
    return _titled(parse_feed(body, name=name), name)


def read_url(fetcher: Fetcher, settings: News, url: str, now_s: float) -> Feed:
    """The whole feed at an address, whatever was kept of it. Raises FeedError."""
    reply = _ask(fetcher, settings, url, {})
    if reply.status == 304:
        raise FeedError(url, got="status 304, which nobody asked for", expected=EXPECTED)
    return _of_reply(reply, url, now_s)


def _ask(fetcher: Fetcher, settings: News, url: str, headers: Mapping[str, str]) -> FetchReply:
    return fetch(
        fetcher, url, headers=headers, timeout_s=settings.timeout_s, max_bytes=settings.max_bytes
    )


def _of_reply(reply: FetchReply, url: str, now_s: float) -> Feed:
    feed = parse_feed(
        reply.body,
        name=url,
        url=reply.url,
        content_type=reply.headers.get("content-type", ""),
    )
    tomorrow = _answered_at(reply, now_s) + timedelta(days=1)
    return without_future(_titled(feed, url), tomorrow)


def _fetch(
    run: StageRun, settings: News, url: str, last: Kept | None, now_s: float
) -> tuple[Kept, int]:
    """The feed as it is now, and for how many seconds it stays so. Raises FeedError."""
    if run.ports.fetcher is None:
        raise FeedError(url, got="no answer, working offline")
    conditions = last.conditions(settings.max_items) if last else {}
    reply = _ask(run.ports.fetcher, settings, url, conditions)
    fresh_s = fresh_for_s(reply.headers)
    if reply.status == 304:
        if last is None:
            raise FeedError(url, got="status 304, which nobody asked for", expected=EXPECTED)
        return last, fresh_s
    fresh = Kept(
        url=url,
        feed=newest(_of_reply(reply, url, now_s), settings.max_items),
        changed_at=written(now_s),
        etag=reply.headers.get("etag", ""),
        last_modified=reply.headers.get("last-modified", ""),
        max_stories=settings.max_items,
    )
    if last is not None and kept.same_news(last.feed, fresh.feed):
        return replace(fresh, changed_at=last.changed_at), fresh_s
    return fresh, fresh_s


def _answered_at(reply: FetchReply, now_s: float) -> datetime:
    """When the server says that it answered: our own clock may be wrong, or set for a test."""
    try:
        return read_date(reply.headers.get("date", ""))
    except UnreadableDateError:
        return datetime.fromtimestamp(now_s, UTC)


def _last_good(previous_dir: Path | None, url: str) -> Kept | None:
    if previous_dir is None:
        return None
    try:
        last = kept.load((previous_dir / kept.file_name(url)).read_bytes())
    except FileNotFoundError:
        return None
    return last if last is not None and last.url == url else None


def _wait(previous_dir: Path | None, url: str) -> Wait | None:
    if previous_dir is None:
        return None
    try:
        return kept.load_waits((previous_dir / "waits.json").read_bytes()).get(url)
    except FileNotFoundError:
        return None


def _titled(feed: Feed, name: str) -> Feed:
    return feed if feed.title else replace(feed, title=_fallback_title(name))


def _fallback_title(name: str) -> str:
    if not is_url(name):
        return PurePosixPath(name).stem
    host = re.match(r"https?://(\[[^\]]+\]|[^][/?#:]+)", web_address(name), re.IGNORECASE)
    return host[1] if host else name


def written(at_s: float) -> str:
    """Unix seconds as RFC 3339, in UTC."""
    return jsonfeed.rfc3339(datetime.fromtimestamp(at_s, UTC))
