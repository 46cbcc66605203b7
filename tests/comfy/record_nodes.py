"""Make the node lists in tests/fixtures/comfy: what a server says of the classes that we use.

python -m tests.comfy.record_nodes OBJECT_INFO.json > tests/fixtures/comfy/nodes_0.33.json

OBJECT_INFO.json (or .json.gz) is what `GET /object_info` of that server answers. Texts for people
are left out, and so is every class that neither our workflows nor the tests name.
"""

from __future__ import annotations

import gzip
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

OF_THE_TESTS = ("ComfyMathExpression", "ComfySwitchNode", "PrimitiveBoolean", "PrimitiveFloat")
FOR_PEOPLE = ("tooltip", "description", "display_name", "category", "search_aliases")


def classes() -> set[str]:
    """The classes of our own workflows and of the tests."""
    found = set(OF_THE_TESTS)
    for path in files("generator.comfy").joinpath("workflows").iterdir():
        found |= {node["class_type"] for node in json.loads(path.read_text()).values()}
    return found


def trimmed(value: Any) -> Any:
    """Without what only people read."""
    if isinstance(value, dict):
        return {k: trimmed(v) for k, v in value.items() if k not in FOR_PEOPLE}
    return [trimmed(v) for v in value] if isinstance(value, list) else value


if __name__ == "__main__":
    path = Path(sys.argv[1])
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    said = json.loads(data)
    lines = [
        f" {json.dumps(name)}: {json.dumps(trimmed(said[name]))}" for name in sorted(classes())
    ]
    print("{\n" + ",\n".join(lines) + "\n}")
