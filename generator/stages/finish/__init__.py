"""Finish: a master → its loop → web clips at a set quality; the hero → posters.

master ─ unpack ─ loop ─┬─ H.264 ─┐
                        └─ AV1 ───┴─ vmaf search ─ box check ─ facts in the lock
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence

from generator.adapters.probe import probe
from generator.errors import StageError
from generator.model import Json, Scene
from generator.stage import BakedFile, Stage, StageResult, StageRun
from generator.stages.finish import loop
from generator.stages.finish.encode import AV1, H264, SKETCH, Codec, encode_all
from generator.stages.finish.flashes import check_flashes
from generator.stages.finish.frames import cut, unpack
from generator.stages.finish.posters import poster_stage

__all__ = ["poster_stage", "stage"]

_VERSION = 3


def stage(scene: Scene, clip: str, *, sketch: bool = False) -> Stage:
    """The stage `finish:<clip>`; outputs `h264`, `av1` when it is on, and `loop`.

    `sketch`: H.264 alone, at whatever quality the first try has.
    """
    mode = scene.clip(clip).loop
    codecs = (H264, AV1) if scene.finish.av1 else (H264,)

    def execute(run: StageRun) -> StageResult:
        if sketch:
            return _finish(run, scene, clip, (SKETCH,), aim=0.0)
        return _finish(run, scene, clip, codecs, aim=scene.finish.vmaf)

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
            **({"sketch": True} if sketch else {}),
        },
        inputs={"master": BakedFile(f"render:{clip}", "master")},
        execute=execute,
        slow=not sketch,
    )


def _finish(
    run: StageRun, scene: Scene, clip: str, codecs: Sequence[Codec], *, aim: float
) -> StageResult:
    name = f"finish:{clip}"
    ffmpeg = run.ports.ffmpeg
    if ffmpeg is None:
        raise StageError(name, got="no ffmpeg", expected="one to encode with")
    work = run.out_dir / ".work"
    work.mkdir()
    try:
        probed = probe(ffmpeg, run.inputs["master"], name=f"{name} master")
        master = unpack(
            ffmpeg,
            run.inputs["master"],
            probed,
            work / "master.yuv",
            fps=scene.room.fps,
            label=f"{name} unpack",
            deflicker=scene.finish.deflicker,
        )
        choice = loop.choose(master, scene.clip(clip).loop)
        order = choice.order(master.frame_count)
        playing = master if choice.mode == "none" else cut(master, order, work / "playing.yuv")
        flashes = check_flashes(playing, loops=choice.mode != "none", name=name)
        encodes = encode_all(ffmpeg, playing, codecs, aim, work, name=name)
        for encode in encodes:
            if encode.trial.score.mean < aim:
                run.ports.progress.note(
                    f"{name}: {encode.label} reaches VMAF {encode.trial.score.mean} at its finest; "
                    f"[finish] vmaf asks for {aim}"
                )
            encode.path.replace(run.out_dir / f"{clip}-{encode.label}.mp4")
    finally:
        shutil.rmtree(work)
    record: dict[str, Json] = {
        "schema": 1,
        "clip": clip,
        "mode": choice.mode,
        "overlap": choice.overlap,
        "frame_count": master.frame_count,
        "playing_frame_count": playing.frame_count,
    }
    (run.out_dir / "loop.json").write_text(
        json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    return StageResult(
        files={
            "loop": "loop.json",
            **{encode.label: f"{clip}-{encode.label}.mp4" for encode in encodes},
        },
        facts={
            "playing_frame_count": playing.frame_count,
            "loop": choice.facts(),
            "encodes": [encode.facts() for encode in encodes],
            "flash": flashes,
        },
    )
