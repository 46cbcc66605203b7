"""Run the benchmarks: `python -m tests.bench [NAME…]`. Each prints a table with ratios.

One that fails says why, and the others run; the exit code tells.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path

import generator  # noqa: F401 - before numpy, which it tells how many threads to take


def main() -> int:
    """Run the named benchmarks, or all of them in alphabetical order."""
    names = sys.argv[1:] or sorted(
        p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_")
    )
    failed = []
    for name in names:
        print(f"\n== {name}", flush=True)
        try:
            importlib.import_module(f"tests.bench.{name}").main()
        except Exception:
            traceback.print_exc()
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
