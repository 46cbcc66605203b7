r"""Model files by name: what a workflow asks for against what the server has.

Workflows made on Windows name `WanVideo\2_2\model.safetensors`; a Linux server lists `model...` or
`WanVideo/2_2/model...` and compares letter by letter. So the last part of the name decides, and
the server's own spelling is what we send.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from generator.comfy import roles
from generator.comfy.graph import Graph, basename
from generator.comfy.nodes import ServerNodes
from generator.errors import SceneError


def match_models(
    graph: Graph, wanted: Mapping[str, str], nodes: ServerNodes | None, *, name: str
) -> tuple[Graph, tuple[str, ...], tuple[str, ...]]:
    """The graph with every model as the server names it, what changed, and roles without a place.

    `wanted`: file names by role, from `[wan] models`. `nodes` None: nothing to hold them against,
    so only `wanted` is put in. Raises SceneError when a role is unknown or a file is not there.
    """
    for role in wanted:
        if role not in roles.MODEL_ROLES:
            near = difflib.get_close_matches(role, roles.MODEL_ROLES, n=1)
            raise SceneError(
                f"scene.toml [wan] models.{role}",
                got="an unknown role",
                expected=f"one of {', '.join(roles.MODEL_ROLES)}",
                remedy=f"did you mean {near[0]}?" if near else "remove it",
            )
    notes: list[str] = []
    used: set[str] = set()
    for node_id, node in list(graph.nodes.items()):
        if node.class_type not in roles.LOADERS:
            continue
        place = graph.through(node_id, roles.LOADERS[node.class_type][0])
        if place is None or not isinstance(asked := graph.nodes[place[0]].inputs[place[1]], str):
            continue
        role = roles.model_role(graph, node_id)
        used.add(role)
        chosen = wanted.get(role, asked)
        if nodes is not None:
            options = nodes.options(node.class_type, roles.LOADERS[node.class_type][0])
            chosen = _on_server(chosen, options, role, graph.label(node_id), name)
        if chosen != asked:
            notes.append(f"model {role}: {asked} → {chosen}")
        graph = graph.with_input(*place, chosen)
    return graph, tuple(notes), tuple(role for role in wanted if role not in used)


def models_of(graph: Graph) -> dict[str, str]:
    """The model files that a graph uses, by role."""
    found: dict[str, str] = {}
    for node_id, node in graph.nodes.items():
        if node.class_type in roles.LOADERS:
            place = graph.through(node_id, roles.LOADERS[node.class_type][0])
            if place is not None:
                value = graph.nodes[place[0]].inputs[place[1]]
                found[roles.model_role(graph, node_id)] = str(value)
    return found


def _on_server(asked: str, options: Sequence[str], role: str, label: str, name: str) -> str:
    """The server's spelling of a model. Raises SceneError naming the nearest that it has."""
    if asked in options or not options:
        return asked
    same = [o for o in options if basename(o) == basename(asked)]
    same = same or [o for o in options if basename(o).lower() == basename(asked).lower()]
    if same:
        return max(same, key=lambda o: _similar(o, asked))
    near = sorted(options, key=lambda o: _similar(basename(o), basename(asked)), reverse=True)[:3]
    raise SceneError(
        f"{name}, {label}",
        got=f"a model that is not on the server: {basename(asked)}",
        expected="one of its files, the nearest being " + ", ".join(near),
        remedy=f'put the file into the models folder, or write [wan] models.{role} = "{near[0]}"',
    )


def _similar(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a.lower().replace("\\", "/"), b.lower()).ratio()
