"""A push-in on the hero: two clips out of one still.

The walk-in is a straight dolly from the wide shot to the tighter one, and ends on the very picture
that the ambient clip starts with; the ambient clip breathes: a push of about one per cent.

Ffmpeg's zoompan rounds the shot to whole pixels, which is jitter. Here `perspective` samples the
hero at sub-pixel places on a canvas of two to four times the room's size, and one scaling step
averages that down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from generator.artifacts.camera import Camera, CameraFrame, Triple
from generator.artifacts.decode import dump
from generator.engine.disk import write_atomic
from generator.engine.stage import StageResult, StageRun
from generator.errors import AssetError
from generator.scene.model import AMBIENT, WALKIN, ClipName, Scene
from generator.video.ffmpeg import BT709, Filter, Source, command
from generator.video.metadata import probe_photo
from generator.video.shots import Shot, crop_shot, enlargement, softness

CAMERA = "camera.json"
_TIGHTER = 0.72
"""The ambient shot's share of the wide one, when the scene gives no crop."""
_BREATH = 0.012
"""How far the ambient clip pushes in: 8 px at the edge of a 1280-wide frame."""


@dataclass(frozen=True)
class Move:
    """From one shot to another (`there`), or there and back to the start (`round`)."""

    start: Shot
    end: Shot
    frame_count: int
    way: Literal["there", "round"]


def render_push_in(run: StageRun, scene: Scene, clip: ClipName, frame_count: int) -> StageResult:
    """The work of the backend `still`: the master of `clip`, `frame_count` frames.

    Raises AssetError for a hero that cannot be read, SceneError for a crop that leaves it,
    StageError without an ffmpeg, MediaError from it.
    """
    ffmpeg = run.ports.require_ffmpeg(f"render:{clip}")
    hero = run.inputs["hero"]
    subject = f"scene.toml [room] hero {scene.room.hero}"
    if not hero.is_file():
        raise AssetError(subject, got="no such file", expected="a picture of the room")
    hero_px = probe_photo(ffmpeg, hero, name=subject)
    move = plan_move(scene, clip, frame_count, hero_px)
    closest = min(move.start, move.end, key=lambda shot: shot.width)
    if note := softness(closest, hero_px, scene.room.size):
        run.ports.progress.note(f"render:{clip}: {note}")
    fps = scene.room.fps
    target = run.out_dir / "master.mp4"
    ffmpeg.run(
        command(
            [Source(hero, {"r": fps})],
            _filters(move, hero_px, scene.room.size, fps),
            target,
            {
                "c:v": "libx264",
                "preset": "medium",
                "qp": 10,  # not crf: that lets slow moves lag behind by a level or two
                "threads": 4,  # part of the result: x264's bits depend on it, not on the machine
                "g": fps,
                "video_track_timescale": fps * 1000,
                "movflags": "+faststart",
                "frames:v": frame_count,
            },
        ),
        label=f"render:{clip}",
        total_s=frame_count / fps,
    )
    write_atomic(run.out_dir / CAMERA, dump(camera_of(move, clip, hero_px)))
    return StageResult(
        files={"master": target.name, "camera": CAMERA},
        facts={
            "backend": "still",
            "frame_count": frame_count,
            "fps": fps,
            "size_px": list(scene.room.size),
            "enlarged": round(enlargement(closest, scene.room.size), 3),
        },
    )


def plan_move(scene: Scene, clip: ClipName, frame_count: int, hero_px: tuple[int, int]) -> Move:
    """The camera's way through a hero of `hero_px` (width, height).

    Raises SceneError when a crop leaves the hero.
    """
    tight = clip_shot(scene, AMBIENT, hero_px)
    if clip == AMBIENT:
        way: Literal["there", "round"] = "there" if scene.ambient.loop == "pingpong" else "round"
        return Move(tight, tight.inset(_BREATH), frame_count, way)
    return Move(clip_shot(scene, WALKIN, hero_px), tight, frame_count, "there")


def camera_of(move: Move, clip: ClipName, hero_px: tuple[int, int]) -> Camera:
    """Where the camera was at every frame of the move."""
    shots = (shot_at(move, frame) for frame in range(move.frame_count))
    return Camera(clip, tuple(CameraFrame(to_frame_of(shot, hero_px)) for shot in shots))


