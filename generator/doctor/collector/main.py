"""The order of the collector: the box, the server, then the experiments side by side."""

from __future__ import annotations

import concurrent.futures
import json
import sys
from pathlib import Path
from typing import Any

from generator.doctor.collector import runner, server, system

SCHEMA = 1
MARK = "===breathe-probe==="
"""Stands alone on the lines before and after the JSON; a login may print what it likes around."""
WORKERS = 3
IMPORT_S = 120.0
GPU_S = 180.0
COMPILE_S = 300.0
FILES_S = 3600.0
ON_GPU = ("matmul", "sdpa", "fft", "sageattention", "compile")
LEAST_AVAILABLE_BYTES = 8 << 30
"""With less left, a running render comes first: each of ON_GPU takes about a gigabyte itself."""


def main(settings: dict[str, Any], sources: dict[str, str]) -> None:
    """Collect, and write the evidence to stdout."""
    evidence = collect(settings, sources)
    sys.stdout.write(f"\n{MARK}\n{json.dumps(evidence)}\n{MARK}\n")


def collect(settings: dict[str, Any], sources: dict[str, str]) -> dict[str, Any]:
    """All evidence, by subject."""
    box, found = system.facts(settings), server.facts(settings)
    interpreter = settings["python"] or [python_of(found, settings)]
    install = {**settings, "root": settings["root"] or root_of(found)}
    plan = {
        "interpreter": ("interpreter", {}, IMPORT_S),
        "torch": ("package", {"package": "torch"}, IMPORT_S),
        "torchvision": ("package", {"package": "torchvision"}, IMPORT_S),
        "torchaudio": ("package", {"package": "torchaudio"}, IMPORT_S),
        "matmul": ("arithmetic", {"operation": "matmul"}, GPU_S),
        "sdpa": ("arithmetic", {"operation": "sdpa"}, GPU_S),
        "fft": ("arithmetic", {"operation": "fft"}, GPU_S),
        "sageattention": ("attention", {}, GPU_S),
        "headers": ("headers", {"arch": settings["arch"] or arch_of(box["gpus"])}, IMPORT_S),
        "compile": ("compiles", {}, COMPILE_S),
        "install": ("install", install, IMPORT_S),
        "weights": ("weights", install, FILES_S),
    }
    left_bytes = box["memory_available_bytes"]
    spared = ON_GPU if left_bytes < LEAST_AVAILABLE_BYTES else ()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        pending = {
            name: pool.submit(
                runner.run, interpreter, sources[f"experiments/{script}"], given, timeout_s=limit_s
            )
            for name, (script, given, limit_s) in plan.items()
            if name not in spared
        }
        experiments = {name: future.result() for name, future in pending.items()}
    for name in spared:
        experiments[name] = runner.not_tried(f"only {left_bytes / 2**30:.1f} GiB are available")
    return {
        "schema": SCHEMA,
        "box": box,
        "server": found,
        "python": interpreter,
        **experiments,
    }


def python_of(found: dict[str, Any], settings: dict[str, Any]) -> str:
    """The interpreter that runs ComfyUI: the server's own, else the setup's, else this one."""
    home = Path(settings["home"]).expanduser()
    root = Path(settings["root"] or root_of(found) or home / "ComfyUI").expanduser()
    candidates: list[str] = [
        *found["command"][:1],
        f"{found['virtual_env']}/bin/python" if found["virtual_env"] else "",
        str(home / "venv/bin/python"),
        *(
            str(base / name / "bin/python")
            for base in (root, root.parent)
            for name in ("venv", ".venv")
        ),
    ]
    for path in candidates:
        if path.startswith("/") and "python" in Path(path).name and Path(path).exists():
            return path
    return sys.executable or "python3"


def arch_of(gpus: list[dict[str, str]]) -> str:
    """The target that Triton compiles for on the first GPU: "12.1" gives "sm_121a"."""
    digits = gpus[0].get("compute_cap", "").replace(".", "") if gpus else ""
    return f"sm_{digits}{'a' if int(digits) >= 90 else ''}" if digits.isdigit() else ""


def root_of(found: dict[str, Any]) -> str:
    """The folder of the running ComfyUI; "" when none runs or it is not ours to see."""
    script = next((word for word in found["command"] if word.endswith("main.py")), "")
    return str(Path(found["cwd"], script).parent) if script and found["cwd"] else ""
