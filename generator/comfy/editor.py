"""A workflow as ComfyUI's editor saves it: what the server would run of it, and how it is linked.

    graph = sketch(ui)          # a Graph: classes, links and model names, no other values

Muted nodes do not run, bypassed ones pass their input on, notes and reroutes live in the editor
alone, Set and Get nodes are a link without a line, and a subgraph stands for the nodes within it
(`129:98` is node 98 in the subgraph that node 129 stands for). Widgets are saved by position, so
only a server's node list can name their values: comfy-cli converts with that. The sketch is what
can be told without one, for the doctor and the setup, and it is what a conversion is held against.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from generator.comfy.catalogue import LOADERS, SUFFIXES, is_editor_only
from generator.comfy.cli import ComfyCli, tail
from generator.comfy.graph import Graph, Node, is_link, is_ui
from generator.comfy.roles import clip_part
from generator.errors import ComfyError, SceneError

log = logging.getLogger(__name__)

SavedNode: TypeAlias = Mapping[str, Any]

_CONVERT = """
import json, sys
from comfy_cli.workflow_to_api import WorkflowConversionError, convert_ui_to_api
ui, info = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
try:
    graph = convert_ui_to_api(ui, info)
except WorkflowConversionError as error:
    sys.exit(str(error))
json.dump(graph, sys.stdout)
"""

_MUTED, _BYPASSED = 2, 4
"""litegraph's node modes that do not run."""
_SUBGRAPH_INPUT = -10
"""The origin of links within a subgraph that come in from outside."""
_OWN_PACK = "comfy-core"
"""What the editor notes for ComfyUI's own nodes."""
_DEPTH = 8
"""Subgraphs within subgraphs; one that held itself must not hang us."""
_HOPS = 100
"""Reroutes and the like behind one another; a circle must not hang us."""


def read_graph(raw: Any, *, name: str = "workflow") -> Graph:
    """A workflow of either form; of the editor's, the sketch. Raises SceneError for neither."""
    return sketch(raw) if is_ui(raw) else Graph.from_api(raw, name=name)


def sketch(ui: Mapping[str, Any]) -> Graph:
    """The nodes that the server will run, with their links and the model files that they name."""
    subgraphs = {
        str(d["id"]): d
        for d in (ui.get("definitions") or {}).get("subgraphs") or []
        if isinstance(d, Mapping) and "id" in d
    }
    level = _Level(ui, subgraphs)
    return Graph({level.key(node): level.sketch(node) for level, node in level.running()})


def convert(ui: Mapping[str, Any], info: Any, cli: ComfyCli, *, name: str) -> Graph:
    """The API graph of a workflow, by comfy-cli's converter. Raises ComfyError.

    `info`: the server's own /object_info, which names what the file keeps by position.
    """
    with TemporaryDirectory() as folder:
        paths = (Path(folder) / "workflow.json", Path(folder) / "object_info.json")
        for path, value in zip(paths, (ui, info), strict=True):
            path.write_text(json.dumps(value), encoding="utf-8")
        ended = cli.python(_CONVERT, *map(str, paths))
    if ended.returncode != 0:
        raise ComfyError(
            name,
            got="a workflow that the converter does not take",
            expected="a workflow saved by ComfyUI",
            remedy="in ComfyUI, use Workflow > Export (API) and name that file",
            detail=tail(ended.stderr),
        )
    if ended.stderr.strip():
        log.info("converter: %s", tail(ended.stderr))
    return Graph.from_api(json.loads(ended.stdout), name=name)


def check_conversion(ui: Mapping[str, Any], graph: Graph, *, name: str) -> Graph:
    """Hold a converted graph against the workflow that it came from. Raises SceneError.

    The converter logs trouble with a node and drops it, which would end in hours of the wrong
    render; what the clip does not need may go. Returns the graph as it will be used: less the
    nodes of the editor alone that the converter does not know, with the packs that are noted.
    """
    saved = sketch(ui)
    for node_id, node in list(graph.nodes.items()):
        if is_editor_only(node.class_type):
            passed = [value for value in node.inputs.values() if is_link(value)]
            graph = graph.cut_through(node_id, passed[0] if len(passed) == 1 else None)
    packs = {node_id: node.pack for node_id, node in saved.nodes.items()}
    graph = Graph({i: replace(n, pack=packs.get(i, "")) for i, n in graph.nodes.items()})
    saved = clip_part(saved)
    lost = Counter(n.class_type for n in saved.nodes.values())
    lost -= Counter(n.class_type for n in graph.nodes.values())
    if lost:
        listed = ", ".join(f"{n} × {c}" if n > 1 else c for c, n in sorted(lost.items()))
        raise SceneError(
            name,
            got=f"a conversion that dropped {listed}",
            expected="every active node",
            remedy="install the nodes it needs on the server, or export it with Export (API)",
        )
    for node_id, node in saved.nodes.items():
        converted = graph.nodes.get(node_id)
        for slot, value in node.inputs.items():
            if converted and is_link(value) and slot not in converted.inputs:
                raise SceneError(
                    name,
                    got=f"a conversion that lost the link to {slot} of "
                    f"{converted.class_type} (node {node_id})",
                    expected="every link of an active node",
                    remedy="export it with Export (API) in ComfyUI and name that file",
                )
    return graph


