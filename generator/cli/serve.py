"""`breathe serve`."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click


@click.command(epilog="Example: breathe serve dist --port 8000 --open")
@click.argument("folder", default="dist", metavar="[DIR]")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@click.pass_obj
def command(root: Path, folder: str, port: int, open_browser: bool) -> None:
    """Serve the built bundle exactly as a host with its headers would.

    Reachable from this machine only. --port 0 takes a free port; the URL is printed first.
    """
    from generator.server.static import serve_bundle

    def announce(url: str) -> None:
        click.echo(url)
        if open_browser:
            webbrowser.open(url)

    serve_bundle(root / folder, port=port, announce=announce)
