"""`breathe bake`, which no person needs to call: the dev server runs it beside itself.

Runs the stale stages that need no other machine. A failure is printed as JSON, so that the server
can lay it out over the page.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from generator import pipeline
from generator.config import load_project
from generator.errors import BreatheError
from generator.stage import Stage
from generator.store import Store


@click.command(hidden=True, epilog="Example: breathe -C room bake")
@click.option("--draft", is_flag=True, help="Only what has never run, and without AV1.")
@click.pass_obj
def command(root: Path, draft: bool) -> None:
    """Run the stale stages that can run on this machine; errors as JSON."""
    from generator.cli.wiring import real_ports

    try:
        project = load_project(root)
        ports = real_ports(project.scene)
        store = Store(project.root)
        known = store.entries() if draft else {}
        if draft:
            # Searching for AV1's smallest size is most of the work; a second bake does it.
            finish = replace(project.scene.finish, av1=False)
            project = replace(project, scene=replace(project.scene, finish=finish))

        def is_wanted(stage: Stage) -> bool:
            return not stage.remote and stage.name not in known

        pipeline.run(project, ports, pipeline.RunOptions(only=is_wanted), store=store)
    except BreatheError as exc:
        parts = ("subject", "got", "expected", "remedy", "detail")
        click.echo(json.dumps({part: getattr(exc, part) for part in parts}))
        sys.exit(exc.exit_code)
