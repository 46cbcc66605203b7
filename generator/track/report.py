"""What a track is worth: from which frame on it is reliable, its figures, and its gates."""

from __future__ import annotations

import numpy as np

from generator.artifacts.track import FrameFigures, GlassFigures, TrackReport, TrackRequest
from generator.errors import GateError, TrackError
from generator.track.bezel import Glass
from generator.track.motion import Motion
from generator.track.smoothing import closure_px
from generator.video.homography import Floats, as_quad, as_quads

PX_DECIMALS = 2


def reliable_from(motion: Motion, own: slice, request: TrackRequest, name: str) -> int:
    """The clip's first frame from which on every frame is found. Raises TrackError.

    A loop must be found throughout, a walk-in at least through its joint with the loop.
    """
    found = motion.found[own]
    lost = np.flatnonzero(~found)
    first = int(lost[-1]) + 1 if len(lost) else 0
    steady = round(request.steady_s * request.fps) if request.anchor == "after" else len(found)
    if steady > len(found):
        raise TrackError(
            f"{name}: scene.toml [handoff] crossfade_s",
            got=f"{request.steady_s:g} s, longer than the clip",
            expected=f"at most {len(found) / request.fps:g} s, the clip's {len(found)} frames",
            remedy="shorten the crossfade, or bring a longer clip",
        )
    if first > len(found) - max(1, steady):
        frame = int(lost[-1])
        raise TrackError(
            f"{name}, frame {frame}",
            got=f"{motion.residual[own][frame]:.0%} of the ring's contrast unexplained and "
            f"{motion.inlier_share[own][frame]:.0%} of its patches agreeing",
            expected="the picked frame's bezel, seen again",
            remedy="look at breathe track --preview; pick on another frame, or steady the clip",
        )
    return first


def summarise(
    request: TrackRequest,
    motion: Motion,
    own: slice,
    glass: Glass,
    measured: Floats,
    shown: Floats,
    playing: Floats,
    first: int,
) -> TrackReport:
    """The report of one clip.

    `measured`, `shown`: (n, 4, 2) px, the text corners of the master's frames as tracked and as
    handed to the page; `playing`: the page's rows, px. `first`: the first reliable frame. The
    report's `jitter_px` is the rms over corners and frames of the frame-to-frame change that chance
    adds to the measurement, from the patches' own scatter.
    """
    variance = (motion.noise[own][first:] ** 2).sum(axis=-1)
    jitter = float(np.sqrt((variance[1:] + variance[:-1]).mean())) if len(variance) > 1 else 0.0
    steps = np.diff(measured[first:], axis=0)
    jump, usual = closure_px(playing)
    residual = motion.residual[own]
    worst = first + int(residual[first:].argmax())
    drift = np.linalg.norm(measured - measured[-1 if request.anchor else 0], axis=-1).max(axis=1)
    return TrackReport(
        clip=request.clip,
        method=motion.method,
        model=motion.model,
        evidence={name: round(value, 1) for name, value in motion.evidence.items()},
        frame_count=len(measured),
        playing_frame_count=len(playing),
        reliable_from_frame=first,
        worst_frame=worst,
        worst_residual=round(float(residual[worst]), 4),
        jitter_px=round(jitter, 4),
        smoothed_rms_px=round(_rms((shown - measured)[first:]), 4),
        step_rms_px=round(_rms(steps), 4) if len(steps) else 0.0,
        closure_px=round(jump, 3),
        usual_step_px=round(usual, 3),
        glass=GlassFigures(
            ring_px=as_quad(glass.ring, PX_DECIMALS),
            corners_px=as_quad(glass.corners, PX_DECIMALS),
            plane_px=as_quad(glass.plane, PX_DECIMALS),
            seen=glass.seen,
        ),
        frames=FrameFigures(
            residual=_rounded(residual, 4),
            inlier_share=_rounded(motion.inlier_share[own], 3),
            patch_count=tuple(int(n) for n in motion.patch_count[own]),
            drift_px=_rounded(drift, 3),
            noise_px=_rounded(np.sqrt((motion.noise[own] ** 2).sum(-1).mean(-1)), 4),
            measured_px=as_quads(measured, PX_DECIMALS),
            corners_px=as_quads(shown, PX_DECIMALS),
        ),
        settings=request,
    )


def require_gates(request: TrackRequest, report: TrackReport, name: str) -> None:
    """Raise GateError where a figure passes a limit of `[track]`."""
    if report.worst_residual > request.max_residual:
        raise GateError(
            f"{name}, frame {report.worst_frame}",
            got=f"{report.worst_residual:.3f} of the ring's contrast unexplained",
            expected=f"at most {request.max_residual} ([track] max_residual)",
            remedy="look at breathe track --preview; something may hide the monitor there",
        )
    limit = request.max_jitter_px * request.size_px[0] / 1280
    if report.jitter_px > limit:
        raise GateError(
            name,
            got=f"{report.jitter_px:.2f} px of jitter from frame to frame",
            expected=f"at most {limit:.2f} px ([track] max_jitter_px)",
            remedy="set low_pass_hz = 3 in [track], or bring a cleaner master",
        )


def _rms(moves: Floats) -> float:
    """Over corners and frames: (..., 2) px."""
    return float(np.sqrt((moves**2).sum(axis=-1).mean()))


def _rounded(values: Floats, decimals: int) -> tuple[float, ...]:
    return tuple(round(float(value), decimals) for value in values)
