"""What the finish stages leave: `Loop`, and the facts of clips and posters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Loop:
    """`loop.json`: how a master plays (see `video.loops.playing_frames`)."""

    clip: str
    mode: str
    overlap: int
    frame_count: int
    playing_frame_count: int
    schema: Literal[1] = 1


@dataclass(frozen=True)
class LoopFacts:
    """How a master plays, and the figures of its seam (`finish.loop.Seam`) where it loops."""

    mode: str
    overlap: int
    seam: float | None = None
    turn: float | None = None
    soft: float | None = None


@dataclass(frozen=True)
class EncodeFacts:
    """One web clip. `type`: for `<source>`. `vmaf_lowest`: of its worst frame.

    `trials`: encodes that the search made.
    """

    label: str
    type: str
    bytes: int
    vmaf: float
    vmaf_lowest: float
    crf: float
    trials: int


@dataclass(frozen=True)
class FlashFacts:
    """The most flashes that any second of a clip holds (`finish.flash`)."""

    max_per_s: float
    general_per_s: float
    red_per_s: float
    limit_per_s: float
    passed: bool = True


@dataclass(frozen=True)
class FinishFacts:
    """The facts of `finish:<clip>`."""

    playing_frame_count: int
    loop: LoopFacts
    encodes: tuple[EncodeFacts, ...]
    flash: FlashFacts


@dataclass(frozen=True)
class PosterFacts:
    """One still. `label`: among the stage's outputs. `kind`: room or seated. `type`: MIME."""

    label: str
    kind: str
    type: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True)
class PostersFacts:
    """The facts of `finish:poster`. `from_hero`: whether the room's poster is the hero."""

    posters: tuple[PosterFacts, ...]
    from_hero: bool
