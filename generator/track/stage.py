"""Track: a master and the picked corners → where the screen is in every playing frame.

The corners are picked once, on one frame of one clip. The other clip is tracked from the same
picture across their joint: the walk-in's last frame is the loop's first.

    scene → TrackRequest → frames → bezel → motion of each frame → corners → smoothed → rows

`track_clip` is a pure function of a request and files, so that it gives the same bytes wherever it
runs: here, or on the box by `python -m generator.track` (`remote`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.artifacts.camera import Camera
from generator.artifacts.decode import dump, encode, read
from generator.artifacts.track import REPORT, TRACK, Adjust, Track, TrackFacts, TrackRequest
from generator.engine.disk import write_atomic
from generator.engine.ports import Progress, SilentProgress
from generator.engine.stage import BakedFile, Input, Stage, StageResult, StageRun
from generator.errors import AssetError, GateError, TrackError
from generator.scene.backends import MOVED_BY_US
from generator.scene.model import WALKIN, ClipName, Scene
from generator.video.loops import playing_frames

if TYPE_CHECKING:
    from generator.track.bezel import Glass
    from generator.track.motion import Motion
    from generator.track.patches import Luma
    from generator.video.frames import LumaClip
    from generator.video.homography import Floats

VERSION = 9


def stage(scene: Scene, clip: ClipName, *, draft: bool = False) -> Stage:
    """The stage `track:<clip>`; outputs `track` and `report`, facts `TrackFacts`.

    `draft`: where the screen cannot be followed it stands still, so that there is a page on which
    to pick other corners.
    """
    request = track_request(scene, clip)
    inputs: dict[str, Input] = {"master": BakedFile(f"render:{clip}", "master")}
    if request.anchor:
        inputs["anchor"] = BakedFile(f"render:{scene.screen.clip}", "master")
    if request.method == "known":
        inputs["camera"] = BakedFile(f"render:{clip}", "camera")
        inputs["picked"] = BakedFile(f"render:{scene.screen.clip}", "camera")
    if scene.clip(clip).loop in {"auto", "crossfade"}:
        inputs["loop"] = BakedFile(f"finish:{clip}", "loop")

    def execute(run: StageRun) -> StageResult:
        facts = _execute(run, request, scene, draft=draft)
        return StageResult(files={"track": TRACK, "report": REPORT}, facts=encode(facts))

    return Stage(
        name=f"track:{clip}",
        version=VERSION,
        params={**encode(request), **({"draft": True} if draft else {})},
        inputs=inputs,
        execute=execute,
        remote=scene.track.on == "spark" and request.method != "known",
    )


def track_request(scene: Scene, clip: ClipName) -> TrackRequest:
    """What the scene asks of the tracker for `clip`; how an `auto` loop plays, finish knows."""
    screen, track = scene.screen, scene.track
    elsewhere = screen.clip != clip
    known = {scene.clip(name).render for name in (clip, screen.clip)} <= MOVED_BY_US
    return TrackRequest(
        clip=clip,
        fps=scene.room.fps,
        size_px=scene.room.size,
        plane_px=screen.plane_px,
        corners=screen.corners,
        glass=screen.glass,
        picked_frame=screen.frame,
        anchor="" if not elsewhere else "after" if clip == WALKIN else "before",
        steady_s=scene.handoff.crossfade_s,
        loop=scene.clip(clip).loop,
        overlap=0,
        method="known" if known else track.method,
        strength=1.0 if known else track.strength,
        low_pass_hz=0.0 if known else track.low_pass_hz,
        max_residual=track.max_residual,
        max_jitter_px=track.max_jitter_px,
        adjust=tuple(
            Adjust(key.frame, key.offset_px, key.reach_s)
            for key in track.adjust
            if key.clip == clip
        ),
    )


def _execute(run: StageRun, request: TrackRequest, scene: Scene, *, draft: bool) -> TrackFacts:
    progress = run.ports.progress
    if "loop" in run.inputs:
        from generator.artifacts.finish import Loop

        loop = read(Loop, run.inputs["loop"])
        request = replace(request, loop=loop.mode, overlap=loop.overlap)
    master, anchor = run.inputs["master"], run.inputs.get("anchor")
    if request.method == "known":
        ffmpeg = run.ports.require_ffmpeg(f"track:{request.clip}").executable
        cameras = read(Camera, run.inputs["camera"]), read(Camera, run.inputs["picked"])
        return compute(request, *cameras, anchor or master, run.out_dir, ffmpeg=ffmpeg)
    if scene.track.on == "spark":
        from generator.track.remote import Box, ssh_destination, track_on_box

        box = Box.of(scene.wan, run.ports.require_box(ssh_destination(scene.wan)))
        return track_on_box(box, request, master, run.out_dir, anchor=anchor, progress=progress)
    ffmpeg = run.ports.require_ffmpeg(f"track:{request.clip}").executable
    try:
        return track_clip(
            request, master, run.out_dir, ffmpeg=ffmpeg, anchor=anchor, progress=progress
        )
    except (TrackError, GateError):
        if not draft:
            raise
        return keep_still(request, master, run.out_dir, ffmpeg=ffmpeg)


def track_clip(
    request: TrackRequest,
    master: Path,
    out_dir: Path,
    *,
    ffmpeg: Path,
    anchor: Path | None = None,
    progress: Progress | None = None,
) -> TrackFacts:
    """Track `master` and write track.json and report.json; returns the stage's facts.

    `anchor`: the master on which the corners were picked, when that is another clip.
    Raises AssetError for clips that do not fit the scene, TrackError when the screen cannot be
    followed, GateError when it can but not well enough.
    """
    import numpy as np

    from generator.track import bezel, dense, flow
    from generator.track.report import reliable_from

    progress = progress or SilentProgress()
    name = f"track:{request.clip}"
    clip = _clip(request, master, ffmpeg, f"{name} master")
    frames, picked, own = _sequence(request, clip, anchor, ffmpeg, name)
    image = frames[picked].astype(np.float32) * np.float32(clip.grey_scale)
    given = None if request.glass is None else np.array(request.glass) * request.size_px
    glass = bezel.find_glass(image, _text_px(request), request.plane_px, given)
    follow = dense.follow if request.method == "dense" else flow.follow
    total = len(frames)
    done = 0

    def count(_frame: int) -> None:
        nonlocal done
        done += 1
        progress.update(name, done, total)

    motion = follow(frames, glass.ring, picked, grey_scale=clip.grey_scale, on_frame=count)
    first = reliable_from(motion, own, request, name)
    return _bake(request, motion, own, picked, first, glass, out_dir)


def compute(
    request: TrackRequest,
    camera: Camera,
    picked: Camera,
    picked_on: Path,
    out_dir: Path,
    *,
    ffmpeg: Path,
) -> TrackFacts:
    """The track of a camera that we moved: from its own way, see `known`.

    `camera`, `picked`: of this clip, and of the one on whose master, `picked_on`, the corners were
    picked; its picture is looked at only to find the glass. Writes and returns what `track_clip`
    does. Raises TrackError for a frame that the clip has not.
    """
    import numpy as np

    from generator.track import bezel
    from generator.track.known import known_maps
    from generator.track.motion import standing
    from generator.video import homography

    name = f"track:{request.clip}"
    _require_frame(request.picked_frame, len(picked.frames), name)
    text = _text_px(request)
    if request.glass is None:
        clip = _clip(request, picked_on, ffmpeg, f"{name} picked master")
        image = clip.frames[request.picked_frame].astype(np.float32) * np.float32(clip.grey_scale)
        glass = bezel.find_glass(image, text, request.plane_px, None)
    else:
        corners = np.array(request.glass) * request.size_px
        plane = homography.plane_corners(request.plane_px)
        flat = homography.apply(homography.from_corners(text, plane), corners)
        glass = bezel.Glass(corners, corners, flat, bezel.SIDES)
    maps = known_maps(camera, picked, request.picked_frame, np.array(request.corners))
    scale = np.diag([*request.size_px, 1.0])
    motion = replace(
        standing(len(maps), "known"),
        maps=homography.compose(scale, maps, np.linalg.inv(scale)),
        model="known",
        inlier_share=np.ones(len(maps)),
    )
    return _bake(request, motion, slice(0, len(maps)), 0, 0, glass, out_dir)


def keep_still(request: TrackRequest, master: Path, out_dir: Path, *, ffmpeg: Path) -> TrackFacts:
    """The track of a screen that cannot be followed: it stays where it was picked.

    Writes and returns what `track_clip` does. Raises AssetError as well.
    """
    from generator.track.bezel import Glass
    from generator.track.motion import standing
    from generator.video import homography

    clip = _clip(request, master, ffmpeg, f"track:{request.clip} master")
    text, plane = _text_px(request), homography.plane_corners(request.plane_px)
    motion = standing(len(clip.frames), request.method)
    own = slice(0, len(clip.frames))
    return _bake(request, motion, own, 0, 0, Glass(text, text, plane, ()), out_dir)


def _bake(
    request: TrackRequest,
    motion: Motion,
    own: slice,
    picked: int,
    first: int,
    glass: Glass,
    out_dir: Path,
) -> TrackFacts:
    """The motion of the plane → the corners' path, smoothed, and the rows that play.

    `own`: which of the frames are the clip's own; `first` of those, the first that is reliable.
    """
    import numpy as np

    from generator.track import report, smoothing
    from generator.video import homography

    measured = homography.apply(motion.maps, _text_px(request))
    shown = smoothing.damp(measured, picked, request.strength)[own].copy()
    shown[first:] = smoothing.remove_jitter(shown[first:], motion.noise[own][first:])
    shown = smoothing.low_pass(shown, request.low_pass_hz, request.fps)
    keys = [
        smoothing.Correction(key.frame, np.array(key.offset_px), key.reach_s * request.fps)
        for key in request.adjust
    ]
    shown = smoothing.correct(shown, keys)
    shown[:first] = shown[first]
    order = playing_frames(len(shown), request.loop, request.overlap)
    playing = smoothing.unfold(shown, order)
    before = [k for k, (sources, _) in enumerate(order) if min(sources) < first]
    told = report.summarise(request, motion, own, glass, measured[own], shown, playing, first)
    report.require_gates(request, told, f"track:{request.clip}")
    track = Track(
        clip=request.clip,
        fps=request.fps,
        frame_count=len(playing),
        size_px=request.size_px,
        loop=request.loop,
        reliable_from_frame=before[-1] + 1 if before else 0,
        corners=smoothing.as_rows(playing, request.size_px),
    )
    write_atomic(out_dir / TRACK, dump(track))
    write_atomic(out_dir / REPORT, dump(told))
    return TrackFacts.of(told)


def _text_px(request: TrackRequest) -> Floats:
    """(4, 2) px of the picked frame: the text's corners."""
    import numpy as np

    corners: Floats = np.array(request.corners) * request.size_px
    return corners


