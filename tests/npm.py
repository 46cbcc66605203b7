"""Tools from npm, pinned by tests/js/package-lock.json and installed when that has changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.javascript import HERE, node

FOLDER = HERE / "js"


def run(script: str, *arguments: str) -> int:
    """Run a tool's own script under tests/js/node_modules at the root; returns its exit code."""
    modules = FOLDER / "node_modules"
    lock, installed = FOLDER / "package-lock.json", modules / ".installed-lock.json"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        code = _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        if code:
            return code
        installed.write_bytes(lock.read_bytes())
    return subprocess.run([node(), str(modules / script), *arguments], cwd=HERE.parent).returncode


def _npm(*arguments: str) -> int:
    binary = Path(node()).resolve()
    bundled = binary.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(binary), str(bundled)] if bundled.exists() else ["npm"]
    return subprocess.run([*command, *arguments], cwd=FOLDER, env=environment).returncode
