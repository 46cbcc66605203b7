"""Checks of Python's side: whose torch this is, and whether it really computes on this GPU."""

from __future__ import annotations

import math

from generator.doctor.check import Check, Verdict, fail, ok, skip, warn
from generator.doctor.evidence import Evidence, Experiment
from generator.doctor.wanted import Wanted

MATMUL_TOLERANCE = 0.01
"""Relative error of a bf16 product: rounding gives 0.002 to 0.003; wrong kernels give about 1."""
SDPA_TOLERANCE = 0.02
"""The same for attention, whose softmax rounds once more."""
FFT_TOLERANCE = 1e-3
"""Relative error in float32; rounding gives about 1e-6."""
SAGE_TOLERANCE = 0.1
"""SageAttention quantises to 8 bits: its own papers' errors stay below this; garbage does not."""


def venv(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does ComfyUI's interpreter see the torch of the system beneath it?"""
    python = evidence.interpreter
    if not python.ok:
        return fail(
            f"{' '.join(evidence.python)}: {python.error}",
            "pass --python PATH: the interpreter that runs ComfyUI",
        )
    shown = f"{python.text('executable')} ({python.text('version')})"
    beneath = python.data.get("base_torch_versions") or []
    if not python.flag("is_venv"):
        return ok(f"{shown}, no venv")
    if python.flag("inherits"):
        return ok(f"{shown}, inherits the system's packages")
    if not beneath:
        return ok(f"{shown}, on its own: the system beneath has no torch to inherit")
    return fail(
        f"{shown} does not inherit the system's packages, so torch {beneath[0]} stays unseen",
        wanted.on_box(f"python3 -m venv --upgrade --system-site-packages {python.text('prefix')}"),
    )


def torch(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does it import?"""
    found = evidence.torch
    if found.ok:
        return ok(f"{found.text('version')} from {found.text('file')} in {found.seconds:.1f} s")
    return fail(found.error, f"run it by hand: {wanted.on_box(_import_line(evidence, 'torch'))}")


def torch_origin(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does one build lie over another?"""
    builds = evidence.interpreter.data.get("torch_builds") or []
    if not builds:
        return skip("no torch is installed here")
    first, *hidden = [f"{build['version']} in {build['path']}" for build in builds]
    if not hidden:
        return ok(first)
    return fail(
        f"{first} hides {hidden[0]}",
        wanted.on_box(f"{evidence.interpreter.text('executable')} -m pip uninstall -y torch"),
    )


def torch_cuda(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Was it built for CUDA, and does it see the GPU?"""
    found = evidence.torch
    if not found.ok:
        return skip("torch does not import")
    built = found.text("cuda")
    if not built:
        return fail(
            f"torch {found.text('version')} is a build without CUDA",
            "let the image's torch through (see torch-origin and venv), or install a cu130 wheel",
        )
    if found.flag("cuda_available"):
        return ok(f"CUDA {built}, sees {found.text('device')}")
    if not evidence.box.gpus:
        return skip(f"CUDA {built}, but there is no GPU to see")
    return fail(
        f"torch {found.text('version')} for CUDA {built} does not see {evidence.gpu_name}",
        wanted.on_box(
            f"{evidence.interpreter.text('executable')} -c 'import torch; torch.cuda.init()'"
        ),
    )


def matmul(evidence: Evidence, wanted: Wanted) -> Verdict:
    """A bf16 product, GPU against CPU."""
    return _arithmetic(evidence, wanted, evidence.matmul, "bf16 matmul", MATMUL_TOLERANCE)


def sdpa(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Attention, GPU against CPU."""
    return _arithmetic(evidence, wanted, evidence.sdpa, "bf16 attention", SDPA_TOLERANCE)


def fft(evidence: Evidence, wanted: Wanted) -> Verdict:
    """A run-time compiled complex operation, GPU against CPU."""
    return _arithmetic(evidence, wanted, evidence.fft, "FFT", FFT_TOLERANCE)


def torchvision(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does it import beside this torch?"""
    return _companion(evidence, wanted, "torchvision", evidence.torchvision)


def torchaudio(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does it import; if not, does this ComfyUI need it to?"""
    return _companion(evidence, wanted, "torchaudio", evidence.torchaudio)


def sageattention(evidence: Evidence, wanted: Wanted) -> Verdict:
    """If it is here: does it compute attention?"""
    found = evidence.sageattention
    away = wanted.on_box(
        f"{evidence.interpreter.text('executable')} -m pip uninstall -y sageattention"
    )
    if not found.was_tried:
        return skip(found.error)
    if not found.ok:
        return warn(f"installed, but dies: {found.error}", away)
    if not found.flag("installed"):
        return ok("not installed; workflows use sdpa")
    error = found.number("relative_error")
    shown = f"SageAttention {found.text('version')}".strip()
    if math.isnan(error):
        return skip(f"{shown} is installed; without a GPU it cannot be tried")
    if not error < SAGE_TOLERANCE:
        return fail(f"{shown} differs from sdpa by {error:.2g} on this GPU", away)
    if evidence.is_spark:
        return warn(
            f"{shown} agrees with sdpa here ({error:.2g}), but corrupted video without an error "
            "has been reported on this GPU",
            "use sdpa; compare a clip by eye before you trust it",
        )
    return ok(f"{shown} agrees with sdpa ({error:.2g})")


def _arithmetic(
    evidence: Evidence, wanted: Wanted, found: Experiment, what: str, tolerance: float
) -> Verdict:
    if not evidence.has_cuda:
        return skip("torch sees no GPU")
    if not found.was_tried:
        return skip(found.error)
    fix = (
        f"use a current NGC image ([wan] image) and {wanted.on_box('nvidia-smi')} to see the driver"
    )
    if not found.ok:
        return fail(f"{what} dies: {found.error}", fix)
    error = found.number("relative_error")
    shown = f"{what} differs from the CPU by {error:.2g}, {found.number('milliseconds'):.2f} ms"
    return ok(shown) if error < tolerance else fail(f"{shown}; {tolerance:g} is allowed", fix)


def _companion(evidence: Evidence, wanted: Wanted, name: str, found: Experiment) -> Verdict:
    """Torchvision and torchaudio: broken is fatal only where ComfyUI's start reaches the import."""
    if not evidence.torch.ok:
        return skip("torch does not import")
    stub = "our stub, " if found.flag("is_stub") else ""
    shown = f"{stub}{found.text('version')} from {found.text('file')}"
    hollow = found.text("hollow")
    if found.ok and not hollow:
        return ok(shown)
    kind = (
        "OSError"
        if not found.error.startswith(("ModuleNotFound", "ImportError"))
        else "ImportError"
    )
    reached = evidence.install.data.get("fatal_empty" if hollow else "fatal") or {}
    fatal = reached.get(name) or {}
    version = evidence.install.text("version") or "of unknown version"
    fix = (
        "breathe spark doctor --fix"
        if name == "torchaudio"
        else wanted.on_box(
            f"{evidence.interpreter.text('executable')} -m pip install --no-deps torchvision"
        )
    )
    if hollow and "ImportError" in fatal:
        within = f"ComfyUI {version} imports something within it at start, in"
        return fail(f"an empty package: {hollow}; {within} {fatal['ImportError']}", fix)
    if hollow:
        return ok(shown)
    if kind in fatal:
        return fail(f"{found.error}; ComfyUI {version} imports it at start in {fatal[kind]}", fix)
    if not evidence.install.text("root"):
        return warn(f"{found.error}; no ComfyUI was found to see whether it matters", fix)
    return ok(f"{found.error}; ComfyUI {version} starts without it, nodes that use it are missing")


def _import_line(evidence: Evidence, name: str) -> str:
    return f"{' '.join(evidence.python)} -c 'import {name}'"


CHECKS = (
    Check(
        "venv",
        venv,
        "A plain venv hides the torch that was tuned for this GPU; the next pip install then "
        "brings a generic one.",
        "torch shows a path outside the venv",
    ),
    Check(
        "torch",
        torch,
        "Everything stands on it.",
        "python -c 'import torch; print(torch.__version__, torch.__file__)'",
    ),
    Check(
        "torch-origin",
        torch_origin,
        "pip happily lays a generic torch over the tuned build; everything imports, and no "
        "kernel fits.",
        "torch shows the system's path again",
    ),
    Check(
        "torch-cuda",
        torch_cuda,
        "A CPU build imports without a word and renders for days.",
        "python -c 'import torch; print(torch.cuda.get_device_name())'",
    ),
    Check(
        "matmul",
        matmul,
        "The one proof that this torch has kernels for this GPU; version numbers and arch lists "
        "mislead.",
        "the difference from the CPU is below 0.01",
    ),
    Check(
        "sdpa",
        sdpa,
        "The attention that every workflow falls back to; it must be right, not only fast.",
        "the difference from the CPU is below 0.02",
    ),
    Check(
        "fft",
        fft,
        "Some wheels carry a run-time compiler that does not know this GPU: products work, FFT "
        "and complex operations die in the middle of a render (one community source: cu128).",
        "the difference from the CPU is below 0.001",
    ),
    Check(
        "torchvision",
        torchvision,
        "A torchvision built for another torch kills ComfyUI at start.",
        "python -c 'import torch, torchvision'",
    ),
    Check(
        "torchaudio",
        torchaudio,
        "NVIDIA's torch and the stock torchaudio disagree on their ABI; a ComfyUI that imports it "
        "at start dies, whether you use sound or not.",
        "ComfyUI starts; nodes that make sound stay unusable",
    ),
    Check(
        "sageattention",
        sageattention,
        "It has no aarch64 wheel, and a build of one's own has been reported to corrupt video "
        "without an error.",
        "workflows name sdpa, and a render ends",
    ),
)
