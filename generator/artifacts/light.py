"""How bright and how warm the room is: `Light`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Light:
    """`light.json`: one value a frame of the playing clip, against the picked frame.

    `brightness`: 1 is the picked frame's. `warmth`: 0 is the picked frame's, + warmer, - cooler.
    """

    clip: str
    fps: int
    frame_count: int
    brightness: tuple[float, ...]
    warmth: tuple[float, ...]
    schema: Literal[1] = 1


@dataclass(frozen=True)
class LightFacts:
    """The facts of `light:<clip>`: the extremes of its timeline."""

    dimmest: float
    brightest: float
    coolest: float
    warmest: float

    @classmethod
    def of(cls, light: Light) -> LightFacts:
        """The facts that go with a timeline."""
        return cls(
            dimmest=min(light.brightness),
            brightest=max(light.brightness),
            coolest=min(light.warmth),
            warmest=max(light.warmth),
        )
