"""Render: one clip of a scene → its master, by the backend that the scene names.

Every master has the room's size and frame rate. A backend is a module with
`stage(scene, clip) -> Stage`; its line in `BACKENDS` is all that names it (docs/extending.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from generator.engine.stage import Stage
from generator.errors import SceneError
from generator.scene.model import Scene

BACKENDS: Mapping[str, str] = {
    "file": "generator.render.file",
    "still": "generator.render.still",
    "wan": "generator.render.wan.stage",
}
"""The word of `[clips.*] render` → its module, loaded when a scene names it."""


def stage(scene: Scene, clip: str) -> Stage:
    """The stage `render:<clip>`; output `master`, facts frame_count, fps and size_px.

    Raises SceneError for a backend that does not exist.
    """
    backend = scene.clip(clip).render
    if backend not in BACKENDS:
        raise SceneError(
            f"scene.toml [clips.{clip}] render",
            got=f'"{backend}", which is planned but not built yet',
            expected=f"one of {', '.join(sorted(BACKENDS))}",
            remedy='write render = "still" to make the clip from the hero without a GPU',
        )
    made: Stage = import_module(BACKENDS[backend]).stage(scene, clip)
    return made
