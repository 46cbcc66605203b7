"""What layers cost, and how near the walk into one photo comes to a true walk.

The reference room's hero alone, as somebody drew on it (`tests/fixtures/drawn_room.toml`), beside
the push-in into the same shot and the rendered walk. Pictures that are not aligned to the px read
low in SSIM and VMAF, whoever made them; at 160 px wide SSIM tells how a room is laid out. `corners`
is how far the screen's corners are from the true camera's, px of a frame of 1280.
"""

from __future__ import annotations

import json
import resource
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts.camera import Camera
from generator.artifacts.decode import read
from generator.engine.ports import Ports
from generator.engine.stage import StageRun
from generator.render import stage as render
from generator.scene.load import parse_scene
from generator.scene.model import AMBIENT, WALKIN, ClipName, Scene
from generator.track import bezel, dense
from generator.track.known import known_maps
from generator.video import homography
from generator.video.ffmpeg import FfmpegBinary, find_ffmpeg
from generator.video.frames import iter_rgb, read_luma

REPOSITORY = Path(__file__).resolve().parents[2]
DRAWN = REPOSITORY / "tests/fixtures/drawn_room.toml"
SOURCE = REPOSITORY / "assets/source"
SIZE = (1280, 704)
EVERY = 4
"""SSIM is taken of every so many frames."""


