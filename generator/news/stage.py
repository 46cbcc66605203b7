"""The feeds of a scene to `news.json`, the day's news in JSON Feed 1.1.

A local feed is an input like any other: its content decides. A feed at a URL is fetched when the
stage runs and again when `ttl_s` has passed; its last good stories lie beside news.json, and stay
when the feed is dead, with a word about it. The same stories give the same bytes, whenever they
were fetched: `_breathe.fetched` says when they last changed. Stories that fall out of the list go
to `archive.json`, which is there when it has any.
"""

from __future__ import annotations

from dataclasses import replace

from generator.artifacts import JsonMap
from generator.engine.stage import SourceFile, Stage, StageResult, StageRun
from generator.news.waits import Wait, patience_s
from generator.scene.checks import is_url
from generator.scene.model import News, Scene

VERSION = 2


def stage(scene: Scene) -> Stage:
    """The `news` stage."""
    settings = scene.news
    feeds = tuple(dict.fromkeys(settings.feeds))
    local = [feed for feed in feeds if not is_url(feed)]

    def execute(run: StageRun) -> StageResult:
        from generator.news.edition import make_edition

        return make_edition(run, replace(settings, feeds=feeds), scene.site.lang)

    return Stage(
        name="news",
        version=VERSION,
        params={
            "feeds": list(feeds),
            "max_items": settings.max_items,
            "archive_days": settings.archive_days,
            "max_bytes": settings.max_bytes,
            "strip_tracking": settings.strip_tracking,
            "lang": scene.site.lang,
        },
        inputs={feed: SourceFile(feed) for feed in local},
        execute=execute,
        expired=None
        if len(local) == len(feeds)
        else lambda facts, now: _expired(facts, now, settings),
    )


def _expired(facts: JsonMap, now_s: float, settings: News) -> bool:
    """Whether a feed is to be asked again."""
    from generator.artifacts.decode import ShapeError, decode
    from generator.artifacts.news import FeedFacts, NewsFacts

    try:
        last = decode(NewsFacts, facts)
    except ShapeError:
        return True
    if last.fetched_at_s is None:
        return True
    age_s = now_s - last.fetched_at_s
    waits = last.wait_until_s or {}

    def is_due(feed: FeedFacts) -> bool:
        if feed.url in waits:
            return not Wait(waits[feed.url]).holds(now_s)
        return age_s >= patience_s(settings, feed.status)

    # A negative age comes from a clock that was wrong once.
    return age_s < 0 or any(map(is_due, last.feeds))
