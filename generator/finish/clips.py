"""One master → its loop → web clips at the quality asked for, each opened again and looked over."""

from __future__ import annotations

import shutil

import numpy as np

from generator.artifacts.decode import dump, encode
from generator.artifacts.finish import FinishFacts, FlashFacts, Loop
from generator.engine.stage import StageResult, StageRun
from generator.errors import GateError
from generator.finish import flash, loop
from generator.finish.encode import AV1, DRAFT, H264, encode_all
from generator.finish.frames import RawClip, cut, linear_light, unpack
from generator.scene.model import ClipName, Scene
from generator.video.metadata import probe


def finish_clip(run: StageRun, scene: Scene, clip: ClipName, *, draft: bool) -> StageResult:
    """The work of the stage `finish:<clip>`: see `stage` for what it leaves.

    Raises StageError without an ffmpeg, MediaError from it, GateError for a clip that flashes.
    """
    name = f"finish:{clip}"
    codecs = (DRAFT,) if draft else (H264, AV1) if scene.finish.av1 else (H264,)
    target_vmaf = 0.0 if draft else scene.finish.vmaf
    ffmpeg = run.ports.require_ffmpeg(name)
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
        encodes = encode_all(ffmpeg, playing, codecs, target_vmaf, work, name=name)
        for one in encodes:
            if one.facts.vmaf < target_vmaf:
                run.ports.progress.note(
                    f"{name}: {one.facts.label} reaches VMAF {one.facts.vmaf} at its finest; "
                    f"[finish] vmaf asks for {target_vmaf}"
                )
            one.path.replace(run.out_dir / f"{clip}-{one.facts.label}.mp4")
    finally:
        shutil.rmtree(work)
    record = Loop(clip, choice.mode, choice.overlap, master.frame_count, playing.frame_count)
    (run.out_dir / "loop.json").write_bytes(dump(record, indent=1))
    facts = FinishFacts(
        playing_frame_count=playing.frame_count,
        loop=choice.facts(),
        encodes=tuple(one.facts for one in encodes),
        flash=flashes,
    )
    files = {one.facts.label: f"{clip}-{one.facts.label}.mp4" for one in encodes}
    return StageResult(files={"loop": "loop.json", **files}, facts=encode(facts))


def check_flashes(playing: RawClip, *, loops: bool, name: str) -> FlashFacts:
    """Count the flashes of `playing`; a clip that `loops` is watched over its seam too.

    Raises GateError above the limit of WCAG 2.3.1: a clip that could harm someone with
    photosensitive epilepsy is not finished.
    """
    cells = [flash.to_cells(linear_light(playing.small(k))) for k in range(playing.frame_count)]
    if loops:
        cells += cells[: playing.fps]
    report = flash.measure(np.stack(cells), playing.fps)
    if not report.passed:
        kind = "red" if report.red_per_s > report.general_per_s else "general"
        raise GateError(
            name,
            got=f"{report.worst_per_s:g} {kind} flashes in the second up to {report.at_s:.2f} s",
            expected=f"at most {flash.LIMIT_PER_S:g} a second (WCAG 2.3.1)",
            remedy="render it calmer; if it is exposure that jumps, try [finish] deflicker = true",
        )
    return FlashFacts(
        max_per_s=report.worst_per_s,
        general_per_s=report.general_per_s,
        red_per_s=report.red_per_s,
        limit_per_s=flash.LIMIT_PER_S,
    )
