"""`breathe render`, `breathe takes` and `breathe prompt`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from generator.cli.output import TerminalProgress, print_json, table
from generator.cli.questions import TerminalQuestions
from generator.engine.ports import Ports
from generator.errors import UsageError
from generator.scene.load import load_project, parse_scene
from generator.scene.model import CLIP_NAMES, ClipName, Project

_CLIP = click.Choice(CLIP_NAMES)


@click.command(epilog="Example: breathe render ambient --takes 3")
@click.argument("clip", type=_CLIP, required=False)
@click.option("--takes", "count", type=click.IntRange(1, 64), help="Render so many takes.")
@click.option(
    "--vary",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a take changes: seed=, prompt= or negative=. Once for each take.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a copy of CLIP's master to FILE.",
)
@click.pass_obj
def render(
    root: Path,
    clip: ClipName | None,
    count: int | None,
    vary: tuple[str, ...],
    dry_run: bool,
    export: Path | None,
) -> None:
    """Render CLIP (or both) where that is stale, or collect a render that is under way.

    A render that the server has accepted is never lost: after a crash, a reboot or Ctrl-C, the next
    `breathe render` finds it and collects it. Takes vary one thing at a time, the seed by default.
    """
    if export is not None and (clip is None or count or vary or dry_run):
        raise UsageError(
            "breathe render --export",
            got="no clip" if clip is None else "takes or a dry run beside it",
            expected="the one clip whose master is copied",
            remedy="breathe render ambient --export ambient.mkv",
        )
    project, ports = _open(root)
    clips = (clip,) if clip else CLIP_NAMES
    if dry_run:
        _dry_run(project, ports, clips)
    elif count or vary:
        if clip is None:
            raise UsageError("breathe render --takes", got="no clip", expected="walkin or ambient")
        _render_takes(project, ports, clip, count or 0, vary)
    else:
        _render_clips(project, ports, clips)
    if clip and export is not None:
        _export(project, clip, root / export)


@click.group(epilog="Example: breathe takes list ambient")
def takes() -> None:
    """List, compare and promote the takes of a clip."""


@takes.command("list", epilog="Example: breathe takes list ambient")
@click.argument("clip", type=_CLIP, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_obj
def list_takes(root: Path, clip: ClipName | None, as_json: bool) -> None:
    """Every take that was ever asked for, and how far it came."""
    from dataclasses import asdict

    from generator.render.takes import TakeShelf

    found = TakeShelf(load_project(root).root).all(clip or "")
    if as_json:
        print_json({"takes": [asdict(take) for take in found]})
        return
    if not found:
        click.echo("no takes yet: breathe render ambient --takes 3")
        return
    rows = [
        (
            take.clip,
            take.short_key[:8],
            "the clip" if take.promoted else take.state,
            take.varied,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(take.asked_at_s)),
            take.host,
        )
        for take in found
    ]
    click.echo(table(rows, header=("clip", "take", "state", "varied", "asked", "host")))


@takes.command(epilog="Example: breathe takes compare ambient")
@click.argument("clip", type=_CLIP)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page to write; takes-CLIP.html in the project by default.",
)
@click.pass_obj
def compare(root: Path, clip: ClipName, out: Path | None) -> None:
    """Write a page that plays the takes side by side.

    They run in step, as the loop will play, each with its figures.
    """
    from generator.render.wan.takes import write_comparison

    project, ports = _open(root)
    page = (project.root / (out or f"takes-{clip}.html")).resolve()
    count = write_comparison(project, ports, clip, page)
    click.echo(f"{count} takes in {page}")


@takes.command(epilog="Example: breathe takes promote ambient 3f9a2c41")
@click.argument("clip", type=_CLIP)
@click.argument("take")
@click.pass_obj
def promote(root: Path, clip: ClipName, take: str) -> None:
    """Make TAKE (the start of its key) the clip.

    Its prompt and seed are written into the scene. The other takes stay until
    `breathe clean --takes`.
    """
    from generator.engine.disk import write_atomic
    from generator.render.wan.takes import check_promotion, find_take, promoted_values
    from generator.scene.edit import edit_clip

    project, ports = _open(root)
    chosen = find_take(project.root, clip, take)
    before = project.scene_path.read_text(encoding="utf-8")
    edit = edit_clip(before, clip, promoted_values(project.root, chosen))
    check_promotion(project.root, chosen, parse_scene(edit.text))
    write_atomic(project.scene_path, edit.text.encode())
    if edit.diff:
        click.echo(edit.diff)
    _render_clips(load_project(root), ports, (clip,))


@click.group(epilog="Example: breathe prompt lint")
def prompt() -> None:
    """Look over the prompts before they cost hours."""


@prompt.command(epilog="Example: breathe prompt lint")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_obj
@click.pass_context
def lint(ctx: click.Context, root: Path, as_json: bool) -> None:
    """Say what in the scene's prompts is known to go wrong, and why. Exits 1 on a finding.

    A rule is silenced by its name in `[wan] allow`.
    """
    from generator.render.wan.lint import lint_scene

    project = load_project(root)
    findings = lint_scene(project)
    if as_json:
        rows = [
            {"clip": f.clip, "rule": f.rule, "words": f.words, "reason": f.reason} for f in findings
        ]
        print_json({"findings": rows})
    else:
        told: set[str] = set()
        for finding in findings:
            click.echo(f"[clips.{finding.clip}] {finding.rule}: {finding.words}")
            if finding.rule not in told:
                click.echo(f"  {finding.reason}")
            told.add(finding.rule)
        if not findings:
            click.echo("nothing found")
        else:
            click.echo(f'silence a rule with [wan] allow = ["{findings[0].rule}"]', err=True)
    ctx.exit(1 if findings else 0)


def _open(root: Path) -> tuple[Project, Ports]:
    from generator.wiring import real_ports

    project = load_project(root)
    return project, real_ports(
        project.scene, TerminalProgress(), questions=TerminalQuestions.if_anyone()
    )


def _dry_run(project: Project, ports: Ports, clips: Sequence[ClipName]) -> None:
    from generator.render.wan.dry_run import dry_run

    print_json({"renders": [dry_run(project, ports, clip) for clip in clips]})


def _render_takes(
    project: Project, ports: Ports, clip: ClipName, count: int, vary: tuple[str, ...]
) -> None:
    from generator.render.wan.stage import make_take
    from generator.render.wan.takes import measure, plan_takes

    for variation in plan_takes(project.scene, clip, count, vary):
        take = make_take(project.root, ports, project.scene, clip, variation)
        take = measure(project.root, ports, take)
        click.echo(f"{clip} {take.short_key[:8]}: {take.varied or 'as in the scene'}")
    click.echo(f"look at them: breathe takes compare {clip}")


def _render_clips(project: Project, ports: Ports, clips: Sequence[ClipName]) -> None:
    from generator import plan
    from generator.engine import run as engine

    names = {f"render:{clip}" for clip in clips}
    options = engine.RunOptions(only=lambda stage: stage.name in names)
    for state in engine.run(project.root, plan.stages(project.scene), ports, options):
        if state.name in names:
            click.echo(f"{state.name} is {state.state}")


def _export(project: Project, clip: ClipName, target: Path) -> None:
    from generator.engine.disk import copy_atomic
    from generator.engine.store import Store

    master = Store(project.root).entries()[f"render:{clip}"].outputs["master"]
    copy_atomic(project.root / master.path, target)
    click.echo(f"the master of {clip}: {target}")
