"""The setup that never falls into the traps: every file it brings to the box, from scene values.

    files = render(wan, models)          # name → text
    archive = pack(files)                # one tar, the same bytes for the same files
    deploy_argv(wan.home, steps=[...])   # what the box runs, with that tar as its stdin

`setup_files/` holds the scripts as they run there, and three templates with `@name` places. The
scripts look before they act, so a second run changes nothing; DRY_RUN=1 makes them only print.
"""

from __future__ import annotations

import io
import re
import shlex
import string
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files as resource_files

from generator.comfy.catalogue import REPOSITORY, ModelFile
from generator.errors import SceneError
from generator.scene.model import Wan

COMFYUI_URL = "https://github.com/Comfy-Org/ComfyUI.git"
STEPS = ("venv", "comfyui", "requirements", "nodes", "stub", "models", "service")
"""In the order in which they build on each other."""
CONTAINER_STEPS = ("venv", "comfyui", "requirements", "nodes", "stub")
TEMPLATES = ("Containerfile", "compose.yaml", "comfyui.service")
SCRIPTS = ("setup.sh", "constraints.py", "requirements.py", "torchaudio_stub.py", "verify_model.py")
SHARED_WITH_COLLECTOR = ("install.py", "weights.py")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._/-]*(:[0-9]+/[A-Za-z0-9._/-]+)?:[A-Za-z0-9._-]+(@\S+)?")
_HOME = re.compile(r"(~/|/)[A-Za-z0-9._/-]+")


def missing_packs(packs: Iterable[str], custom_nodes: Mapping[str, str]) -> tuple[str, ...]:
    """Those of the packs that `[wan] custom_nodes` does not name, whatever their case."""
    urls = [url.rstrip("/").removesuffix(".git") for url in custom_nodes]
    named = {url.rpartition("/")[2].lower() for url in urls}
    return tuple(sorted(pack for pack in set(packs) if pack.lower() not in named))


class _Template(string.Template):
    """`@name` places: shell, compose and systemd all use the dollar themselves."""

    delimiter = "@"


def render(
    wan: Wan, models: Sequence[ModelFile], *, comfyui_url: str = COMFYUI_URL
) -> dict[str, str]:
    """Every file of the setup by name. Raises SceneError for values that are not usable."""
    _check(wan)
    places = {
        "image": wan.image,
        "port": str(wan.port),
        "home": wan.home.replace("~/", "%h/", 1),
    }
    here = resource_files("generator.doctor").joinpath("setup_files")
    collector = resource_files("generator.doctor.collector").joinpath("experiments")
    found = {name: here.joinpath(name).read_text() for name in SCRIPTS}
    found |= {name: collector.joinpath(name).read_text() for name in SHARED_WITH_COLLECTOR}
    found |= {
        name: _Template(here.joinpath(name).read_text()).substitute(places) for name in TEMPLATES
    }
    found["settings.sh"] = settings(wan, models, comfyui_url)
    return found


def settings(wan: Wan, models: Sequence[ModelFile], comfyui_url: str) -> str:
    """`settings.sh`: the scene's values as shell variables."""
    start = f"{wan.home}/venv/bin/python {wan.home}/ComfyUI/main.py --listen 127.0.0.1"
    variables = {
        "python": "python3",
        "comfy_url": comfyui_url,
        "comfy_ref": wan.comfyui,
        "repository": REPOSITORY,
        "start_command": f"{start} --port {wan.port} --disable-auto-launch",
        "custom_nodes": "\n".join(f"{url} {ref}" for url, ref in wan.custom_nodes.items()),
        "model_files": "\n".join(
            f"{file.folder} {file.name} {file.source or '-'} {file.sha256 or '-'}"
            for file in models
        ),
    }
    lines = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join(
        ["# Written by breathe spark setup.", f"home={_shell_home(wan.home)}", *lines, ""]
    )


def pack(files: Mapping[str, str]) -> bytes:
    """A tar of the files: the same bytes for the same files, whoever packs and when."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            data = files[name].encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o755 if name.endswith(".sh") else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def deploy_argv(home: str, steps: Sequence[str], *, dry_run: bool = False) -> list[str]:
    """The command that unpacks the tar on its stdin on the box and runs the setup there.

    A dry run unpacks into a folder that is gone afterwards, and prints what would run.
    """
    if dry_run:
        script = (
            'd=$(mktemp -d) && trap \'rm -rf "$d"\' EXIT && tar -xf - -C "$d" && '
            'DRY_RUN=1 bash "$d/setup.sh" "$@"'
        )
        return ["sh", "-c", script, "sh", *steps]
    script = (
        'cd && home=$1 && shift && mkdir -p "$home/setup" && tar -xf - -C "$home/setup" && '
        'exec bash "$home/setup/setup.sh" "$@"'
    )
    return ["sh", "-c", script, "sh", home.removeprefix("~/"), *steps]


def compose_argv(home: str) -> list[str]:
    """The command that builds and starts the container from the unpacked files."""
    script = 'cd && cd "$1/setup" && ROOM_HOME=$(cd .. && pwd) exec docker compose up --build -d'
    return ["sh", "-c", script, "sh", home.removeprefix("~/")]


def _shell_home(home: str) -> str:
    """The folder as the shell on the box should see it; `~` is that login's home."""
    return f'"$HOME"/{shlex.quote(home[2:])}' if home.startswith("~/") else shlex.quote(home)


def _check(wan: Wan) -> None:
    """Refuse what could end up as something else in a shell, a unit or a container file."""
    if not _IMAGE.fullmatch(wan.image):
        raise _unusable("image", wan.image, f'a pinned tag, as in "{Wan().image}"')
    if not _HOME.fullmatch(wan.home) or ".." in wan.home:
        raise _unusable("home", wan.home, f'a folder, as in "{Wan().home}"')
    if not _REF.fullmatch(wan.comfyui) or ".." in wan.comfyui:
        raise _unusable("comfyui", wan.comfyui, f'a release or a commit, as in "{Wan().comfyui}"')
    for url, commit in wan.custom_nodes.items():
        if not _COMMIT.fullmatch(commit):
            raise _unusable(
                f'custom_nodes."{url}"', commit, "a whole commit of 40 hex digits: a tag can move"
            )
        if not re.fullmatch(r"https://[\w./~-]+|/[\w./-]+", url):
            raise _unusable("custom_nodes", url, "an https address of a git repository")


def _unusable(key: str, got: str, expected: str) -> SceneError:
    return SceneError(
        f"scene.toml [wan] {key}", got=repr(got), expected=expected, remedy="see docs/spark.md"
    )
