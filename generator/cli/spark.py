"""`breathe spark`: examine the GPU box, set it up, reach it."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.box import (
    box_of,
    comfy_python,
    destination,
    knock_of,
    scene_of,
    stream,
    wanted_of,
)
from generator.cli.output import print_json
from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.box.local import LocalShell
    from generator.box.ssh import SshShell
    from generator.doctor.check import Finding
    from generator.doctor.examination import Report
    from generator.doctor.wanted import Wanted

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red"), "skipped": ("·", "")}
_NAME_WIDTH = 18

_host = click.option(
    "--host",
    default=None,
    metavar="HOST",
    help="The box, as ssh knows it; [wan] host when left out, this machine when that is empty.",
)


def _in_project(ctx: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """A file that must be there, relative to the project as `breathe -C` says."""
    if path is not None and not (path := ctx.obj / path).is_file():
        raise click.BadParameter(f"{path} is not a file.", ctx, parameter)
    return path


_ssh_config = click.option(
    "--ssh-config",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_in_project,
    default=None,
    help="Another ssh configuration than your own (ssh -F); $BREATHE_SSH_CONFIG when left out.",
)

_patience = click.option(
    "--patience",
    "patience_s",
    type=float,
    default=None,
    help="Seconds until a login counts as hanging; $BREATHE_SSH_PATIENCE_S, or 9, when left out.",
)


@click.group(epilog="Example: breathe spark doctor --host spark")
def command() -> None:
    """Examine, set up and reach the GPU box."""


@command.command(epilog="Example: breathe spark doctor --host spark --json")
@_host
@_ssh_config
@_patience
@click.option("--port", type=int, default=None, help="ComfyUI's port on the box.")
@click.option("--python", "interpreter", default="", help="The interpreter that runs ComfyUI.")
@click.option("--container", default="", metavar="NAME", help="ComfyUI runs in this container.")
@click.option("--root", "comfy_root", default="", help="The folder of ComfyUI on the box.")
@click.option("--deep", is_flag=True, help="Read the models for their sha256 as well: minutes.")
@click.option("--fix", is_flag=True, help="Apply the safe fixes, each shown and asked for first.")
@click.option("--yes", is_flag=True, help="With --fix: do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_obj
def doctor(
    directory: Path,
    host: str | None,
    ssh_config: Path | None,
    patience_s: float | None,
    port: int | None,
    interpreter: str,
    container: str,
    comfy_root: str,
    deep: bool,
    fix: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Find what would go wrong on the box, prove it, and say how to mend it.

    Nothing is installed there. Exit code 1: something fails. 0: all is well, or warnings only.
    """
    from generator.box.local import LocalShell
    from generator.doctor.examination import examine_box
    from generator.doctor.wanted import settings_for
    from generator.engine.ports import SystemClock

    scene = scene_of(directory)
    box = box_of(scene, host, ssh_config, patience_s)
    wanted = wanted_of(scene, directory, destination(box), port or scene.wan.port)
    argv = ["docker", "exec", "-i", container, "python3"] if container else [interpreter]
    settings = settings_for(
        wanted, python=[word for word in argv if word], root=comfy_root, deep=deep
    )

    def visit() -> Report:
        if sys.stderr.isatty():
            where = wanted.host or "this machine"
            click.echo(f"Looking at {where}: half a minute, with torch …", nl=False, err=True)
        report = examine_box(
            box,
            LocalShell(),
            wanted,
            settings,
            clock=SystemClock(),
            knock=knock_of(box, wanted.port),
            comfy_python=comfy_python(),
        )
        if sys.stderr.isatty():
            click.echo("\r\x1b[2K", nl=False, err=True)
        return report

    report = visit()
    if fix and _repair(report, box, yes=yes, quiet=as_json):
        report = visit()
    if as_json:
        print_json(report.to_json(wanted.host))
    else:
        _print_report(report.findings, wanted)
    raise click.exceptions.Exit(1 if report.worst == "fail" else 0)


