"""Our settings put into somebody's graph, each where its role is.

    patched = patch(graph, Settings(image="hero.png", size=(1280, 704), frames=81, ...))
    patched.graph.to_api(), patched.notes

What the scene must be able to set (picture, size, length, prompts, seed, the saved file's name) and
finds no place for is an error; everything else that was found, or not, is a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.comfy import catalogue, roles
from generator.comfy.graph import Graph, is_link
from generator.comfy.nodes import ServerNodes, match_models
from generator.errors import SceneError

SDPA = "sdpa"


@dataclass(frozen=True)
class Prompts:
    """The two texts of one render, exactly as the text encoder gets them."""

    positive: str
    negative: str


@dataclass(frozen=True)
class Settings:
    """What one render is told.

    `image`: the still's name in the server's input folder. `prefix`: the saved file's name, with
    the key by which we find the job again. `steps`, `cfg`, `shift`: 0 leaves the workflow's own.
    """

    image: str
    size: tuple[int, int]
    frames: int
    fps: int
    prompts: Prompts
    seed: int
    prefix: str
    steps: int = 0
    cfg: float = 0.0
    shift: float = 0.0
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Patched:
    """A graph that is ready to be sent; `save_id` is the node whose file we want.

    `warnings`: the notes among `notes` on what the author asked for and will not get.
    """

    graph: Graph
    save_id: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def patch(graph: Graph, settings: Settings, nodes: ServerNodes | None, *, name: str) -> Patched:
    """Put `settings` into `graph`; `nodes` None leaves model names unmatched.

    Raises SceneError about the workflow called `name` when a role has no place in it, or when a
    model is not on the server.
    """
    draft = _Draft(graph, name)
    save_id = draft.keep_one_clip()
    draft.without_compile()
    draft.without_sage()
    draft.image(settings.image)
    draft.size(settings.size)
    draft.length(settings.frames)
    draft.fps(settings.fps)
    draft.prompts(settings.prompts)
    draft.seed(settings.seed)
    draft.sampling(settings)
    draft.saving(save_id, settings.prefix)
    matched, notes, unplaced = match_models(draft.graph, settings.models, nodes, name=name)
    kept = matched.keeping(matched.ancestors(save_id))
    lost = tuple(f"[wan] models.{role} has no place in this workflow" for role in unplaced)
    return Patched(kept, save_id, (*draft.notes, *notes, *lost), warnings=(*draft.warnings, *lost))


class _Draft:
    """A graph on its way, and what was done to it."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.name = name
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        """Something that the author asked for is without effect."""
        self.notes.append(warning)
        self.warnings.append(warning)

    def set(self, node_id: str, name: str, value: object, what: str) -> bool:
        """Set an input; a link to it is cut, whatever else the same constant feeds stays.

        False where the node has no such input.
        """
        if name not in self.graph.nodes[node_id].inputs:
            return False
        old = self.held(node_id, name)
        self.graph = self.graph.with_input(node_id, name, value)
        if old != value and what:
            was = "computed" if old is None else _short(old)
            self.notes.append(f"{what}: {was} → {_short(value)} in {self.label(node_id)}")
        return True

    def held(self, node_id: str, name: str) -> Any:
        """The literal of an input, wherever it stands; None where something computes it."""
        place = self.graph.through(node_id, name) if name else None
        return self.graph.nodes[place[0]].inputs[place[1]] if place else None

    def label(self, node_id: str) -> str:
        return self.graph.label(node_id)

    def missing(self, what: str, expected: str) -> SceneError:
        return SceneError(
            self.name,
            got=f"no place for {what}",
            expected=expected,
            remedy="compare it with the workflow that is used when [wan] workflow is left out",
        )

    def keep_one_clip(self) -> str:
        """Cut the graph down to one saved clip and what it needs; returns the saving node."""
        savers = [i for i, _ in self.graph.of_class(*catalogue.SAVERS)]
        if not savers:
            raise self.missing("the clip", f"a node that saves one: {', '.join(catalogue.SAVERS)}")
        if len(savers) > 1:
            labels = ", ".join(self.label(i) for i in savers)
            raise SceneError(
                self.name,
                got=f"{len(savers)} saved clips: {labels}",
                expected="one",
                remedy="bypass (Ctrl+B) all but one of them in ComfyUI and save again",
            )
        wanted = self.graph.ancestors(savers[0])
        if dropped := [i for i in self.graph.nodes if i not in wanted]:
            labels = ", ".join(map(self.label, dropped))
            self.notes.append(f"left out, not part of the clip: {labels}")
        self.graph = self.graph.keeping(wanted)
        return savers[0]

    def without_compile(self) -> None:
        """Cut compile settings: torch.compile dies where the CUDA headers are missing."""
        for node_id, node in list(self.graph.nodes.items()):
            if catalogue.COMPILE_INPUT in node.inputs:
                self.notes.append(f"compile settings cut from {self.label(node_id)}")
                self.graph = self.graph.without_input(node_id, catalogue.COMPILE_INPUT)
        for node_id, node in list(self.graph.of_class(*catalogue.COMPILERS)):
            passed = node.inputs.get(catalogue.COMPILERS[node.class_type])
            if is_link(passed):
                self.notes.append(f"{self.label(node_id)} taken out")
                self.graph = self.graph.cut_through(node_id, passed)

    def without_sage(self) -> None:
        """SageAttention has no aarch64 wheel, and a build of it may corrupt video silently."""
        for node_id, node in list(self.graph.nodes.items()):
            mode = node.inputs.get("attention_mode")
            if isinstance(mode, str) and mode != SDPA:
                self.set(node_id, "attention_mode", SDPA, "attention")
            if isinstance(node.inputs.get("sage_attention"), str):
                self.set(node_id, "sage_attention", "disabled", "attention")

    def image(self, image: str) -> None:
        found = [i for i, _ in self.graph.of_class("LoadImage")]
        if not found:
            raise self.missing("the still", "a LoadImage node that the clip starts from")
        for node_id in found:
            self.graph = self.graph.with_input(node_id, "image", image)

    def size(self, size: tuple[int, int]) -> None:
        """Width and height, at the encoder or at the resize node that it takes them from."""
        made = {*catalogue.SIZED, "length"}
        unknown = [i for i, n in self.graph.nodes.items() if made <= n.inputs.keys()]
        if unknown and not any(self.graph.of_class(*catalogue.LENGTH)):
            raise SceneError(
                self.name,
                got=f"a clip that {', '.join(map(self.label, unknown))} makes: not known here",
                expected=f"one of {', '.join(catalogue.LENGTH)}",
                remedy='render it in ComfyUI itself and bring the clip: render = "file"',
            )
        placed = False
        for node_id, _ in list(self.graph.of_class(*catalogue.LENGTH)):
            for name, value in zip(catalogue.SIZED, size, strict=True):
                placed |= self._side(node_id, name, value)
        if not placed:
            raise self.missing("the size", "width and height at the node that makes the clip")

    def _side(self, node_id: str, name: str, value: int) -> bool:
        source = self.graph.source(node_id, name)
        if source is None or name not in self.graph.nodes[source].inputs:
            return self.set(node_id, name, value, name)
        if "divisible_by" in self.graph.nodes[source].inputs:
            self.set(source, "divisible_by", 16, "divisible_by")
        return self.set(source, name, value, name)

    def length(self, frames: int) -> None:
        placed = [
            self.set(node_id, catalogue.LENGTH[node.class_type], frames, "frames")
            for node_id, node in list(self.graph.of_class(*catalogue.LENGTH))
        ]
        if not any(placed):
            raise self.missing("the number of frames", f"one of {', '.join(catalogue.LENGTH)}")

    def fps(self, fps: int) -> None:
        placed = [
            self.set(node_id, catalogue.FPS[node.class_type], float(fps), "frames a second")
            for node_id, node in list(self.graph.of_class(*catalogue.FPS))
        ]
        if not any(placed):
            self.warn("the workflow sets no frames a second; the clip must come as it is")

    def prompts(self, prompts: Prompts) -> None:
        for side, text in (("positive", prompts.positive), ("negative", prompts.negative)):
            places = list(roles.prompt_places(self.graph, side))
            for node_id, name in places:
                self.graph = self.graph.with_input(node_id, name, text)
            if not places and side == "positive":
                raise self.missing("the prompt", "a text that leads to the sampler's positive side")
            if not places:
                self.warn("the negative prompt has no place: this workflow throws it away")

    def seed(self, seed: int) -> None:
        places = [(s.node_id, s.spec.seed) for s in roles.samplers(self.graph)]
        places += [
            (i, catalogue.SEEDS[n.class_type]) for i, n in self.graph.of_class(*catalogue.SEEDS)
        ]
        placed = [self.set(i, name, seed, "seed") for i, name in places]
        if not any(placed):
            raise self.missing("the seed", f"a sampler: {', '.join(catalogue.SAMPLERS)}")

    def sampling(self, settings: Settings) -> None:
        """Steps (the hand-over between the two stages keeps its share), guidance and shift."""
        for stage in roles.samplers(self.graph):
            if settings.steps and stage.spec.steps:
                self._steps(stage, settings.steps)
            for name in stage.spec.cfg if settings.cfg else ():
                self.set(stage.node_id, name, settings.cfg, "cfg")
            if settings.shift and stage.spec.shift:
                self.set(stage.node_id, stage.spec.shift, settings.shift, "shift")
        for node_id, node in list(self.graph.of_class(*catalogue.SHIFT)):
            if settings.shift:
                self.set(node_id, catalogue.SHIFT[node.class_type], settings.shift, "shift")
        cfg = roles.guidance(self.graph)
        if roles.ignores_negatives(cfg):
            self.warn(f"cfg is {cfg:g}: the negative prompt is ignored at 1")

    def _steps(self, stage: roles.Stage, steps: int) -> None:
        old = self.held(stage.node_id, stage.spec.steps)
        if not isinstance(old, int):
            raise self.missing("the number of steps", f"a number at {self.label(stage.node_id)}")
        self.set(stage.node_id, stage.spec.steps, steps, "steps")
        for name in (stage.spec.start, stage.spec.end):
            value = self.held(stage.node_id, name)
            if isinstance(value, int) and 0 < value < old:
                share = max(1, min(steps - 1, round(value * steps / old)))
                self.set(stage.node_id, name, share, "hand-over between the stages")

    def saving(self, save_id: str, prefix: str) -> None:
        """Name the file after the job, and have it really saved: a preview is gone on a restart."""
        node = self.graph.nodes[save_id]
        self.graph = self.graph.with_input(save_id, catalogue.SAVERS[node.class_type], prefix)
        if "save_output" in node.inputs:
            self.set(save_id, "save_output", True, "really saved")
        if "pingpong" in node.inputs:
            self.set(save_id, "pingpong", False, "ping-pong is ours to do")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
