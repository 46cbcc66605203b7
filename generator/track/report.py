"""What a track is worth: one JSON value with the figures a gate, a plot or a person asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from generator.artifacts import Json, JsonMap
from generator.track.bezel import Glass
from generator.track.motion import Motion
from generator.track.timeline import closure_px
from generator.video.homography import Floats


def summarise(
    request: JsonMap,
    motion: Motion,
    own: slice,
    glass: Glass,
    measured: Floats,
    shown: Floats,
    playing: Floats,
    reliable_from: int,
) -> dict[str, Any]:
    """The report of one clip.

    `measured`, `shown`: (n, 4, 2) px, the text corners of the master's frames as tracked and as
    handed to the page; `playing`: the page's rows, px. `jitter_px`: rms over corners and frames of
    the frame-to-frame change that chance adds to the measurement, from the patches' own scatter.
    """
    variance = (motion.noise[own][reliable_from:] ** 2).sum(axis=-1)
    jitter = float(np.sqrt((variance[1:] + variance[:-1]).mean())) if len(variance) > 1 else 0.0
    smoothed = (shown - measured)[reliable_from:]
    steps = np.diff(measured[reliable_from:], axis=0)
    step = float(np.sqrt((steps**2).sum(axis=-1).mean())) if len(steps) else 0.0
    jump, usual = closure_px(playing)
    residual = motion.residual[own]
    worst = reliable_from + int(residual[reliable_from:].argmax())
    drift = np.linalg.norm(measured - measured[-1 if request["anchor"] else 0], axis=-1).max(axis=1)
    return {
        "schema": 1,
        "clip": request["clip"],
        "method": motion.method,
        "model": motion.model,
        "evidence": {name: round(value, 1) for name, value in motion.evidence.items()},
        "frame_count": len(measured),
        "playing_frame_count": len(playing),
        "reliable_from_frame": reliable_from,
        "worst_frame": worst,
        "worst_residual": round(float(residual[worst]), 4),
        "jitter_px": round(jitter, 4),
        "smoothed_rms_px": round(float(np.sqrt((smoothed**2).sum(axis=-1).mean())), 4),
        "step_rms_px": round(step, 4),
        "closure_px": round(jump, 3),
        "usual_step_px": round(usual, 3),
        "glass": {
            "ring_px": _rounded(glass.ring),
            "corners_px": _rounded(glass.corners),
            "plane_px": _rounded(glass.plane),
            "seen": list(glass.seen),
        },
        "frames": {
            "residual": _list(residual, 4),
            "inlier_share": _list(motion.inlier_share[own], 3),
            "patch_count": [int(n) for n in motion.patch_count[own]],
            "drift_px": _list(drift, 3),
            "noise_px": _list(np.sqrt((motion.noise[own] ** 2).sum(-1).mean(-1)), 4),
            "measured_px": [_rounded(corners) for corners in measured],
            "corners_px": [_rounded(corners) for corners in shown],
        },
        "settings": dict(request),
    }


def _list(values: Sequence[float] | Floats, decimals: int) -> list[Json]:
    return [round(float(value), decimals) for value in values]


def _rounded(points: Floats) -> list[Json]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]
