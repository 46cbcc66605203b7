"""`breathe hosting`."""

from __future__ import annotations

from pathlib import Path

import click

from generator.site.hosting import HOSTS


@click.command(epilog="Example: breathe hosting nginx --out /etc/nginx/snippets")
@click.argument("host", type=click.Choice(tuple(HOSTS)))
@click.argument("folder", default="dist", metavar="[DIR]")
@click.option("--out", default="hosting", show_default=True, help="Where the files go.")
@click.pass_obj
def command(root: Path, host: str, folder: str, out: str) -> None:
    """Write the settings that a host needs for the built bundle.

    Netlify and Cloudflare Pages need none: they read the _headers file in the bundle.
    """
    from generator.server.static import BundleFolder

    target = root / out
    target.mkdir(parents=True, exist_ok=True)
    for name, text in HOSTS[host](BundleFolder(root / folder).manifest()).items():
        (target / name).write_text(text, encoding="utf-8")
        click.echo(target / name)
