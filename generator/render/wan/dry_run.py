"""`breathe render --dry-run`: what a render would send, and nothing sent.

A graph of our own, or one in API form, needs no server to be shown. What only a server can decide
is said in `undecided`: how it spells the models, and a workflow as the editor saves it, which
comfy-cli converts with that server's own list of nodes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from generator.artifacts import Json
from generator.comfy.client import UnreachableError
from generator.comfy.graph import Graph, is_ui
from generator.comfy.limits import frame_hero
from generator.comfy.patch import Patched, Settings, patch
from generator.engine.ports import Ports
from generator.errors import SshError
from generator.render.takes import Take, TakeShelf, recipe_key
from generator.render.wan import stage as wan
from generator.render.wan.server import connect, read_workflow
from generator.scene.model import ClipName, Project, Scene
from generator.video.metadata import probe_photo

_MATCHING = (
    "the models: the server lists them under its own names, and says whether they are there",
    "the nodes and their values: the server knows which it takes",
)
_CONVERSION = (
    "the graph: {0} is as the editor saves it, and is converted with the server's own list of nodes"
)


def dry_run(project: Project, ports: Ports, clip: ClipName) -> dict[str, Json]:
    """What a render of `clip` would send: the graph, the still, the recipe, the key.

    The graph is held against the server when there is one that answers. Raises SceneError and
    AssetError about the project, ComfyError about a server that lacks what the graph needs.
    """
    scene, root = project.scene, project.root
    own = scene.clip(clip).render
    if own != "wan":
        return {"clip": clip, "backend": own, "sent": "nothing: it is made here"}
    asked = wan.recipe(scene, clip, root)
    take = Take(clip, recipe_key(asked), asked, attempt=1)
    ffmpeg = ports.require_ffmpeg(f"render:{clip}")
    hero_px = probe_photo(ffmpeg, root / scene.room.hero, name=scene.room.hero)
    framing = frame_hero(hero_px, scene.room.size, scene.clip(clip).crop, clip=clip)
    chosen = replace(
        wan.settings(scene, clip),
        image=f"breathe-{clip}-{take.short_key}.png",
        prefix=take.prefix,
    )
    workflow = wan.workflow_path(scene, clip, root)
    patched, server, undecided = _graph(scene, root, ports, workflow, chosen)
    known = TakeShelf(root).load(clip, take.key)
    return {
        "clip": clip,
        "backend": "wan",
        "key": take.key,
        "host": scene.wan.host,
        "server": server,
        "matched": not undecided,
        "undecided": list(undecided),
        "on_the_shelf": known is not None and TakeShelf(root).clip_path(known) is not None,
        "still": {"hero": scene.room.hero, "box": list(framing.box), "scale": framing.scale},
        "recipe": asked,
        "notes": [*framing.notes, *(patched.notes if patched else ())],
        "graph": patched.graph.to_api() if patched else None,
    }


def _graph(
    scene: Scene, root: Path, ports: Ports, workflow: Path, chosen: Settings
) -> tuple[Patched | None, str, tuple[str, ...]]:
    """The graph as far as it can be told, what became of the server, and what is left open."""
    name = scene.wan.workflow or "our own workflow"
    raw = read_workflow(workflow, name)
    server = "none: [wan] host is empty"
    if scene.wan.host:
        try:
            with connect(scene, root, ports) as link:
                patched = link.prepare(workflow, chosen, name=name, validate=True)
                return patched, f"asked: {link.name}", ()
        except (SshError, UnreachableError) as exc:
            server = f"no answer: {exc}"
    ports.progress.note(f"not held against a server; {server}")
    if is_ui(raw):
        return None, server, (_CONVERSION.format(name), *_MATCHING)
    return patch(Graph.from_api(raw, name=name), chosen, None, name=name), server, _MATCHING
