"""From baked outputs and the author's files to `dist/`, swapped in whole.

    site_src/{runtime,styles,text,embed}, templates/, assets/font   ┐
    what baked.lock points to                                       ┴→ pages + assets → dist/

Nothing here runs a stage or looks at a picture: what it needs of them stands in the lock's facts.
A build whose inputs and output are as they were does nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from generator import __version__
from generator.artifacts import Json
from generator.engine.disk import (
    canonical_json,
    disk_errors,
    replace_dir,
    sha256_file,
    write_atomic,
)
from generator.engine.store import STATE_DIR, Entry, Store
from generator.errors import BuildError, UsageError
from generator.scene.model import Project
from generator.site.sources import BuildOptions, source_files

BUILT_FILE = f"{STATE_DIR}/built.json"
MANIFEST_FILE = "manifest.json"
NEEDED = (
    "finish:walkin",
    "finish:ambient",
    "finish:poster",
    "track:walkin",
    "track:ambient",
    "light:walkin",
    "light:ambient",
    "news",
)
SOURCES = (
    "site_src/runtime",
    "site_src/styles",
    "site_src/text",
    "site_src/embed",
    "site_src/demo",
    "templates",
    "assets/font",
)
AUTHORED = ("site_src", "templates", "assets")
"""Folders of the project that no bundle may lie in."""


@dataclass(frozen=True)
class BuildReport:
    """What a build left: where, how much, and whether there was anything to do."""

    out: Path
    file_count: int
    bytes: int
    unchanged: bool

    def sentence(self) -> str:
        """For a person."""
        verb = "is up to date" if self.unchanged else "built"
        return f"{self.out} {verb}: {self.file_count} files, {self.bytes / 1e6:.2f} MB"


def build_site(
    project: Project, options: BuildOptions, *, store: Store | None = None
) -> BuildReport:
    """Write the bundle of `project`. Every stage must have run.

    Raises BuildError for a missing output or a broken template, UsageError for an `out` that is not
    ours to replace, StoreError from the disk.
    """
    store = store or Store(project.root)
    out = project.root / options.out
    _refuse_foreign(project.root, out)
    entries = _needed_entries(store)
    key = _site_key(project, options, entries, store)
    standing = _standing(store, out, key)
    if standing is not None:
        store.flush()
        return standing
    from generator.site.assembly import site_files

    files = site_files(project, entries, options)
    report = _swap_in(store, out, files)
    _remember(project.root, out, key)
    store.flush()
    return report


def _needed_entries(store: Store) -> dict[str, Entry]:
    entries = store.entries()
    for name in NEEDED:
        if name not in entries:
            raise BuildError(
                name,
                got="nothing baked",
                expected="the stage's output in assets/baked",
                remedy="run breathe build",
            )
        for output in entries[name].outputs.values():
            if not store.intact(output):
                raise BuildError(
                    output.path,
                    got="a file that is gone or damaged",
                    expected=f"the {output.bytes} bytes that baked.lock knows",
                    remedy="run breathe build, or take it from version control",
                )
    return entries


def _site_key(
    project: Project, options: BuildOptions, entries: Mapping[str, Entry], store: Store
) -> str:
    """The hash of all that shapes the bundle."""
    sources: dict[str, Json] = {}
    for folder in SOURCES:
        for relative, path in source_files(project.root, folder).items():
            sources[f"{folder}/{relative}"] = store.hash(path.relative_to(project.root).as_posix())
    baked: dict[str, Json] = {
        f"{name}/{label}": output.sha256
        for name in NEEDED
        for label, output in entries[name].outputs.items()
    }
    facts: dict[str, Json] = {name: dict(entries[name].facts) for name in NEEDED if name != "news"}
    shape = {
        "version": __version__,
        "scene": asdict(project.scene),
        "options": {**asdict(options), "out": ""},
        "sources": sources,
        "baked": baked,
        "facts": facts,
    }
    return hashlib.sha256(canonical_json(shape)).hexdigest()


def _standing(store: Store, out: Path, key: str) -> BuildReport | None:
    """The bundle at `out` if it is the one of `key`, to the byte; else None."""
    try:
        built = json.loads((store.root / BUILT_FILE).read_bytes())[str(out)]
        files = built["files"]
        if built["key"] != key or not all(store.holds(out / p, sha) for p, sha in files.items()):
            return None
        size = sum((out / path).stat().st_size for path in files)
        return BuildReport(_shown(store.root, out), len(files), size, unchanged=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _remember(root: Path, out: Path, key: str) -> None:
    path = root / BUILT_FILE
    try:
        built = json.loads(path.read_bytes())
    except (OSError, ValueError):
        built = None
    if not isinstance(built, dict):
        built = {}
    files = {
        file.relative_to(out).as_posix(): sha256_file(file)
        for file in sorted(out.rglob("*"))
        if file.is_file()
    }
    built[str(out)] = {"key": key, "files": files}
    with contextlib.suppress(OSError):  # what is not remembered is built again
        write_atomic(path, canonical_json(built))


def _refuse_foreign(root: Path, out: Path) -> None:
    """A build replaces its folder whole, so the folder must be its own."""
    home = root.resolve()
    target = out.resolve()
    if target == home or home.is_relative_to(target):
        raise UsageError(
            f"--out {out}",
            got="a folder that holds the project",
            expected="one of the bundle's own",
        )
    around = _kept_folder(home, target)
    if around is not None:
        raise UsageError(
            f"--out {out}",
            got=f"a folder inside {_shown(home, around)}, which is kept for other things",
            expected="a folder of the bundle's own, such as dist",
            remedy="pick another folder; nothing was changed",
        )
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"--out {out}", got="a file or a link", expected="a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST_FILE).is_file():
        raise UsageError(
            f"--out {out}",
            got="a folder with other things in it (no manifest.json of ours)",
            expected="a bundle that an earlier build made, or nothing",
            remedy="pick another folder; nothing was changed",
        )


def _kept_folder(home: Path, target: Path) -> Path | None:
    """The author's folder or the earlier bundle that `target` lies in, if any.

    Whatever is built inside a bundle is lost when that is built again.
    """
    for name in AUTHORED:
        if target.is_relative_to(home / name):
            return home / name
    for folder in target.parents:
        if folder != home and not home.is_relative_to(folder) and _is_bundle(folder):
            return folder
    return None


def _is_bundle(folder: Path) -> bool:
    from generator.site.manifest import parse_manifest

    try:
        parse_manifest((folder / MANIFEST_FILE).read_text("utf-8"))
    except (OSError, ValueError, BuildError):
        return False
    return True


def _swap_in(store: Store, out: Path, files: Mapping[str, bytes | Path]) -> BuildReport:
    """Write `files` beside `out`, then swap the folders in one step."""
    from generator.site.bundle import write_files

    prefix = f".{out.name}-"
    with disk_errors(str(out)):
        out.parent.mkdir(parents=True, exist_ok=True)
    with disk_errors(str(out)), store.exclusive(f"bundle-{out.name}", instead=out.parent):
        _sweep(out.parent.glob(f"{prefix}*"))
        fresh = Path(tempfile.mkdtemp(prefix=prefix, dir=out.parent))
        try:
            write_files(files, fresh)
            replace_dir(fresh, out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        sizes = [file.stat().st_size for file in out.rglob("*") if file.is_file()]
    return BuildReport(_shown(store.root, out), len(sizes), sum(sizes), unchanged=False)


def _shown(root: Path, out: Path) -> Path:
    return out.relative_to(root) if out.is_relative_to(root) else out


def _sweep(litter: Iterable[Path]) -> None:
    """Folders of builds that were killed: the lock is ours, so nobody works in them."""
    for folder in litter:
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
