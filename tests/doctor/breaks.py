"""The ways to break a box, one check each, and what the doctor must say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.doctor.boxes import MODELS, NODES, Box, safetensors
from tests.doctor.pythons import fake_torch, install

NO_CUDART = "libcudart.so.12: cannot open shared object file"


def nothing(box: Box) -> None:
    """Leave it as it is."""
    del box


@dataclass(frozen=True)
class Break:
    """One way to break a box, and what the doctor must say: check, status, words."""

    check: str
    status: str
    words: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[Box], object] = nothing
    serve: Mapping[str, Any] | None = field(default_factory=dict)
    """Options of `Box.serve`; None: no server."""
    flags: tuple[str, ...] = ()


def broken_package(name: str, line: str) -> Callable[[Box], None]:
    """Lay a distribution that dies on import over the base's own."""

    def change(box: Box) -> None:
        install(box.python, name, "9.9", {f"{name}/__init__.py": line + "\n"})

    return change


def clobber(box: Box) -> None:
    """What an unconstrained pip install does: a generic torch in the venv."""
    install(box.python, "torch", "2.9.0", fake_torch("2.9.0", "12.8"))


def truncate(box: Box) -> None:
    """A download that broke off."""
    path = box.model(MODELS[0])
    path.write_bytes(path.read_bytes()[:-300])


def garble(box: Box) -> None:
    """An error page saved under a model's name."""
    box.model(MODELS[1]).write_text("<html>503 Service Unavailable</html>")


def impostor(box: Box) -> None:
    """Whole, but another model."""
    box.model(MODELS[0]).write_bytes(safetensors(1000)[:-1] + b"x")


def triton_without_headers(box: Box) -> None:
    """A Triton whose include folder is empty."""
    files = {"triton/__init__.py": "", "triton/backends/nvidia/include/README": "no cuda.h"}
    install(box.python, "triton", "3.5.0", files)


def old_ptxas(box: Box) -> None:
    """A stand-in with the words of CUDA 12.8's."""
    said = "ptxas fatal   : Value 'sm_121a' is not defined for option 'gpu-name'"
    box.tool(
        "ptxas", f'[ "$1" = --version ] && echo release 12.8 || {{ echo "{said}" >&2; exit 1; }}'
    )


BREAKS = [
    Break(
        "memory",
        "fail",
        ("takes up to 5.6 GiB", "MemAvailable is 3.0 GiB of 119.0 GiB"),
        {"available_gib": 3, "free_gib": 2},
    ),
    Break("page-cache", "warn", ("fits only once page cache is given back",), {"free_gib": 2}),
    Break("hf", "warn", ("no hf on PATH",), change=lambda box: (box.home / "venv/bin/hf").unlink()),
    Break(
        "hf",
        "warn",
        ("deprecated: it is hf now",),
        change=lambda box: (box.home / "venv/bin/hf").rename(box.home / "venv/bin/huggingface-cli"),
    ),
    Break("torch-origin", "fail", ("2.9.0 in ", "hides 2.10.0a0+nv26.02 in "), change=clobber),
    Break(
        "torch-cuda",
        "fail",
        ("2.10.0 is a build without CUDA",),
        {"torch": fake_torch("2.10.0", None)},
    ),
    Break(
        "torch",
        "fail",
        (f"OSError: {NO_CUDART}",),
        {
            "torch": {"torch/__init__.py": f"raise OSError({NO_CUDART!r})\n"},
        },
        serve=None,
    ),
    Break(
        "torchvision",
        "fail",
        ("RuntimeError: operator torchvision::nms does not exist", "at start in comfy/vision.py"),
        change=broken_package(
            "torchvision", "raise RuntimeError('operator torchvision::nms does not exist')"
        ),
        serve=None,
    ),
    Break(
        "torchaudio",
        "fail",
        ("OSError: undefined symbol", "imports it at start in comfy/audio.py"),
        change=broken_package("torchaudio", "raise OSError('undefined symbol: _ZN3c10')"),
        serve=None,
    ),
    Break(
        "torchaudio",
        "fail",
        ("ImportError: libtorch_cuda.so", "at start in comfy/audio.py"),
        change=broken_package("torchaudio", "raise ImportError('libtorch_cuda.so: no version')"),
        serve=None,
    ),
    Break(
        "sageattention",
        "warn",
        ("installed, but dies: ImportError: no kernel image",),
        change=broken_package("sageattention", "raise ImportError('no kernel image')"),
        options={"torch": {**fake_torch("2.10.0a0+nv26.02", "13.0")}},
    ),
    Break("compiler", "warn", ("exit status 1",), {"variables": {"CC": "/bin/false"}}),
    Break("python-headers", "warn", ("Python.h: No such file or directory",), {"headers": False}),
    Break(
        "cuda-headers",
        "warn",
        ("cuda.h: No such file or directory",),
        change=triton_without_headers,
    ),
    Break("ptxas", "warn", ("Value 'sm_121a' is not defined",), {"arch": "sm_121a"}, old_ptxas),
    Break("comfyui", "fail", ("nobody listens",), serve=None),
    Break(
        "comfyui-version",
        "fail",
        ("0.3.64 is older than 0.28.0", "CVE-2026-56670"),
        {"answers": {"version": "0.3.64"}},
    ),
    Break(
        "comfyui-version",
        "warn",
        ("version 'nightly' cannot be read",),
        {"answers": {"version": "nightly"}},
    ),
    Break(
        "comfyui-listen",
        "fail",
        ("listens on 0.0.0.0 (all interfaces)",),
        serve={"listen": "0.0.0.0"},
    ),
    Break("comfyui-cors", "fail", ("Access-Control-Allow-Origin: *",), {"answers": {"cors": "*"}}),
    Break("comfyui-flags", "warn", ("started with --highvram",), flags=("--highvram",)),
    Break("comfyui-flags", "warn", ("--use-sage-attention",), flags=("--use-sage-attention",)),
    Break(
        "comfyui-secrets",
        "warn",
        ("its environment holds HF_TOKEN",),
        serve={"variables": {"HF_TOKEN": "hf_not_a_real_one"}},
    ),
    Break(
        "nodes",
        "fail",
        ("missing: WanVideoSampler",),
        {"answers": {"paths": {"/object_info": {name: {} for name in NODES[:2]}}}},
    ),
    Break(
        "models", "fail", ("vae/vae.safetensors",), change=lambda box: box.model(MODELS[1]).unlink()
    ),
    Break("models-whole", "fail", ("high.safetensors is", "truncated"), change=truncate),
    Break("models-whole", "fail", ("vae.safetensors has no readable header",), change=garble),
    Break(
        "models-listed",
        "fail",
        ("on disk, but not offered: vae.safetensors",),
        {"answers": {"paths": {"/models/vae": []}}},
    ),
    Break(
        "models-sha256",
        "fail",
        ("another sha256 than published: high.safetensors",),
        {"deep": True},
        impostor,
    ),
]
