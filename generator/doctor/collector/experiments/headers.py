"""What Triton needs to build its first kernel: a C compiler, Python.h, cuda.h and a fit ptxas.

Each is tried for real: a two-line C file is compiled, a three-line PTX file assembled for the arch
of this GPU. Nothing is imported, so it answers where torch cannot even load.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

PTX = ".version 7.8\n.target sm_80\n.address_size 64\n.visible .entry k() { ret; }\n"


def compiles(compiler, include, folders):
    """The compiler's last error line for `#include <include>`; "" when it compiles."""
    if not compiler:
        return "no C compiler on PATH"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text(f"#include <{include}>\nint probe(void) {{ return 0; }}\n")
        command = [compiler, "-c", "-fPIC", str(source), "-o", str(Path(folder, "probe.o"))]
        return last_error(command + [f"-I{each}" for each in folders])


def assembles(ptxas, arch):
    """Ptxas's last error line for an empty kernel on `arch`; "" when it assembles."""
    if not ptxas:
        return "no ptxas found"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.ptx")
        source.write_text(PTX)
        return last_error([ptxas, f"--gpu-name={arch}", str(source), "-o", str(Path(folder, "o"))])


def last_error(command):
    """Run it: "" on success, else the line that says why not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{type(error).__name__}: {error}"
    if done.returncode == 0:
        return ""
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return (errors or lines or [f"exit status {done.returncode}"])[0].strip()


def triton_folder():
    """Where Triton keeps its NVIDIA parts; None without Triton."""
    spec = importlib.util.find_spec("triton")
    return Path(spec.origin).parent / "backends/nvidia" if spec and spec.origin else None


def cuda_folders(triton):
    """Where the compiler is sent for cuda.h: Triton's own folder alone, as Triton does.

    The toolkit's folder only counts where there is no Triton; CPATH counts for the compiler anyway.
    """
    if triton:
        return [triton / "include"]
    homes = [os.environ.get("CUDA_HOME", ""), os.environ.get("CUDA_PATH", ""), "/usr/local/cuda"]
    folders = [Path(home, "include") for home in homes if home]
    return [folder for folder in folders if (folder / "cuda.h").exists()]


def find_ptxas(triton, arch):
    """The ptxas that Triton would call for `arch`: the one told, its own, then the system's."""
    blackwell = re.fullmatch(r"sm_1\d\da?", arch) is not None
    told = ["TRITON_PTXAS_BLACKWELL_PATH"] if blackwell else []
    own = ["ptxas-blackwell", "ptxas"] if blackwell else ["ptxas"]
    candidates = [os.environ.get(name, "") for name in [*told, "TRITON_PTXAS_PATH"]]
    candidates += [str(triton / "bin" / name) for name in own] if triton else []
    candidates += [shutil.which("ptxas") or "", "/usr/local/cuda/bin/ptxas"]
    return next((path for path in candidates if path and is_ptxas(path)), "")


def is_ptxas(path):
    """Whether it answers as one; like Triton, we pass over a path that does not."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "release" in done.stdout


def main(arch):
    """Each ingredient: where it is and what it said."""
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang") or ""
    triton = triton_folder()
    ptxas = find_ptxas(triton, arch)
    python_folder = sysconfig.get_paths()["include"]
    cuda = cuda_folders(triton)
    return {
        "compiler": compiler,
        "compiler_error": compiles(compiler, "stdio.h", []),
        "python_folder": python_folder,
        "python_error": compiles(compiler, "Python.h", [python_folder]),
        "cuda_folder": str(cuda[0]) if cuda else "",
        "cuda_error": compiles(compiler, "cuda.h", cuda),
        "triton": str(triton) if triton else "",
        "ptxas": ptxas,
        "arch": arch,
        "ptxas_error": assembles(ptxas, arch),
    }


sys.stdout.write("\x02breathe-experiment\x03" + json.dumps(main(json.loads(sys.argv[1])["arch"])))
