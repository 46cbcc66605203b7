"""A workflow as ComfyUI's editor saves it: which of its nodes run.

    for node in active_nodes(ui): node["type"], node["widgets_values"]

Muted and bypassed nodes do not run, notes and reroutes live in the editor alone, and a subgraph
stands for the nodes within it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

VIRTUAL = frozenset(
    {"Note", "MarkdownNote", "Reroute", "PrimitiveNode", "SetNode", "GetNode", "Label (rgthree)"}
)
"""Nodes of the editor alone: they never reach the server."""
_ALWAYS, _ON_EVENT = 0, 1
"""litegraph's node modes that run; 2 is muted, 4 is bypassed."""
_DEPTH = 8
"""Subgraphs within subgraphs; one that held itself must not hang us."""


def active_nodes(ui: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The nodes that the server will run, those of subgraphs in place of the subgraph's own."""
    subgraphs = {
        str(d.get("id")): d for d in (ui.get("definitions") or {}).get("subgraphs") or [] if d
    }
    yield from _active_within(ui, subgraphs, _DEPTH)


def is_active(node: Mapping[str, Any]) -> bool:
    """Whether a node is neither muted nor bypassed."""
    return node.get("mode", _ALWAYS) in (_ALWAYS, _ON_EVENT)


def _active_within(
    graph: Mapping[str, Any], subgraphs: Mapping[str, Mapping[str, Any]], depth: int
) -> Iterator[Mapping[str, Any]]:
    for node in graph.get("nodes") or []:
        kind = str(node.get("type"))
        if not is_active(node) or kind in VIRTUAL:
            continue
        if kind in subgraphs and depth:
            yield from _active_within(subgraphs[kind], subgraphs, depth - 1)
        else:
            yield node
