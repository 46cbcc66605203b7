"""Track: a master and the picked corners → where the screen is in every playing frame.

The corners are picked once, on one frame of one clip. The other clip is tracked from the same
picture across their joint: the walk-in's last frame is the loop's first.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from generator.artifacts import Json
from generator.engine.stage import BakedFile, Input, Stage, StageResult, StageRun
from generator.errors import GateError, StageError, TrackError
from generator.scene.model import WALKIN, ClipName, Scene
from generator.track.clip import Adjust, Request, track_clip

VERSION = 9


def stage(scene: Scene, clip: ClipName, *, draft: bool = False) -> Stage:
    """The stage `track:<clip>`; outputs `track` and `report`.

    `draft`: where the screen cannot be followed it stands still, so that there is a page on which
    to pick other corners.

    Facts: glass_plane_px (the glass's outer corners in the text plane's units), glass_seen,
    reliable_from_frame, playing_frame_count, model, worst_residual, jitter_px.
    """
    request = track_request(scene, clip)
    inputs: dict[str, Input] = {"master": BakedFile(f"render:{clip}", "master")}
    if request.anchor:
        inputs["anchor"] = BakedFile(f"render:{scene.screen.clip}", "master")
    if scene.clip(clip).loop in {"auto", "crossfade"}:
        inputs["loop"] = BakedFile(f"finish:{clip}", "loop")

    def execute(run: StageRun) -> StageResult:
        return _execute(run, request, scene, draft=draft)

    return Stage(
        name=f"track:{clip}",
        version=VERSION,
        params={**request.to_json(), **({"draft": True} if draft else {})},
        inputs=inputs,
        execute=execute,
        remote=scene.track.on == "spark",
    )


def track_request(scene: Scene, clip: ClipName) -> Request:
    """What the scene asks of the tracker for `clip`; `with_loop` fills in an `auto` loop."""
    screen, track = scene.screen, scene.track
    elsewhere = screen.clip != clip
    return Request(
        clip=clip,
        fps=scene.room.fps,
        size_px=scene.room.size,
        plane_px=screen.plane_px,
        corners=[list(point) for point in screen.corners],
        glass=None if screen.glass is None else [list(point) for point in screen.glass],
        picked_frame=screen.frame,
        anchor="" if not elsewhere else "after" if clip == WALKIN else "before",
        steady_s=scene.handoff.crossfade_s,
        loop=scene.clip(clip).loop,
        overlap=0,
        method=track.method,
        strength=track.strength,
        low_pass_hz=track.low_pass_hz,
        max_residual=track.max_residual,
        max_jitter_px=track.max_jitter_px,
        adjust=tuple(
            Adjust(key.frame, [list(point) for point in key.offset_px], key.reach_s)
            for key in track.adjust
            if key.clip == clip
        ),
    )


def with_loop(request: Request, loop_file: Path) -> Request:
    """The request with the loop that finish settled on."""
    told: dict[str, Json] = json.loads(loop_file.read_text(encoding="utf-8"))
    mode, overlap = told["mode"], told["overlap"]
    if not isinstance(mode, str) or not isinstance(overlap, int):
        raise StageError(str(loop_file), got=f"{mode!r}, {overlap!r}", expected="mode and overlap")
    return replace(request, loop=mode, overlap=overlap)


def _execute(run: StageRun, request: Request, scene: Scene, *, draft: bool) -> StageResult:
    if "loop" in run.inputs:
        request = with_loop(request, run.inputs["loop"])
    master, anchor = run.inputs["master"], run.inputs.get("anchor")
    if scene.track.on == "spark":
        from generator.box.ssh import ssh_shell
        from generator.track.remote import Box, ssh_destination, track_on_box

        box = Box.of(scene.wan, ssh_shell(ssh_destination(scene.wan)))
        progress = run.ports.progress
        facts = track_on_box(box, request, master, run.out_dir, anchor=anchor, progress=progress)
    else:
        ffmpeg = run.ports.require_ffmpeg(f"track:{request.clip}").executable
        try:
            facts = track_clip(
                request,
                master,
                run.out_dir,
                ffmpeg=ffmpeg,
                anchor=anchor,
                progress=run.ports.progress,
            )
        except (TrackError, GateError):
            if not draft:
                raise
            from generator.track.still import keep_still

            facts = keep_still(request, master, run.out_dir, ffmpeg=ffmpeg)
    return StageResult(files={"track": "track.json", "report": "report.json"}, facts=facts)
