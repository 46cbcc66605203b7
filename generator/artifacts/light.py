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
class GlassFacts:
    """What the photographed glass shows over a clip.

    `contrast`: WCAG contrast of the page's text on its worst cell in its worst frame, the text's
    light added to the picture. `texture`: how much a cell shows of its own, 0 to 0.5. `tube`: what
    it counts as. `reflection_rgb` (sRGB, 0 to 255) and `reflection_at` (fractions of the tube, xy):
    what a dark tube in its place reflects.
    """

    contrast: float
    texture: float
    tube: Literal["dark", "lit"]
    reflection_rgb: tuple[int, int, int]
    reflection_at: tuple[float, float]

    def shown_as(self, setting: Literal["auto", "dark", "lit"]) -> Literal["dark", "lit"]:
        """What the page takes it for; `setting`: `[screen] tube`."""
        return self.tube if setting == "auto" else setting


@dataclass(frozen=True)
class LightFacts:
    """The facts of `light:<clip>`: the extremes of its timeline, and the glass it is seen on."""

    dimmest: float
    brightest: float
    coolest: float
    warmest: float
    glass: GlassFacts | None = None
    """None for the walk-in: nothing is read on it."""

    @classmethod
    def of(cls, light: Light, glass: GlassFacts | None) -> LightFacts:
        """The facts that go with a timeline."""
        return cls(
            dimmest=min(light.brightness),
            brightest=max(light.brightness),
            coolest=min(light.warmth),
            warmest=max(light.warmth),
            glass=glass,
        )
