"""sRGB: from encoded values to light and back (IEC 61966-2-1), and how bright a colour is.

>>> round(float(linear(np.array(0.5))), 4), round(float(encoded(np.array(0.214))), 3)
(0.214, 0.5)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Linear RGB → luminance, ITU-R BT.709-6 section 3.2."""


def linear(share: Floats) -> Floats:
    """Encoded 0 to 1 → linear light 0 to 1."""
    light: Floats = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return light


def encoded(light: Floats) -> Floats:
    """Linear light 0 to 1 → encoded 0 to 1."""
    share: Floats = np.where(
        light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055
    )
    return share
