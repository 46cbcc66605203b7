"""First code of the assembled collector: make modules of the sources beside it, then run `main`."""

from __future__ import annotations

import json
import sys
import types


def load(sources: dict[str, str]) -> types.ModuleType:
    """Make every part importable under its own name; returns `main`."""
    package = "generator.doctor.collector"
    for parent in ("generator", "generator.doctor", package):
        sys.modules[parent] = types.ModuleType(parent)
        sys.modules[parent].__path__ = []
    for name in ("system", "server", "runner", "main"):
        module = types.ModuleType(f"{package}.{name}")
        sys.modules[module.__name__] = module
        source = sources[module.__name__]
        exec(compile(source, f"collector/{name}.py", "exec"), module.__dict__)  # noqa: S102 - our own
    return sys.modules[f"{package}.main"]


if __name__ == "__main__":
    # The script that this file is a part of has set SOURCES: module name → its text.
    _sources = globals()["SOURCES"]
    load(_sources).main(json.loads(sys.argv[1]), _sources)
