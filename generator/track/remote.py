"""Tracking on the box: the clip goes there once, our own tracker runs there, the track comes back.

    ~/breathing-room/tracker/
        clips/<sha256>.mkv     every master that was ever sent, by content
        code-<sha256>.zip      this package's own sources, run as they are
        venv-<digest>/         numpy, OpenCV and ffmpeg of the versions used here
        track-<key>/           what one run gave; whoever asks for the same again is given it

The environment is a plain venv without the system's packages: it neither sees nor touches the torch
of the box. The stage's key and outputs are those of a run here; the same versions of numpy, OpenCV
and ffmpeg on the same kind of processor give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import generator
from generator.artifacts.decode import encode, read
from generator.artifacts.track import REPORT, TRACK, TrackFacts, TrackReport, TrackRequest
from generator.engine import ports
from generator.engine.disk import canonical_json, sha256_file
from generator.engine.ports import Progress
from generator.errors import SceneError, TrackError
from generator.scene.checks import is_url
from generator.scene.model import Wan

PACKAGES = ("numpy", "opencv-python-headless", "imageio-ffmpeg", "ffmpeg-python")
_INSTALL_S = 1800.0
_TRACK_S = 3600.0
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAKE_VENV = """
import fcntl, pathlib, shutil, subprocess, sys
venv, packages = pathlib.Path(sys.argv[1]), sys.argv[2:]
if sys.version_info < (3, 11):
    sys.exit("this python3 is " + sys.version.split()[0])
venv.parent.mkdir(parents=True, exist_ok=True)
with open(f"{venv}.lock", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not (venv / "ready").exists():
        shutil.rmtree(venv, ignore_errors=True)
        python = venv / "bin/python"
        for command in ([sys.executable, "-m", "venv", venv],
                        [python, "-m", "pip", "install", "-q", *packages]):
            if subprocess.run(command).returncode:
                sys.exit(1)
        (venv / "ready").touch()
"""
"""Makes the tracker's environment, once, whoever comes at the same time."""


@dataclass(frozen=True)
class Box:
    """Where things lie on the box; all paths are relative to the login's home, or absolute."""

    shell: ports.Box
    home: str

    @classmethod
    def of(cls, wan: Wan, shell: ports.Box) -> Box:
        """The box of `[wan]`."""
        return cls(shell, wan.home.removeprefix("~/").rstrip("/") + "/tracker")


def ssh_destination(wan: Wan) -> str:
    """The box that tracks. Raises SceneError when `[wan] host` is not an ssh destination."""
    if not wan.host or is_url(wan.host):
        raise SceneError(
            "scene.toml [track] on",
            got=f'"spark", with [wan] host = "{wan.host}"',
            expected="an ssh destination: tracking needs a login on the box, not only its server",
            remedy='write host = "user@box", or on = "here"',
        )
    return wan.host


def track_on_box(
    box: Box,
    request: TrackRequest,
    master: Path,
    out_dir: Path,
    *,
    anchor: Path | None,
    progress: Progress,
) -> TrackFacts:
    """Have `request` tracked on the box; writes track.json and report.json, returns the facts.

    Raises SshError when the box cannot be reached, TrackError with the tracker's own words.
    """
    name = f"track:{request.clip}"
    python = _ensure_python(box, name, progress)
    code = _send_code(box, out_dir)
    clip = _send_clip(box, master, progress)
    extra = ["--anchor", _send_clip(box, anchor, progress)] if anchor else []
    text = canonical_json(encode(request))
    given = [python, code, clip, *extra]
    digest = hashlib.sha256(canonical_json(given) + text).hexdigest()[:16]
    track = f"{box.home}/track-{digest}"
    progress.note(f"{name}: tracking on {box.shell.destination}")
    command = ["env", f"PYTHONPATH={code}", "PYTHONDONTWRITEBYTECODE=1", python]
    ended = box.shell.run(
        [*command, "-m", "generator.track", "--once", "-", clip, track, *extra],
        stdin=text,
        timeout_s=_TRACK_S,
    )
    if ended.returncode != 0:
        raise TrackError(
            f"{name} on {box.shell.destination}",
            got="a tracker that refused",
            expected="a track",
            detail=ended.stderr[-1500:],
        )
    for file in (TRACK, REPORT):
        box.shell.fetch_file(f"{track}/{file}", out_dir / file)
    return TrackFacts.of(read(TrackReport, out_dir / REPORT))


def requirements() -> list[str]:
    """What the tracker needs, in the versions that run here."""
    return [f"{name}=={metadata.version(name)}" for name in PACKAGES]


def venv_path(home: str) -> str:
    """Where the tracker's environment lies, by what is in it."""
    return f"{home}/venv-{hashlib.sha256(' '.join(requirements()).encode()).hexdigest()[:12]}"


def pack_code() -> bytes:
    """Our own Python sources as a zip, the same bytes every time."""
    root = Path(generator.__file__).parent
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*.py")):
            entry = zipfile.ZipInfo(f"generator/{path.relative_to(root).as_posix()}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def _ensure_python(box: Box, name: str, progress: Progress) -> str:
    """The tracker's interpreter on the box, made there the first time."""
    venv = venv_path(box.home)
    if box.shell.run(["test", "-f", f"{venv}/ready"]).returncode != 0:
        progress.note(f"{name}: making the tracker's environment on {box.shell.destination}")
        ended = box.shell.run(
            ["python3", "-c", _MAKE_VENV, venv, *requirements()],
            timeout_s=_INSTALL_S,
        )
        if ended.returncode != 0:
            raise TrackError(
                f"{name} on {box.shell.destination}",
                got="no environment for the tracker",
                expected="python3, 3.11 or later, with venv, and a package index that it reaches",
                remedy='apt install python3-venv there, or write on = "here" in [track]',
                detail=ended.stderr[-1200:],
            )
    return f"{venv}/bin/python"


def _send_code(box: Box, scratch: Path) -> str:
    data = pack_code()
    target = f"{box.home}/code-{hashlib.sha256(data).hexdigest()[:16]}.zip"
    local = scratch / ".code.zip"
    local.write_bytes(data)
    box.shell.send_file(local, target)
    local.unlink()
    return target


def _send_clip(box: Box, clip: Path, progress: Progress) -> str:
    """Where the clip lies on the box; sent only if its content is not there yet."""
    target = f"{box.home}/clips/{sha256_file(clip)}{clip.suffix}"
    if box.shell.send_file(clip, target, progress=progress):
        progress.note(f"sent {clip.name} to {box.shell.destination}")
    return target
