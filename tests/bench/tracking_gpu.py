"""The solve of a whole clip in one batch on torch: CUDA beside the CPU, in the same run.

Needs torch. Frames are made on the spot from one noisy picture shifted by known amounts; only the
solve is timed, with the frames already where they are needed. `error` is against the known shift.
The last lines say what decoding a clip of the first two rows' size takes on the same machine.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from generator.track import align, align_torch
from generator.track.patches import make_template
from generator.video import homography

BAKED = Path(__file__).resolve().parents[2] / "assets/baked/finish-walkin"
CLIP = "walkin-h264.mp4"
SHAPES = ((1280, 704, 64), (1280, 704, 177), (3840, 2112, 177))
ITERATIONS = 10
"""Until all have settled: the guesses are 0.7 px off."""


def main() -> None:
    """Print one row for each clip size."""
    try:
        import torch
    except ImportError:
        print("torch is not installed: pip install breathing-room[torch]")
        return
    places = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    name = torch.cuda.get_device_name() if "cuda" in places else "no CUDA device"
    print(f"torch {torch.__version__}, {name}, {torch.get_num_threads()} CPU threads")
    print("clip                numpy      torch cpu  cuda       cpu/cuda  error px  torch-numpy px")
    for width, height, count in SHAPES:
        _row(width, height, count, places)
    for threads in (1, 2, os.cpu_count() or 4):
        seconds, count = _decode(threads)
        print(
            f"ffmpeg in OpenCV decodes {CLIP}, {count} frames, {threads} threads: {seconds:.3f} s"
        )


def _row(width: int, height: int, count: int, places: list[str]) -> None:
    import torch

    picture, opening, shifts = _scene(width, height, count)
    template = make_template(picture, opening)
    # One noisy master, shifted by whole pixels: exact, and quick to make at any size.
    frames = np.stack([np.roll(picture, tuple(shift[::-1]), (0, 1)) for shift in shifts])
    guesses = np.tile(np.eye(3), (count, 1, 1))
    guesses[:, :2, 2] = shifts + 0.7
    seconds: dict[str, float] = {}
    maps: dict[str, np.ndarray] = {}
    started = time.perf_counter()
    fits = [
        align.fit(template, frame, guess, "homography", iterations=ITERATIONS, tolerance_px=0.0)
        for frame, guess in zip(frames, guesses, strict=True)
    ]
    seconds["numpy"] = time.perf_counter() - started
    maps["numpy"] = np.stack([one.map for one in fits])
    for place in places:
        resident = torch.from_numpy(frames).to(place)
        for _ in range(2 if place == "cuda" else 1):  # the first run on CUDA loads its kernels
            _wait(place)
            started = time.perf_counter()
            maps[place] = align_torch.fit_all(
                template, resident, guesses, "homography", device=place, iterations=ITERATIONS
            )
            _wait(place)
            seconds[place] = time.perf_counter() - started
        del resident
    corners = {place: homography.apply(found, opening) for place, found in maps.items()}
    error = np.abs(corners[places[-1]] - opening - shifts[:, None]).max()
    difference = max(np.abs(corners[place] - corners["numpy"]).max() for place in places)
    cuda = seconds.get("cuda", float("nan"))
    print(
        f"{width}x{height}x{count:<6} {seconds['numpy']:8.3f} s {seconds['cpu']:8.3f} s "
        f"{cuda:8.4f} s {seconds['cpu'] / cuda:8.1f}x {error:9.4f} {difference:10.5f}",
        flush=True,
    )


def _decode(threads: int) -> tuple[float, int]:
    """Seconds to decode the sample room's walk-in as visitors get it, and its frames."""
    path = next(BAKED.glob(f"*/{CLIP}"))
    best, count = float("inf"), 0
    for _ in range(3):
        started = time.perf_counter()
        clip = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads])
        count = 0
        while clip.grab():
            count += 1
        best = min(best, time.perf_counter() - started)
    return best, count


def _wait(place: str) -> None:
    if place == "cuda":
        import torch

        torch.cuda.synchronize()


def _scene(width: int, height: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A textured picture with a dark quad, the quad's corners, and whole-pixel shifts."""
    random = np.random.default_rng(7)
    grain = random.normal(0, 40, (height // 6, width // 6)).astype(np.float32)
    picture = 130 + cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    opening = np.array([[0.14, 0.16], [0.55, 0.15], [0.54, 0.70], [0.17, 0.76]]) * [width, height]
    cv2.fillConvexPoly(picture, np.rint(opening).astype(np.int32), 25.0)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.0)
    steps = np.stack([np.sin(np.arange(count) / 9), np.cos(np.arange(count) / 7)], axis=-1)
    return picture, opening, np.rint(8 * steps).astype(np.int64)


if __name__ == "__main__":
    sys.exit(main())
