"""An empty torchaudio, so that a ComfyUI that imports it at start comes up without it.

    torchaudio_stub.py                    install it into this interpreter's own site-packages
    torchaudio_stub.py --needed-by ROOT   exit 0 when the ComfyUI in ROOT needs it, 1 when not

NVIDIA's torch and the stock torchaudio disagree on their ABI, and NVIDIA's own answer is a stub
too; an empty one is not enough where the start imports something within it (ComfyUI 0.33.0). What
is asked of ours fails with a sentence; nodes that make sound stay unusable.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

VERSION = "0.0.0+breathe.stub"
INIT = '''"""A stub: no torchaudio loads with the torch of this machine."""

import importlib.abc
import importlib.machinery
import sys
import types

__version__ = "{version}"
__breathe_stub__ = True
_WHY = "torchaudio is a stub on this machine: nodes that make sound do not work here"


class _Missing:
    """Stands where a class or function of torchaudio would; may be subclassed, not used."""

    def __init__(self, *_args, **_kwargs):
        raise RuntimeError(_WHY)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _Missing


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every submodule of torchaudio, and makes it as empty as its parent."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.startswith("torchaudio."):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = __getattr__
        return module

    def exec_module(self, module):
        pass


sys.meta_path.append(_Finder())
'''
METADATA = f"Metadata-Version: 2.1\nName: torchaudio\nVersion: {VERSION}\n"


def install(folder):
    """Write the package and its metadata; a torchaudio with anything in it stays untouched."""
    package = folder / "torchaudio"
    inside = {path.name for path in package.glob("*")} - {"__init__.py", "__pycache__"}
    if inside and "__breathe_stub__" not in (package / "__init__.py").read_text():
        sys.exit(
            f"{package} is a torchaudio of its own: {sys.executable} -m pip uninstall torchaudio"
        )
    info = folder / f"torchaudio-{VERSION}.dist-info"
    for path, text in (
        (package / "__init__.py", INIT.format(version=VERSION)),
        (info / "METADATA", METADATA),
        (info / "INSTALLER", "breathe\n"),
        (
            info / "RECORD",
            f"torchaudio/__init__.py,,\n{info.name}/METADATA,,\n{info.name}/RECORD,,\n",
        ),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sys.stdout.write(f"= {package}\n")


def is_needed(root):
    """Whether torchaudio does not load or is empty, and ComfyUI's start would end for that."""
    from install import fatal  # the collector's, put beside this file by the setup

    for empty, name in ((False, "torchaudio"), (True, "torchaudio.functional")):
        tried = subprocess.run(
            [sys.executable, "-c", f"import {name}"], capture_output=True, text=True, check=False
        )
        if tried.returncode != 0:
            last = (tried.stderr.strip().splitlines() or [""])[-1]
            missing = last.startswith(("ImportError", "ModuleNotFoundError"))
            kind = "ImportError" if missing else "OSError"
            return kind in fatal(root, "torchaudio", inside=empty)
    return False


if __name__ == "__main__":
    if sys.argv[1:2] == ["--needed-by"]:
        sys.exit(0 if is_needed(Path(sys.argv[2])) else 1)
    install(Path(sysconfig.get_path("purelib")))
