"""How well the text is glued, and how long that takes beside decoding the clip.

Clips with truth: the reference room, its masters and a crf 23 H.264 of each, and small synthetic
ones. Error is that of the true text corners carried by the tracked maps; `jitter` its rms change
from frame to frame. Corners are picked with 0.6 px of noise. Time is the tracker's CPU time without
reading the clip, over the CPU time ffmpeg takes to decode it, each the best of three in one run.
"""

from __future__ import annotations

import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from generator.track import bezel, dense, flow, smoothing
from generator.track.motion import Motion
from generator.video import homography
from generator.video.ffmpeg import find_ffmpeg
from generator.video.frames import LumaClip, read_luma
from tests.synthetic import Recipe, film

REPOSITORY = Path(__file__).resolve().parents[2]
TRIES = 3
SIZE = np.array([1280, 704])
PICK_NOISE_PX = 0.6
SYNTHETIC = {
    "sway": Recipe(),
    "plain wall": Recipe(surroundings="plain"),
    "leaves, parallax": Recipe(surroundings="leaves", wall_parallax=0.4),
    "noise, cloud": Recipe(noise=4.0, light_dip=0.3),
    "blur": Recipe(blur_px=2.0),
    "quarter occluded": Recipe(occluded=0.25),
    "the same, wall in parallax": Recipe(occluded=0.25, wall_parallax=0.4),
    "the same, leaves in parallax": Recipe(occluded=0.25, surroundings="leaves", wall_parallax=0.4),
    "shake 9 px": Recipe(motion="shake", amplitude_px=9.0),
    "approach": Recipe(motion="approach", frame_count=24),
    "still": Recipe(motion="still"),
}


def main() -> None:
    """Print method by clip: rms, p95, jitter, seconds over decode time."""
    print(f"{'clip':<40}{'method':<8}{'rms px':>8}{'p95 px':>8}{'jitter':>8}{'x decode':>10}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("ambient", "walkin"):
            master = REPOSITORY / f"assets/source/{name}.mkv"
            web = Path(scratch) / f"{name}.mp4"
            argv = [str(find_ffmpeg()), "-v", "error", "-i", str(master), "-c:v", "libx264"]
            subprocess.run([*argv, "-crf", "23", "-pix_fmt", "yuv420p", str(web)], check=True)
            for label, path in (("master", master), ("crf 23", web)):
                _room(f"{name} {label}", name, path)
    for label, recipe in SYNTHETIC.items():
        shot = film(recipe)
        clip = LumaClip(shot.frames, 1.0, 16.0)
        for method in ("dense", "lk"):
            _row(f"synthetic {label}", method, clip, shot.text, 0, shot.text[0], float("nan"))


def _room(label: str, name: str, path: Path) -> None:
    told = json.loads((REPOSITORY / f"tests/fixtures/truth_{name}.json").read_text("utf-8"))
    truth = np.array([frame["text"] for frame in told["frames"].values()]) * SIZE
    picked = 0 if name == "ambient" else len(truth) - 1
    noise = np.random.default_rng(11).normal(0, PICK_NOISE_PX, (4, 2))
    clip = read_luma(find_ffmpeg(), path)
    decode_s = _decode_s(path)
    for method in ("dense", "lk"):
        _row(label, method, clip, truth, picked, truth[picked] + noise, decode_s)


def _row(
    label: str,
    method: str,
    clip: LumaClip,
    truth: np.ndarray,
    picked: int,
    corners: np.ndarray,
    decode_s: float,
) -> None:
    spent_s = float("inf")
    for _ in range(1 if np.isnan(decode_s) else TRIES):
        started = time.process_time()
        motion, path = _track(method, clip, picked, corners)
        spent_s = min(spent_s, time.process_time() - started)
    carried = np.stack(
        [homography.apply(homography.from_corners(corners, row), truth[picked]) for row in path]
    )
    error = carried - truth
    far = np.linalg.norm(error, axis=-1)
    rms = float(np.sqrt((far**2).mean()))
    jitter = float(np.sqrt((np.diff(error, axis=0) ** 2).sum(axis=-1).mean()))
    print(
        f"{label:<40}{method:<8}{rms:8.3f}{np.percentile(far, 95):8.3f}{jitter:8.3f}"
        f"{spent_s / decode_s:10.2f}{'' if motion.found.all() else '  refused'}",
        flush=True,
    )


def _track(
    method: str, clip: LumaClip, picked: int, corners: np.ndarray
) -> tuple[Motion, np.ndarray]:
    """The clip's motion, and the corners' path through it without jitter: (n, 4, 2) px."""
    image = clip.frames[picked].astype(np.float32) * np.float32(clip.grey_scale)
    glass = bezel.find_glass(image, corners, (640, 400))
    follow = dense.follow if method == "dense" else flow.follow
    motion = follow(list(clip.frames), glass.ring, picked, grey_scale=clip.grey_scale)
    return motion, smoothing.remove_jitter(homography.apply(motion.maps, corners), motion.noise)


def _decode_s(path: Path) -> float:
    """CPU seconds of ffmpeg decoding the clip to nothing, the best of `TRIES`."""
    argv = [str(find_ffmpeg()), "-v", "error", "-i", str(path), "-f", "null", "-"]
    best = float("inf")
    for _ in range(TRIES):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


if __name__ == "__main__":
    main()
