"""Render backend `layers`: what the author drew on the hero, moved on this machine. No GPU."""

from __future__ import annotations

from dataclasses import asdict

from generator.artifacts import Json
from generator.engine.stage import Input, SourceFile, Stage, StageResult, StageRun
from generator.scene.model import WALKIN, ClipName, Scene

_VERSION = 1
_WALKIN_S = 11.0
_AMBIENT_S = 8.0


def frames_of(scene: Scene, clip: ClipName) -> int:
    """How many frames the clip has: what the scene says, or our own choice."""
    seconds = _WALKIN_S if clip == WALKIN else _AMBIENT_S
    return scene.clip(clip).frames or round(seconds * scene.room.fps)


def stage(scene: Scene, clip: ClipName) -> Stage:
    """The stage that makes the master of `clip` from the hero and its layers."""

    def execute(run: StageRun) -> StageResult:
        from generator.render.layers.film import render_layers

        return render_layers(run, scene, clip, frames_of(scene, clip))

    inputs: dict[str, Input] = {"hero": SourceFile(scene.room.hero)}
    for layer in scene.layers:
        if layer.mask:
            inputs[f"mask:{layer.name}"] = SourceFile(layer.mask)
    if clip == WALKIN and scene.walkin.depth:
        inputs["depth"] = SourceFile(scene.walkin.depth)
    return Stage(
        name=f"render:{clip}",
        version=_VERSION,
        params=_params(scene, clip),
        inputs=inputs,
        execute=execute,
        slow=True,
    )


def _params(scene: Scene, clip: ClipName) -> dict[str, Json]:
    """Everything but the pictures that decides the master of `clip`."""
    room, walkin = scene.room, scene.walkin
    params: dict[str, Json] = {
        "backend": "layers",
        "frames": frames_of(scene, clip),
        "loop_frames": frames_of(scene, "ambient"),
        "size_px": list(room.size),
        "fps": room.fps,
        "clips.ambient.crop": list(scene.ambient.crop) if scene.ambient.crop else None,
        "sway_px": scene.clip(clip).sway_px,
        "wind": asdict(scene.wind),
        "layers": [_plain(asdict(layer)) for layer in scene.layers],
    }
    if clip == WALKIN:
        params |= {
            "clips.walkin.crop": list(walkin.crop) if walkin.crop else None,
            "box": _plain(asdict(room.box)) if room.box else None,
        }
        if walkin.depth:  # the map is made flat where the screen is
            screen = scene.screen
            params["screen"] = [screen.clip, [list(corner) for corner in screen.corners]]
    return params


def _plain(value: Json | tuple[Json, ...]) -> Json:
    """Tuples as lists, all the way down: what JSON can say."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
