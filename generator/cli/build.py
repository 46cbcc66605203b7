"""`breathe build` and `breathe status`."""

from __future__ import annotations

from pathlib import Path

import click

from generator import api
from generator.cli.output import TerminalProgress, print_json, state_word, table
from generator.cli.questions import TerminalQuestions
from generator.site.sources import DEMO_FOLDER


@click.command(epilog="Example: breathe build --base-path /nostalgia/ --out public/nostalgia")
@click.option("--out", default="dist", show_default=True, help="Where the bundle goes.")
@click.option("--frozen", is_flag=True, help="Fail if anything is stale, run nothing (for CI).")
@click.option("--fetch-news", is_flag=True, help="With --frozen: ask feeds past their time again.")
@click.option("--offline", is_flag=True, help="Call nobody: use the newest baked output.")
@click.option("--base-path", help="The path it will be served under, such as /nostalgia/.")
@click.option("--with-demo", is_flag=True, help="Add a news site to try the room from.")
@click.pass_obj
def build(
    root: Path,
    out: str,
    frozen: bool,
    fetch_news: bool,
    offline: bool,
    base_path: str | None,
    with_demo: bool,
) -> None:
    """Run the stages that are stale, then write the bundle.

    The bundle appears whole: a build that fails or is stopped leaves the last one as it was.
    """
    report = api.build(
        api.load(root),
        out=out,
        base_path=base_path,
        frozen=frozen,
        fetch_news=fetch_news,
        offline=offline,
        with_demo=with_demo,
        progress=TerminalProgress(),
        questions=TerminalQuestions.if_anyone(),
    )
    click.echo(report.sentence())
    if with_demo:
        click.echo(f"The demo newspaper: {report.out / DEMO_FOLDER}/")


@click.command(epilog="Example: breathe status --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_obj
def status(root: Path, as_json: bool) -> None:
    """Say which stages are fresh, stale or missing, and why. Runs nothing."""
    states = api.status(api.load(root))
    if as_json:
        rows = [{"name": s.name, "state": s.state, "why": s.why} for s in states]
        print_json({"stages": rows})
        return
    click.echo(table([(s.name, state_word(s.state), s.why) for s in states]))
