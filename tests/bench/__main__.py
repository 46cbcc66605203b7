"""Run the benchmarks: `python -m tests.bench [NAME…]`. Each prints a table with ratios."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import generator  # noqa: F401 - before numpy, which it tells how many threads to take


def main() -> int:
    """Run the named benchmarks, or all of them in alphabetical order."""
    names = sys.argv[1:] or sorted(
        p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_")
    )
    for name in names:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
