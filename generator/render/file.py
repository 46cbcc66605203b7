"""Render backend `file`: a clip that the author brings, checked frame by frame, used in place."""

from __future__ import annotations

from pathlib import Path

from generator.engine.stage import SourceFile, Stage, StageResult, StageRun
from generator.errors import SceneError
from generator.scene.model import ClipName, Scene


def stage(scene: Scene, clip: ClipName) -> Stage:
    """The stage that takes the master from `[clips.<clip>] file`. Raises SceneError without one."""
    settings = scene.clip(clip)
    if not settings.file:
        raise SceneError(
            f"scene.toml [clips.{clip}] file",
            got="nothing",
            expected='the clip to use, because render = "file"',
            remedy='write file = "assets/source/clip.mkv", or render = "still"',
        )

    def execute(run: StageRun) -> StageResult:
        from generator.render.brought import take_clip

        return take_clip(run, scene, clip)

    return Stage(
        name=f"render:{clip}",
        version=1,
        params={
            "backend": "file",
            "file": Path(settings.file).as_posix(),
            "frames": settings.frames,
            "size_px": list(scene.room.size),
            "fps": scene.room.fps,
        },
        inputs={"master": SourceFile(settings.file)},
        execute=execute,
    )
