"""A whole box in a folder: interpreter, torch, ComfyUI that runs, models; then one thing breaks.

What runs is real (processes, sockets, interpreters, compilers, files); torch is a small
distribution that imports and sees no GPU, since there is none here.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.comfy.catalogue import ModelFile
from generator.doctor.check import Finding
from generator.doctor.collector import assemble
from generator.doctor.collector.main import MARK
from generator.doctor.evidence import Evidence, load_evidence
from generator.doctor.examination import examine
from generator.doctor.wanted import CollectorSettings, Wanted, settings_for
from tests.doctor.pythons import base_python, fake_torch, install, venv
from tests.sshd import free_port

TORCH = "2.10.0a0+nv26.02"
NODES = ("KSamplerAdvanced", "WanImageToVideo", "WanVideoSampler")
GIB = 1 << 30
SERVER = """
import argparse, http.server, json, sys
from pathlib import Path

import comfy.sd  # what a start would import

parser = argparse.ArgumentParser()
parser.add_argument("--listen", default="127.0.0.1")
parser.add_argument("--port", type=int)
known, _ = parser.parse_known_args()
told = json.loads(Path(__file__).with_name("answers.json").read_text())


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = told["paths"].get(self.path)
        if self.path == "/system_stats":
            answer = {"system": {"comfyui_version": told["version"], "argv": sys.argv}}
        self.send_response(404 if answer is None else 200)
        if told["cors"]:
            self.send_header("Access-Control-Allow-Origin", told["cors"])
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer((known.listen, known.port), Handler).serve_forever()
"""


def safetensors(size_bytes: int) -> bytes:
    """A small file of the format, whole."""
    header = json.dumps(
        {"t": {"dtype": "U8", "shape": [size_bytes], "data_offsets": [0, size_bytes]}}
    )
    return len(header).to_bytes(8, "little") + header.encode() + bytes(size_bytes)


MODEL = safetensors(1000)
MODELS = (
    ModelFile("high.safetensors", "diffusion_models", 1e3, hashlib.sha256(MODEL).hexdigest()),
    ModelFile("vae.safetensors", "vae", 1e3),
)


@dataclass
class Box:
    """One box; `serve` starts its ComfyUI, `examine` sends the doctor."""

    root: Path
    headers: bool = True
    torch: Mapping[str, str] = field(default_factory=lambda: fake_torch(TORCH, "13.0"))
    inherits: bool = True
    models: tuple[ModelFile, ...] = MODELS
    variables: dict[str, str] = field(default_factory=dict)
    holder_bytes: int = 1 << 50
    deep: bool = False
    arch: str = ""
    available_gib: int = 110
    free_gib: int = 100
    swap_gib: int = 0
    answers: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = self.root / "room"
        self.comfy = self.home / "ComfyUI"
        self.base = base_python(self.root / "base", headers=self.headers)
        if self.torch:
            install(self.base, "torch", TORCH, self.torch)
        for name in ("torchvision", "torchaudio"):
            install(self.base, name, "0.1", {f"{name}/__init__.py": "__version__ = '0.1'\n"})
        self.python = venv(self.base, self.home / "venv", inherits=self.inherits)
        self.port = free_port()
        self._servers: list[subprocess.Popen[bytes]] = []
        self.write(self.comfy / "main.py", SERVER)
        self.write(self.comfy / "comfy/__init__.py", "")
        self.write(self.comfy / "comfy/sd.py", "from . import audio\nimport comfy.vision\n")
        self.write(self.comfy / "comfy/audio.py", "import torch\nimport torchaudio\n")
        self.write(self.comfy / "comfy/vision.py", "import torchvision\n")
        self.write(self.comfy / "comfyui_version.py", '__version__ = "0.45.2"\n')
        for model in self.models:
            self.model(model).parent.mkdir(parents=True, exist_ok=True)
            self.model(model).write_bytes(MODEL)
        self.tool("hf")

    def write(self, path: Path, text: str) -> None:
        """A text file, its folder made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def model(self, model: ModelFile) -> Path:
        """Where a model's file is."""
        return self.comfy / "models" / model.folder / model.name

    def tool(self, name: str, script: str = "exit 0") -> Path:
        """A program in the venv's bin folder, which the collector searches first."""
        path = self.home / "venv/bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def serve(
        self,
        *options: str,
        listen: str = "127.0.0.1",
        variables: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        """Start its ComfyUI and wait until it answers."""
        listed = {f"/models/{m.folder}": [m.name] for m in self.models}
        paths = {"/object_info": {name: {} for name in NODES}, **listed}
        told = {"version": "0.45.2", "cors": "", **self.answers}
        told["paths"] = {**paths, **told.get("paths", {})}
        self.write(self.comfy / "answers.json", json.dumps(told))
        clean = {k: v for k, v in os.environ.items() if "TOKEN" not in k and "KEY" not in k}
        command = ["main.py", "--listen", listen, "--port", str(self.port), *options]
        self.run_server([*prefix, str(self.python), *command], {**clean, **(variables or {})})

    def run_server(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        """Start any server on its port and wait for the port."""
        import socket

        server = subprocess.Popen(command, cwd=self.comfy, env=variables, stderr=subprocess.PIPE)
        self._servers.append(server)
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if server.poll() is not None:
                break
            time.sleep(0.02)
        assert server.stderr
        raise RuntimeError(server.stderr.read().decode())

    def stop(self) -> None:
        """Stop what runs."""
        for server in self._servers:
            server.kill()
            server.wait()
            assert server.stderr
            server.stderr.close()
        self._servers.clear()

    @property
    def wanted(self) -> Wanted:
        """What the scene asks of it."""
        return Wanted(
            host="",
            port=self.port,
            home=str(self.home),
            models=self.models,
            nodes=NODES,
            size_px=(64, 64),
            frame_count=5,
            holder_bytes=self.holder_bytes,
        )

    @property
    def settings(self) -> CollectorSettings:
        """What the collector is told: memory comes from a file, so that a test owns it."""
        meminfo = self.root / "meminfo"
        sizes = {
            "MemTotal": 119,
            "MemFree": self.free_gib,
            "MemAvailable": self.available_gib,
            "SwapTotal": self.swap_gib,
        }
        meminfo.write_text("".join(f"{k}: {v * GIB // 1024} kB\n" for k, v in sizes.items()))
        made = settings_for(self.wanted, root=str(self.comfy), deep=self.deep)
        return CollectorSettings(
            **{**vars(made), "meminfo": str(meminfo), "arch": self.arch}  # type: ignore[arg-type]
        )

    def evidence(self, settings: CollectorSettings | None = None) -> Evidence:
        """Run the collector: a process of its own, as over ssh."""
        env = {**os.environ, "PATH": f"{self.home}/venv/bin:/usr/bin:/bin", **self.variables}
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-", (settings or self.settings).to_json()],
            input=assemble().encode(),
            capture_output=True,
            env=env,
            check=True,
        )
        return load_evidence(json.loads(done.stdout.decode().split(f"\n{MARK}\n")[1]))

    def findings(self) -> dict[str, Finding]:
        """The doctor's findings by name."""
        return {finding.name: finding for finding in examine(self.evidence(), self.wanted)}
