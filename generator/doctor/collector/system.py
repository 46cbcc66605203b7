"""What the box is and what it has left: GPU, memory and who holds it, disk, tools, clock."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

HOLDERS = 8
"""How many of the largest processes are named."""


def facts(settings: dict[str, Any]) -> dict[str, Any]:
    """Everything about the box; the paths in `settings` are where the kernel tells it."""
    proc, sys_root = Path(settings["proc"]), Path(settings["sys"])
    meminfo = memory(Path(settings["meminfo"]))
    return {
        "time_s": time.time(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "hostname": platform.node(),
        "user_id": os.getuid(),
        "product": _read(sys_root / "class/dmi/id/product_name"),
        "memory_total_bytes": meminfo.get("MemTotal", 0),
        "memory_free_bytes": meminfo.get("MemFree", 0),
        "memory_available_bytes": meminfo.get("MemAvailable", 0),
        "swap_total_bytes": meminfo.get("SwapTotal", 0),
        "holders": holders(proc),
        "gpus": gpus(),
        "gpu_processes": gpu_processes(),
        "disk_path": settings["home"],
        "disk_free_bytes": disk_free_bytes(Path(settings["home"]).expanduser()),
        "hf": shutil.which("hf", path=tool_path(settings)) or "",
        "huggingface_cli": shutil.which("huggingface-cli", path=tool_path(settings)) or "",
        "image": image(),
    }


def memory(path: Path) -> dict[str, int]:
    """/proc/meminfo in bytes."""
    sizes = {}
    for line in _read(path).splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            sizes[name] = int(words[0]) * (1024 if words[-1] == "kB" else 1)
    return sizes


def holders(proc: Path) -> list[dict[str, Any]]:
    """The largest processes by resident memory, ours left out."""
    found: list[dict[str, Any]] = []
    for folder in proc.glob("[0-9]*"):
        if folder.name == str(os.getpid()):
            continue
        status = dict(
            line.split(":", 1) for line in _read(folder / "status").splitlines() if ":" in line
        )
        resident = status.get("VmRSS", "").split()
        if not resident:
            continue
        found.append(
            {
                "pid": int(folder.name),
                "name": label(folder),
                "resident_bytes": int(resident[0]) * 1024,
                "user_id": int(status.get("Uid", "0").split()[0]),
            }
        )
    return sorted(found, key=lambda one: -one["resident_bytes"])[:HOLDERS]


def label(folder: Path) -> str:
    """A process in two words: its name and what it runs; never its options (they may be secret)."""
    words = _read(folder / "cmdline").split("\0")
    name = _read(folder / "comm").strip()
    target = next((word for word in words[1:] if word and not word.startswith("-")), "")
    return f"{name} {target[:60]}".strip()


def gpus() -> list[dict[str, str]]:
    """Each GPU in nvidia-smi's own words; memory_total is "[N/A]" where memory is unified."""
    keys = ("name", "compute_cap", "driver_version", "memory.total")
    rows = _nvidia_smi(f"--query-gpu={','.join(keys)}")
    return [dict(zip((k.replace(".", "_") for k in keys), row)) for row in rows]  # noqa: B905 - 3.10


def gpu_processes() -> list[dict[str, Any]]:
    """Who holds GPU memory; works on unified memory too, where the totals do not."""
    found = []
    for row in _nvidia_smi("--query-compute-apps=pid,process_name,used_memory"):
        if len(row) == 3 and row[0].isdigit():
            mebibytes = int(row[2]) if row[2].isdigit() else 0
            found.append(
                {"pid": int(row[0]), "name": Path(row[1]).name, "used_bytes": mebibytes << 20}
            )
    return found


def disk_free_bytes(path: Path) -> int:
    """Free bytes where `path` is or would be."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def image() -> str:
    """The NGC PyTorch image we run in, such as "26.02"; "" outside one."""
    return os.environ.get("NVIDIA_PYTORCH_VERSION", "")


def tool_path(settings: dict[str, Any]) -> str:
    """PATH as a login would have it, with the setup's own environments first."""
    home = Path(settings["home"]).expanduser()
    extra = [
        str(home / "tools/bin"),
        str(home / "venv/bin"),
        str(Path("~/.local/bin").expanduser()),
    ]
    return os.pathsep.join([*extra, os.environ.get("PATH", "")])


def _nvidia_smi(query: str) -> list[list[str]]:
    try:
        done = subprocess.run(
            ["nvidia-smi", query, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if done.returncode != 0:
        return []
    return [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines() if line]


def _read(path: Path) -> str:
    """A kernel file; "" when it is gone or not ours to read."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
