"""A clip that says of itself which frame it shows and where its screen is.

Each frame carries a card warped by a known homography: four white dots near the tube's corners and
a barcode of the frame's number. Whoever sees the picture can tell both without knowing anything
about the page.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZE_PX = (1280, 704)
FPS = 16
FRAME_COUNT = 64
PLANE_PX = (640, 400)
GLASS_PLANE_PX = ((-27.0, -65.0), (661.0, -65.0), (661.0, 454.0), (-27.0, 454.0))
BASE = ((0.152967, 0.266216), (0.518023, 0.242892), (0.516715, 0.606819), (0.178150, 0.675667))
"""The reference room's screen, fractions of the frame, TL TR BR BL."""

DOTS = ((-8.0, -44.0), (648.0, -44.0), (648.0, 432.0), (-8.0, 432.0))
"""Centres of the clip's dots in the plane's px, on the tube but outside the text area."""
DOT_RADIUS = 9.0
BITS = 7
BIT_PX = 40
BARCODE_AT = (180.0, 150.0)
"""Top left of the barcode in the plane's px: a start bit, `BITS` bits, a parity bit."""

_MARGIN = 80
_SUPERSAMPLING = 3
_BACKGROUND = 28
_BLACK = 16
_WHITE = 235
_BITS_LUMA = (50, 125)
"""Far below the dots', so that no bit is taken for one."""


def shake_track(amplitude_px: float = 5.5) -> Floats:
    """Corners of every frame, (FRAME_COUNT, 4, 2) float64, fractions; periodic, 3 px a frame."""
    t = np.arange(FRAME_COUNT) / FRAME_COUNT * 2 * np.pi
    x = np.sin(5 * t) + 0.5 * np.sin(3 * t + 1) + 0.35 * np.sin(11 * t + 2)
    y = np.cos(4 * t) + 0.5 * np.cos(7 * t + 2) + 0.3 * np.sin(9 * t)
    zoom = 1 + 0.01 * np.sin(2 * t) + 0.006 * np.sin(6 * t)
    turn = 0.01 * np.sin(3 * t + 0.5)
    base = np.array(BASE) * SIZE_PX
    centre = base.mean(axis=0)
    frames = []
    for k in range(FRAME_COUNT):
        cos, sin = np.cos(turn[k]), np.sin(turn[k])
        spin = zoom[k] * np.array([[cos, -sin], [sin, cos]])
        moved = (base - centre) @ spin.T + centre + amplitude_px * np.array([x[k], y[k]])
        frames.append(moved / SIZE_PX)
    return np.round(np.array(frames), 5)


def plane_to(corners: Floats, plane_px: tuple[int, int] = PLANE_PX) -> Floats:
    """The homography from the plane's px to `corners`, (4, 2) in any unit; (3, 3) float64."""
    width, height = plane_px
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix: Floats = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    return matrix


def project(homography: Floats, points: Floats) -> Floats:
    """`points`, (n, 2), through `homography`; (n, 2) float64."""
    spread = np.c_[points, np.ones(len(points))] @ homography.T
    projected: Floats = spread[:, :2] / spread[:, 2:]
    return projected


def barcode(frame: int) -> list[int]:
    """The bits of `frame` as they stand on the card: start, most significant first, odd parity."""
    bits = [(frame >> shift) & 1 for shift in reversed(range(BITS))]
    return [1, *bits, 1 - sum(bits) % 2]


def _card(frame: int) -> NDArray[np.uint8]:
    width, height = (side + 2 * _MARGIN for side in PLANE_PX)
    scale = _SUPERSAMPLING
    card = np.full((height * scale, width * scale), _BLACK, np.uint8)
    for bit, value in enumerate(barcode(frame)):
        left = round((BARCODE_AT[0] + bit * BIT_PX + _MARGIN) * scale)
        top = round((BARCODE_AT[1] + _MARGIN) * scale)
        side = BIT_PX * scale
        card[top : top + side, left : left + side - 4 * scale] = _BITS_LUMA[value]
    shift = 6
    for x, y in DOTS:
        centre = [round(((side + _MARGIN) * scale - 0.5) * (1 << shift)) for side in (x, y)]
        radius = round(DOT_RADIUS * scale * (1 << shift))
        cv2.circle(card, centre, radius, (_WHITE,), -1, cv2.LINE_AA, shift)
    return card


def frame_picture(frame: int, corners: Floats) -> NDArray[np.uint8]:
    """One frame: (704, 1280) uint8, studio-range luma as it will be encoded."""
    scale = _SUPERSAMPLING
    size = (SIZE_PX[0] * scale, SIZE_PX[1] * scale)
    # Pixel centres lie at half pixels in both the card and the frame.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    to_plane = np.array([[1 / scale, 0, -_MARGIN], [0, 1 / scale, -_MARGIN], [0, 0, 1]]) @ half
    to_frame = np.diag([scale, scale, 1]).astype(np.float64)
    warp = np.linalg.inv(half) @ to_frame @ plane_to(corners * SIZE_PX) @ to_plane
    large = cv2.warpPerspective(
        _card(frame), warp, size, flags=cv2.INTER_LINEAR, borderValue=(_BACKGROUND,)
    )
    return cv2.resize(large, SIZE_PX, interpolation=cv2.INTER_AREA).astype(np.uint8)


def write_clip(path: Path, track: Floats) -> None:
    """Encode the card riding `track`, (n, 4, 2), as H.264 without B-frames."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y",
        "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{SIZE_PX[0]}x{SIZE_PX[1]}", "-r", str(FPS),
        "-i", "-",
        # The grey is already luma: passed through, with colourless chroma and full tags.
        "-vf", "setparams=range=tv,format=yuv420p,setparams=range=tv:color_primaries=bt709:"
               "color_trc=bt709:colorspace=bt709",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-bf", "0",
        "-movflags", "+faststart", str(path),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for frame, corners in enumerate(track):
            process.stdin.write(frame_picture(frame, corners).tobytes())
        process.stdin.close()
    if process.returncode:
        raise RuntimeError(f"ffmpeg: got exit code {process.returncode}; expected 0")


def write_track(path: Path, track: Floats) -> None:
    """Write `track` as a track.json."""
    rows = [[round(float(v), 5) for v in corners.ravel()] for corners in track]
    content = {
        "schema": 1,
        "clip": "ambient",
        "fps": FPS,
        "frame_count": len(rows),
        "size_px": list(SIZE_PX),
        "loop": "none",
        "corners": rows,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
