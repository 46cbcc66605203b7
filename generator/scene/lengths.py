"""Whether the frames and seconds that a scene names lie in its clips.

length_errors(scene, {"walkin": 96, "ambient": 64})  →  what does not, in the order of the scene
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.errors import SceneError
from generator.scene.model import WALKIN, ClipName, Scene


def length_errors(scene: Scene, frame_counts: Mapping[ClipName, int]) -> tuple[SceneError, ...]:
    """What names a frame or a moment beyond its clip.

    `frame_counts`: frames of the masters, as far as they are known.
    """
    errors = []
    crossfade_s, count = scene.handoff.crossfade_s, frame_counts.get(WALKIN)
    if count is not None and round(crossfade_s * scene.room.fps) > count:
        errors.append(
            SceneError(
                "scene.toml [handoff] crossfade_s",
                got=f"{crossfade_s:g} s, longer than the walk-in",
                expected=f"at most {count / scene.room.fps:g} s, its {count} frames",
                remedy="shorten the crossfade, or bring a longer clip",
            )
        )
    named = [("[screen] frame", scene.screen.clip, scene.screen.frame)]
    for number, key in enumerate(scene.track.adjust, start=1):
        named.append((f"[[track.adjust]] {number} frame", key.clip, key.frame))
    for place, clip, frame in named:
        count = frame_counts.get(clip)
        if count is not None and frame >= count:
            errors.append(
                SceneError(
                    f"scene.toml {place}",
                    got=f"{frame} of a clip with {count} frames, {clip}",
                    expected=f"0 to {count - 1}",
                    remedy="pick the corners again" if "screen" in place else "take the key out",
                )
            )
    return tuple(errors)
