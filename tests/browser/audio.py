"""Listening to rendered audio: the strongest tones, and a V.21 receiver that knows no transmitter.

The receiver is written from ITU-T V.21 (1650 Hz is a one, 1850 Hz a nought, 300 bits a second) and
8N1 framing alone; it shares nothing with the code that made the sound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
CARRIER_DETECT = 0.5
"""Of the loudest moment on the channel: below it, a receiver holds its output at mark."""


def peak_hz(samples: Samples, rate_hz: int, low_hz: float, high_hz: float) -> float:
    """The strongest frequency between `low_hz` and `high_hz`, by parabola over the FFT's bins."""
    window = np.hanning(len(samples))
    length = 4 * len(samples)
    spectrum = np.abs(np.fft.rfft(samples * window, length))
    first, last = (int(hz * length / rate_hz) for hz in (low_hz, high_hz))
    top = first + int(np.argmax(spectrum[first:last]))
    left, middle, right = np.log(spectrum[top - 1 : top + 2] + 1e-12)
    return float((top + (left - right) / (2 * (left - 2 * middle + right))) * rate_hz / length)


def v21_bytes(
    samples: Samples,
    rate_hz: int,
    *,
    mark_hz: float = 1650,
    space_hz: float = 1850,
    baud: float = 300,
) -> bytes:
    """The bytes that a V.21 receiver makes of `samples`, 8N1, framing errors skipped."""
    mark, space = (_level(samples, rate_hz, hz, baud) for hz in (mark_hz, space_hz))
    has_carrier = mark + space > CARRIER_DETECT * (mark + space).max()
    is_mark = (mark > space) | ~has_carrier
    bit = rate_hz / baud
    received = bytearray()
    at = 0.0
    while (start := _falls(is_mark, int(at))) is not None and start + 10 * bit < len(is_mark):
        middles = [int(start + (index + 0.5) * bit) for index in range(10)]
        levels = [bool(is_mark[middle]) for middle in middles]
        if levels[0] or not levels[9]:  # no start bit, or no stop bit: noise
            at = start + 1
            continue
        received.append(sum(level << index for index, level in enumerate(levels[1:9])))
        at = start + 9.5 * bit
    return bytes(received)


def _level(samples: Samples, rate_hz: int, hz: float, baud: float) -> Samples:
    """How much of `hz` there is round each sample: a correlator one bit long."""
    turns = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate_hz)
    box = np.ones(round(rate_hz / baud))
    return np.abs(np.convolve(samples * turns, box, mode="same"))


def _falls(is_mark: NDArray[np.bool_], start: int) -> int | None:
    """Where a one next gives way to a nought."""
    edges = np.flatnonzero(is_mark[start:-1] & ~is_mark[start + 1 :])
    return start + int(edges[0]) + 1 if len(edges) else None
