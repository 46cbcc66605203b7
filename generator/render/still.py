"""Render backend `still`: the hero, and a camera that moves into it. No GPU, no model."""

from __future__ import annotations

from generator.engine.stage import SourceFile, Stage, StageResult, StageRun
from generator.scene.model import WALKIN, ClipName, Scene

_VERSION = 3
_WALKIN_S = 6.0
_AMBIENT_S = 4.0


def stage(scene: Scene, clip: ClipName) -> Stage:
    """The stage that makes the master of `clip` from the hero."""
    settings = scene.clip(clip)
    seconds = _WALKIN_S if clip == WALKIN else _AMBIENT_S
    frame_count = settings.frames or round(seconds * scene.room.fps)

    def execute(run: StageRun) -> StageResult:
        from generator.render.push_in import render_push_in

        return render_push_in(run, scene, clip, frame_count)

    return Stage(
        name=f"render:{clip}",
        version=_VERSION,
        params={
            "backend": "still",
            "frames": frame_count,
            "size_px": list(scene.room.size),
            "fps": scene.room.fps,
            "clips.walkin.crop": list(scene.walkin.crop)
            if clip == WALKIN and scene.walkin.crop
            else None,
            "clips.ambient.crop": list(scene.ambient.crop) if scene.ambient.crop else None,
            "pingpong": settings.loop == "pingpong",
        },
        inputs={"hero": SourceFile(scene.room.hero)},
        execute=execute,
        slow=True,
    )
