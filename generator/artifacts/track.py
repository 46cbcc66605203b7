"""What the track stage is asked and what it bakes: `TrackRequest`, `Track` and `TrackReport`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from generator.artifacts import Quad
from generator.artifacts.decode import FLAT

TRACK, REPORT = "track.json", "report.json"
"""What the files of a baked track are called."""


@dataclass(frozen=True)
class Adjust:
    """A correction by hand; see `scene.model.AdjustKey`."""

    frame: int
    offset_px: Quad
    reach_s: float


@dataclass(frozen=True)
class TrackRequest:
    """Everything that decides a track besides the pictures. Numbers as in `scene.model`.

    `anchor`: where the clip on which the corners were picked joins this one: "" when it is this
    clip itself; "after" when its first frame follows this clip's last (a walk-in whose corners were
    picked on the loop); "before" the other way round. `steady_s`: at the joint at least so many
    seconds must be tracked. `overlap`: frames that a crossfade blends.
    """

    clip: str
    fps: int
    size_px: tuple[int, int]
    plane_px: tuple[int, int]
    corners: Quad
    glass: Quad | None
    picked_frame: int
    anchor: Literal["", "after", "before"]
    steady_s: float
    loop: str
    overlap: int
    method: Literal["dense", "lk", "known"]
    strength: float
    low_pass_hz: float
    max_residual: float
    max_jitter_px: float
    adjust: tuple[Adjust, ...] = ()


@dataclass(frozen=True)
class Track:
    """`track.json`: where the text area's corners are on every frame of the playing clip.

    `corners`: row 0 is the first frame played. `reliable_from_frame`: from this playing frame on
    the rows can be believed.
    """

    clip: str
    fps: int
    frame_count: int
    size_px: tuple[int, int]
    loop: str
    corners: tuple[Quad, ...] = field(metadata=FLAT)
    reliable_from_frame: int = 0
    schema: Literal[1] = 1


@dataclass(frozen=True)
class GlassFigures:
    """What was found around the text: see `track.bezel.Glass`, of which these are the numbers."""

    ring_px: Quad
    corners_px: Quad
    plane_px: Quad
    """The glass's outer corners in the text plane's units."""
    seen: tuple[str, ...]


@dataclass(frozen=True)
class FrameFigures:
    """One entry a frame of the master.

    `residual`: share of the ring's contrast left unexplained. `inlier_share`: share of what the
    patches tell that is seen again. `drift_px`: the furthest corner's way from where it was picked.
    `noise_px`: standard error of a corner. `measured_px`, `corners_px`: the text's corners as
    tracked and as shown.
    """

    residual: tuple[float, ...]
    inlier_share: tuple[float, ...]
    patch_count: tuple[int, ...]
    drift_px: tuple[float, ...]
    noise_px: tuple[float, ...]
    measured_px: tuple[Quad, ...]
    corners_px: tuple[Quad, ...]


@dataclass(frozen=True)
class TrackReport:
    """`report.json`: what a track is worth; `track.report` makes it and says what is what."""

    clip: str
    method: str
    model: str
    evidence: Mapping[str, float]
    frame_count: int
    playing_frame_count: int
    reliable_from_frame: int
    worst_frame: int
    worst_residual: float
    jitter_px: float
    smoothed_rms_px: float
    step_rms_px: float
    closure_px: float
    usual_step_px: float
    glass: GlassFigures
    frames: FrameFigures
    settings: TrackRequest
    schema: Literal[1] = 1


@dataclass(frozen=True)
class TrackFacts:
    """The facts of `track:<clip>`: figures of its report that others ask for."""

    glass_plane_px: Quad
    glass_seen: tuple[str, ...]
    reliable_from_frame: int
    playing_frame_count: int
    model: str
    worst_residual: float
    jitter_px: float

    @classmethod
    def of(cls, report: TrackReport) -> TrackFacts:
        """The facts that go with a report."""
        return cls(
            glass_plane_px=report.glass.plane_px,
            glass_seen=report.glass.seen,
            reliable_from_frame=report.reliable_from_frame,
            playing_frame_count=report.playing_frame_count,
            model=report.model,
            worst_residual=report.worst_residual,
            jitter_px=report.jitter_px,
        )
