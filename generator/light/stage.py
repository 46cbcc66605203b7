"""Light: a master and its track → how bright and how warm the room is around the screen.

The raw measurement, unsmoothed: the page smooths it over `[light] smooth_s` while it plays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.engine.stage import BakedFile, Input, Stage, StageResult, StageRun
from generator.errors import AssetError
from generator.scene.model import ClipName, Scene
from generator.video.loops import playing_frames

if TYPE_CHECKING:
    from generator.light.sampling import Colour
    from generator.video.homography import Floats

VERSION = 1
DECIMALS = 4


@dataclass(frozen=True)
class _Settings:
    """What of the scene decides the light of one clip."""

    clip: ClipName
    fps: int
    size_px: tuple[int, int]
    plane_px: tuple[int, int]
    corners: list[list[float]]
    picked_frame: int
    patch: float


def stage(scene: Scene, clip: ClipName) -> Stage:
    """The stage `light:<clip>`; output `light`. Facts: dimmest, brightest, coolest, warmest."""
    screen = scene.screen
    settings = _Settings(
        clip=clip,
        fps=scene.room.fps,
        size_px=scene.room.size,
        plane_px=screen.plane_px,
        corners=[list(point) for point in screen.corners],
        picked_frame=screen.frame,
        patch=scene.light.patch,
    )
    inputs: dict[str, Input] = {
        "master": BakedFile(f"render:{clip}", "master"),
        "track": BakedFile(f"track:{clip}", "track"),
        "report": BakedFile(f"track:{clip}", "report"),
    }
    if screen.clip != clip:
        inputs["anchor"] = BakedFile(f"render:{screen.clip}", "master")

    def execute(run: StageRun) -> StageResult:
        return _execute(run, settings)

    return Stage(
        name=f"light:{clip}",
        version=VERSION,
        params={
            "patch": settings.patch,
            "corners": [list(point) for point in screen.corners],
            "picked_frame": settings.picked_frame,
        },
        inputs=inputs,
        execute=execute,
    )


def _execute(run: StageRun, settings: _Settings) -> StageResult:
    import numpy as np

    from generator.video import homography
    from generator.video.frames import iter_rgb

    name = f"light:{settings.clip}"
    ffmpeg = run.ports.require_ffmpeg(name)
    report = _read(run.inputs["report"])
    track = _read(run.inputs["track"])
    plane = homography.plane_corners(settings.plane_px)
    glass_plane = np.array(report["glass"]["plane_px"])

    def glass_of(text: Floats) -> Floats:
        return homography.apply(homography.from_corners(plane, text), glass_plane)

    picked_glass = glass_of(np.array(settings.corners) * settings.size_px)
    anchor = run.inputs.get("anchor", run.inputs["master"])
    pictures = iter_rgb(ffmpeg, anchor, settings.size_px, name=f"{name} anchor")
    reference = next(islice(pictures, settings.picked_frame, None), None)
    pictures.close()
    if reference is None:
        raise AssetError(name, got=f"no frame {settings.picked_frame}", expected="the picked one")
    neutral = _colour(reference, picked_glass, settings.patch)
    loop = report["settings"]["loop"]
    order = playing_frames(report["frame_count"], loop, report["settings"]["overlap"])
    rows = np.array(report["frames"]["corners_px"])
    colours = []
    pictures = iter_rgb(ffmpeg, run.inputs["master"], settings.size_px, name=f"{name} master")
    for frame, picture in enumerate(pictures):
        colours.append(_colour(picture, glass_of(rows[frame]), settings.patch).rgb)
        run.ports.progress.update(name, frame + 1, len(rows))
    light = _timeline(colours, order, neutral)
    light = {
        "schema": 1,
        "clip": settings.clip,
        "fps": settings.fps,
        "frame_count": track["frame_count"],
        **light,
    }
    (run.out_dir / "light.json").write_text(
        json.dumps(light, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8"
    )
    return StageResult(
        files={"light": "light.json"},
        facts={
            "dimmest": min(light["brightness"]),
            "brightest": max(light["brightness"]),
            "coolest": min(light["warmth"]),
            "warmest": max(light["warmth"]),
        },
    )


def _colour(picture: Any, glass: Floats, patch: float) -> Colour:
    from generator.light import sampling

    cells = sampling.cells_of(picture, glass, patch)
    return sampling.measure(cells, sampling.weights(glass, patch))


def _timeline(colours: Any, order: Any, neutral: Colour) -> dict[str, Any]:
    """Brightness and warmth of every playing frame against the neutral one."""
    from generator.light.sampling import Colour

    brightness, warmth = [], []
    for frames, weights in order:
        mixed = Colour(sum(w * colours[k] for k, w in zip(frames, weights, strict=True)))
        brightness.append(round(mixed.luminance / max(neutral.luminance, 1e-6), DECIMALS))
        warmth.append(round(mixed.warmth - neutral.warmth, DECIMALS) + 0.0)
    return {"brightness": brightness, "warmth": warmth}


def _read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value
