"""Real interpreters and real distributions to break: a base Python of our own, venvs, wheels.

`base_python` is the running interpreter's binary in a prefix of its own: same standard library, its
own (empty) site-packages and headers, so that a test may be the system under a venv.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"


def base_python(root: Path, *, headers: bool = True) -> Path:
    """A base interpreter in `root`; returns its executable."""
    library = Path(sysconfig.get_path("stdlib"))
    target = root / "lib" / VERSION
    target.mkdir(parents=True)
    for entry in library.iterdir():
        if entry.name not in ("site-packages", "dist-packages"):
            (target / entry.name).symlink_to(entry)
    (target / "site-packages").mkdir()
    include = Path(sysconfig.get_config_var("INCLUDEPY"))
    if headers:
        (root / "include").mkdir()
        (root / "include" / include.name).symlink_to(include)
    executable = root / "bin" / VERSION
    executable.parent.mkdir()
    real = Path(sys.base_prefix, "bin", VERSION)
    shutil.copy2(real if real.exists() else Path(sys.executable).resolve(), executable)
    (root / "bin" / "python3").symlink_to(VERSION)
    return root / "bin" / "python3"


def site_packages(python: Path) -> Path:
    """The folder that an interpreter made here installs into."""
    return python.parent.parent / "lib" / VERSION / "site-packages"


def venv(python: Path, root: Path, *, inherits: bool = True, pip: bool = False) -> Path:
    """A virtual environment of `python`; returns its executable."""
    options = (["--system-site-packages"] if inherits else []) + ([] if pip else ["--without-pip"])
    subprocess.run([str(python), "-m", "venv", *options, str(root)], check=True)
    return root / "bin" / "python"


def install(python: Path, name: str, version: str, files: Mapping[str, str]) -> None:
    """Put a distribution into an interpreter's site-packages, as pip would leave it."""
    folder = site_packages(python)
    info = folder / f"{name}-{version}.dist-info"
    for path, text in {
        **{folder / inner: text for inner, text in files.items()},
        info / "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        info / "RECORD": "",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def wheel(folder: Path, name: str, version: str, files: Mapping[str, str], needs: str = "") -> Path:
    """A wheel that pip installs, from `files`; `needs` is one requirement."""
    info = f"{name}-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [
        f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in content.items()
    ]
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return target


def fake_torch(version: str, cuda: str | None) -> dict[str, str]:
    """A torch that imports, knows its CUDA, and sees no GPU."""
    return {
        "torch/__init__.py": f"__version__ = {version!r}\nfrom torch import cuda, version\n",
        "torch/version.py": f"cuda = {cuda!r}\n",
        "torch/cuda.py": "def is_available():\n    return False\n",
    }


def _digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
