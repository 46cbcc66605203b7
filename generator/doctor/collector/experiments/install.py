"""The ComfyUI on disk: where it is, its version, and which broken packages would stop its start.

A package stops the start when an unguarded top-level `import` of it can be reached from `main.py`
through other unguarded top-level imports. A `try` guards against what its handlers name: `except
ImportError` does not catch the OSError of a shared library that fails to load. This is read from
the source, so it holds for the version that is installed, whichever that is.
"""

import ast
import json
import re
import sys
from pathlib import Path

FAILURES = ("ImportError", "OSError")
CATCHES = {
    "ImportError": {"ImportError", "Exception", "BaseException"},
    "OSError": {"OSError", "IOError", "EnvironmentError", "Exception", "BaseException"},
}
PLACES = (
    "{home}/ComfyUI",
    "~/ComfyUI",
    "/opt/room/ComfyUI",  # in our own container
    "/opt/ComfyUI",
    "/workspace/ComfyUI",
    "/app/ComfyUI",
)


def find_root(settings):
    """The folder with main.py and comfy/: the one told, else the usual places; "" for none."""
    told = settings["root"]
    for place in [told] if told else PLACES:
        path = Path(place.format(home=settings["home"])).expanduser()
        if (path / "main.py").is_file() and (path / "comfy").is_dir():
            return path
    return None


def version_of(root):
    """What comfyui_version.py or pyproject.toml says; "" when neither does."""
    for name in ("comfyui_version.py", "pyproject.toml"):
        path = root / name
        found = path.is_file() and re.search(r'version(?:__)? *= *"([^"]+)"', path.read_text())
        if found:
            return found[1]
    return ""


def top_level_imports(path):
    """(module, failures let through) for every import that runs when the file is imported."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    found = []
    visit(tree.body, set(FAILURES), found)
    return found


def visit(statements, uncaught, found):
    """Collect imports among `statements`, under handlers that leave `uncaught` through."""
    for node in statements:
        if isinstance(node, ast.Import):
            found += [(alias.name, uncaught, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names]
            found += [(name, uncaught, node.level) for name in [node.module or "", *names] if name]
        elif isinstance(node, ast.Try):
            caught = {name for handler in node.handlers for name in handled(handler)}
            left = {kind for kind in uncaught if not CATCHES[kind] & caught}
            visit(node.body, left, found)
            for handler in node.handlers:
                visit(handler.body, uncaught, found)
            visit([*node.orelse, *node.finalbody], uncaught, found)
        elif isinstance(node, ast.If):
            if "TYPE_CHECKING" not in ast.dump(node.test):
                visit(node.body, uncaught, found)
            visit(node.orelse, uncaught, found)
        elif isinstance(node, (ast.ClassDef, ast.With, ast.For, ast.While)):
            visit(node.body, uncaught, found)


def handled(handler):
    """The exception names that one handler catches; a bare except catches all."""
    if handler.type is None:
        return ["BaseException"]
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [getattr(each, "id", getattr(each, "attr", "")) for each in types]


def files_of(root, name):
    """The files that importing `name` runs: every package on the way, then the module."""
    parts = name.split(".")
    found = []
    for count in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:count])
        found += [p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()]
    return found


def fatal(root, package, inside=False):
    """Failure kind → the file whose import of `package` would end the start with it.

    `inside`: only imports of something within it, which an empty package does not have.
    """
    stops = {}
    seen = {}
    queue = [(root / "main.py", set(FAILURES))]
    while queue:
        path, uncaught = queue.pop()
        fresh = uncaught - seen.get(path, set())
        if not fresh:
            continue
        seen[path] = seen.get(path, set()) | fresh
        for name, let_through, level in top_level_imports(path):
            left = fresh & let_through
            if level:
                base = path.parents[level - 1].relative_to(root).parts
                name = ".".join([*base, name])
            if name.split(".")[0] == package:
                for kind in left if name != package or not inside else ():
                    stops.setdefault(kind, str(path.relative_to(root)))
            elif left:
                queue += [(file, left) for file in files_of(root, name)]
    return stops


def main(settings):
    """Nothing found is an answer too."""
    root = find_root(settings)
    if root is None:
        return {"root": "", "version": "", "fatal": {}, "fatal_empty": {}, "custom_nodes": []}
    nodes = root / "custom_nodes"
    return {
        "root": str(root),
        "version": version_of(root),
        "fatal": {name: fatal(root, name) for name in ("torchaudio", "torchvision")},
        "fatal_empty": {"torchaudio": fatal(root, "torchaudio", inside=True)},
        "custom_nodes": sorted(p.name for p in nodes.iterdir() if p.is_dir())
        if nodes.is_dir()
        else [],
    }


if __name__ == "__main__":
    sys.stdout.write("\x02breathe-experiment\x03" + json.dumps(main(json.loads(sys.argv[1]))))
