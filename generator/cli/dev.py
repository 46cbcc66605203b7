"""`breathe dev`."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import click


@click.command(epilog="Example: breathe -C room dev --open")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@click.pass_obj
def command(root: Path, port: int, open_browser: bool) -> None:
    """Serve the page while you edit: it follows as you save.

    Reachable from this machine only. The port is the first free one from --port on; 0 takes any.
    The URL is printed first. Nothing is written to dist.
    """
    from generator.scene.load import load_project
    from generator.server.dev import serve_dev
    from generator.server.workshop import Workshop

    load_project(root)
    bake_command = [sys.executable, "-m", "generator", "-C", str(root), "bake"]

    def announce(url: str) -> None:
        click.echo(url)
        if open_browser:
            webbrowser.open(url)

    def say(line: str) -> None:
        click.echo(line, err=True)

    serve_dev(
        root,
        lambda token: Workshop(root, bake_command, token, say),
        port=port,
        announce=announce,
        say=say,
    )
