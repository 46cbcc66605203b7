r"""What a ComfyUI server can do, as its `/object_info` tells, and whether a graph fits that.

    nodes = ServerNodes(object_info)
    nodes.options("VAELoader", "vae_name")    # → ("wan_2.1_vae.safetensors",)

Both spellings of a choice are read: `[["a", "b"], {}]` and `["COMBO", {"options": ["a", "b"]}]`.
Since 0.3.7x a choice may bring inputs of its own (a dynamic combo): with `format` at "mp4",
`format.codec` is an input too, and the codecs may bring more.

The server accepts a graph when any one of its outputs is valid, and never looks at some choices:
hours of the wrong render. So what a server would let pass is named here first. Workflows made on
Windows name `WanVideo\2_2\model.safetensors`; a Linux server lists `model...` or
`WanVideo/2_2/model...` and compares letter by letter. So the last part of a model's name decides,
and the server's own spelling is what we send.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.comfy.catalogue import ROLES, pack_of
from generator.comfy.graph import Graph, basename, is_link
from generator.comfy.roles import Choice, model_choices
from generator.errors import ComfyError, SceneError

_DYNAMIC, _GROWING = "COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3"
_NEAR = 0.6
"""Names less alike than that (difflib's ratio) are not offered in place of one another."""


@dataclass(frozen=True)
class InputSpec:
    """One input of a node class. `type`: INT, FLOAT, STRING, BOOLEAN, COMBO or a link's type.

    `brings`: option → the declared inputs that it brings along, of a dynamic combo. `hidden`: the
    editor does not show it; it takes what an older export wrote there.
    """

    type: str
    options: tuple[str, ...] = ()
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    brings: Mapping[str, Any] = field(default_factory=dict)
    hidden: bool = False


class ServerNodes:
    """The node classes of one server."""

    def __init__(self, object_info: Mapping[str, Any]) -> None:
        """`object_info`: the server's own JSON, class → description."""
        self._raw = object_info

    def __contains__(self, class_type: str) -> bool:
        return bool(self._raw.get(class_type))

    def inputs(
        self, class_type: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, InputSpec]:
        """The declared inputs of a class, by name; empty for a class that is not there.

        With the `values` of a node, those that its choices bring along as well: `format.codec`.
        """
        declared = self._raw.get(class_type, {}).get("input", {})
        return dict(_declared(declared, values or {}))

    def options(self, class_type: str, name: str) -> tuple[str, ...]:
        """What may be chosen for an input; empty where it is not a choice."""
        spec = self.inputs(class_type).get(name)
        return spec.options if spec else ()

    def near(self, class_type: str, noted: str = "") -> str:
        """Words that help with a class that is missing: its pack, or the nearest name there is."""
        if pack := pack_of(class_type, noted):
            return f"it comes with {pack}"
        near = difflib.get_close_matches(class_type, list(self._raw), n=1, cutoff=_NEAR)
        return f"the server has {near[0]}" if near else "nobody here knows it, nor a name like it"


def _declared(
    declared: Mapping[str, Any], values: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, InputSpec]]:
    """The inputs below `prefix`, each followed by those that its chosen option brings along."""
    for kind in ("required", "optional"):
        for short, raw in (declared.get(kind) or {}).items():
            name, spec = f"{prefix}{short}", _spec(raw, required=kind == "required")
            yield name, spec
            if not spec.hidden:
                yield from _declared(spec.brings.get(str(values.get(name)), {}), values, f"{name}.")


def _spec(raw: Any, *, required: bool) -> InputSpec:
    kind = raw[0] if isinstance(raw, Sequence) and not isinstance(raw, str) and raw else raw
    extra = raw[1] if isinstance(raw, Sequence) and len(raw) > 1 else {}
    extra = extra if isinstance(extra, Mapping) else {}
    if isinstance(kind, list):
        return InputSpec("COMBO", tuple(map(str, kind)), required)
    if kind == _DYNAMIC:
        brings = {str(one["key"]): one.get("inputs") or {} for one in extra.get("options") or ()}
        hidden = bool(extra.get("hidden"))
        return InputSpec("COMBO", tuple(brings), required, brings=brings, hidden=hidden)
    options = tuple(map(str, extra.get("options") or ())) if kind == "COMBO" else ()
    # The places of a growing input are called `values.a`, `values.b`: none bears its own name.
    required = required and kind != _GROWING
    return InputSpec(str(kind), options, required, extra.get("min"), extra.get("max"))


# -- a graph held against them -------------------------------------------------------------------


