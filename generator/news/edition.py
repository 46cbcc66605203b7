"""One run of the news: feeds → news.json, the archive, and each feed's last good state."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from generator.artifacts import JsonMap
from generator.artifacts.decode import encode
from generator.artifacts.news import FeedFacts, NewsFacts
from generator.engine.stage import StageResult, StageRun
from generator.errors import FeedError
from generator.news import jsonfeed, kept
from generator.news.address import without_tracking
from generator.news.feed import Feed, Story
from generator.news.merge import Numbered, left_behind, merge
from generator.news.reading import Outcome, read_feed, written
from generator.news.screen import losses
from generator.scene.checks import is_url
from generator.scene.model import News

MAX_AT_ONCE = 8
ARCHIVE_BYTES = 400_000
"""The archive ends before it grows past this, oldest stories first."""


def make_edition(run: StageRun, settings: News, lang: str) -> StageResult:
    """The work of the stage `news`. Raises FeedError where no feed gives anything."""
    now_s = run.ports.clock.now_s()
    with ThreadPoolExecutor(MAX_AT_ONCE) as pool:
        outcomes = list(
            pool.map(lambda feed: read_feed(run, settings, feed, now_s), settings.feeds)
        )
    for outcome in outcomes:
        _tell(run, outcome)
    _require_some(outcomes, is_offline=run.ports.fetcher is None)
    if settings.strip_tracking:
        outcomes = [replace(outcome, feed=_untracked(outcome.feed)) for outcome in outcomes]
    names = [outcome.name for outcome in outcomes]
    items = merge([outcome.feed for outcome in outcomes], settings.max_items, names)
    texts = (f"{item.story.title}\n{item.story.content_text}" for item in items)
    if lost := losses(texts, run.root):
        run.ports.progress.note(f"news: {lost}")
    feeds = [_report(outcome, index, items) for index, outcome in enumerate(outcomes)]
    fetched = max((o.kept.changed_at for o in outcomes if o.kept), default=None)
    notes: JsonMap = {"fetched": fetched, "feeds": [encode(feed) for feed in feeds]}
    files = {"news": "news.json"}
    (run.out_dir / "news.json").write_bytes(_write(outcomes, items, lang, notes))
    archived = _archived(run.previous_dir, outcomes, settings)
    if archived:
        (run.out_dir / "archive.json").write_bytes(_write(outcomes, archived, lang))
        files["archive"] = "archive.json"
    waits = {outcome.name: outcome.wait for outcome in outcomes if outcome.wait is not None}
    if waits:
        (run.out_dir / "waits.json").write_bytes(kept.dump_waits(waits))
        files["waits"] = "waits.json"
    for outcome in outcomes:
        if outcome.kept is not None:
            file_name = kept.file_name(outcome.name)
            (run.out_dir / file_name).write_bytes(kept.dump(outcome.kept))
            files[outcome.name] = file_name
    facts = NewsFacts(tuple(feeds))
    if any(is_url(feed) for feed in settings.feeds):
        until_s = {name: wait.until_s for name, wait in waits.items()}
        fetched_at_s = int(now_s) if run.ports.fetcher is not None else 0
        facts = NewsFacts(tuple(feeds), fetched_at_s, until_s)
    return StageResult(files=files, facts=encode(facts))


def _archived(
    previous_dir: Path | None, outcomes: Sequence[Outcome], settings: News
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
        [outcome.name for outcome in outcomes],
    )
    sizes = accumulate(len(jsonfeed.write((item.story,), title="")) for item in archived)
    return tuple(i for i, size in zip(archived, sizes, strict=True) if size <= ARCHIVE_BYTES)


def _untracked(feed: Feed) -> Feed:
    stories = (replace(story, url=without_tracking(story.url)) for story in feed.stories)
    return replace(feed, stories=tuple(stories))


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


def _tell(run: StageRun, outcome: Outcome) -> None:
    if outcome.status == "kept" and outcome.kept is not None:
        told = f"its stories of {outcome.kept.changed_at} stay"
    elif outcome.status == "dead":
        told = "nothing kept from before, so it is left out"
    else:
        told = ""
    until = ""
    if outcome.wait is not None and outcome.wait.error:
        until = f"not asked before {written(outcome.wait.until_s)}"
    words = "; ".join(filter(None, (outcome.error, told, until)))
    if words:
        remedy = f" → {outcome.remedy}" if outcome.remedy else ""
        run.ports.progress.note(f"news: {outcome.name}: {words}{remedy}")


def _require_some(outcomes: Sequence[Outcome], *, is_offline: bool) -> None:
    if not outcomes or any(outcome.status != "dead" for outcome in outcomes):
        return
    raise FeedError(
        "[news] feeds",
        got=f"no news: {len(outcomes)} of {len(outcomes)} feeds gave nothing",
        expected="one that can be read, or stories kept from an earlier build",
        remedy="build once without --offline" if is_offline else "see to the feeds below",
        detail="\n".join(
            f"{outcome.name}: {outcome.error}" + (f" → {outcome.remedy}" if outcome.remedy else "")
            for outcome in outcomes
        ),
    )


def _report(outcome: Outcome, index: int, items: Sequence[Numbered]) -> FeedFacts:
    return FeedFacts(
        url=outcome.name,
        title=outcome.feed.title,
        status=outcome.status,
        count=sum(item.feed == index for item in items),
        error=outcome.error,
    )


def _write(
    outcomes: Sequence[Outcome],
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
                "address": item.story.address,
            }
            for item in items
        ),
    )
