"""Which node of a graph plays which part, found by class (`catalogue`) and by how it is linked.

Node numbers say nothing: every workflow has its own. What a sampler's `positive` leads to is the
positive prompt, whatever stands between, and the sampler that starts from pure noise is the
high-noise stage; the model file that leads to it is the high one, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.comfy.catalogue import (
    LOADERS,
    NO_FILE,
    ROLES,
    SAMPLERS,
    SAVERS,
    SILENCERS,
    SUFFIXES,
    TEXTS,
    ModelFile,
    Sampler,
    brings_its_models,
    model_file,
)
from generator.comfy.graph import Graph, basename, is_link


@dataclass(frozen=True)
class Stage:
    """A sampler and its place: `high` runs first, `low` refines, `only` stands alone."""

    node_id: str
    place: str
    spec: Sampler


def samplers(graph: Graph) -> tuple[Stage, ...]:
    """The graph's samplers in the order in which they run."""
    ids = [i for i, _ in graph.of_class(*SAMPLERS)]
    depth = {i: sum(1 for other in ids if other in graph.ancestors(i)) for i in ids}

    def place(node_id: str) -> str:
        return "only" if len(ids) == 1 else "high" if depth[node_id] == 1 else "low"

    return tuple(
        Stage(i, place(i), SAMPLERS[graph.nodes[i].class_type])
        for i in sorted(ids, key=lambda i: depth[i])
    )


def clip_part(graph: Graph) -> Graph:
    """The graph less what its saved clip does not need; all of it where that is not one clip."""
    savers = [i for i, _ in graph.of_class(*SAVERS)]
    return graph.keeping(graph.ancestors(savers[0])) if len(savers) == 1 else graph


# -- models --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One place where a loader names a file.

    `role`: the key of `[wan] models` that replaces it; "" where none does. `place`: the node and
    input where the name really stands, a constant perhaps.
    """

    node_id: str
    input: str
    role: str
    place: tuple[str, str]
    name: str


def model_role(graph: Graph, node_id: str) -> str:
    """The key of `[wan] models` that names this loader's file, by what the loader leads to."""
    folder = LOADERS[graph.nodes[node_id].class_type].folder
    first, *second = [role for role, its in ROLES.items() if its == folder]
    places = {place for place, side in _model_sides(graph) if node_id in side}
    return second[0] if second and places == {"low"} else first


def model_choices(graph: Graph) -> Iterator[Choice]:
    """Every model file that the graph's loaders name."""
    for node_id, node in graph.of_class(*LOADERS):
        for name in LOADERS[node.class_type].inputs:
            place = graph.through(node_id, name)
            if place is None:
                continue
            file = graph.nodes[place[0]].inputs[place[1]]
            if isinstance(file, str) and file not in NO_FILE:
                first = name == LOADERS[node.class_type].inputs[0]
                role = model_role(graph, node_id) if first else ""
                yield Choice(node_id, name, role, place, file)


def models_of(graph: Graph) -> dict[str, str]:
    """The model files that a graph uses, by role."""
    return {choice.role: choice.name for choice in model_choices(graph) if choice.role}


def needed_files(graph: Graph, chosen: Mapping[str, str]) -> tuple[ModelFile, ...]:
    """The model files that a render of this graph loads.

    `chosen` is `[wan] models`: it replaces the file of a role. Of loaders that we do not know,
    whatever looks like a model file counts.
    """
    graph = clip_part(graph)
    found: dict[str, ModelFile] = {}
    for choice in model_choices(graph):
        folder = LOADERS[graph.nodes[choice.node_id].class_type].folder
        name = basename(chosen.get(choice.role) or choice.name)
        found.setdefault(name, model_file(name, folder))
    known = {choice.place for choice in model_choices(graph)}
    for node_id, node in graph.nodes.items():
        for key, value in node.inputs.items():
            named = isinstance(value, str) and value.lower().endswith(SUFFIXES)
            if named and (node_id, key) not in known and not brings_its_models(node.class_type):
                found.setdefault(basename(value), model_file(basename(value), ROLES["high"]))
    return tuple(found.values())


def _model_sides(graph: Graph) -> Iterator[tuple[str, frozenset[str]]]:
    """What each stage's model is made of; its latent's history does not count."""
    for stage in samplers(graph):
        for name, place in stage.spec.models:
            if source := graph.source(stage.node_id, name):
                yield place or stage.place, graph.ancestors(source)


# -- prompts and guidance ------------------------------------------------------------------------


def prompt_places(graph: Graph, side: str) -> Iterator[tuple[str, str]]:
    """Where the texts of one side (`positive` or `negative`) are written: node id, input name.

    A side that is silenced on the way (zeroed out) yields nothing.
    """
    seen: set[tuple[str, str]] = set()
    for stage in samplers(graph):
        start = stage.spec.positive if side == "positive" else stage.spec.negative
        place = _prompt_of(graph, stage.node_id, start, side)
        if place and place not in seen:
            seen.add(place)
            yield place


def _prompt_of(graph: Graph, node_id: str, name: str, side: str) -> tuple[str, str] | None:
    for _ in range(len(graph.nodes)):
        source = graph.source(node_id, name)
        if source is None:
            return None
        node = graph.nodes[source]
        if node.class_type in SILENCERS:
            return None
        if node.class_type in TEXTS:
            positive, negative = TEXTS[node.class_type]
            return graph.through(source, positive if side == "positive" else negative)
        links = [k for k, v in node.inputs.items() if is_link(v)]
        name = next((k for k in (side, "conditioning", "text_embeds") if k in links), "")
        if not name:
            return None
        node_id = source
    return None


def guidance(graph: Graph) -> float | None:
    """The largest cfg of the graph's samplers; None when it cannot be read off."""
    values = []
    for stage in samplers(graph):
        for name in stage.spec.cfg:
            place = graph.through(stage.node_id, name)
            if place is None and (source := graph.source(stage.node_id, name)):
                place = graph.through(source, "cfg_scale_start")
            if place is not None:
                value = graph.nodes[place[0]].inputs[place[1]]
                values += [float(value)] if isinstance(value, (int, float)) else []
    return max(values, default=None)


def ignores_negatives(cfg: float | None) -> bool:
    """Whether the negative prompt is not even computed: at a guidance of 1, in float32."""
    return cfg is not None and cfg < 1.0 + 1e-6