def main() -> None:
    """Print cost and seam of both clips, then the walk beside the push-in, quarter by quarter."""
    scene = parse_scene(DRAWN.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print(f"{'':<24}{'CPU s':>8}{'MB':>8}{'seam / median step':>20}{'still px':>10}")
        seat = _render(scene, AMBIENT, folder / "seat")
        walk = _render(scene, WALKIN, folder / "walk")
        push_scene = parse_scene(
            DRAWN.read_text("utf-8").replace('render = "layers"', 'render = "still"')
        )
        push = _render(push_scene, WALKIN, folder / "push")
        _quarters(scene, {"walk": walk, "push-in": push}, seat)


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _render(scene: Scene, clip: ClipName, folder: Path) -> Path:
    """Render one clip, print its line, and return its folder."""
    folder.mkdir()
    started = _cpu_s()
    run = StageRun(
        root=REPOSITORY,
        out_dir=folder,
        inputs={"hero": SOURCE / "hero.png"},
        ports=Ports(ffmpeg=FfmpegBinary()),
    )
    render.stage(scene, clip).execute(run)
    spent_s = _cpu_s() - started
    master = folder / "master.mp4"
    seam = ""
    if clip == AMBIENT:
        frames = _frames(master)
        steps = [
            float(np.abs(frames[k].astype(np.int16) - frames[k - 1]).mean())
            for k in range(len(frames))
        ]
        moves = np.zeros(frames.shape[1:3], np.bool_)
        for frame in frames:
            moves |= (frame != frames[0]).any(axis=-1)
        still = 1.0 - moves.mean()
        seam = f"{steps[0] / np.median(steps[1:]):20.2f}{still:10.0%}"
    name = f"{scene.clip(clip).render} {clip}"
    print(f"{name:<24}{spent_s:8.1f}{master.stat().st_size / 1e6:8.1f}{seam}", flush=True)
    return folder


def _frames(clip: Path) -> NDArray[np.uint8]:
    """(n, h, w, 3) RGB."""
    return np.stack(list(iter_rgb(FfmpegBinary(), clip, SIZE)))


def _quarters(scene: Scene, clips: dict[str, Path], seat: Path) -> None:
    told = json.loads((REPOSITORY / "tests/fixtures/truth_walkin.json").read_text("utf-8"))
    truth = np.array([frame["text"] for frame in told["frames"].values()]) * SIZE
    true = _frames(SOURCE / "walkin.mkv")
    figures = {}
    for name, folder in clips.items():
        frames = _frames(folder / "master.mp4")
        count = min(len(frames), len(true))
        # The push-in has a length of its own: it is compared at the same share of the way.
        at = np.round(np.linspace(0, len(frames) - 1, len(true))).astype(int)
        paired = [(true[k], frames[at[k]]) for k in range(0, len(true), EVERY)]
        rows = _rows(scene, folder, seat)[at]
        figures[name] = {
            "SSIM": [_ssim(a, b, SIZE[0]) for a, b in paired],
            "SSIM at 160": [_ssim(a, b, 160) for a, b in paired],
            "corners": list(np.linalg.norm(rows - truth, axis=-1).mean(axis=1)),
        }
        if count == len(true):
            figures[name]["VMAF"] = _vmaf(folder / "master.mp4", SOURCE / "walkin.mkv")
    print(f"\n{'':<24}" + "".join(f"{f'quarter {k}':>12}" for k in range(1, 5)))
    for figure in ("SSIM", "SSIM at 160", "VMAF", "corners"):
        for name, values in figures.items():
            if figure in values:
                quarters = [np.mean(part) for part in np.array_split(values[figure], 4)]
                cells = "".join(f"{value:12.3f}" for value in quarters)
                print(f"{f'{figure}, {name}':<24}{cells}", flush=True)
    error = _against_tracker(scene, clips["walk"], seat)
    print(f"\nthe dense tracker from the computed rows, rms px: {error:.3f}")


def _rows(scene: Scene, folder: Path, seat: Path) -> NDArray[np.float64]:
    """The screen's corners in every frame, (n, 4, 2) px, as the camera says."""
    corners = np.array(scene.screen.corners)
    cameras = read(Camera, folder / "camera.json"), read(Camera, seat / "camera.json")
    maps = known_maps(*cameras, scene.screen.frame, corners)
    return np.stack([homography.apply(each, corners) for each in maps]) * SIZE


def _against_tracker(scene: Scene, folder: Path, seat: Path) -> float:
    """How far the tracker is from the computed rows over the walk's second half, rms px."""
    rows = _rows(scene, folder, seat)
    clip = read_luma(find_ffmpeg(), folder / "master.mp4")
    half = len(rows) // 2
    frames = list(clip.frames[half:])
    image = frames[-1].astype(np.float32) * np.float32(clip.grey_scale)
    glass = bezel.find_glass(image, rows[-1], (640, 400))
    motion = dense.follow(frames, glass.ring, len(frames) - 1, grey_scale=clip.grey_scale)
    tracked = homography.apply(motion.maps, rows[-1])
    return float(np.sqrt(((tracked - rows[half:]) ** 2).sum(axis=-1).mean()))


def _ssim(one: NDArray[np.uint8], other: NDArray[np.uint8], width: int) -> float:
    """Wang, Bovik, Sheikh, Simoncelli (2004), on luma, a Gaussian window of 11 px."""
    size = (width, round(width * SIZE[1] / SIZE[0]))
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    a, b = (
        cv2.resize(each.astype(np.float32) @ weights, size, interpolation=cv2.INTER_AREA)
        for each in (one, other)
    )

    def mean(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return cv2.GaussianBlur(picture, (11, 11), 1.5)

    ma, mb = mean(a), mean(b)
    va, vb, both = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    map_ = (2 * ma * mb + c1) * (2 * both + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
    return float(map_.mean())


def _vmaf(film: Path, reference: Path) -> list[float]:
    """VMAF of every frame."""
    log = film.with_suffix(".vmaf.json")
    align = "settb=1/16,setpts=N"
    graph = (
        f"[0:v]{align}[a];[1:v]format=yuv420p10le,{align}[b];"
        f"[a][b]libvmaf=log_fmt=json:log_path={log}:n_threads=2"
    )
    argv = [str(find_ffmpeg()), "-v", "error", "-r", "16", "-i", str(film), "-r", "16"]
    subprocess.run([*argv, "-i", str(reference), "-lavfi", graph, "-f", "null", "-"], check=True)
    told = json.loads(log.read_text("utf-8"))
    return [frame["metrics"]["vmaf"] for frame in told["frames"]]


if __name__ == "__main__":
    main()
