"""The work of the backend `layers`: the hero and its layers → the master of one clip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from generator.artifacts.decode import dump
from generator.engine.disk import write_atomic
from generator.engine.ports import Ffmpeg
from generator.engine.stage import StageResult, StageRun
from generator.render.layers import relief
from generator.render.layers.box import Box as Planes
from generator.render.layers.box import box_of
from generator.render.layers.guess import guessed_box
from generator.render.layers.harmonics import Plane
from generator.render.layers.room import Room, mask_of, open_room
from generator.render.layers.seated import (
    Seated,
    calm_at_start,
    seated_camera,
    seated_frames,
)
from generator.render.layers.solids import Solid, solids_in_relief, solids_of
from generator.render.layers.stage import frames_of
from generator.render.layers.walkin import WalkIn, plan_walk
from generator.render.push_in import CAMERA, clip_shot
from generator.scene.model import AMBIENT, WALKIN, Box, ClipName, Scene
from generator.video.ffmpeg import BT709, Filter, Option, Source, command
from generator.video.shots import Shot, enlargement, softness

_MIDDLE = np.array([[0.35, 0.35], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]])
"""Where the screen is taken to be in the seated shot while nobody has picked it there."""


def render_layers(run: StageRun, scene: Scene, clip: ClipName, frame_count: int) -> StageResult:
    """The master of `clip`, `frame_count` frames.

    Raises AssetError for a hero or a mask that cannot be read, SceneError for what the scene asks
    and the hero cannot give, StageError without an ffmpeg, MediaError from it.
    """
    name = f"render:{clip}"
    ffmpeg = run.ports.require_ffmpeg(name)
    note = run.ports.progress.note
    size_px, loop_frames = scene.room.size, frames_of(scene, AMBIENT)
    room = open_room(scene, ffmpeg, run.inputs["hero"], run.root, loop_frames)
    end = clip_shot(scene, AMBIENT, room.hero_px)
    room = calm_at_start(room, room.shot(end), size_px, loop_frames)
    if soft := softness(end, room.hero_px, size_px):
        note(f"{name}: {soft}")
    if room.guessed:
        note(f"{name}: no [[layers]] are drawn; a cloud and dust in the brightest light are ours")
    target = run.out_dir / "master.mp4"
    if clip == AMBIENT:
        frames = seated_frames(room, room.shot(end), scene, frame_count)
        camera = seated_camera(end, room.hero_px, scene, frame_count)
        keyframes = frame_count
    else:
        box = scene.room.box
        if box is None:
            box = guessed_box(room.plate)
            note(
                f"{name}: no [room.box] is drawn; the far wall and the vanishing point "
                f"({box.eye[0]:g}, {box.eye[1]:g}) are guessed from the picture's lines"
            )
        walkin = _walk(room, scene, box, end, frame_count, run.inputs.get("depth"))
        frames = (walkin.frame(number) for number in range(frame_count))
        camera = walkin.camera()
        keyframes = scene.room.fps
    encode(
        ffmpeg,
        frames,
        target,
        size_px=size_px,
        fps=scene.room.fps,
        frame_count=frame_count,
        keyframes=keyframes,
        label=name,
    )
    write_atomic(run.out_dir / CAMERA, dump(camera))
    return StageResult(
        files={"master": target.name, "camera": CAMERA},
        facts={
            "backend": "layers",
            "frame_count": frame_count,
            "fps": scene.room.fps,
            "size_px": list(size_px),
            "enlarged": round(enlargement(end, size_px), 3),
            "guessed_layers": room.guessed,
        },
    )


def _walk(
    room: Room, scene: Scene, box: Box, end: Shot, frame_count: int, depth: Path | None
) -> WalkIn:
    """The walk-in, ready to be filmed. `depth`: a depth map, which takes the place of the box."""
    if scene.ambient.render != "layers":  # then nothing moves in what it ends on
        room = replace(room, movers=(), dust=(), steam=())
    plate_px = np.array([room.plate.shape[1], room.plate.shape[0]])
    start, seat = room.shot(clip_shot(scene, WALKIN, room.hero_px)), room.shot(end)
    planes = box_of(np.array(box.wall) * plate_px, np.array(box.eye) * plate_px)
    if depth is None:
        solids = solids_of(planes, room.fronts)
    else:
        solids = _in_relief(room, scene, planes, seat, depth)
    shots = (start, seat)
    walk = plan_walk(
        room, planes, solids, shots, scene.room.size, frame_count, scene.walkin.sway_px
    )
    seated = Seated(room, seat, scene.room.size)
    return WalkIn(room, solids, walk, seated, frames_of(scene, AMBIENT), scene.room.fps)


def _in_relief(room: Room, scene: Scene, box: Planes, seat: Shot, depth: Path) -> list[Solid]:
    """What stands in the room, by a depth map; flat where the screen is."""
    name, drawn = scene.walkin.depth, scene.room.box is not None
    plate_px = (room.plate.shape[1], room.plate.shape[0])
    stands = mask_of(room.fronts, plate_px)
    map_ = relief.read_relief(depth, name, plate_px, room.hero_px)
    map_ = relief.scaled(map_, box if drawn else None, ~stands, name)
    corners = np.array(scene.screen.corners) if scene.screen.clip == AMBIENT else _MIDDLE
    quad = corners * (seat.width, seat.height) + (seat.x, seat.y)
    behind, plane = relief.flat_under(relief.without(map_, stands), quad)
    return solids_in_relief(behind, map_, plane, room.fronts)


def encode(
    ffmpeg: Ffmpeg,
    frames: Iterator[Plane],
    target: Path,
    *,
    size_px: tuple[int, int],
    fps: int,
    frame_count: int,
    keyframes: int,
    label: str,
) -> None:
    """Frames, (h, w, 3) float32 RGB 0 to 255, → a visually lossless master in bt709.

    `keyframes`: one so often. A px that does not change is skipped until the next, so it stays the
    same to the bit.
    """
    exact = "accurate_rnd+full_chroma_int+full_chroma_inp"
    source = Source(
        Path("pipe:0"),
        {"f": "rawvideo", "pix_fmt": "rgb48le", "s": f"{size_px[0]}x{size_px[1]}", "r": fps},
    )
    filters = [
        Filter("scale", {"flags": exact, "out_color_matrix": "bt709", "out_range": "tv"}),
        Filter("format", {"pix_fmts": "yuv420p10le"}),
        BT709,
    ]
    options: dict[str, Option] = {
        "c:v": "libx264",
        "preset": "veryfast",
        "qp": 10,  # not crf: that lets slow moves lag behind by a level or two
        "threads": 4,  # part of the result: x264's bits depend on it, not on the machine
        "bf": 0,
        "g": keyframes,
        "keyint_min": keyframes,
        "sc_threshold": 0,
        "video_track_timescale": fps * 1000,
        "movflags": "+faststart",
        "frames:v": frame_count,
    }
    ffmpeg.run(
        command([source], filters, target, options),
        label=label,
        total_s=frame_count / fps,
        feed=(coded(frame) for frame in frames),
    )


def coded(frame: Plane) -> bytes:
    """A frame as the encoder takes it: rgb48le."""
    levels = np.clip(np.rint(frame * np.float32(257.0)), 0, 65535).astype("<u2")
    return bytes(levels.tobytes())
