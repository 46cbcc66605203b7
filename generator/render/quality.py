"""How good a take is, from its pixels alone: figures for the compare page and for gates.

    quality(Pictures.gather(frames))["camera_drift_px"]

Every figure is a measurement with a limit of its own, said in `FIGURES`. The one that looks for an
unasked person is no detector of people: none that is honest fits in this package. It looks for a
large new area, and for new skin colour; it misses who is small, dressed and still, and on a moving
camera only the skin figure means anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Gray = NDArray[np.float64]

SMALL_PX = 160
"""Width of the pictures that are compared: what the eye calls motion survives, noise does not."""
MOVED = 0.03
"""Share of the full range by which a pixel must swing to count as moving: 8 of 255."""
NEW = 0.10
"""Share of the full range by which a place must differ for good from the first frame."""

FIGURES = {
    "camera_drift_px": (
        "Largest shift of the whole picture against the first frame, px of the clip. A locked "
        "shot stays under 2. Turning and zooming are not seen."
    ),
    "loop_seam": (
        "How unlike the last frame is to the first, in steps of the clip: 1 is no seam at all. "
        "A ping-pong never plays that seam."
    ),
    "flicker_percent": "Change of the exposure from frame to frame, rms, of its mean.",
    "exposure_creep_percent": "How much brighter (+) or darker (-) the clip ends than it starts.",
    "moving_percent": "Share of the picture that moves: 2 to 30 is a room that breathes.",
    "sharpness_kept_percent": "Detail of the last frames against the first: 100 is all of it.",
    "newcomer_percent": (
        "Largest connected area that differs for good from the first frame. Over 4 in a locked "
        "shot, look: somebody may have come in, or a shadow."
    ),
    "skin_percent": "Rise of skin-coloured area over the first frame. Over 2, look.",
}
JOINT_FIGURES = {
    "joint_levels": (
        "Mean difference between the walk-in's last frame and the loop's first, levels of 255, "
        "against the other clip as it is now. Over 3 shows in the crossfade."
    ),
    "joint_shift_px": "How far the picture jumps there, px. Over 1 shows.",
}


@dataclass(frozen=True)
class Pictures:
    """A clip made small.

    `luma`: (n, h, w) float64, 0 to 1, coded green; `skin`: (n,) share of skin-coloured px;
    `detail`: (n,) mean squared second difference along full-size rows; `scale`: px of the clip per
    px of these.
    """

    luma: Gray
    skin: Gray
    detail: Gray
    scale: float

    @classmethod
    def gather(cls, frames: Iterable[NDArray[np.uint8]]) -> Pictures:
        """Shrink (h, w, 3) uint8 RGB frames as they come, so that a long clip fits in memory."""
        import numpy as np

        small, skin, detail = [], [], []
        step = 1
        for frame in frames:
            step = max(1, frame.shape[1] // SMALL_PX)
            green = frame[..., 1]  # stands for luma: three times as fast, and as good here
            small.append(_shrink(green, step) / 255.0)
            skin.append(_skin_share(frame[::step, ::step]))
            rows = green[::2].astype(np.int16)
            edges = (2 * rows[:, 1:-1] - rows[:, :-2] - rows[:, 2:]).astype(np.float32)
            detail.append(float(np.mean(edges**2)))
        return cls(np.array(small), np.array(skin), np.array(detail), float(step))


def quality(pictures: Pictures) -> dict[str, float]:
    """Every figure of `FIGURES`, rounded to what it is worth; none for fewer than three frames."""
    import numpy as np

    luma = pictures.luma
    if len(luma) < 3:
        return {}
    level = luma.mean(axis=(1, 2))
    shifts = np.array([shift(luma[0], frame) for frame in luma]) * pictures.scale
    step = float(np.mean(np.abs(np.diff(luma, axis=0)))) or 1e-6
    end = max(1, len(luma) // 4)
    smooth = np.convolve(np.pad(level, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    swing = np.percentile(luma, 95, axis=0) - np.percentile(luma, 5, axis=0)
    figures = {
        "camera_drift_px": float(np.hypot(*shifts.T).max()),
        "loop_seam": float(np.mean(np.abs(luma[-1] - luma[0]))) / step,
        "flicker_percent": 100 * float(np.std(level - smooth)) / float(level.mean() or 1),
        "exposure_creep_percent": 100 * float(level[-end:].mean() / (level[:end].mean() or 1) - 1),
        "moving_percent": 100 * float(np.mean(swing > MOVED)),
        "sharpness_kept_percent": 100
        * float(pictures.detail[-end:].mean() / (pictures.detail[:1].mean() or 1)),
        "newcomer_percent": 100 * _newcomer_share(luma, end),
        "skin_percent": 100 * float(pictures.skin[-end:].mean() - pictures.skin[0]),
    }
    return {name: round(value, 2) for name, value in figures.items()}


def continuity(before: Pictures, after: Pictures) -> dict[str, float]:
    """How the end of one clip (the walk-in) meets the start of another (the loop).

    See `JOINT_FIGURES`; none for clips of different sizes.
    """
    import numpy as np

    last, first = before.luma[-1], after.luma[0]
    if last.shape != first.shape:
        return {}
    jump = float(np.hypot(*shift(last, first))) * after.scale
    return {
        "joint_levels": round(255 * float(np.mean(np.abs(last - first))), 2),
        "joint_shift_px": round(jump, 2),
    }


def shift(reference: Gray, frame: Gray) -> tuple[float, float]:
    """How far `frame` (h, w) is shifted against `reference`, x and y in px, to a tenth or so.

    Phase correlation with a Hann window and a parabola through the peak. Source: Kuglin and Hines,
    The phase correlation image alignment method (1975).
    """
    import numpy as np

    height, width = reference.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    a = np.fft.rfft2((reference - reference.mean()) * window)
    b = np.fft.rfft2((frame - frame.mean()) * window)
    cross = np.conj(a) * b
    peak = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-9), s=(height, width))
    y, x = np.unravel_index(int(np.argmax(peak)), peak.shape)
    dx = int(x) + _vertex(peak[y, (x - 1) % width], peak[y, x], peak[y, (x + 1) % width])
    dy = int(y) + _vertex(peak[(y - 1) % height, x], peak[y, x], peak[(y + 1) % height, x])
    return (dx - width if dx > width / 2 else dx, dy - height if dy > height / 2 else dy)


def _vertex(left: float, middle: float, right: float) -> float:
    """Where a parabola through three points peaks, -0.5 to 0.5 from the middle one."""
    bend = left - 2 * middle + right
    offset = 0.0 if bend >= 0 else 0.5 * (left - right) / bend
    return max(-0.5, min(0.5, float(offset)))


def _shrink(plane: NDArray[np.uint8], step: int) -> Gray:
    """Mean over squares of `step` px of an (h, w) plane; what does not fill one is left out."""
    height, width = (side // step for side in plane.shape)
    cut = plane[: height * step, : width * step]
    shrunk: Gray = cut.reshape(height, step, width, step).mean(axis=(1, 3))
    return shrunk


def _skin_share(rgb: NDArray[np.uint8]) -> float:
    """Share of px in the skin cluster of the CbCr plane, for light and dark skin alike.

    Source: Chai and Ngan, Face segmentation using skin-color map (1999): 77..127 and 133..173.
    """
    import numpy as np

    r, g, b = (rgb[..., k].astype(np.float64) for k in range(3))
    cb = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b
    cr = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b
    return float(np.mean((cb > 77) & (cb < 127) & (cr > 133) & (cr < 173)))


def _newcomer_share(luma: Gray, end: int) -> float:
    """Share of the largest connected area that the end of the clip has and its start has not."""
    import numpy as np

    level = luma.mean(axis=(1, 2), keepdims=True)
    even = luma / np.maximum(level, 1e-6) * level[0]  # a cloud over the whole room is nobody
    changed = np.abs(np.median(even[-end:], axis=0) - even[0]) > NEW
    return _largest_area(changed) / int(changed.size)


def _largest_area(mask: NDArray[np.bool_]) -> int:
    """Cells of the largest 4-connected area of a small (h, w) mask."""
    import numpy as np

    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    best = 0
    while left:
        waiting = [left.pop()]
        count = 0
        while waiting:
            y, x = waiting.pop()
            count += 1
            for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if near in left:
                    left.remove(near)
                    waiting.append(near)
        best = max(best, count)
    return best
