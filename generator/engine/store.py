"""What the stages made: `assets/baked/` and the `assets/baked.lock` that points into it.

Every run of a stage gets a folder of its own, named by its key, that appears whole by one rename;
`baked.lock` is then replaced by another. So a process may die at any moment: what the lock names
is always complete, and whatever it does not name is litter that the next build sweeps away.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from generator.artifacts import JsonMap
from generator.artifacts.decode import ShapeError, decode, dump
from generator.engine.disk import (
    HashCache,
    disk_errors,
    replace_dir,
    sha256_file,
    sync_file,
    write_atomic,
)
from generator.engine.stage import StageResult
from generator.errors import AssetError, StoreError

T = TypeVar("T")

LOCK_FILE = "assets/baked.lock"
BAKED_DIR = "assets/baked"
STATE_DIR = ".breathe"
LOCK_SCHEMA = 1
KEY_DIGITS = 16
"""Hex digits of a key that name a folder: 64 bits, far beyond any project's number of runs."""


@dataclass(frozen=True)
class Output:
    """One baked file: path relative to the project folder, content hash, size."""

    path: str
    sha256: str
    bytes: int

    def __post_init__(self) -> None:
        """Raise ValueError for a path that leads out of the project folder."""
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts or "\0" in self.path:
            raise ValueError(f"{self.path!r} is not in the project folder")


@dataclass(frozen=True)
class Entry:
    """What baked.lock knows of one stage's last good run."""

    key: str
    version: int
    params: JsonMap
    inputs: Mapping[str, str]
    """Label → sha256 of the content."""
    outputs: Mapping[str, Output]
    facts: JsonMap


@dataclass(frozen=True)
class _Lock:
    """The whole of baked.lock."""

    stages: Mapping[str, Entry]
    schema: int = LOCK_SCHEMA


