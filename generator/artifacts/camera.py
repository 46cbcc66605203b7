"""Where a camera went that we moved: what lies beside a master of `still` or `layers`.

Places are fractions of the still and of the frame; `video.camera` says what a plane and a step are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.artifacts import Point

Triple: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True)
class CameraFrame:
    """The camera at one frame of the master.

    `to_frame`: the rows of the map from what a camera that made the `step` sees to the frame.
    `flat`: how far the room has closed up to the nearness of the camera's `screen`.
    """

    to_frame: tuple[Triple, Triple, Triple]
    step: Triple = (0.0, 0.0, 0.0)
    flat: float = 0.0


@dataclass(frozen=True)
class Surface:
    """Something that stands in the still: its outline, and the planes it is made of.

    An empty `shape` is everywhere. `inside`: one looks at it from inside, as at a room, and sees
    the nearest plane; at a thing one sees the farthest.
    """

    shape: tuple[Point, ...]
    planes: tuple[Triple, ...]
    inside: bool


@dataclass(frozen=True)
class Camera:
    """`camera.json`. `surfaces`: from the farthest to the nearest; none where all is flat."""

    clip: str
    frames: tuple[CameraFrame, ...]
    surfaces: tuple[Surface, ...] = ()
    screen: float = 1.0
    schema: Literal[1] = 1
