"""Render: one clip of a scene → its master, by the backend that the scene names.

`file` points at a clip that the author brings, `still` makes a push-in from the hero, `wan` has a
video model make it on the box. Every master has the room's size and frame rate.
"""

from __future__ import annotations

from generator.errors import SceneError
from generator.model import Scene
from generator.stage import Stage
from generator.stages.render import file, still


def stage(scene: Scene, clip: str) -> Stage:
    """The stage `render:<clip>`; output `master`, facts frame_count, fps and size_px.

    Raises SceneError for a backend that does not exist yet.
    """
    backend = scene.clip(clip).render
    if backend == "file":
        return file.stage(scene, clip)
    if backend == "still":
        return still.stage(scene, clip)
    if backend == "wan":
        from generator.stages.render import wan  # its client is not worth loading for the others

        return wan.stage(scene, clip)
    raise SceneError(
        f"scene.toml [clips.{clip}] render",
        got=f'"{backend}", which is planned but not built yet',
        expected="wan, still or file",
        remedy='write render = "still" to make the clip from the hero without a GPU',
    )