class Store:
    """The baked outputs of one project."""

    def __init__(self, root: Path) -> None:
        """`root`: the project folder, absolute."""
        self.root = root
        self._hashes = HashCache(root / STATE_DIR / "hashes.json")

    # -- reading ---------------------------------------------------------------------------

    def entries(self) -> dict[str, Entry]:
        """All of baked.lock, by stage name; empty where there is none. Raises StoreError."""
        path = self.root / LOCK_FILE
        try:
            raw = json.loads(path.read_bytes())
            if raw["schema"] != LOCK_SCHEMA:
                raise StoreError(
                    LOCK_FILE,
                    got=f"schema {raw['schema']!r}",
                    expected=f"schema {LOCK_SCHEMA}",
                    remedy="build with the version of breathe that wrote it, or delete it",
                )
            return dict(decode(_Lock, raw).stages)
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise StoreError(
                LOCK_FILE,
                got=f"something that cannot be read ({exc})",
                expected="what breathe wrote",
                remedy="take the last good one from version control, or delete it to bake anew",
            ) from exc

    def hash(self, relative: str) -> str:
        """Content hash of a file of the project. Raises AssetError when it cannot be read."""
        try:
            return self._hashes.hash(self.root / relative)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            near = _nearest(self.root / relative)
            raise AssetError(
                relative,
                got="no such file",
                expected="a file in the project folder",
                remedy=f"did you mean {near.relative_to(self.root).as_posix()}?"
                if near
                else "put it there, or change the scene that names it",
            ) from None
        except OSError as exc:
            raise AssetError(
                relative, got=exc.strerror or str(exc), expected="a file that can be read"
            ) from exc

    def exists(self, output: Output) -> bool:
        """Whether a baked file is there, whatever it holds."""
        return (self.root / output.path).is_file()

    def intact(self, output: Output) -> bool:
        """Whether a baked file is there to the byte."""
        return self.holds(self.root / output.path, output.sha256)

    def holds(self, path: Path, sha256: str) -> bool:
        """Whether the file at `path` (absolute) has that content."""
        try:
            return self._hashes.hash(path) == sha256
        except OSError:
            return False

    def flush(self) -> None:
        """Keep the hashes for the next run; losing them only costs time."""
        self._hashes.save()

    # -- writing ---------------------------------------------------------------------------

    @contextmanager
    def exclusive(
        self, name: str, *, wait: bool = True, instead: Path | None = None
    ) -> Iterator[bool]:
        """Hold the lock called `name` against other processes; yields False if not waited for.

        `instead`: a folder to hold where the project may only be read.
        """
        path = self.root / STATE_DIR / "locks" / f"{name.replace(':', '-')}.flock"
        with disk_errors(str(path.parent)):
            handle = _open_lock(path, instead)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(handle)

    @contextmanager
    def workspace(self, stage: str) -> Iterator[Path]:
        """A private folder for one run of `stage`, gone afterwards unless published.

        Call while holding `exclusive(stage)`: litter of earlier, killed runs is swept first.
        """
        baked = self.root / BAKED_DIR
        prefix = f".tmp-{_slug(stage)}-"
        with disk_errors(BAKED_DIR):
            baked.mkdir(parents=True, exist_ok=True)
            for litter in baked.glob(f"{prefix}*"):
                shutil.rmtree(litter, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=baked))
            folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def folder(self, stage: str, key: str) -> Path:
        """Where the outputs of `stage` under `key` lie."""
        return self.root / BAKED_DIR / _slug(stage) / key[:KEY_DIGITS]

    def publish(
        self,
        stage: str,
        *,
        key: str,
        version: int,
        params: JsonMap,
        inputs: Mapping[str, str],
        workspace: Path,
        result: StageResult,
    ) -> Entry:
        """Make a finished run the current one: rename its folder into place, then the lock."""
        target = self.folder(stage, key)
        outputs: dict[str, Output] = {}
        with disk_errors(f"{stage}: keeping its outputs"):
            for label, file_name in result.files.items():
                path = workspace / file_name
                relative = (target / file_name).relative_to(self.root).as_posix()
                outputs[label] = Output(relative, sha256_file(path), path.stat().st_size)
                sync_file(path)
            for label, reference in result.references.items():
                path = self.root / reference
                outputs[label] = Output(reference, self.hash(reference), path.stat().st_size)
            if result.files:
                target.parent.mkdir(parents=True, exist_ok=True)
                replace_dir(workspace, target)
            entry = Entry(key, version, params, inputs, outputs, result.facts)
            with self.exclusive("baked.lock"):
                entries = self.entries()
                entries[stage] = entry
                self._write(entries)
        return entry

    def sweep(self, keep: set[str]) -> list[Path]:
        """Remove baked folders that the lock does not name, and entries of stages not in `keep`.

        Returns what was removed.
        """
        with self.exclusive("baked.lock"):
            entries = {n: e for n, e in self.entries().items() if n in keep}
            self._write(entries)
            named = {
                (self.root / output.path).parent
                for entry in entries.values()
                for output in entry.outputs.values()
            }
        removed = []
        baked = self.root / BAKED_DIR
        for folder in sorted(baked.glob("*/*")) + sorted(baked.glob(".tmp-*")):
            if not folder.is_dir() or folder in named or not _is_ours(folder):
                continue
            with disk_errors(str(folder)):
                shutil.rmtree(folder)
            removed.append(folder)
        return removed

    def _write(self, entries: Mapping[str, Entry]) -> None:
        write_atomic(self.root / LOCK_FILE, dump(_Lock(entries), indent=1))


def _nearest(missing: Path) -> Path | None:
    """The file in the same folder that is called most like it."""
    import difflib

    names = [path.name for path in missing.parent.glob("*") if path.is_file()]
    near = difflib.get_close_matches(missing.name, names, n=1)
    return missing.with_name(near[0]) if near else None


def _open_lock(path: Path, instead: Path | None) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as exc:
        if instead is None or exc.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        return os.open(instead, os.O_RDONLY)


def facts_of(entries: Mapping[str, Entry], stage: str, kind: type[T]) -> T:
    """What `stage` left in the lock, typed. Raises StoreError for facts of another shape."""
    try:
        return decode(kind, entries[stage].facts)
    except ShapeError as exc:
        raise StoreError(
            f"{LOCK_FILE} {stage} facts.{exc.where}",
            got=exc.got,
            expected=exc.expected,
            remedy="take the last good one from version control, or delete it to bake anew",
        ) from exc


def _slug(stage: str) -> str:
    return stage.replace(":", "-")


def _is_ours(folder: Path) -> bool:
    """Only folders that this module names so: a key's, or a run's own."""
    name = folder.name
    is_key = len(name) == KEY_DIGITS and all(c in "0123456789abcdef" for c in name)
    return is_key or name.startswith(".tmp-")
