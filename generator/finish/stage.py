"""Finish: a master → its loop → web clips at a set quality; the hero → posters.

master ─ unpack ─ loop ─┬─ H.264 ─┐
                        └─ AV1 ───┴─ vmaf search ─ box check ─ facts in the lock

What the stages are stands here; how they work is loaded when one of them runs.
"""

from __future__ import annotations

from generator.engine.stage import BakedFile, SourceFile, Stage, StageResult, StageRun
from generator.scene.model import WALKIN, ClipName, Scene

_VERSION = 3
_POSTER_VERSION = 3


def stage(scene: Scene, clip: ClipName, *, draft: bool = False) -> Stage:
    """The stage `finish:<clip>`; outputs `h264`, `av1` when it is on, and `loop`.

    `draft`: H.264 alone, at whatever quality the first try has.
    """
    mode = scene.clip(clip).loop

    def execute(run: StageRun) -> StageResult:
        from generator.finish.clips import finish_clip

        return finish_clip(run, scene, clip, draft=draft)

    return Stage(
        name=f"finish:{clip}",
        version=_VERSION,
        params={
            "fps": scene.room.fps,
            "loop": mode,
            "vmaf": scene.finish.vmaf,
            "av1": scene.finish.av1,
            "deflicker": scene.finish.deflicker,
            "ffmpeg": scene.finish.ffmpeg,
            **({"draft": True} if draft else {}),
        },
        inputs={"master": BakedFile(f"render:{clip}", "master")},
        execute=execute,
        slow=not draft,
    )


def poster_stage(scene: Scene, *, draft: bool = False) -> Stage:
    """The stage `finish:poster`; one output a picture, labelled by its file's stem and ending.

    `draft`: JPEG alone, since the smaller formats take their time.
    """

    def execute(run: StageRun) -> StageResult:
        from generator.finish.posters import make_posters

        return make_posters(run, scene, draft=draft)

    return Stage(
        name="finish:poster",
        version=_POSTER_VERSION,
        params={
            "size_px": list(scene.room.size),
            "crop": list(scene.walkin.crop) if scene.walkin.crop else None,
            "seated_frame": scene.screen.frame,
            "seated_clip": scene.screen.clip,
            "ffmpeg": scene.finish.ffmpeg,
            **({"draft": True} if draft else {}),
        },
        inputs={
            "hero": SourceFile(scene.room.hero),
            "walkin": BakedFile(f"render:{WALKIN}", "master"),
            "seated": BakedFile(f"render:{scene.screen.clip}", "master"),
        },
        execute=execute,
        slow=not draft,
    )
