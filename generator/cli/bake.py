"""`breathe bake`, which no person needs to call: the dev server runs it beside itself.

Runs the stale stages that need no other machine. A failure is printed as JSON, so that the server
can lay it out over the page.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from generator import pipeline
from generator.config import load_project
from generator.errors import BreatheError
from generator.stage import Stage


@click.command(hidden=True, epilog="Example: breathe -C room bake")
@click.pass_obj
def command(root: Path) -> None:
    """Run the stale stages that can run on this machine; errors as JSON."""
    from generator.cli.wiring import real_ports

    try:
        project = load_project(root)
        ports = real_ports(project.scene)
        pipeline.run(project, ports, pipeline.RunOptions(only=_is_local))
    except BreatheError as exc:
        parts = ("subject", "got", "expected", "remedy", "detail")
        click.echo(json.dumps({part: getattr(exc, part) for part in parts}))
        sys.exit(exc.exit_code)


def _is_local(stage: Stage) -> bool:
    return not stage.remote
