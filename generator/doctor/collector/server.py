"""ComfyUI as a server: who listens on its port, which process it is, and what it answers."""

from __future__ import annotations

import json
import socket
import struct
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

LISTEN = "0A"
FOREIGN_ORIGIN = "https://doctor.invalid"
SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "API_KEY", "ACCESS_KEY")


def facts(settings: dict[str, Any]) -> dict[str, Any]:
    """Everything about the server on `settings["port"]`."""
    proc, port = Path(settings["proc"]), int(settings["port"])
    found = listeners(proc, port)
    pid = owner(proc, {inode for _, inode in found})
    stats = get_json(port, "/system_stats")
    nodes = get_json(port, "/object_info") if isinstance(stats, dict) else None
    return {
        "port": port,
        "listens_on": sorted({address for address, _ in found}),
        "answers": isinstance(stats, dict) and "system" in stats,
        "said": "" if isinstance(stats, dict) else str(stats),
        "version": str(system_of(stats).get("comfyui_version", "")),
        "argv": [str(word) for word in system_of(stats).get("argv", [])],
        "cors": cors(port),
        "nodes_missing": [name for name in settings["nodes"] if name not in (nodes or {})]
        if isinstance(nodes, dict)
        else None,
        "listed": listed(port, settings) if isinstance(stats, dict) else {},
        **process(proc, pid),
    }


def system_of(stats: Any) -> dict[str, Any]:
    """The `system` part of /system_stats."""
    system = stats.get("system") if isinstance(stats, dict) else None
    return system if isinstance(system, dict) else {}


def listeners(proc: Path, port: int) -> list[tuple[str, str]]:
    """(address, inode) of every TCP socket that listens on `port`."""
    found = []
    for name in ("tcp", "tcp6"):
        path = proc / "net" / name
        if not path.exists():
            continue
        for line in path.read_text().splitlines()[1:]:
            words = line.split()
            address, _, hex_port = words[1].rpartition(":")
            if words[3] == LISTEN and int(hex_port, 16) == port:
                found.append((readable(address), words[9]))
    return found


def readable(address: str) -> str:
    """An address of /proc/net/tcp, 32-bit words in host order, in its usual writing."""
    words = [int(address[i : i + 8], 16) for i in range(0, len(address), 8)]
    raw = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, raw)


def owner(proc: Path, inodes: set[str]) -> int:
    """The process that holds one of these sockets; 0 when it is not ours to see."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    if not wanted:
        return 0
    for link in proc.glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in wanted:
                return int(link.parts[-3])
        except OSError:
            continue
    return 0


def process(proc: Path, pid: int) -> dict[str, Any]:
    """What can be seen of the server's process; names of secrets in its environment, no values."""
    nothing = {
        "pid": pid,
        "user_id": -1,
        "cwd": "",
        "command": [],
        "secrets": [],
        "virtual_env": "",
    }
    if not pid:
        return nothing
    folder = proc / str(pid)
    try:
        environ = dict(
            entry.split("=", 1)
            for entry in (folder / "environ").read_text(errors="replace").split("\0")
            if "=" in entry
        )
        return {
            "pid": pid,
            "user_id": folder.stat().st_uid,
            "cwd": str((folder / "cwd").readlink()),
            "command": (folder / "cmdline").read_text(errors="replace").split("\0")[:-1],
            "secrets": sorted(k for k in environ if any(s in k.upper() for s in SECRET_NAMES)),
            "virtual_env": environ.get("VIRTUAL_ENV", ""),
        }
    except OSError:
        return nothing


def listed(port: int, settings: dict[str, Any]) -> dict[str, Any]:
    """Per model folder, the file names that the server offers; None where it does not say."""
    folders = {model["folder"] for model in settings["models"]}
    answers = {folder: get_json(port, f"/models/{folder}") for folder in sorted(folders)}
    return {folder: names if isinstance(names, list) else None for folder, names in answers.items()}


def cors(port: int) -> str:
    """What the server lets a page of a foreign origin do: its Allow-Origin header, or ""."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/system_stats", headers={"Origin": FOREIGN_ORIGIN}
    )
    try:
        with opener().open(request, timeout=5) as answer:
            return str(answer.headers.get("Access-Control-Allow-Origin", ""))
    except urllib.error.HTTPError as error:
        return str(error.headers.get("Access-Control-Allow-Origin", ""))
    except (OSError, ValueError):
        return ""


def get_json(port: int, path: str) -> Any:
    """The JSON at `path`; a sentence saying what went wrong otherwise."""
    try:
        with opener().open(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return json.loads(answer.read(64 << 20))
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}"
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def opener() -> urllib.request.OpenerDirector:
    """An HTTP client that asks nobody on the way: loopback never goes through a proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
