"""`breathe`: each command parses, loads and calls one function; all else lies below.

Commands are imported when they are called, so `breathe --help` and a build with nothing to do
start at once.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from generator import __version__
from generator.cli.output import report_error
from generator.errors import BreatheError, StoreError

# name → (module, attribute, first line of its help: shown without importing the module)
_COMMANDS = {
    "new": ("generator.cli.project", "new", "Start a project from a photo or the sample room."),
    "add": ("generator.cli.add", "command", "Take in a photo or a video of your own."),
    "build": ("generator.cli.build", "build", "Run what is stale and write the bundle."),
    "dev": ("generator.cli.dev", "command", "Serve the page while you edit, with live reload."),
    "serve": ("generator.cli.serve", "command", "Serve the built bundle as a host would."),
    "hosting": ("generator.cli.hosting", "command", "Write the settings that a host needs."),
    "probe": ("generator.cli.probe", "command", "Check a deployed copy of the bundle."),
    "check": ("generator.cli.check", "command", "Check scene, assets, links and budgets."),
    "status": ("generator.cli.build", "status", "Say which stages are fresh or stale, and why."),
    "render": ("generator.cli.render", "render", "Render a clip, or collect a running render."),
    "takes": ("generator.cli.render", "takes", "List, compare and promote takes of a clip."),
    "track": ("generator.cli.track", "command", "Follow the screen through the clips."),
    "news": ("generator.cli.news", "command", "Show what feeds give and where it was found."),
    "prompt": ("generator.cli.render", "prompt", "Look over the prompts."),
    "spark": ("generator.cli.spark", "command", "Examine, set up and reach the GPU box."),
    "clean": ("generator.cli.project", "clean", "Remove what a build can make again."),
}


_HIDDEN = {"bake": ("generator.cli.bake", "command", "")}


class _LazyGroup(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a project's life, not of the alphabet."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and take it from there."""
        del ctx
        known = _COMMANDS | _HIDDEN
        if cmd_name not in known:
            return None
        module, attribute, _ = known[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error about a setting gets its line in the scene."""
        try:
            return super().invoke(ctx)
        except BreatheError as exc:
            if isinstance(ctx.obj, Path):
                from generator.scene.told import add_line

                add_line(exc, ctx.obj)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `breathe --help`, without importing what it names."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: breathe new room --hero photo.jpg && breathe -C room dev --open",
)
@click.option(
    "-C",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="The project folder; other paths are relative to it.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks and a detailed log.")
@click.version_option(__version__, prog_name="breathe")
@click.pass_context
def group(ctx: click.Context, directory: Path, debug: bool) -> None:
    """Make the room breathe: a living room and a working computer from one scene file."""
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    ctx.obj = directory


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Being told to end is like Ctrl-C: what was started ends first, above all ffmpeg."""
    del number, frame
    raise KeyboardInterrupt


def main() -> None:
    """The entry point: errors become one clear message and an exit code."""
    debug = "--debug" in sys.argv
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = group.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except BreatheError as exc:
        if debug:
            raise
        report_error(exc)
        sys.exit(exc.exit_code)
    except BrokenPipeError:
        # The reader (head, less) went away; nothing is wrong on our side.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as exc:
        if debug:
            raise
        report_error(
            StoreError(
                exc.filename or "the disk",
                got=exc.strerror or str(exc),
                expected="a file system that can be read and written",
                remedy="run again with --debug to see where",
            )
        )
        sys.exit(1)
