"""The camera's way: from the whole still to the chair, as one walks and sits down.

It goes at eye level with three slow dips, looks at the screen before it gets there, and sits down
in the second half. It ends where the plane of the screen fills the frame exactly as the ambient
shot has it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from generator.render.layers.box import Box, box_nearness
from generator.video.camera import closed_up, plane_map
from generator.video.homography import Floats
from generator.video.shots import Shot

_DIP = 0.010
"""How deep a step dips, as a share of the far wall's height: 2.4 cm in a room of 2.4 m."""
_WEAVE = 0.003
"""How far one sways to the side, as a share of the far wall's width."""
_STEPS = 3
_STEPS_END = 0.8
"""The share of the clip in which one walks."""
_SITS_FROM = 0.5
"""The share of the way after which one sits down."""
_GAZE = (0.35, 0.75)
"""When the eye turns to the screen, shares of the clip."""
_FLAT_FROM = 0.35
"""Where the room begins to close up to the still that it ends on, a share of the clip."""


@dataclass(frozen=True)
class Look:
    """What the camera sees at one moment.

    `step`: (3,) where it has gone, see `box`. `flat`: 0 to 1, how far the room has closed up to the
    plane of the screen: at 1 the picture is the still. `to_frame`: (3, 3) from the places that a
    moved camera sees to px of the frame. `progress`: 0 to 1. `screen`: the screen's nearness.
    """

    step: Floats
    flat: float
    to_frame: Floats
    progress: float
    screen: float

    def plane(self, plane: Floats) -> Floats:
        """A plane as it is now that the room has closed up."""
        return closed_up(plane, self.flat, self.screen)

    def matrix(self, plane: Floats) -> Floats:
        """(3, 3): places on a plane of the still → px of the frame."""
        return plane_map(self.plane(plane), self.step, self.to_frame)

    @property
    def enlargement(self) -> float:
        """How many px of the frame a px of the still makes, at the screen."""
        return float(self.to_frame[0, 0] / (1.0 - self.screen * self.step[2]))


@dataclass(frozen=True)
class Walk:
    """The whole way, over a plate of `plate_px`.

    `start`, `end`: shots of the plate. `screen`: the nearness of the screen's plane. `target`: its
    middle, (2,). `sway_px`: how far a hand-held camera sways, px of the frame.
    """

    box: Box
    start: Shot
    end: Shot
    size_px: tuple[int, int]
    plate_px: tuple[int, int]
    frame_count: int
    screen: float
    target: Floats
    sway_px: float = 0.0

    def look(self, frame: float) -> Look:
        """The camera at a frame; between two frames at a fraction."""
        s = min(max(frame / max(1, self.frame_count - 1), 0.0), 1.0)
        step = self._step(s)
        scale = self.size_px[0] / self.start.width
        origin = np.array([self.start.x, self.start.y])
        seen = self.target - self.screen * step[:2]
        seen = (seen / (1.0 - self.screen * step[2]) - origin) * scale
        begins = (self.target - origin) * scale
        ends = (self.target - (self.end.x, self.end.y)) * (self.size_px[0] / self.end.width)
        gaze = _smoother((s - _GAZE[0]) / (_GAZE[1] - _GAZE[0]))
        sway = self.sway_px * math.sin(math.pi * s) ** 2
        held = sway * np.array([math.sin(5.3 * math.pi * s), 0.6 * math.sin(7.1 * math.pi * s)])
        shift = self._inside(begins + (ends - begins) * gaze - seen + held, step)
        to_frame = np.array(
            [
                [scale, 0.0, shift[0] - scale * origin[0]],
                [0.0, scale, shift[1] - scale * origin[1]],
                [0.0, 0.0, 1.0],
            ]
        )
        flat = _smoother((s - _FLAT_FROM) / (1.0 - _FLAT_FROM))
        return Look(step, flat, to_frame, s, self.screen)

    def _step(self, s: float) -> Floats:
        """Where the camera has gone, (3,), at a share of the clip."""
        ratio = self.end.width / self.start.width
        end = np.array(
            [
                self.end.x - ratio * self.start.x,
                self.end.y - ratio * self.start.y,
                1.0 - ratio,
            ]
        )
        box = self.box
        axes = np.stack([box.across, box.down, box.deep], axis=1)
        sideways, down, deep = np.linalg.solve(axes, end / self.screen)
        pace = 0.72 * _smoother(s) + 0.28 * (0.5 - 0.5 * math.cos(math.pi * s))
        sits = _smoother((pace - _SITS_FROM) / (1.0 - _SITS_FROM))
        walking = min(1.0, s / _STEPS_END)
        swing = math.sin(math.pi * walking) ** 2
        dip = _DIP * swing * (0.5 - 0.5 * math.cos(2 * math.pi * _STEPS * walking))
        weave = _WEAVE * swing * math.sin(math.pi * _STEPS * walking)
        step: Floats = (
            (pace * sideways + weave) * box.across
            + (sits * down + dip) * box.down
            + pace * deep * box.deep
        )
        return step

    def _inside(self, shift: Floats, step: Floats) -> Floats:
        """A shift of the frame, px, made so small that no side of it leaves the still."""
        width, height = self.plate_px
        scale = self.size_px[0] / self.start.width
        along = np.linspace(0.0, 1.0, 9)
        low, high = np.empty(2), np.empty(2)
        for axis, (length, other) in enumerate(((width, height), (height, width))):
            origin = (self.start.x, self.start.y)[axis]
            for edge, bounds in ((0.0, high), (float(length), low)):
                places = np.stack([np.full(9, edge), along * other], axis=-1)
                near = float(box_nearness(self.box, places if axis == 0 else places[:, ::-1]).min())
                seen = (edge - near * step[axis]) / (1.0 - near * step[2])
                beside = 0.0 if edge == 0.0 else float(self.size_px[axis])
                bounds[axis] = beside - scale * (seen - origin)
        return np.clip(shift, np.minimum(low, 0.0), np.maximum(high, 0.0))


def _smoother(s: float) -> float:
    """Perlin's smoother step: rest at both ends."""
    s = min(1.0, max(0.0, s))
    return s**3 * (s * (s * 6 - 15) + 10)
