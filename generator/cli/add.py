"""`breathe add`: what an author brings becomes a source of the project, and the scene names it."""

from __future__ import annotations

from pathlib import Path

import click

from generator.engine.disk import disk_errors, write_atomic
from generator.errors import AssetError, UsageError
from generator.scene.edit import edit_clip, edit_hero
from generator.scene.load import load_project
from generator.scene.model import AMBIENT, CLIP_NAMES, WALKIN, Project

_SOURCES = Path("assets/source")
_SMALLEST_PX = 320
"""Below it, on the shorter side, the screen in the picture is a few dozen px."""
_SHARP_PX = 1280
"""The width of the starter's clips."""


@click.command(epilog="Example: breathe add ambient ~/Movies/IMG_0815.MOV")
@click.argument("what", type=click.Choice(["hero", "walkin", "ambient"]), metavar="WHAT")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def command(root: Path, what: str, file: Path) -> None:
    """Take in FILE as the hero, or as the walkin or ambient clip (WHAT), and point the scene at it.

    Any photo or video that can be decoded will do: it is converted once, to what the stages need,
    and what was changed is said. Files that are there already stay.
    """
    project = load_project(root)
    source = root / file.expanduser()
    require_file(source)
    with disk_errors(str(_SOURCES)):
        (project.root / _SOURCES).mkdir(parents=True, exist_ok=True)
    target = _free(project.root / _SOURCES / what)
    text = project.scene_path.read_text(encoding="utf-8")
    if what not in CLIP_NAMES:
        path = take_hero(source, target)
        edit = edit_hero(text, (_SOURCES / path.name).as_posix())
    else:
        path = _take_clip(project, source, target)
        values: dict[str, str | int] = {
            "render": "file",
            "file": (_SOURCES / path.name).as_posix(),
            "frames": "",
        }
        edit = edit_clip(text, WALKIN if what == WALKIN else AMBIENT, values)
    write_atomic(project.scene_path, edit.text.encode())
    click.echo(edit.diff or "the scene names it already")
    if what == "hero":
        click.echo("Crops and corners belong to the picture before: look, and pick again.")


def require_file(source: Path) -> None:
    """Raise UsageError for a path that leads to no file."""
    if not source.is_file():
        got = "a folder" if source.is_dir() else "no such file"
        raise UsageError(str(source), got=got, expected="a photo or a video")


def take_hero(source: Path, target: Path) -> Path:
    """Take in a photo, saying what was changed. Raises AssetError for one that is too small."""
    from generator.intake.photo import take_photo

    taken = take_photo(source, target)
    width, height = taken.size_px
    if min(width, height) < _SMALLEST_PX:
        taken.path.unlink()
        raise AssetError(
            str(source),
            got=f"a picture of {width}x{height} px",
            expected=f"at least {_SMALLEST_PX} px on the shorter side",
            remedy=f"take a larger copy; from {_SHARP_PX} px on the longer side the room is sharp",
        )
    if max(width, height) < _SHARP_PX:
        click.echo(
            f"{source} has {width}x{height} px: the room will look soft; "
            f"a photo of {_SHARP_PX} px or more on the longer side is sharper",
            err=True,
        )
    _say(source, taken.changes, f"{taken.path.name}, {width}x{height} px")
    return taken.path


def _take_clip(project: Project, source: Path, target: Path) -> Path:
    from generator.cli.output import TerminalProgress
    from generator.intake.clip import take_clip
    from generator.video.ffmpeg import FfmpegBinary

    ffmpeg = FfmpegBinary(project.scene.finish.ffmpeg, TerminalProgress())
    taken = take_clip(ffmpeg, source, target, project.scene.room)
    _say(source, taken.changes, f"{taken.path.name}, {taken.frame_count} frames")
    return taken.path


def _say(source: Path, changes: tuple[str, ...], result: str) -> None:
    """One paragraph: what came in, what was changed, what lies there now."""
    words = "; ".join(changes) if changes else "taken as it is"
    click.echo(f"{source.name}: {words} → {result}")


def _free(target: Path) -> Path:
    """`target`, or the first of `target-2`, `target-3` that no file of any suffix has."""
    number = 1
    while True:
        name = target.name if number == 1 else f"{target.name}-{number}"
        # By stem, and also without a suffix: a film's own suffix may be missing.
        if not any(name in (file.name, file.stem) for file in target.parent.iterdir()):
            return target.with_name(name)
        number += 1
