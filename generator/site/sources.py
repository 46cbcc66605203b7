"""What a build starts from: how it was asked for, and the author's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEMO_FOLDER = "demo"
"""Under `site_src`, and in a bundle with the demo."""
_SKIPPED_SUFFIXES = (".md", ".map", ".swp", "~")


@dataclass(frozen=True)
class BuildOptions:
    """What one build makes.

    `out`: folder, relative to the project. `base_path`: instead of the scene's own. `compress`:
    with precompressed copies. `dev`: what the page of the dev server carries, such as its token.
    """

    out: Path = Path("dist")
    base_path: str | None = None
    with_demo: bool = False
    compress: bool = True
    dev: Mapping[str, str] | None = None


def source_files(root: Path, folder: str) -> dict[str, Path]:
    """Path below `folder` → file, for everything the author has there but editors' leavings."""
    top = root / folder
    if not top.is_dir():
        return {}
    found = {}
    for path in sorted(top.rglob("*")):
        relative = path.relative_to(top)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and not hidden and not path.name.endswith(_SKIPPED_SUFFIXES):
            found[relative.as_posix()] = path
    return found