def check_nodes(
    graph: Graph, nodes: ServerNodes, *, host: str, wanted: Mapping[str, str] | None = None
) -> None:
    """Every class is on the server. Raises ComfyError naming all that are missing.

    `wanted`: `[wan] models`; the models that are missing too are told in the same breath.
    """
    missing = {n.class_type: n.pack for n in graph.nodes.values() if n.class_type not in nodes}
    if not missing:
        return
    models = missing_models(graph, wanted or {}, nodes)
    too = f", and no model {', '.join(models)}" if models else ""
    raise ComfyError(
        f"ComfyUI on {host}",
        got=f"no node {', '.join(sorted(missing))}{too}",
        expected="every node of the workflow" + (" and every model" if models else ""),
        remedy="install the pack that brings it and restart ComfyUI",
        detail="\n".join(
            [f"{one}: {nodes.near(one, missing[one])}" for one in sorted(missing)]
            + list(models.values())
        ),
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


def in_server_form(graph: Graph, nodes: ServerNodes) -> tuple[Graph, tuple[str, ...]]:
    """The graph with the inputs that a choice brings along named as this server names them.

    An export of an older ComfyUI has `codec` where a newer one has `format.codec`, and the other
    way round. The server would take some of it; comfy-cli's own check takes none.
    """
    notes: list[str] = []
    for node_id, node in list(graph.nodes.items()):
        while renamed := _misnamed(node.inputs, nodes.inputs(node.class_type, node.inputs)):
            old, new = renamed
            graph = graph.with_input(node_id, new, node.inputs[old]).without_input(node_id, old)
            notes.append(f"{old} of {graph.label(node_id)} is {new} on this server")
            node = graph.nodes[node_id]
    return graph, tuple(notes)


def _misnamed(
    inputs: Mapping[str, Any], declared: Mapping[str, InputSpec]
) -> tuple[str, str] | None:
    """An input that stands under another name than the declared one, and that name."""
    for name, spec in declared.items():
        if name in inputs or spec.hidden:
            continue
        choice, _, short = name.rpartition(".")
        older = [short] if choice else []
        newer = [f"{one}.{name}" for one in declared if declared[one].type == "COMBO"]
        for other in older or newer:
            if other in inputs and (other not in declared or declared[other].hidden):
                return other, name
    return None


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
    for name, spec in nodes.inputs(node.class_type, node.inputs).items():
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


# -- its models ----------------------------------------------------------------------------------


def match_models(
    graph: Graph, wanted: Mapping[str, str], nodes: ServerNodes | None, *, name: str
) -> tuple[Graph, tuple[str, ...], tuple[str, ...]]:
    """The graph with every model as the server names it, what changed, and roles without a place.

    `wanted`: file names by role, from `[wan] models`. `nodes` None: nothing to hold them against,
    so only `wanted` is put in. Raises SceneError when a role is unknown or a file is not there.
    """
    for role in wanted:
        if role not in ROLES:
            near = difflib.get_close_matches(role, ROLES, n=1)
            raise SceneError(
                f"scene.toml [wan] models.{role}",
                got="an unknown role",
                expected=f"one of {', '.join(ROLES)}",
                remedy=f"did you mean {near[0]}?" if near else "remove it",
            )
    if nodes is not None and (missing := missing_models(graph, wanted, nodes)):
        many = "models that are" if len(missing) > 1 else "a model that is"
        raise SceneError(
            name,
            got=f"{many} not on the server: {', '.join(missing)}",
            expected="files that the server lists",
            remedy="put what is missing into the models folder, or name another in [wan] models",
            detail="\n".join(missing.values()),
        )
    notes: list[str] = []
    used: set[str] = set()
    for choice in list(model_choices(graph)):
        used.add(choice.role)
        chosen = wanted.get(choice.role, choice.name)
        if nodes is not None:
            chosen = _spelled(chosen, _options(graph, choice, nodes)) or chosen
        if chosen != choice.name:
            notes.append(f"model {choice.role or choice.input}: {choice.name} → {chosen}")
        graph = graph.with_input(*choice.place, chosen)
    return graph, tuple(notes), tuple(role for role in wanted if role not in used)


def missing_models(graph: Graph, wanted: Mapping[str, str], nodes: ServerNodes) -> dict[str, str]:
    """The model files that the server does not list → a line about each, with what is near.

    Loaders that the server does not have itself say nothing about their files.
    """
    missing: dict[str, str] = {}
    for choice in model_choices(graph):
        asked = basename(wanted.get(choice.role, choice.name))
        options = _options(graph, choice, nodes)
        if not options or _spelled(wanted.get(choice.role, choice.name), options):
            continue
        names = {basename(option): option for option in options}
        near = [names[n] for n in difflib.get_close_matches(asked, list(names), cutoff=_NEAR)]
        words = f"the server has {', '.join(near)}" if near else "the server has none like it"
        if near and choice.role:
            words += f'; to use one: [wan] models.{choice.role} = "{near[0]}"'
        missing[asked] = f"{asked}, of {graph.label(choice.node_id)}: {words}"
    return missing


def _options(graph: Graph, choice: Choice, nodes: ServerNodes) -> tuple[str, ...]:
    return nodes.options(graph.nodes[choice.node_id].class_type, choice.input)


def _spelled(asked: str, options: Sequence[str]) -> str:
    """The server's spelling of a model; "" when it is not there."""
    if asked in options:
        return asked
    same = [o for o in options if basename(o) == basename(asked)]
    same = same or [o for o in options if basename(o).lower() == basename(asked).lower()]
    return max(same, key=lambda o: _similar(o, asked), default="")


def _similar(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a.lower().replace("\\", "/"), b.lower()).ratio()
