"""Check the types of the page's modules with TypeScript: `python -m tests.typecheck`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.javascript import HERE, node

FOLDER = HERE / "js"


def main() -> int:
    """Install TypeScript from the lock file where it is missing, then run it."""
    compiler = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.exists():
        code = _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        if code:
            return code
    return subprocess.run([node(), str(compiler), "-p", str(FOLDER)], cwd=FOLDER).returncode


def _npm(*arguments: str) -> int:
    binary = Path(node()).resolve()
    bundled = binary.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(binary), str(bundled)] if bundled.exists() else ["npm"]
    return subprocess.run([*command, *arguments], cwd=FOLDER, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
