"""The project's own bundle, built and served as a user would: by the `breathe` command.

`BREATHE_TEST_BUNDLE=DIR` tries a bundle that is already built instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BREATHE = [sys.executable, "-m", "generator"]


def build_bundle(folder: Path) -> Path:
    """Build the bundle into `folder` from the committed baked outputs; runs no stage."""
    ready = os.environ.get("BREATHE_TEST_BUNDLE")
    if ready:
        shutil.copytree(ready, folder)
        return folder
    _build(folder)
    return folder


def build_demo_bundle(folder: Path) -> None:
    """The same with the demo newspaper beside the room."""
    ready = os.environ.get("BREATHE_TEST_BUNDLE")
    if ready and (Path(ready) / "demo").is_dir():
        shutil.copytree(ready, folder)
    else:
        _build(folder, "--with-demo")


def _build(folder: Path, *options: str) -> None:
    command = [*BREATHE, "build", "--frozen", *options, "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL at which `folder` is served while the block runs."""
    process = subprocess.Popen(
        [*BREATHE, "serve", str(folder), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
