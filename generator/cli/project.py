"""`breathe new` and `breathe clean`."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import click

from generator import plan
from generator.cli.add import require_file, take_hero
from generator.engine.store import STATE_DIR, Store
from generator.scene.load import load_project
from generator.starter import copy_starter


@click.command(epilog="Example: breathe new room --hero bedroom.jpg")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--hero",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your own photo of a room; without it you get the sample room.",
)
@click.pass_obj
def new(root: Path, directory: Path, hero: Path | None) -> None:
    """Start a project in DIRECTORY, which must be new or empty."""
    target = root / directory
    if hero is not None:
        require_file(root / hero)
    copy_starter(target, hero=hero and root / hero, take=take_hero)
    click.echo(f"A room in {directory}. What next:")
    command = f"breathe -C {shlex.quote(str(directory))}"
    todo = "click Pick, then the text's four corners" if hero else "see it while you change it"
    click.echo(f"  {command} dev --open    {todo}")
    click.echo(f"  {command} build         make the bundle in {directory / 'dist'}")
    click.echo(f"  {command} serve --open  look at it")
    click.echo(f"  {directory / 'site_src/scene.toml'} is the scene; change it and build again")


@click.command(epilog="Example: breathe clean")
@click.option("--dist", default="dist", show_default=True, help="The bundle to remove.")
@click.option("--takes", is_flag=True, help="Remove the takes that were not promoted, too.")
@click.pass_obj
def clean(root: Path, dist: str, takes: bool) -> None:
    """Remove the bundle, baked files that nothing refers to, and this machine's own notes.

    What baked.lock names stays: it may have cost GPU-hours.
    """
    project = load_project(root)
    store = Store(project.root)
    removed = store.sweep({stage.name for stage in plan.stages(project.scene)})
    if takes:
        from generator.render.takes import remove_losing_takes

        removed += remove_losing_takes(project.root)
    out = project.root / dist
    if (out / "manifest.json").is_file() and (out / "index.html").is_file():
        shutil.rmtree(out)
        removed.append(out)
    elif out.exists():
        click.echo(f"{dist} is not a bundle of ours (no manifest.json); left alone", err=True)
    state = project.root / STATE_DIR
    if state.is_dir():
        shutil.rmtree(state)
        removed.append(state)
    for path in removed:
        click.echo(f"removed {path.relative_to(project.root)}")
    if not removed:
        click.echo("nothing to remove")
