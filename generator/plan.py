"""Which stages a scene has, and in which order; `engine.run` runs those that are stale.

render:walkin ─┬─ finish:walkin        render:ambient ─┬─ finish:ambient
├─ track:walkin                         ├─ track:ambient
└─ light:walkin                         └─ light:ambient
finish:poster      news

run(project.root, plan.stages(project.scene), ports)
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from generator.engine.disk import canonical_json
from generator.engine.stage import SourceFile, Stage
from generator.engine.store import Store
from generator.finish import stage as finish
from generator.light import stage as light
from generator.news import stage as news
from generator.render import stage as render
from generator.scene.model import CLIP_NAMES, Scene
from generator.track import stage as track

_DRAFT_FRAMES = 4


def stages(scene: Scene, *, draft: bool = False) -> tuple[Stage, ...]:
    """All stages of a scene, each after those it depends on.

    `draft`: a few frames of each clip, quickly encoded: enough to see the room and pick on.
    Raises SceneError for what no stage can do.
    """
    if draft:
        scene = _shortened(scene)
    found: list[Stage] = []
    for clip in CLIP_NAMES:
        found += [render.stage(scene, clip), finish.stage(scene, clip, draft=draft)]
    found.append(finish.poster_stage(scene, draft=draft))
    found += [track.stage(scene, clip, draft=draft) for clip in CLIP_NAMES]
    found += [light.stage(scene, clip) for clip in CLIP_NAMES]
    found.append(news.stage(scene))
    return tuple(found)


def draft_key(scene: Scene, store: Store) -> str:
    """A key of the draft as a whole: its parameters and the files of the author's that it reads.

    Raises AssetError when one is missing.
    """
    reads = [
        [stage.name, stage.params, store.hash(source.path)]
        for stage in stages(scene, draft=True)
        for source in stage.inputs.values()
        if isinstance(source, SourceFile)
    ]
    return hashlib.sha256(canonical_json(reads)).hexdigest()


def _shortened(scene: Scene) -> Scene:
    """The scene with clips just long enough to hold the frame that is picked on.

    A clip that the author brought is as long as it is.
    """
    frames = scene.screen.frame + _DRAFT_FRAMES
    walkin, ambient = (
        replace(clip, frames=frames) if clip.render in ("still", "layers") else clip
        for clip in (scene.walkin, scene.ambient)
    )
    return replace(
        scene,
        walkin=walkin,
        ambient=ambient,
        handoff=replace(scene.handoff, crossfade_s=0.0),
        track=replace(scene.track, adjust=()),
    )
