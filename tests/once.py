"""What a run makes once for all its workers: `once(make)` is the folder that `make(folder)` filled.

The first worker that asks makes it, the others wait for it. It is everybody's: a test that writes
takes a `copy_of` it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

Make = Callable[..., object]
_LARGE_BYTES = 500_000


class Once:
    """The folders of one run, under `shelf`."""

    def __init__(self, shelf: Path) -> None:
        shelf.mkdir(exist_ok=True)
        self._shelf = shelf

    def __call__(self, make: Make, *inputs: object) -> Path:
        """The folder made by `make(folder, *inputs)`, known by both; `make` creates it."""
        named = f"{make.__module__}.{make.__qualname__}{inputs!r}"
        key = f"{make.__name__.strip('_')}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
        home, made = self._shelf / key, self._shelf / f"{key}.made"
        folder = home / "room"
        with (self._shelf / f"{key}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir()
                make(folder, *inputs)
                made.touch()
        return folder


def copy_of(folder: Path, target: Path) -> Path:
    """`folder` as `target`, to write in. Clips and photos are linked: nobody edits those."""
    shutil.copytree(folder, target, symlinks=True, copy_function=_link_large)
    return target


def _link_large(source: str, target: str) -> None:
    if Path(source).stat().st_size > _LARGE_BYTES:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
