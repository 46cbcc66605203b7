"""Which node of a graph plays which part, found by class and by how it is linked.

Node numbers say nothing: every workflow has its own. What a sampler's `positive` leads to is the
positive prompt, whatever stands between, and the sampler that starts from pure noise is the
high-noise stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.comfy.graph import Graph, is_link


@dataclass(frozen=True)
class SamplerClass:
    """How one class of sampler calls its inputs; empty where it has none."""

    seed: str
    latent: str
    steps: str = "steps"
    cfg: str = "cfg"
    shift: str = ""
    start: str = ""
    end: str = ""
    positive: str = "positive"
    negative: str = "negative"


SAMPLERS: Mapping[str, SamplerClass] = {
    "KSampler": SamplerClass("seed", "latent_image"),
    "KSamplerAdvanced": SamplerClass(
        "noise_seed", "latent_image", start="start_at_step", end="end_at_step"
    ),
    "SamplerCustom": SamplerClass("noise_seed", "latent_image", steps=""),
    "WanVideoSampler": SamplerClass(
        "seed",
        "samples",
        shift="shift",
        start="start_step",
        end="end_step",
        positive="text_embeds",
        negative="text_embeds",
    ),
    "WanMoeKSampler": SamplerClass("seed", "latent_image"),
    "WanMoeKSamplerAdvanced": SamplerClass("noise_seed", "latent_image"),
}
SEED_NODES = {"RandomNoise": "noise_seed"}
"""Nodes beside the samplers that hold a seed."""

SAVERS = {
    "SaveVideo": "filename_prefix",
    "VHS_VideoCombine": "filename_prefix",
    "SaveWEBM": "filename_prefix",
}
FPS = {"CreateVideo": "fps", "VHS_VideoCombine": "frame_rate", "SaveWEBM": "fps"}
LENGTH = {
    "WanImageToVideo": "length",
    "WanFirstLastFrameToVideo": "length",
    "WanFunInpaintToVideo": "length",
    "WanVideoImageToVideoEncode": "num_frames",
}
"""The nodes that turn a still into the start of a clip, and where they keep its length."""
SIZED = ("width", "height")
SHIFT = {"ModelSamplingSD3": "shift"}

TEXT = {"CLIPTextEncode": "text"}
TEXT_PAIR = {"WanVideoTextEncode": ("positive_prompt", "negative_prompt")}
SILENCED = ("ConditioningZeroOut",)
"""Between a prompt and its sampler: the prompt is thrown away."""

LOADERS = {
    "UNETLoader": ("unet_name", "diffusion"),
    "UnetLoaderGGUF": ("unet_name", "diffusion"),
    "WanVideoModelLoader": ("model", "diffusion"),
    "CLIPLoader": ("clip_name", "text"),
    "CLIPLoaderGGUF": ("clip_name", "text"),
    "LoadWanVideoT5TextEncoder": ("model_name", "text"),
    "VAELoader": ("vae_name", "vae"),
    "WanVideoVAELoader": ("model_name", "vae"),
    "LoraLoaderModelOnly": ("lora_name", "lora"),
    "WanVideoLoraSelect": ("lora", "lora"),
    "CLIPVisionLoader": ("clip_name", "vision"),
}
MODEL_ROLES = ("high", "low", "text", "vae", "lora_high", "lora_low", "vision")
"""The keys of `[wan] models`."""

COMPILE_INPUTS = ("compile_args",)
COMPILE_NODES = {
    "TorchCompileModel": "model",
    "TorchCompileModelWanVideo": "model",
    "TorchCompileModelWanVideoV2": "model",
    "TorchCompileVAE": "vae",
}
"""Nodes that pass a model on, compiled, and the input that it comes in by: they are cut out, and it
goes straight through."""


@dataclass(frozen=True)
class Stage:
    """A sampler and its place: `high` runs first, `low` refines, `only` stands alone."""

    node_id: str
    place: str
    spec: SamplerClass


def samplers(graph: Graph) -> tuple[Stage, ...]:
    """The graph's samplers in the order in which they run."""
    ids = [i for i, n in graph.nodes.items() if n.class_type in SAMPLERS]
    depth = {i: sum(1 for other in ids if other in graph.ancestors(i)) for i in ids}
    ordered = sorted(ids, key=lambda i: depth[i])
    if len(ordered) == 1:
        return (Stage(ordered[0], "only", SAMPLERS[graph.nodes[ordered[0]].class_type]),)
    return tuple(
        Stage(i, "high" if depth[i] == 1 else "low", SAMPLERS[graph.nodes[i].class_type])
        for i in ordered
    )


def model_role(graph: Graph, node_id: str) -> str:
    """The key of `[wan] models` that names this loader's file."""
    _, kind = LOADERS[graph.nodes[node_id].class_type]
    if kind not in ("diffusion", "lora"):
        return kind
    places = {
        stage.place for stage in samplers(graph) if node_id in _model_side(graph, stage.node_id)
    }
    place = "low" if places == {"low"} else "high"
    return f"lora_{place}" if kind == "lora" else place


def _model_side(graph: Graph, sampler_id: str) -> frozenset[str]:
    """What a sampler's model is made of; its latent's history does not count."""
    source = graph.source(sampler_id, "model")
    return graph.ancestors(source) if source else frozenset()


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
        if node.class_type in SILENCED:
            return None
        if node.class_type in TEXT:
            return graph.through(source, TEXT[node.class_type])
        if node.class_type in TEXT_PAIR:
            pair = TEXT_PAIR[node.class_type]
            return graph.through(source, pair[0] if side == "positive" else pair[1])
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
        name = stage.spec.cfg
        place = graph.through(stage.node_id, name)
        if place is None and (source := graph.source(stage.node_id, name)):
            place = graph.through(source, "cfg_scale_start")
        if place is not None:
            value = graph.nodes[place[0]].inputs[place[1]]
            values += [float(value)] if isinstance(value, (int, float)) else []
    return max(values, default=None)
