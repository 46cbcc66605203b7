"""`breathe news`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.output import print_json, report_error
from generator.errors import UsageError
from generator.scene.load import SCENE_FILE, load_project
from generator.scene.model import Scene

if TYPE_CHECKING:
    from generator.artifacts import Json
    from generator.news.feed import Story
    from generator.news.survey import Surveyed


@click.command(epilog="Example: breathe news https://news.example/feed.xml")
@click.argument("feed", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_context
def command(ctx: click.Context, feed: str | None, as_json: bool) -> None:
    """Show what feeds give, where each field was found, and what was dropped and why.

    FEED is an address or a file; without it, all feeds of the scene are read. Nothing is baked, and
    no project is needed for a FEED. Exits 1 when a feed cannot be read.
    """
    from generator.engine.http import HttpClient
    from generator.news.survey import look

    root: Path = ctx.obj
    scene = Scene() if feed and not (root / SCENE_FILE).is_file() else load_project(root).scene
    names = (feed,) if feed else tuple(dict.fromkeys(scene.news.feeds))
    if not names:
        raise UsageError(
            f"{SCENE_FILE} [news] feeds",
            got="none",
            expected="a feed",
            remedy="name one: breathe news https://news.example/feed.xml",
        )
    seen = look(names, scene.news, root=root, fetcher=HttpClient())
    if as_json:
        print_json({"feeds": [_row(each) for each in seen]})
    else:
        for each in seen:
            _tell(each)
    ctx.exit(1 if any(each.error for each in seen) else 0)


def _row(each: Surveyed) -> dict[str, Json]:
    items: list[Json] = [_item(*pair) for pair in zip(each.feed.stories, each.places, strict=True)]
    return {
        "feed": each.name,
        "title": each.feed.title,
        "warning": str(each.error) if each.error else each.feed.warning,
        "items": items,
    }


def _item(story: Story, place: int | str) -> dict[str, Json]:
    from generator.news.jsonfeed import rfc3339

    return {
        "title": story.title,
        "url": story.url,
        "date": rfc3339(story.published) if story.published else None,
        "author": ", ".join(story.authors),
        "summary": story.summary,
        "found": dict(story.found),
        "dropped": list(_dropped(story, place)),
        "number": place if isinstance(place, int) else None,
    }


def _dropped(story: Story, place: int | str) -> list[str]:
    left_out = [] if isinstance(place, int) else [f"the story: {place}"]
    return [*left_out, *map(str, story.dropped)]


def _tell(each: Surveyed) -> None:
    if each.error:
        report_error(each.error)
        return
    count = len(each.feed.stories)
    head = click.style(each.feed.title, bold=True)
    click.echo(f"{head}  {each.name}: {count} {'story' if count == 1 else 'stories'}")
    if each.feed.warning:
        click.echo(f"  {click.style('!', fg='yellow')} {each.feed.warning}")
    for story, place in zip(each.feed.stories, each.places, strict=True):
        item = _item(story, place)
        number = str(place) if isinstance(place, int) else "-"
        click.echo(f"{number:>4}  {story.title}")
        told = {"date": item["date"], "url": item["url"], "author": item["author"]}
        told["text"] = story.content_text and f"{len(story.content_text)} characters"
        for name, value in told.items():
            if value:
                click.echo(f"      {name:<7}{value}  ← {story.found.get(name, '')}")
        for reason in _dropped(story, place):
            click.echo(f"      {click.style('dropped', fg='yellow')} {reason}")
    click.echo()
