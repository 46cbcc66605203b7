"""Which Python this is, what it inherits, and which builds of torch lie on its path."""

import importlib.metadata
import json
import os
import site
import sys
import sysconfig
from pathlib import Path


def builds(name: str) -> list[dict[str, str]]:
    """Every installed distribution called `name`, in import order: the first one wins."""
    found = []
    for entry in sys.path:
        found += [
            {"version": dist.version, "path": str(Path(entry).resolve())}
            for dist in importlib.metadata.distributions(path=[entry or "."])
            if (dist.metadata["Name"] or "").lower() == name
        ]
    return found


def inherits() -> bool:
    """Whether a venv sees the packages of the interpreter that it was made from."""
    config = Path(sys.prefix, "pyvenv.cfg")
    if not config.exists():
        return True
    lines = config.read_text().lower().replace(" ", "").splitlines()
    return "include-system-site-packages=true" in lines


def base_builds(name: str) -> list[str]:
    """Versions of `name` in the base interpreter's own site folders."""
    if sys.prefix == sys.base_prefix:
        return []
    folders = {
        sysconfig.get_path("purelib", vars={"base": sys.base_prefix}),
        sysconfig.get_path("platlib", vars={"platbase": sys.base_prefix}),
        *site.getsitepackages([sys.base_prefix]),
    }
    return sorted(
        {
            dist.version
            for folder in folders
            for dist in importlib.metadata.distributions(path=[folder])
            if (dist.metadata["Name"] or "").lower() == name
        }
    )


answer = {
    "executable": sys.executable,
    "version": ".".join(map(str, sys.version_info[:3])),
    "prefix": sys.prefix,
    "is_venv": sys.prefix != sys.base_prefix,
    "inherits": inherits(),
    "torch_builds": builds("torch"),
    "base_torch_versions": base_builds("torch"),
    "image": os.environ.get("NVIDIA_PYTORCH_VERSION", ""),
    "dynamo_disabled": os.environ.get("TORCHDYNAMO_DISABLE", "") == "1",
}
sys.stdout.write("\x02breathe-experiment\x03" + json.dumps(answer))
