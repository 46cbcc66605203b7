"""Checks of torch.compile and of what Triton needs to build its first kernel."""

from __future__ import annotations

from generator.doctor.check import Check, Verdict, ok, skip, warn
from generator.doctor.evidence import Evidence
from generator.doctor.wanted import Wanted

COMPILE_TOLERANCE = 1e-3
"""Relative error of fused float32 arithmetic; rounding gives about 1e-7."""
CUT = "nothing breaks meanwhile: our workflows do not compile (TORCHDYNAMO_DISABLE=1 for others)"


def compiler(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is there a C compiler that compiles?"""
    found = evidence.headers
    if not found.ok:
        return skip(f"not tried: {found.error}")
    if error := found.text("compiler_error"):
        return warn(error, wanted.on_box("sudo apt install gcc libc6-dev"))
    return ok(found.text("compiler"))


def python_headers(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does a file that includes Python.h compile?"""
    found = evidence.headers
    if not found.ok or found.text("compiler_error"):
        return skip("no C compiler to try with")
    version = ".".join(evidence.interpreter.text("version").split(".")[:2])
    if error := found.text("python_error"):
        return warn(
            f"{found.text('python_folder')}: {error}",
            wanted.on_box(f"sudo apt install python{version}-dev"),
        )
    return ok(found.text("python_folder"))


def cuda_headers(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does a file that includes cuda.h compile?"""
    found = evidence.headers
    if not found.ok or found.text("compiler_error"):
        return skip("no C compiler to try with")
    if not found.text("triton") and not found.text("cuda_folder"):
        return skip("neither Triton nor a CUDA toolkit is here")
    if error := found.text("cuda_error"):
        return warn(
            error,
            wanted.on_box("export CPATH=/usr/local/cuda/include")
            + " in ComfyUI's environment, or use a devel image",
        )
    return ok(found.text("cuda_folder") or "the compiler's own path")


def ptxas(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does the ptxas that Triton would call know this GPU?"""
    found = evidence.headers
    if not found.ok or not found.text("arch"):
        return skip("no GPU to assemble for")
    if not found.text("triton") and not found.text("ptxas"):
        return skip("neither Triton nor a ptxas is here")
    if error := found.text("ptxas_error"):
        return warn(
            f"{found.text('ptxas') or 'ptxas'}: {error}",
            wanted.on_box("export TRITON_PTXAS_PATH=/usr/local/cuda/bin/ptxas")
            + " in ComfyUI's environment, or take Triton 3.6 or later",
        )
    return ok(f"{found.text('ptxas')} assembles for {found.text('arch')}")


def torch_compile(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does torch.compile compile, run, and give the right numbers?"""
    del wanted
    if evidence.interpreter.flag("dynamo_disabled"):
        return skip("switched off: TORCHDYNAMO_DISABLE=1")
    if not evidence.has_cuda:
        return skip("torch sees no GPU")
    found = evidence.compile
    if not found.was_tried:
        return skip(found.error)
    if not found.ok:
        return warn(
            f"torch.compile dies: {found.error}",
            f"mend what compiler, python-headers, cuda-headers and ptxas say; {CUT}",
        )
    error = found.number("relative_error")
    if not error < COMPILE_TOLERANCE:
        return warn(f"compiled code differs from the CPU by {error:.2g}", CUT)
    return ok(f"compiled and right ({error:.1g}), {found.number('seconds'):.1f} s the first time")


CHECKS = (
    Check(
        "compiler",
        compiler,
        "Triton builds a small C file before its first kernel.",
        "cc --version prints one",
    ),
    Check(
        "python-headers",
        python_headers,
        "That C file includes Python.h; without it every torch.compile dies in the middle of a "
        "sampler with 'cc_cmd returned non-zero exit status 1'.",
        "torch-compile passes",
    ),
    Check(
        "cuda-headers",
        cuda_headers,
        "That C file includes cuda.h, which runtime images leave out.",
        "torch-compile passes",
    ),
    Check(
        "ptxas",
        ptxas,
        "Triton 3.5 and older bring a ptxas of CUDA 12.8, which does not know sm_121a.",
        "torch-compile passes",
    ),
    Check(
        "torch-compile",
        torch_compile,
        "A workflow that asks for it dies in the middle of a sampler.",
        "a workflow with compile settings gets past its first step",
    ),
)
