"""The feeds of a scene to `news.json`, the day's news in JSON Feed 1.1.

A local feed is an input like any other: its content decides. A feed at a URL is fetched when the
stage runs and again when `ttl_s` has passed; its last good stories lie beside news.json, and stay
when the feed is dead, with a word about it. The same stories give the same bytes, whenever they
were fetched: `_breathe.fetched` says when they last changed. Stories that fall out of the list go
to `archive.json`, which is there when it has any.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from generator.artifacts import Json, JsonMap
from generator.engine.stage import SourceFile, Stage, StageResult, StageRun
from generator.errors import FeedError
from generator.news import jsonfeed, kept
from generator.news.clean import one_line
from generator.news.feed import Feed, Story
from generator.news.fetch import fetch
from generator.news.kept import Kept
from generator.news.merge import Numbered, left_behind, merge, newest, without_future
from generator.news.parse import EXPECTED, parse_feed
from generator.scene.checks import is_url
from generator.scene.model import News, Scene

VERSION = 1
RETRY_S = 300
"""A dead feed is asked again sooner than `ttl_s`, but not at every build."""
MAX_AT_ONCE = 8
ARCHIVE_BYTES = 400_000
"""The archive ends before it grows past this, oldest stories first."""


@dataclass(frozen=True)
class _Outcome:
    """How one feed fared. `status`: local, ok, kept (dead, its last stories stay) or dead."""

    name: str
    status: str
    feed: Feed
    error: str = ""
    kept: Kept | None = None


def stage(scene: Scene) -> Stage:
    """The `news` stage."""
    settings = scene.news
    feeds = tuple(dict.fromkeys(settings.feeds))
    local = [feed for feed in feeds if not is_url(feed)]
    return Stage(
        name="news",
        version=VERSION,
        params={
            "feeds": list(feeds),
            "max_items": settings.max_items,
            "archive_days": settings.archive_days,
            "max_bytes": settings.max_bytes,
            "lang": scene.site.lang,
        },
        inputs={feed: SourceFile(feed) for feed in local},
        execute=lambda run: _execute(run, replace(settings, feeds=feeds), scene.site.lang),
        expired=None
        if len(local) == len(feeds)
        else lambda facts, now: _expired(facts, now, settings.ttl_s),
    )


def _execute(run: StageRun, settings: News, lang: str) -> StageResult:
    now_s = run.ports.clock.now_s()
    with ThreadPoolExecutor(MAX_AT_ONCE) as pool:
        outcomes = list(pool.map(lambda feed: _read(run, settings, feed, now_s), settings.feeds))
    for outcome in outcomes:
        _tell(run, outcome)
    _require_some(outcomes, is_offline=run.ports.fetcher is None)
    items = merge([outcome.feed for outcome in outcomes], settings.max_items)
    feeds = [_report(outcome, index, items) for index, outcome in enumerate(outcomes)]
    fetched = max((o.kept.changed_at for o in outcomes if o.kept), default=None)
    notes: JsonMap = {"fetched": fetched, "feeds": list(feeds)}
    files = {"news": "news.json"}
    (run.out_dir / "news.json").write_bytes(_write(outcomes, items, lang, notes))
    archived = _archived(run.previous_dir, outcomes, settings)
    if archived:
        (run.out_dir / "archive.json").write_bytes(_write(outcomes, archived, lang))
        files["archive"] = "archive.json"
    for outcome in outcomes:
        if outcome.kept is not None:
            file_name = kept.file_name(outcome.name)
            (run.out_dir / file_name).write_bytes(kept.dump(outcome.kept))
            files[outcome.name] = file_name
    facts: dict[str, Json] = {"feeds": list(feeds)}
    if any(is_url(feed) for feed in settings.feeds):
        facts["fetched_at_s"] = int(now_s) if run.ports.fetcher is not None else 0
    return StageResult(files=files, facts=facts)


def _archived(
    previous_dir: Path | None, outcomes: Sequence[_Outcome], settings: News
) -> tuple[Numbered, ...]:
    """The stories that left the list, as far as days and bytes allow."""
    if settings.archive_days == 0:
        return ()
    earlier = _earlier(previous_dir)
    archived = left_behind(
        [outcome.feed for outcome in outcomes],
        [earlier.get(outcome.name, []) for outcome in outcomes],
        settings.max_items,
        settings.archive_days,
    )
    sizes = accumulate(len(jsonfeed.write((item.story,), title="")) for item in archived)
    return tuple(i for i, size in zip(archived, sizes, strict=True) if size <= ARCHIVE_BYTES)


def _earlier(previous_dir: Path | None) -> dict[str, list[Story]]:
    """What the last run listed and archived, by the name of the feed."""
    found: dict[str, list[Story]] = {}
    if previous_dir is None:
        return found
    for name in ("news.json", "archive.json"):
        try:
            stories = jsonfeed.read_by_feed((previous_dir / name).read_bytes())
        except FileNotFoundError:
            continue
        for feed, more in stories.items():
            found.setdefault(feed, []).extend(more)
    return found


def _expired(facts: JsonMap, now_s: float, ttl_s: int) -> bool:
    fetched_at_s = facts.get("fetched_at_s", 0)
    feeds = facts.get("feeds", [])
    if not isinstance(fetched_at_s, int) or not isinstance(feeds, list):
        return True
    is_whole = all(isinstance(f, dict) and f.get("status") in ("ok", "local") for f in feeds)
    age_s = now_s - fetched_at_s
    # A negative age comes from a clock that was wrong once.
    return age_s < 0 or age_s >= (ttl_s if is_whole else min(ttl_s, RETRY_S))


def _read(run: StageRun, settings: News, name: str, now_s: float) -> _Outcome:
    if not is_url(name):
        return _read_local(run.inputs[name], settings, name)
    last = _last_good(run.previous_dir, name)
    try:
        fresh = _fetch(run, settings, name, last, now_s)
    except FeedError as exc:
        # A server's own words may be in it, and those are as foreign as its feed.
        error = one_line(str(exc).partition("\n")[0].removeprefix(f"{name}: "), 300)
        status = "kept" if last is not None else "dead"
        feed = last.feed if last is not None else Feed(_fallback_title(name), ())
        return _Outcome(name, status, feed, error, last)
    return _Outcome(name, "ok", fresh.feed, fresh.feed.warning, fresh)


def _read_local(path: Path, settings: News, name: str) -> _Outcome:
    with path.open("rb") as file:
        body = file.read(settings.max_bytes + 1)
    if len(body) > settings.max_bytes:
        raise FeedError(
            name,
            got=f"more than {settings.max_bytes} bytes",
            expected="a feed of ordinary size",
            remedy="raise [news] max_bytes if it really is that long",
        )
    feed = newest(_titled(parse_feed(body, name=name), name), settings.max_items)
    return _Outcome(name, "local", feed, feed.warning)


def _fetch(run: StageRun, settings: News, url: str, last: Kept | None, now_s: float) -> Kept:
    """The feed as it is now. Raises FeedError."""
    if run.ports.fetcher is None:
        raise FeedError(url, got="no answer, working offline")
    reply = fetch(
        run.ports.fetcher,
        url,
        headers=last.conditions(settings.max_items) if last else {},
        timeout_s=settings.timeout_s,
        max_bytes=settings.max_bytes,
    )
    if reply.status == 304 and last is not None:
        return last
    if reply.status != 200:
        raise FeedError(url, got=f"status {reply.status}", expected=EXPECTED)
    feed = parse_feed(
        reply.body,
        name=url,
        url=reply.url,
        content_type=reply.headers.get("content-type", ""),
    )
    tomorrow = datetime.fromtimestamp(now_s, UTC) + timedelta(days=1)
    feed = newest(without_future(_titled(feed, url), tomorrow), settings.max_items)
    fresh = Kept(
        url=url,
        feed=feed,
        changed_at=jsonfeed.rfc3339(datetime.fromtimestamp(now_s, UTC)),
        etag=reply.headers.get("etag", ""),
        last_modified=reply.headers.get("last-modified", ""),
        max_stories=settings.max_items,
    )
    if last is not None and kept.same_news(last.feed, fresh.feed):
        return replace(fresh, changed_at=last.changed_at)
    return fresh


def _last_good(previous_dir: Path | None, url: str) -> Kept | None:
    if previous_dir is None:
        return None
    try:
        last = kept.load((previous_dir / kept.file_name(url)).read_bytes())
    except FileNotFoundError:
        return None
    return last if last is not None and last.url == url else None


def _tell(run: StageRun, outcome: _Outcome) -> None:
    if outcome.status == "kept" and outcome.kept is not None:
        told = f"its stories of {outcome.kept.changed_at} stay"
    elif outcome.status == "dead":
        told = "nothing kept from before, so it is left out"
    else:
        told = ""
    words = "; ".join(filter(None, (outcome.error, told)))
    if words:
        run.ports.progress.note(f"news: {outcome.name}: {words}")


def _require_some(outcomes: Sequence[_Outcome], *, is_offline: bool) -> None:
    if not outcomes or any(outcome.status != "dead" for outcome in outcomes):
        return
    raise FeedError(
        "[news] feeds",
        got=f"no news: {len(outcomes)} of {len(outcomes)} feeds gave nothing",
        expected="one that can be read, or stories kept from an earlier build",
        remedy="build once without --offline" if is_offline else "see to the feeds below",
        detail="\n".join(f"{outcome.name}: {outcome.error}" for outcome in outcomes),
    )


def _report(outcome: _Outcome, index: int, items: Sequence[Numbered]) -> dict[str, Json]:
    return {
        "url": outcome.name,
        "title": outcome.feed.title,
        "status": outcome.status,
        "count": sum(item.feed == index for item in items),
        "error": outcome.error,
    }


def _write(
    outcomes: Sequence[_Outcome],
    items: Sequence[Numbered],
    lang: str,
    notes: JsonMap | None = None,
) -> bytes:
    titles = [outcome.feed.title for outcome in outcomes]
    return jsonfeed.write(
        tuple(item.story for item in items),
        title=", ".join(titles) or "No news",
        home_page_url=outcomes[0].feed.home_page_url if len(outcomes) == 1 else "",
        language=lang,
        notes=notes,
        item_notes=tuple(
            {
                "feed": outcomes[item.feed].name,
                "feed_title": titles[item.feed],
                "number": item.number,
            }
            for item in items
        ),
    )


def _titled(feed: Feed, name: str) -> Feed:
    return feed if feed.title else replace(feed, title=_fallback_title(name))


def _fallback_title(name: str) -> str:
    return (urlsplit(name).hostname or name) if is_url(name) else PurePosixPath(name).stem
