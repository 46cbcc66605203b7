"""The way to the server that renders, and whether it can do what a graph asks of it.

with connect(scene, root, ports) as link:
    graph = link.prepare(workflow, settings)      # checked against what the server has
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from generator.comfy.catalogue import ROLES
from generator.comfy.cli import Address, ComfyCli
from generator.comfy.client import ComfyServer, ServerFacts
from generator.comfy.editor import check_conversion, convert
from generator.comfy.graph import Graph, is_ui
from generator.comfy.nodes import (
    ServerNodes,
    check_nodes,
    check_values,
    in_server_form,
    without_blanks,
)
from generator.comfy.patch import Patched, Settings, patch
from generator.comfy.relay import relayed
from generator.comfy.roles import clip_part
from generator.engine.ports import Ports, Tunnel
from generator.errors import SceneError
from generator.scene.checks import is_url, shortened
from generator.scene.model import Scene

CLI_HOME = ".breathe/comfy"


@dataclass(frozen=True)
class Link:
    """A server that answers, and the tunnel to it if there is one."""

    server: ComfyServer
    name: str
    tunnel: Tunnel | None = None

    def check(self) -> None:
        """Raise the SshError that ended the tunnel for good, if one did."""
        if self.tunnel:
            self.tunnel.check()

    def facts(self, ports: Ports) -> ServerFacts:
        """What the server is; its age is noted, or refused."""
        facts = self.server.facts()
        if warning := facts.check(self.server.address):
            ports.progress.note(warning)
        return facts

    def prepare(
        self, workflow: Path, settings: Settings, *, name: str, validate: bool = False
    ) -> Patched:
        """The graph to send: converted, patched and held against the server's nodes.

        `validate`: ask comfy-cli as well, which else judges when it submits. Raises SceneError
        about the workflow, ComfyError about the server.
        """
        info = self.server.object_info()
        nodes = ServerNodes(info)
        raw = read_workflow(workflow, name)
        if is_ui(raw):
            graph = check_conversion(raw, convert(raw, info, self.server.cli, name=name), name=name)
        else:
            graph = Graph.from_api(raw, name=name)
        graph = clip_part(graph)  # what the clip does not need may lack what it likes
        check_nodes(graph, nodes, host=self.name, wanted=settings.models)
        graph, blanks = without_blanks(graph, nodes)
        graph, renamed = in_server_form(graph, nodes)
        patched = patch(graph, settings, nodes, name=name)
        check_values(patched.graph, nodes, name=name)
        if validate:
            with TemporaryDirectory() as folder:
                sent = _written(Path(folder) / "graph.json", patched.graph.to_api())
                self.server.cli.validate(sent, _written(Path(folder) / "object_info.json", info))
        return replace(patched, notes=(*blanks, *renamed, *patched.notes))

    def model_facts(self, models: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """Each model's name, and its hash where its file carries one."""
        facts: dict[str, dict[str, Any]] = {}
        for role, name in models.items():
            said = self.server.model_metadata(ROLES[role], name)
            hashes = {k: v for k, v in said.items() if "hash" in k.lower()}
            facts[role] = {"name": name, **hashes}
        return facts


def _written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def read_workflow(path: Path, name: str) -> Any:
    """A workflow's JSON. Raises SceneError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise SceneError(
            name, got=f"a file that cannot be read ({exc})", expected="a ComfyUI workflow in JSON"
        ) from exc


@contextmanager
def connect(scene: Scene, root: Path, ports: Ports) -> Iterator[Link]:
    """The server that `[wan] host` names, through a tunnel when it is an ssh destination.

    Raises SceneError when no host is set, SshError, ComfyError.
    """
    host, home = scene.wan.host, root / CLI_HOME
    if not host:
        raise SceneError(
            "scene.toml [wan] host",
            got="nothing",
            expected="the box that renders",
            remedy='write host = "user@box" (ssh) or host = "http://127.0.0.1:8188"',
        )
    if is_url(host):
        address = server_address(host, scene.wan.port)
        with relayed(address) as url:
            yield Link(ComfyServer(ComfyCli.find(home, address, url), ports.clock), host)
        return
    with ports.require_box(host).tunnel(scene.wan.port) as tunnel:
        address = Address("127.0.0.1", tunnel.local_port)
        server = ComfyServer(ComfyCli.find(home, address), ports.clock)
        yield Link(server, f"{host}:{scene.wan.port}", tunnel)


def server_address(host: str, port: int) -> Address:
    """The server that `[wan] host` names by its address; `port` where http names none.

    Raises SceneError.
    """
    parts = urlsplit(host)
    scheme = parts.scheme.lower()
    try:
        named = parts.port or {"http": port, "https": 443}.get(scheme)
    except ValueError:
        named = None
    if not parts.hostname or not named or parts.query or parts.fragment or "@" in parts.netloc:
        raise SceneError(
            "scene.toml [wan] host",
            got=shortened(host) if "@" not in parts.netloc else "an address with a name in it",
            expected="http://host:port, https://host/path, or an ssh destination",
        )
    return Address(parts.hostname, named, scheme, parts.path.rstrip("/"))
