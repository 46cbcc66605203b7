"""The one wind that drives every layer, and how a thing that can swing answers it.

Chuang, Goldman, Zheng, Curless, Salesin, Szeliski, "Animating Pictures with Stochastic Motion
Textures" (2005): the wind's speed has a spectrum that falls with the 5/3 power of the frequency
(Simiu and Scanlan, Wind Effects on Structures, 1986), and a branch is a damped oscillator in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from generator.scene import model

_SPEED_M_S = 1.6
"""A breeze: Beaufort 1 to 2."""
_KAPPA = 6.0
"""How far up the gusts come from; higher is more of the slow ones."""


@dataclass(frozen=True)
class Breeze:
    """The wind over one loop.

    `strength`: 1 is a breeze. `across`, `towards`: its direction in the picture, right and to the
    viewer, a unit vector. `loop_s`: the loop's length, which decides what its harmonics mean.
    """

    strength: float
    across: float
    towards: float
    loop_s: float

    @classmethod
    def of(cls, wind: model.Wind, loop_s: float) -> Breeze:
        """The breeze that the scene asks for."""
        angle = math.radians(wind.direction_deg)
        return cls(wind.strength, math.cos(angle), math.sin(angle), loop_s)

    def answer(self, turns: tuple[int, ...], natural_hz: float, damping_hz: float) -> list[float]:
        """How far something that swings at `natural_hz` is moved by each harmonic.

        `damping_hz`: how fast it comes to rest. The squares add up to 1, so that the amount of a
        motion is the layer's business alone, and the spectrum says how it is spread.
        """
        loop_s = max(self.loop_s, 1e-3)
        sizes = []
        for turn in turns:
            hz = turn / loop_s
            gust = 1.0 / (1.0 + _KAPPA * hz / _SPEED_M_S) ** (5.0 / 3.0)
            stiff = (2 * math.pi) ** 2 * (hz**2 - natural_hz**2) ** 2 + (damping_hz * hz) ** 2
            sizes.append(math.sqrt(gust / max(stiff, 1e-9)))
        total = math.sqrt(sum(size**2 for size in sizes))
        return [size / total for size in sizes]

    def turns(self, low_hz: float, high_hz: float, most: int) -> tuple[int, ...]:
        """At most `most` harmonics of the loop between two frequencies, always one at least."""
        first = max(1, math.ceil(low_hz * self.loop_s))
        last = max(first, math.floor(high_hz * self.loop_s))
        count = min(most, last - first + 1)
        if count == 1:
            return (first,)
        step = (last - first) / (count - 1)
        return tuple(sorted({first + round(k * step) for k in range(count)}))
