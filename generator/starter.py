"""The starter project: what `breathe new` copies.

In a checkout it is the repository's own project folder; in an installed package it travels along.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator.engine.disk import disk_errors
from generator.errors import UsageError
from generator.scene.load import SCENE_FILE

_PACKAGE = Path(__file__).resolve().parent
_GITIGNORE = "/dist/\n/.breathe/\n/assets/baked/.tmp-*\n"
_CENTRE = [[0.35, 0.3], [0.65, 0.3], [0.65, 0.6], [0.35, 0.6]]
"""Where a screen might be in a photo that nobody has clicked yet."""


_AMBIENT = '[clips.ambient]\nrender = "still"\n'
_CROP = "# crop = [x, y, width, height] # px of the photo: the shot from the chair; else its middle"


def starter_root() -> Path:
    """The folder that holds site_src, templates and assets of the starter."""
    packed = _PACKAGE / "starter"
    return packed if packed.is_dir() else _PACKAGE.parent


def copy_starter(
    target: Path, *, hero: Path | None, take: Callable[[Path, Path], Path] | None = None
) -> None:
    """Make a project in `target`: of the sample room, or of the photo `hero` with still clips.

    `take`: writes the photo to a path without a suffix and returns the file; it raises when the
    photo is none, or not whole. Raises UsageError when `target` holds anything, StoreError from the
    disk. The folder appears whole or not at all.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(
            str(target),
            got="a folder that is not empty" if target.is_dir() else "a file",
            expected="a new or empty folder",
            remedy="pick another name; nothing was changed",
        )
    source = starter_root()
    with disk_errors(str(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".breathe-new-", dir=target.parent) as scratch:
            project = Path(scratch) / "project"
            for folder in ("site_src", "templates"):
                shutil.copytree(source / folder, project / folder, ignore=_IGNORE)
            if hero is None or take is None:
                shutil.copytree(source / "assets", project / "assets", ignore=_IGNORE)
            else:
                # Everything the page needs, but none of the sample room's pictures.
                shutil.copytree(source / "assets/font", project / "assets/font", ignore=_IGNORE)
                (project / "assets/source").mkdir()
                taken = take(hero, project / "assets/source/hero")
                _point_scene_at(project / SCENE_FILE, f"assets/source/{taken.name}")
            (project / ".gitignore").write_text(_GITIGNORE, encoding="utf-8")
            if target.exists():
                target.rmdir()
            project.rename(target)


_IGNORE = shutil.ignore_patterns("__pycache__", ".tmp-*", "*.flock", "node_modules")


def _point_scene_at(scene_path: Path, hero: str) -> None:
    """Rewrite the starter's scene for a photo, keeping its comments."""
    import tomlkit

    document: Any = tomlkit.parse(scene_path.read_text(encoding="utf-8"))
    document["room"]["hero"] = hero
    for name in ("walkin", "ambient"):
        clip = document["clips"][name]
        clip["render"] = "still"
        for key in ("file", "crop", "frames"):
            if key in clip:
                del clip[key]
    screen = document["screen"]
    corners = tomlkit.array()
    for corner in _CENTRE:
        corners.append(corner)
    screen["corners"] = corners.multiline(True)
    if "glass" in screen:
        del screen["glass"]
    text = tomlkit.dumps(document).replace(_AMBIENT, f"{_AMBIENT}{_CROP}\n")
    scene_path.write_text(text, encoding="utf-8")
