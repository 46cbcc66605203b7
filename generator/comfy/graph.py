"""A ComfyUI graph in API form, as a value: read it, walk it, change it into another.

    graph = Graph.from_api(json.loads(text))
    graph = graph.with_input("11", "noise_seed", 7)
    graph.to_api()                                   # what POST /prompt takes

An input holds a literal or a link `[node id, output slot]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeGuard

from generator.comfy.catalogue import CONSTANTS, SWITCHES
from generator.errors import SceneError

Literal: TypeAlias = Any
"""A JSON value that is not a link."""


@dataclass(frozen=True)
class Node:
    """One node. `title`: what the author called it in the editor, for messages.

    `pack`: the pack of custom nodes that the editor noted for it; "" where it noted none.
    """

    class_type: str
    inputs: Mapping[str, Any]
    title: str = ""
    pack: str = ""


@dataclass(frozen=True)
class Graph:
    """Nodes by id, in the order of the file."""

    nodes: Mapping[str, Node] = field(default_factory=dict)

    @classmethod
    def from_api(cls, raw: Any, *, name: str = "workflow") -> Graph:
        """Read an API graph; raises SceneError for anything else."""
        if isinstance(raw, Mapping) and isinstance(raw.get("prompt"), Mapping):
            raw = raw["prompt"]
        if not is_api(raw):
            raise SceneError(
                name,
                got="neither a saved workflow nor an API graph",
                expected='JSON with "nodes" and "links", or nodes with a "class_type" each',
                remedy="in ComfyUI: Workflow > Save, or Export (API)",
            )
        return cls(
            {
                str(node_id): Node(
                    node["class_type"],
                    dict(node.get("inputs") or {}),
                    str((node.get("_meta") or {}).get("title", "")),
                )
                for node_id, node in raw.items()
            }
        )

    def to_api(self) -> dict[str, Any]:
        """The form that the server takes."""
        return {
            node_id: {
                "class_type": node.class_type,
                "inputs": dict(node.inputs),
                **({"_meta": {"title": node.title}} if node.title else {}),
            }
            for node_id, node in self.nodes.items()
        }

    def of_class(self, *class_types: str) -> Iterator[tuple[str, Node]]:
        """Nodes of these classes, with their ids."""
        wanted = set(class_types)
        return ((i, n) for i, n in self.nodes.items() if n.class_type in wanted)

    def source(self, node_id: str, name: str) -> str | None:
        """The id of the node that an input is linked to; None for a literal or no input."""
        value = self.nodes[node_id].inputs.get(name)
        return str(value[0]) if is_link(value) and str(value[0]) in self.nodes else None

    def ancestors(self, node_id: str) -> frozenset[str]:
        """Everything a node depends on, itself included."""
        seen: set[str] = set()
        waiting = [node_id]
        while waiting:
            current = waiting.pop()
            if current in seen or current not in self.nodes:
                continue
            seen.add(current)
            waiting += [str(v[0]) for v in self.nodes[current].inputs.values() if is_link(v)]
        return frozenset(seen)

    def label(self, node_id: str) -> str:
        """How messages name a node: `Save Video (SaveVideo, node 15)`."""
        node = self.nodes[node_id]
        if node.title and node.title != node.class_type:
            return f"{node.title} ({node.class_type}, node {node_id})"
        return f"{node.class_type} (node {node_id})"

    def with_input(self, node_id: str, name: str, value: Any) -> Graph:
        """The graph with one input set."""
        node = self.nodes[node_id]
        return self._with(node_id, replace(node, inputs={**node.inputs, name: value}))

    def without_input(self, node_id: str, name: str) -> Graph:
        """The graph with one input gone."""
        node = self.nodes[node_id]
        inputs = {k: v for k, v in node.inputs.items() if k != name}
        return self._with(node_id, replace(node, inputs=inputs))

    def cut_through(self, node_id: str, passed: Any) -> Graph:
        """The graph less one node; what it handed on is the link `passed` now, or nothing."""
        graph = Graph({i: n for i, n in self.nodes.items() if i != node_id})
        for other, node in self.nodes.items():
            for name, value in node.inputs.items():
                if other != node_id and is_link(value) and str(value[0]) == node_id:
                    without = graph.without_input(other, name)
                    graph = graph.with_input(other, name, passed) if is_link(passed) else without
        return graph

    def keeping(self, wanted: frozenset[str]) -> Graph:
        """The graph with only these nodes."""
        return Graph({i: n for i, n in self.nodes.items() if i in wanted})

    def through(self, node_id: str, name: str) -> tuple[str, str] | None:
        """Where the literal of an input really stands: here, or in the constant it is linked to.

        A switch is followed to the side that is on. None when the input is missing, or linked to
        something that computes.
        """
        for _ in range(8):  # constants are rarely chained; a cycle must not hang us
            inputs = self.nodes[node_id].inputs
            if name not in inputs:
                return None
            source = self.source(node_id, name)
            if source is None:
                return None if is_link(inputs[name]) else (node_id, name)
            held = self.nodes[source].inputs
            if side := self._switched(source):
                node_id, name = source, side
                continue
            if len(held) > 2 or not set(held) & set(CONSTANTS):
                return None
            node_id, name = source, next(k for k in CONSTANTS if k in held)
        return None

    def _switched(self, node_id: str) -> str:
        """The input that a switch hands on; "" where that cannot be told, or for no switch."""
        decides, off, on = SWITCHES.get(self.nodes[node_id].class_type, ("", "", ""))
        place = self.through(node_id, decides) if decides else None
        if place is None:
            return ""
        return on if self.nodes[place[0]].inputs[place[1]] else off

    def _with(self, node_id: str, node: Node) -> Graph:
        return Graph({**self.nodes, node_id: node})


def is_link(value: Any) -> TypeGuard[list[Any]]:
    """Whether an input's value is a link to another node's output."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], (str, int))
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )


def is_api(raw: Any) -> bool:
    """Whether some JSON is a graph in API form."""
    return (
        isinstance(raw, Mapping)
        and bool(raw)
        and all(
            isinstance(n, Mapping) and isinstance(n.get("class_type"), str) for n in raw.values()
        )
    )


def is_ui(raw: Any) -> bool:
    """Whether some JSON is a workflow as the editor saves it."""
    return (
        isinstance(raw, Mapping)
        and isinstance(raw.get("nodes"), list)
        and isinstance(raw.get("links"), list)
    )


def basename(path: str) -> str:
    """The last part of a model's name; both separators count, whatever this system's is."""
    return re.split(r"[\\/]", path)[-1]
