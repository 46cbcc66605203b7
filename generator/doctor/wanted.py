"""What a scene asks of the box, and what the collector is therefore told to look for."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from generator.comfy.catalogue import ModelFile, pack_of
from generator.comfy.graph import Graph
from generator.comfy.limits import DEFAULT_FRAMES, fit_frames, peak_bytes
from generator.comfy.roles import clip_part, needed_files
from generator.scene.model import Clip, Scene


@dataclass(frozen=True)
class Wanted:
    """What the scene asks of the box."""

    host: str
    """The ssh destination; "" for this machine."""
    port: int
    home: str
    """The folder on the box that the setup makes."""
    models: tuple[ModelFile, ...]
    nodes: tuple[str, ...]
    size_px: tuple[int, int]
    frame_count: int
    packs: Mapping[str, str] = field(default_factory=dict)
    """The packs of custom nodes that bring some of these classes."""
    holder_bytes: int = 4 << 30
    """A process other than ComfyUI that holds more than this is named."""

    @property
    def peak_bytes(self) -> float:
        """The pool that one render takes at most."""
        return peak_bytes(self.models, self.size_px, self.frame_count)

    def on_box(self, command: str) -> str:
        """`command` as the author would type it here."""
        return f"ssh {self.host} {shlex.quote(command)}" if self.host else command


def wanted_for(scene: Scene, host: str, port: int, workflows: Iterable[Graph]) -> Wanted:
    """What the scene's renders ask of the box: models, node classes, the largest clip."""
    graphs = [clip_part(graph) for graph in workflows]
    files = {file.name: file for graph in graphs for file in needed_files(graph, scene.wan.models)}
    nodes = {node.class_type: node.pack for g in graphs for node in g.nodes.values()}
    packs = {name: pack for name in nodes if (pack := pack_of(name, nodes[name]))}
    clips: dict[str, Clip] = {"walkin": scene.walkin, "ambient": scene.ambient}
    rendered = {name: clip for name, clip in clips.items() if clip.render == "wan"} or clips
    return Wanted(
        host=host,
        port=port,
        home=scene.wan.home,
        models=tuple(files.values()),
        nodes=tuple(sorted(nodes)),
        packs=packs,
        size_px=scene.room.size,
        frame_count=max(
            fit_frames(clip.frames or DEFAULT_FRAMES[name]).value for name, clip in rendered.items()
        ),
    )


@dataclass(frozen=True)
class CollectorSettings:
    """What the collector is told. `python` and `root` empty: it looks for them itself."""

    home: str
    port: int
    nodes: tuple[str, ...]
    models: tuple[dict[str, str], ...]
    deep: bool = False
    python: tuple[str, ...] = ()
    root: str = ""
    arch: str = ""
    proc: str = "/proc"
    meminfo: str = "/proc/meminfo"
    sys: str = "/sys"

    def to_json(self) -> str:
        """As the collector's one argument."""
        return json.dumps(asdict(self))


def settings_for(
    wanted: Wanted, *, python: Sequence[str] = (), root: str = "", deep: bool = False
) -> CollectorSettings:
    """The collector's settings for what a scene wants."""
    return CollectorSettings(
        home=wanted.home,
        port=wanted.port,
        nodes=wanted.nodes,
        models=tuple(
            {"name": file.name, "folder": file.folder, "sha256": file.sha256}
            for file in wanted.models
        ),
        deep=deep,
        python=tuple(python),
        root=root,
    )
