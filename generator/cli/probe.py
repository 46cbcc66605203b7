"""`breathe probe`."""

from __future__ import annotations

from dataclasses import asdict

import click

from generator.cli.output import print_json, table

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command(epilog="Example: breathe probe https://example.org/nostalgia/")
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_context
def command(ctx: click.Context, url: str, as_json: bool) -> None:
    """Check a deployed copy of the bundle: every file, and what the host says with it.

    Exits 1 when something would break the page for a visitor.
    """
    from generator.engine.http import HttpClient
    from generator.engine.ports import SystemClock
    from generator.site.probe.report import probe

    report = probe(url, HttpClient(read_s=20), now_s=SystemClock().now_s())
    if as_json:
        print_json({"url": url, "checks": [asdict(finding) for finding in report.findings]})
    else:
        rows = [
            (f.name, click.style(f.status, fg=_COLOURS.get(f.status)), f.evidence)
            for f in report.findings
        ]
        click.echo(table(rows))
        for finding in report.findings:
            if finding.fix:
                click.echo(f"  → {finding.name}: {finding.fix}")
    ctx.exit(0 if report.passed else 1)
