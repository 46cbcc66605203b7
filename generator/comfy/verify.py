"""Whether a graph is whole: after conversion nothing dropped, and everything as the server has it.

The converter logs trouble with a node and drops it; the server accepts a graph when any one of
its outputs is valid, and never looks at some choices. Both end in hours of the wrong render, so
what a server would let pass is named here first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from generator.comfy.editor import VIRTUAL, active_nodes, is_active
from generator.comfy.graph import Graph, is_link
from generator.comfy.nodes import ServerNodes
from generator.errors import ComfyError, SceneError


def check_conversion(ui: Mapping[str, Any], graph: Graph, *, name: str) -> None:
    """Hold a converted graph against the workflow that it came from. Raises SceneError."""
    expected = Counter(str(node.get("type")) for node in active_nodes(ui))
    got = Counter(node.class_type for node in graph.nodes.values())
    lost = expected - got
    if lost:
        listed = ", ".join(f"{n} × {c}" if n > 1 else c for c, n in sorted(lost.items()))
        raise SceneError(
            name,
            got=f"a conversion that dropped {listed}",
            expected="every active node",
            remedy="install the nodes it needs on the server, or export it with Export (API)",
        )
    for node in ui["nodes"]:
        converted = graph.nodes.get(str(node.get("id")))
        if converted is None or not is_active(node):
            continue
        for slot in node.get("inputs") or []:
            if slot.get("link") is None or slot["name"] in converted.inputs:
                continue
            if _link_is_live(ui, slot["link"]):
                raise SceneError(
                    name,
                    got=f"a conversion that lost the link to {slot['name']} of "
                    f"{converted.class_type} (node {node['id']})",
                    expected="every link of an active node",
                    remedy="export it with Export (API) in ComfyUI and name that file",
                )


def check_nodes(graph: Graph, nodes: ServerNodes, *, host: str) -> None:
    """Every class is on the server. Raises ComfyError naming all that are missing."""
    missing = sorted({n.class_type for n in graph.nodes.values() if n.class_type not in nodes})
    if missing:
        raise ComfyError(
            f"ComfyUI on {host}",
            got=f"no node {', '.join(missing)}",
            expected="every node of the workflow",
            remedy="install the pack that brings it and restart ComfyUI",
            detail="\n".join(f"{c}: {nodes.near(c)}" for c in missing if nodes.near(c)),
        )


def without_blanks(graph: Graph, nodes: ServerNodes) -> tuple[Graph, tuple[str, ...]]:
    """The graph less its optional numbers, switches and choices that hold an empty text.

    A saved workflow lists its values by position; where a node has grown an input since, a blank
    that once meant nothing lands on it. Nothing is what it means: the node's own default serves.
    """
    notes: list[str] = []
    for node_id, node in list(graph.nodes.items()):
        for name, spec in nodes.inputs(node.class_type).items():
            chosen = spec.type in ("INT", "FLOAT", "BOOLEAN", "COMBO") and "" not in spec.options
            if chosen and not spec.required and node.inputs.get(name) == "":
                graph = graph.without_input(node_id, name)
                notes.append(f"{name} of {graph.label(node_id)} is blank: left to its default")
    return graph, tuple(notes)


def check_values(graph: Graph, nodes: ServerNodes, *, name: str) -> None:
    """Every input is there and fits what the server declares. Raises SceneError with all faults."""
    faults = [fault for node_id in graph.nodes for fault in _faults(graph, node_id, nodes)]
    if faults:
        raise SceneError(
            name,
            got=f"{len(faults)} value{'s' * (len(faults) > 1)} that the server's nodes do not take",
            expected="a workflow of the same age as the nodes",
            remedy="open it in ComfyUI on that server, mend what is red, and save it again",
            detail="\n".join(faults),
        )


def _faults(graph: Graph, node_id: str, nodes: ServerNodes) -> Iterator[str]:
    node = graph.nodes[node_id]
    label = graph.label(node_id)
    for name, spec in nodes.inputs(node.class_type).items():
        if name not in node.inputs:
            if spec.required:
                yield f"{label}: {name} is missing"
            continue
        value = node.inputs[name]
        if is_link(value):
            if str(value[0]) not in graph.nodes:
                yield f"{label}: {name} is linked to node {value[0]}, which is not there"
        elif spec.type == "COMBO" and node.class_type != "LoadImage":
            if spec.options and str(value) not in spec.options:
                yield f"{label}: {name} is {value!r}, not one of {', '.join(spec.options[:8])}"
        elif spec.type in ("INT", "FLOAT"):
            yield from _number_faults(f"{label}: {name}", value, spec.minimum, spec.maximum)
        elif spec.type == "BOOLEAN" and not isinstance(value, bool):
            yield f"{label}: {name} is {value!r}, not true or false"


def _number_faults(
    subject: str, value: Any, minimum: float | None, maximum: float | None
) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield f"{subject} is {value!r}, not a number"
    elif minimum is not None and value < minimum:
        yield f"{subject} is {value}, under {minimum}"
    elif maximum is not None and value > maximum:
        yield f"{subject} is {value}, over {maximum}"


def _link_is_live(ui: Mapping[str, Any], link_id: Any) -> bool:
    """Whether a link starts at a node that runs and is not of the editor alone."""
    for link in ui["links"]:
        found = link if isinstance(link, list) else [link.get("id"), link.get("origin_id")]
        if found[0] == link_id:
            origin = next((n for n in ui["nodes"] if n.get("id") == found[1]), None)
            return origin is not None and is_active(origin) and origin.get("type") not in VIRTUAL
    return False