@dataclass(frozen=True)
class _Level:
    """One level of a saved workflow: the file itself, or what a subgraph's node stands for."""

    saved: Mapping[str, Any]
    subgraphs: Mapping[str, Mapping[str, Any]]
    above: _Level | None = None
    stands_for: SavedNode | None = None
    depth: int = 0

    def key(self, node: SavedNode) -> str:
        """The node's id in the converted graph."""
        ids = [str(node.get("id"))]
        level: _Level | None = self
        while level and level.stands_for:
            ids.append(str(level.stands_for.get("id")))
            level = level.above
        return ":".join(reversed(ids))

    def running(self) -> Iterator[tuple[_Level, SavedNode]]:
        """Every node that reaches the server, with the level that it stands on."""
        for node in self._nodes():
            if _mode(node) in (_MUTED, _BYPASSED) or is_editor_only(str(node.get("type"))):
                continue
            if inner := self._within(node):
                yield from inner.running()
            else:
                yield self, node

    def sketch(self, node: SavedNode) -> Node:
        """The node with its links and the names of its model files."""
        inputs: dict[str, Any] = dict(_model_names(node))
        for slot in node.get("inputs") or []:
            if found := self._origin(slot.get("link")):
                level, origin, output = found
                inputs[str(slot.get("name"))] = [level.key(origin), output]
        noted = node.get("properties") or {}
        pack = str(noted.get("aux_id") or noted.get("cnr_id") or "").rpartition("/")[2]
        pack = "" if pack == _OWN_PACK else pack
        return Node(str(node.get("type")), inputs, str(node.get("title") or ""), pack)

    def _nodes(self) -> list[SavedNode]:
        return [node for node in self.saved.get("nodes") or [] if isinstance(node, Mapping)]

    def _node(self, node_id: Any) -> SavedNode | None:
        return next((n for n in self._nodes() if str(n.get("id")) == str(node_id)), None)

    def _within(self, node: SavedNode) -> _Level | None:
        saved = self.subgraphs.get(str(node.get("type")))
        if saved is None or self.depth >= _DEPTH:
            return None
        return _Level(saved, self.subgraphs, self, node, self.depth + 1)

    def _link(self, link_id: Any) -> tuple[Any, int] | None:
        """The origin of a link, node id and output; newer files save links as objects."""
        for link in self.saved.get("links") or []:
            one = dict(zip(_LINK, link, strict=False)) if isinstance(link, list) else link
            if one.get("id") == link_id:
                return one.get("origin_id"), int(one.get("origin_slot") or 0)
        return None

    def _origin(self, link_id: Any) -> tuple[_Level, SavedNode, int] | None:
        """The running node and its output that a link comes from in the end; None for none."""
        level = self
        for _ in range(_HOPS):
            found = level._link(link_id) if link_id is not None else None
            if found is None:
                return None
            origin_id, output = found
            if origin_id == _SUBGRAPH_INPUT and level.above:
                level, link_id = level.above, level._handed_in(output)
                continue
            node = level._node(origin_id)
            if node is None or _mode(node) == _MUTED:
                return None
            if _mode(node) != _BYPASSED and (inner := level._within(node)):
                level, link_id = inner, inner._handed_out(output)
            elif _mode(node) == _BYPASSED or is_editor_only(str(node.get("type"))):
                link_id = level._passed_on(node, output)
            else:
                return level, node, output
        return None

    def _handed_out(self, slot: int) -> Any:
        """The link to the output with this number of the subgraph itself."""
        declared = self.saved.get("outputs") or []
        leaving = declared[slot].get("linkIds") if 0 <= slot < len(declared) else None
        return leaving[0] if leaving else None

    def _handed_in(self, slot: int) -> Any:
        """The link, one level up, to the subgraph's input with this number."""
        declared = self.saved.get("inputs") or []
        if not self.stands_for or not 0 <= slot < len(declared):
            return None
        name = declared[slot].get("name")
        slots = self.stands_for.get("inputs") or []
        return next((s.get("link") for s in slots if s.get("name") == name), None)

    def _passed_on(self, node: SavedNode, output: int) -> Any:
        """The link that comes out of a node that does not run, at this output."""
        if node.get("type") == "GetNode":
            setter = next((n for n in self._nodes() if _same_variable(n, node)), None)
            slots = (setter or {}).get("inputs") or []
            return slots[0].get("link") if slots else None
        inputs, outputs = node.get("inputs") or [], node.get("outputs") or []
        kind = outputs[output].get("type") if 0 <= output < len(outputs) else "*"
        here = inputs[output : output + 1]
        for fits in (
            [s for s in here if s.get("type") in (kind, "*")],
            [s for s in inputs if s.get("type") == kind],
            inputs,
        ):
            if linked := [s["link"] for s in fits if s.get("link") is not None]:
                return linked[0]
        return None


_LINK = ("id", "origin_id", "origin_slot")
"""How a link that is saved as a list begins."""


def _mode(node: SavedNode) -> Any:
    return node.get("mode", 0)


def _same_variable(setter: SavedNode, getter: SavedNode) -> bool:
    return setter.get("type") == "SetNode" and _values(setter)[:1] == _values(getter)[:1]


def _values(node: SavedNode) -> list[Any]:
    """A node's widgets; some packs save them by name."""
    saved = node.get("widgets_values") or []
    return list(saved.values() if isinstance(saved, Mapping) else saved)


def _model_names(node: SavedNode) -> Iterator[tuple[str, str]]:
    """The model files among a node's widgets: for a known loader under the inputs they are for."""
    loader = LOADERS.get(str(node.get("type")))
    names = [v for v in _values(node) if isinstance(v, str) and v.lower().endswith(SUFFIXES)]
    for k, name in enumerate(names):
        yield (loader.inputs[k] if loader and k < len(loader.inputs) else f"model file {k}"), name
