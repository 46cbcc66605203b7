"""The track of a screen that cannot be followed: it stays where it was picked.

Only a draft takes it, so that there is a page on which to pick other corners.
"""

from __future__ import annotations

import json
from pathlib import Path

from generator.artifacts import Json, JsonMap
from generator.engine.disk import write_atomic
from generator.track.clip import Request
from generator.video.frames import read_luma
from generator.video.loops import playing_frames


def keep_still(request: Request, master: Path, out_dir: Path, *, ffmpeg: Path) -> JsonMap:
    """Write track.json and report.json as `track_clip` does; returns the stage's facts.

    Raises AssetError for a clip that cannot be read.
    """
    clip = read_luma(ffmpeg, master, name=f"track:{request.clip} master")
    count = len(playing_frames(len(clip.frames), request.loop, request.overlap))
    row: list[Json] = [value for corner in request.corners for value in corner]
    track: dict[str, Json] = {
        "schema": 1,
        "clip": request.clip,
        "fps": request.fps,
        "frame_count": count,
        "size_px": list(request.size_px),
        "loop": request.loop,
        "reliable_from_frame": 0,
        "corners": [row] * count,
    }
    _write(out_dir / "track.json", track)
    width, height = request.plane_px
    glass: list[Json] = [[0, 0], [width, 0], [width, height], [0, height]]
    across, down = request.size_px
    corners: list[Json] = [[x * across, y * down] for x, y in request.corners]
    report: dict[str, Json] = {
        "schema": 1,
        "clip": request.clip,
        "model": "still",
        "frame_count": len(clip.frames),
        "glass": {"plane_px": glass},
        "frames": {"corners_px": [corners] * len(clip.frames)},
        "settings": dict(request.to_json()),
    }
    _write(out_dir / "report.json", report)
    return {
        "glass_plane_px": glass,
        "glass_seen": [],
        "reliable_from_frame": 0,
        "playing_frame_count": count,
        "model": "still",
        "worst_residual": 0.0,
        "jitter_px": 0.0,
    }


def _write(path: Path, value: JsonMap) -> None:
    write_atomic(path, f"{json.dumps(value, sort_keys=True)}\n".encode())
