"""Hold our JavaScript to the house style: `python -m tests.style`, `--write` to set it right.

Biome formats and lints, as tests/js/style.jsonc says.
"""

from __future__ import annotations

import sys

from tests.npm import run

FOLDERS = ("site_src", "generator/server/client", "tests/js", "tests/browser", "tests/bench")


def main() -> int:
    """Returns Biome's exit code."""
    house = ("--config-path=tests/js/style.jsonc", "--error-on-warnings")
    return run("@biomejs/biome/bin/biome", "check", *house, *sys.argv[1:], *FOLDERS)


if __name__ == "__main__":
    sys.exit(main())