@command.command(epilog="Example: breathe spark setup --host spark --dry-run")
@_host
@_ssh_config
@_patience
@click.option("--run", "do_run", is_flag=True, help="Bring the files to the box and run them.")
@click.option("--dry-run", is_flag=True, help="Print every command that would run; change nothing.")
@click.option("--container", is_flag=True, help="Run ComfyUI in a container, not in a venv.")
@click.option("--only", "steps", multiple=True, metavar="STEP", help="Only this step (repeatable).")
@click.option("--out", default=".breathe/spark", show_default=True, help="Where the files go here.")
@click.pass_obj
def setup(
    directory: Path,
    host: str | None,
    ssh_config: Path | None,
    patience_s: float | None,
    do_run: bool,
    dry_run: bool,
    container: bool,
    steps: tuple[str, ...],
    out: str,
) -> None:
    """Write the files that set the box up; with --run, run them there. Twice changes nothing.

    Steps: venv comfyui requirements nodes stub models service.
    """
    from generator.doctor import setup as plan

    unknown = [step for step in steps if step not in plan.STEPS]
    if unknown:
        raise UsageError("--only", got=unknown[0], expected=f"one of {', '.join(plan.STEPS)}")
    scene = scene_of(directory)
    box = box_of(scene, host, ssh_config, patience_s)
    wanted = wanted_of(scene, directory, destination(box), scene.wan.port)
    files = plan.render(scene.wan, wanted.models)
    for pack in plan.missing_packs(wanted.packs.values(), scene.wan.custom_nodes):
        click.echo(f"! the workflow needs {pack}: name it in [wan] custom_nodes, with its commit")
    chosen = steps or (("models",) if container else plan.STEPS)
    if dry_run:
        for name in sorted(files):
            click.echo(f"+ write {out}/{name}")
        argv = plan.deploy_argv(scene.wan.home, chosen, dry_run=True)
        click.echo(f"+ unpack them into {scene.wan.home}/setup on {wanted.host or 'this machine'}")
        click.echo(f"+ bash {scene.wan.home}/setup/setup.sh {' '.join(chosen)}")
        stream(box, argv, plan.pack(files))
        if container:
            click.echo(f"+ docker compose up --build -d   (in {scene.wan.home}/setup)")
        return
    folder = directory / out
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755 if name.endswith(".sh") else 0o644)
    click.echo(f"{len(files)} files in {folder}")
    if not do_run:
        click.echo("Look at them, then run: breathe spark setup --run   (or first: --dry-run)")
        return
    stream(box, plan.deploy_argv(scene.wan.home, chosen), plan.pack(files))
    if container:
        stream(box, plan.compose_argv(scene.wan.home), b"")
    click.echo("Now: breathe spark doctor")


@command.command(epilog="Example: breathe spark tunnel --host spark --local-port 8188")
@_host
@_ssh_config
@_patience
@click.option("--port", type=int, default=None, help="ComfyUI's port on the box.")
@click.option("--local-port", type=int, default=0, help="The port here; 0 takes a free one.")
@click.pass_obj
def tunnel(
    directory: Path,
    host: str | None,
    ssh_config: Path | None,
    patience_s: float | None,
    port: int | None,
    local_port: int,
) -> None:
    """Open the tunnel to ComfyUI alone and keep it up, until Ctrl-C.

    Loopback at both ends. It is opened again when the line breaks, and ends with the reason when
    trying again cannot help.
    """
    from generator.box.ssh import SshShell

    scene = scene_of(directory)
    box = box_of(scene, host, ssh_config, patience_s)
    if not isinstance(box, SshShell):
        raise UsageError(
            "spark tunnel",
            got="no host",
            expected="an ssh destination",
            remedy="pass --host, or set [wan] host in the scene",
        )
    remote_port = port or scene.wan.port
    with box.tunnel(remote_port, local_port) as line:
        click.echo(
            f"http://127.0.0.1:{line.local_port}/ is port {remote_port} of {box.destination}"
        )
        click.echo("Ctrl-C ends it.")
        was_up, restarts = True, 0
        try:
            while True:
                line.wait(0.5)
                if line.is_up is not was_up or line.restarts != restarts:
                    was_up, restarts = line.is_up, line.restarts
                    click.echo(
                        "up again" if was_up else "the line broke, opening it again", err=True
                    )
        except KeyboardInterrupt:
            click.echo("Closed.")


def _repair(report: Report, box: SshShell | LocalShell, *, yes: bool, quiet: bool) -> bool:
    """Show and apply what may be applied; whether anything was."""
    from generator.doctor.repairs import repairs_for

    applied = False
    for repair in repairs_for(report):
        click.echo(f"{repair.name} (for {repair.mends}): {repair.what}", err=quiet)
        if not yes and not click.confirm("Apply it?", err=quiet):
            continue
        done = box.run(list(repair.argv), stdin=repair.stdin, timeout_s=120)
        said = (done.stdout + done.stderr).strip()
        click.echo(said or "done", err=quiet)
        applied = applied or done.returncode == 0
    return applied


def _print_report(findings: tuple[Finding, ...], wanted: Wanted) -> None:
    """One line a check; below what is not well: why it matters, the fix, the proof."""
    for finding in findings:
        mark, colour = _MARKS[finding.status]
        name = f"{finding.name:<{_NAME_WIDTH}}"
        click.echo(f"{click.style(mark, fg=colour or None)} {name} {finding.evidence}")
        if finding.status in ("warn", "fail"):
            for label, text in (
                ("why", finding.why),
                ("fix", finding.fix),
                ("see", finding.verify),
            ):
                click.echo(f"    {label}  {_folded(text) if label == 'why' else text}")
    counts = ", ".join(f"{sum(f.status == status for f in findings)} {status}" for status in _MARKS)
    where = wanted.host or "this machine"
    click.echo(f"\n{where}: {counts}. Each is explained by its name in docs/spark.md.")
    for status in ("fail", "warn"):
        if named := [f.name for f in findings if f.status == status]:
            click.secho(f"{status}: {', '.join(named)}", fg=_MARKS[status][1])


def _folded(text: str) -> str:
    """Prose folded under its label; a command to copy stays one line."""
    width = max(40, shutil.get_terminal_size().columns - 10)
    return "\n         ".join(textwrap.wrap(text, width)) if sys.stdout.isatty() else text
