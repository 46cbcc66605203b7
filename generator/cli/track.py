"""`breathe track`: follow the screen, and show how well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import click

from generator import plan
from generator.artifacts.track import TrackFacts
from generator.cli.output import TerminalProgress
from generator.engine import run as engine
from generator.engine.store import Store, facts_of
from generator.scene.load import load_project
from generator.scene.model import CLIP_NAMES, ClipName, Project, TrackOn


@click.command(epilog="Example: breathe track --preview glued.mp4 --report track.html")
@click.option("--on", "place", type=click.Choice(get_args(TrackOn)), help="Where it runs.")
@click.option("--clip", type=click.Choice(CLIP_NAMES), default="ambient", show_default=True)
@click.option(
    "--preview",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a video of the clip with the outline and a text card on the glass.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report: a page with plots, or JSON where FILE ends in .json.",
)
@click.pass_obj
def command(
    root: Path, place: TrackOn | None, clip: ClipName, preview: Path | None, report: Path | None
) -> None:
    """Track the screen through both clips, where that is stale.

    The report and the preview show the clip that --clip names.
    """
    from generator.wiring import real_ports

    project = load_project(root)
    if place:
        scene = replace(project.scene, track=replace(project.scene.track, on=place))
        project = Project(project.root, scene, project.scene_path)
    progress = TerminalProgress()
    ports = real_ports(project.scene, progress)
    kinds = {"render", "finish", "track"}
    only = engine.RunOptions(only=lambda stage: stage.name.partition(":")[0] in kinds)
    engine.run(project.root, plan.stages(project.scene), ports, only)
    entries = Store(project.root).entries()
    for name in CLIP_NAMES:
        facts = facts_of(entries, f"track:{name}", TrackFacts)
        click.echo(
            f"{name}: {facts.playing_frame_count} frames, {facts.model}, "
            f"jitter {facts.jitter_px} px, reliable from frame {facts.reliable_from_frame}"
        )
    if report or preview:
        from generator.track.review import write_preview, write_report

        outputs = entries[f"track:{clip}"].outputs
        master = project.root / entries[f"render:{clip}"].outputs["master"].path
        ffmpeg = ports.require_ffmpeg(f"track:{clip}")
        if report:
            write_report(project.root / outputs["report"].path, master, root / report, ffmpeg)
            click.echo(f"report in {report}")
        if preview:
            write_preview(project.root / outputs["report"].path, master, root / preview, ports)
            click.echo(f"preview in {preview}")
