"""What the `spark` commands share: the box itself, what the scene asks of it, the way to look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.errors import RemoteError, UsageError
from generator.scene.checks import is_url
from generator.scene.load import SCENE_FILE, load_project
from generator.scene.model import CLIP_NAMES, Scene

if TYPE_CHECKING:
    from generator.box.local import LocalShell
    from generator.box.ssh import SshShell
    from generator.doctor.wanted import Wanted


def scene_of(directory: Path) -> Scene:
    """The project's scene; the defaults where there is no project yet."""
    return load_project(directory).scene if (directory / SCENE_FILE).is_file() else Scene()


def box_of(
    scene: Scene, host: str | None, ssh_config: Path | None, patience_s: float | None
) -> SshShell | LocalShell:
    """The box behind ssh, or this machine when neither option nor scene names one."""
    from generator.box.local import LocalShell
    from generator.box.ssh import ssh_box

    destination = scene.wan.host if host is None else host
    if is_url(destination):
        raise UsageError(
            "[wan] host",
            got=destination,
            expected="an ssh destination: the box itself is looked at, not only its server",
            remedy='pass --host user@box, or --host "" when it is this machine',
        )
    if not destination:
        return LocalShell()
    return ssh_box(destination, config=ssh_config, login_s=patience_s)


def destination(box: SshShell | LocalShell) -> str:
    """Where ssh goes; "" for this machine."""
    from generator.box.ssh import SshShell

    return box.destination if isinstance(box, SshShell) else ""


def wanted_of(scene: Scene, directory: Path, host: str, port: int) -> Wanted:
    """What the workflows of this scene need, read from the workflow files themselves.

    Raises SceneError for a file that is no workflow.
    """
    from generator.comfy.editor import read_graph
    from generator.doctor.wanted import wanted_for
    from generator.render.wan import stage as wan
    from generator.render.wan.server import read_workflow

    name = scene.wan.workflow or "our own workflow"
    paths = dict.fromkeys(wan.workflow_path(scene, clip, directory) for clip in CLIP_NAMES)
    graphs = [read_graph(read_workflow(path, name), name=name) for path in paths]
    return wanted_for(scene, host, port, graphs)


def knock_of(box: SshShell | LocalShell, port: int) -> Callable[[], str] | None:
    """Opens the tunnel and asks what is at its end."""
    from generator.box.ssh import SshShell
    from generator.doctor.collector.server import get_json, system_of

    if not isinstance(box, SshShell):
        return None

    def knock() -> str:
        with box.tunnel(port) as line:
            answer: Any = get_json(line.local_port, "/system_stats")
        if not isinstance(answer, dict):
            raise RemoteError(
                "the tunnel",
                got=str(answer),
                expected="ComfyUI at its end",
                remedy=f"does the login on {box.destination} allow forwarding? "
                "(AllowTcpForwarding in its sshd_config)",
            )
        return f"ComfyUI {system_of(answer).get('comfyui_version', '')}".strip()

    return knock


def comfy_python() -> str:
    """The interpreter behind the `comfy` command that a render would call; "" for none."""
    from generator.comfy.cli import find_program, interpreter_of

    program = find_program()
    return interpreter_of(program) if program else ""


def stream(box: SshShell | LocalShell, argv: list[str], stdin: bytes) -> None:
    """Run on the box, its words shown as they come. Raises RemoteError when it fails."""
    returncode = box.stream(argv, stdin=stdin, sink=_echo, timeout_s=24 * 3600.0)
    if returncode != 0:
        raise RemoteError(
            "spark setup",
            got=f"exit status {returncode}",
            expected="every step to end well",
            remedy="mend what the last lines say and run it again: it goes on where it stopped",
        )


def _echo(chunk: bytes) -> None:
    click.echo(chunk.decode(errors="replace"), nl=False)