def _clip(request: TrackRequest, path: Path, ffmpeg: Path, name: str) -> LumaClip:
    from generator.video.frames import read_luma

    clip = read_luma(ffmpeg, path, name=name)
    if clip.size_px != request.size_px:
        raise AssetError(
            name,
            got=f"{clip.size_px[0]}x{clip.size_px[1]} px",
            expected=f"{request.size_px[0]}x{request.size_px[1]}, the scene's [room] size",
            remedy="render the clip again, or change [room] size",
        )
    return clip


def _sequence(
    request: TrackRequest, clip: LumaClip, anchor: Path | None, ffmpeg: Path, name: str
) -> tuple[Sequence[Luma], int, slice]:
    """All frames to solve, the index of the picked one, and which of them are the clip's own.

    With an anchor the two clips are laid end to end at their joint, as they play: the way from the
    picked frame to this clip leads through the frames between.
    """
    own = len(clip.frames)
    if not request.anchor:
        _require_frame(request.picked_frame, own, name)
        return list(clip.frames), request.picked_frame, slice(0, own)
    if anchor is None:
        raise AssetError(name, got="no anchor clip", expected="the master the corners lie on")
    other = _clip(request, anchor, ffmpeg, f"{name} anchor")
    _require_frame(request.picked_frame, len(other.frames), name)
    if other.grey_scale != clip.grey_scale:
        raise AssetError(
            f"{name} masters",
            got=f"{_depth(clip.grey_scale)} here and {_depth(other.grey_scale)} in the clip that "
            "the corners were picked on",
            expected="the same bit depth in both clips",
            remedy="bring clips of one kind, or let one backend make both",
        )
    if request.anchor == "after":
        head = other.frames[: request.picked_frame + 1]
        return [*clip.frames, *head], own + request.picked_frame, slice(0, own)
    tail = other.frames[request.picked_frame :]
    return [*tail, *clip.frames], 0, slice(len(tail), len(tail) + own)


def _depth(grey_scale: float) -> str:
    """What a scale to eight bits says of the picture it is for."""
    return "8 bits" if grey_scale == 1.0 else "more than 8 bits"


def _require_frame(frame: int, frame_count: int, name: str) -> None:
    if frame >= frame_count:
        raise TrackError(
            f"{name}: scene.toml [screen] frame",
            got=f"{frame} of a clip with {frame_count} frames",
            expected=f"0 to {frame_count - 1}",
            remedy="pick the corners again",
        )
