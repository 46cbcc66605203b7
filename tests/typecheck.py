"""Check the types of the page's modules and of their tests: `python -m tests.typecheck`."""

from __future__ import annotations

import sys

from tests.npm import run

PROJECTS = ("tests/js/tsconfig.json", "tests/js/tsconfig.tests.json")


def main() -> int:
    """Returns the first exit code of TypeScript's that is not 0, or 0."""
    codes = [run("typescript/bin/tsc", "-p", project) for project in PROJECTS]
    return next(filter(None, codes), 0)


if __name__ == "__main__":
    sys.exit(main())
