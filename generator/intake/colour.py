"""Colours that a file names by code points instead of a profile (CICP, ITU-T H.273) → sRGB.

HEIC and AVIF carry them in a `colr` box of type `nclx`. Wide primaries are mapped by their matrix,
high dynamic range (PQ, HLG) is tone-mapped so that diffuse white stays white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.video import srgb

Floats = NDArray[np.float64]

_PRIMARIES = {9: "BT.2020", 12: "Display P3"}
_PQ, _HLG = 16, 18
_TO_SRGB = {
    9: np.array(
        [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
    ),
    12: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]),
}
"""Linear light to linear light: ITU-R BT.2087-0 annex 2 and the same from Display P3 (D65)."""
_WHITE_NITS = 203.0
"""Diffuse white of HDR pictures, ITU-R BT.2408."""
_ROWS = 512


@dataclass(frozen=True)
class CodePoints:
    """`primaries` and `transfer` as H.273 numbers them; 2 is unspecified."""

    primaries: int
    transfer: int

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer function is PQ or HLG."""
        return self.transfer in (_PQ, _HLG)

    @property
    def needs_mapping(self) -> bool:
        """Whether a picture in these colours is not sRGB."""
        return self.is_hdr or self.primaries in _PRIMARIES

    @property
    def name(self) -> str:
        """For a person."""
        primaries = _PRIMARIES.get(self.primaries, "BT.709")
        return (
            f"{primaries} {'PQ' if self.transfer == _PQ else 'HLG'}" if self.is_hdr else primaries
        )


def code_points(head: bytes) -> CodePoints | None:
    """What the `colr` box in the first bytes of a HEIC or AVIF file says; None without one."""
    at = head.find(b"colrnclx")
    if at < 0 or len(head) < at + 12:
        return None
    primaries, transfer = (
        int.from_bytes(head[at + 8 + 2 * k : at + 10 + 2 * k], "big") for k in (0, 1)
    )
    return CodePoints(primaries, transfer)


def to_srgb(picture: NDArray[np.uint8], points: CodePoints) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 in the colours that `points` name → the same in sRGB."""
    out = np.empty_like(picture)
    for top in range(0, len(picture), _ROWS):
        light = _linear(picture[top : top + _ROWS] / 255.0, points.transfer)
        if points.primaries in _TO_SRGB:
            light = light @ _TO_SRGB[points.primaries].T
        if points.is_hdr:
            light = _tone_mapped(light)
        out[top : top + _ROWS] = np.rint(255 * srgb.encoded(np.clip(light, 0.0, 1.0)))
    return out


def _linear(encoded: Floats, transfer: int) -> Floats:
    """Encoded 0 to 1 → linear light, 1 is diffuse white."""
    if transfer == _PQ:  # SMPTE ST 2084
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        power = encoded ** (1 / m2)
        nits: Floats = 10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
        return nits / _WHITE_NITS
    if transfer == _HLG:  # ITU-R BT.2100, reference display of 1000 nits, system gamma 1.2
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
        luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
        display: Floats = 1000 * scene * np.maximum(luminance, 1e-6)[..., None] ** 0.2
        return display / _WHITE_NITS
    return srgb.linear(encoded)


def _tone_mapped(light: Floats) -> Floats:
    """Highlights above diffuse white rolled off: extended Reinhard on the largest channel."""
    peak = 1000.0 / _WHITE_NITS
    largest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
    rolled = largest * (1 + largest / peak**2) / (1 + largest)
    lifted: Floats = light * (rolled / largest) * 1.6
    return lifted
