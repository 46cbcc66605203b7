"""An error about a setting is told with the file and the line on which the setting stands.

`parse_scene` does so itself. Whoever comes later knows a `Scene`, not its text, and begins the
subject with `scene.toml [table] key`, or with the path of a file that is missing:

    scene.toml [clips.ambient] crop  →  site_src/scene.toml:31 [clips.ambient] crop
    assets/source/hero.png           →  site_src/scene.toml:16 [room] hero assets/source/hero.png
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.errors import BreatheError


@contextmanager
def lines_of(root: Path) -> Iterator[None]:
    """Errors that leave this block name the line in the scene of the project at `root`."""
    try:
        yield
    except BreatheError as exc:
        add_line(exc, root)
        raise


def add_line(error: BreatheError, root: Path) -> None:
    """Complete the subject of an error about a setting; any other stays as it is."""
    import re

    from generator.errors import SceneError
    from generator.scene.checks import named_files
    from generator.scene.load import SCENE_FILE, parse_scene
    from generator.scene.places import Source

    try:
        source = Source(SCENE_FILE, (root / SCENE_FILE).read_text(encoding="utf-8"))
        files = {path: place for place, path in named_files(parse_scene(source.text))}
    except (OSError, UnicodeDecodeError, SceneError):
        return  # there is no scene, or its own error says where
    told = re.match(
        r"(?:(\S+): )?scene\.toml \[\[?([\w.]+)\]?\](?: (\d+))? ([\w-]+)", error.subject
    )
    if told:
        work, table, number, key = told.groups()
        place = (*table.split("."), *([int(number) - 1] if number else []), key)
        rest = error.subject[told.end() :] + (f", {work}" if work else "")
        error.rename(source.at(place) + rest)
    elif error.subject in files:
        error.rename(f"{source.at(files[error.subject])} {error.subject}")