def shot_at(move: Move, frame: int) -> Shot:
    """The shot of one frame: the same way as `_span` tells ffmpeg."""
    start, end = move.start, move.end
    if move.way == "there":
        u = min(1.0, frame / max(1, move.frame_count - 1))
        pace = u**3 * (u * (u * 6 - 15) + 10)
    else:
        pace = (1 - math.cos(2 * math.pi * frame / move.frame_count)) / 2
    ratio = end.width / start.width
    share = pace if abs(ratio - 1.0) < 1e-6 else (1 - ratio**pace) / (1.0 - ratio)
    return Shot(
        start.x + (end.x - start.x) * share,
        start.y + (end.y - start.y) * share,
        start.width + (end.width - start.width) * share,
        start.height + (end.height - start.height) * share,
    )


def to_frame_of(shot: Shot, hero_px: tuple[int, int]) -> tuple[Triple, Triple, Triple]:
    """The map from fractions of the hero to fractions of a frame that shows `shot`, row by row."""
    width, height = hero_px
    return (
        (width / shot.width, 0.0, -shot.x / shot.width),
        (0.0, height / shot.height, -shot.y / shot.height),
        (0.0, 0.0, 1.0),
    )


def clip_shot(scene: Scene, clip: ClipName, hero_px: tuple[int, int]) -> Shot:
    """The shot that the scene's crop asks for, or our own choice.

    Raises SceneError when the crop leaves the hero.
    """
    crop = scene.clip(clip).crop
    shot = crop_shot(crop, hero_px, scene.room.size, clip=clip)
    return shot.inset(1.0 - _TIGHTER) if clip == AMBIENT and crop is None else shot


def _filters(
    move: Move, hero_px: tuple[int, int], size_px: tuple[int, int], fps: int
) -> list[Filter]:
    """Hero → supersampled canvas → the shot of each frame → the room's size in bt709."""
    closest = min(move.start.width, move.end.width)
    times = min(4, max(2, -(-hero_px[0] // round(closest))))
    canvas_w, canvas_h = size_px[0] * times, size_px[1] * times
    left, right = _span(move, "x", canvas_w / hero_px[0], canvas_w)
    top, bottom = _span(move, "y", canvas_h / hero_px[1], canvas_h)
    edges = {
        "x0": left, "y0": top, "x1": right, "y1": top,
        "x2": left, "y2": bottom, "x3": right, "y3": bottom,
    }  # fmt: skip
    exact = "accurate_rnd+full_chroma_int+full_chroma_inp"
    return [
        Filter("scale", {"w": canvas_w, "h": canvas_h, "flags": f"lanczos+{exact}"}),
        Filter("format", {"pix_fmts": "gbrp"}),
        Filter("setsar", {"sar": 1}),
        Filter("loop", {"loop": -1, "size": 1}),
        Filter("settb", {"expr": f"1/{fps}"}),
        Filter("setpts", {"expr": "N"}),
        Filter("perspective", {**edges, "interpolation": "cubic", "eval": "frame"}),
        Filter(
            "scale",
            {
                "w": size_px[0],
                "h": size_px[1],
                "flags": f"area+{exact}",
                "out_color_matrix": "bt709",
                "out_range": "tv",
            },
        ),
        Filter("format", {"pix_fmts": "yuv420p10le"}),
        BT709,
    ]


def _span(move: Move, axis: Literal["x", "y"], scale: float, canvas_px: int) -> tuple[str, str]:
    """The two edges of the shot along `axis` in canvas px, as expressions of ffmpeg.

    `scale`: canvas px a px of the hero. Ffmpeg's `on` is the number of the frame, from 1.
    A dolly at even speed scales the shot geometrically and keeps one point of the hero still, so
    the edges move in proportion to the width. The pace is Perlin's smoother step (rest at both
    ends); `round` goes there and back on a cosine whose period is the clip.
    """
    start, end = move.start, move.end
    last = max(1, move.frame_count - 1)
    if move.way == "there":
        u = f"min(1,(on-1)/{last})"
        pace = f"(pow({u},3)*({u}*({u}*6-15)+10))"
    else:
        pace = f"((1-cos(2*PI*(on-1)/{move.frame_count}))/2)"
    ratio = end.width / start.width
    pan = abs(ratio - 1.0) < 1e-6
    share = pace if pan else f"((1-pow({ratio:.9f},{pace}))/{1.0 - ratio:.9f})"

    def edges(shot: Shot) -> tuple[float, float]:
        place, length = (shot.x, shot.width) if axis == "x" else (shot.y, shot.height)
        # `perspective` maps the middles of the outer pixels, not their edges.
        middle = (length * scale / canvas_px - 1.0) / 2
        return place * scale + middle, (place + length) * scale + middle

    low, high = (
        f"{a:.6f}+({b - a:.6f})*{share}" for a, b in zip(edges(start), edges(end), strict=True)
    )
    return low, high
