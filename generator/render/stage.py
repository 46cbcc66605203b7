"""Render: one clip of a scene → its master, by the backend that the scene names.

Every master has the room's size and frame rate. `scene.backends` lists the backends.
"""

from __future__ import annotations

from importlib import import_module

from generator.engine.stage import Stage
from generator.scene.backends import RENDER_BACKENDS
from generator.scene.model import ClipName, Scene


def stage(scene: Scene, clip: ClipName) -> Stage:
    """The stage `render:<clip>`; output `master`, facts at least `MasterFacts`.

    Raises SceneError for what the backend cannot do.
    """
    made: Stage = import_module(RENDER_BACKENDS[scene.clip(clip).render]).stage(scene, clip)
    return made
