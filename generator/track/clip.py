"""One clip's master and the picked corners → track.json and report.json.

A pure function of a `Request` and files, so that it gives the same bytes wherever it runs. On
another machine it needs numpy, OpenCV and an ffmpeg:

    python -m generator.track.clip REQUEST.json MASTER OUT_DIR [--anchor FILE] [--ffmpeg FILE]

writes `track.json`, `report.json` and, last, `facts.json` into OUT_DIR; REQUEST.json is what
`Request.to_json` gives, `-` reads it from stdin. With `--once` an OUT_DIR that is whole stays as it
is, and two that come at the same time wait for each other. A refusal is one message on stderr and
exit 1.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from generator.artifacts import Json, JsonMap
from generator.engine.disk import write_atomic
from generator.engine.ports import Progress, SilentProgress
from generator.errors import AssetError, BreatheError, GateError, TrackError
from generator.video.loops import playing_frames

if TYPE_CHECKING:
    from generator.track.bezel import Glass
    from generator.track.motion import Luma, Motion
    from generator.video.frames import LumaClip
    from generator.video.homography import Floats

Corners = list[list[float]]


@dataclass(frozen=True)
class Adjust:
    """A correction by hand; see `model.AdjustKey`."""

    frame: int
    offset_px: Corners
    reach_s: float


@dataclass(frozen=True)
class Request:
    """Everything that decides a track besides the pictures. Numbers as in `model`.

    `anchor`: where the clip on which the corners were picked joins this one: "" when it is this
    clip itself; "after" when its first frame follows this clip's last (a walk-in whose corners were
    picked on the loop); "before" the other way round. `steady_s`: at the joint at least so many
    seconds must be tracked.
    """

    clip: str
    fps: int
    size_px: tuple[int, int]
    plane_px: tuple[int, int]
    corners: Corners
    glass: Corners | None
    picked_frame: int
    anchor: Literal["", "after", "before"]
    steady_s: float
    loop: str
    overlap: int
    method: Literal["dense", "lk"]
    strength: float
    low_pass_hz: float
    max_residual: float
    max_jitter_px: float
    adjust: tuple[Adjust, ...] = ()

    def to_json(self) -> JsonMap:
        """Plain JSON; `from_json` reads it back."""
        plain: dict[str, Json] = json.loads(json.dumps(asdict(self)))
        return plain

    @staticmethod
    def from_json(plain: dict[str, Any]) -> Request:
        """The request that `to_json` wrote. Raises TypeError for other keys."""
        adjust = tuple(Adjust(**key) for key in plain["adjust"])
        sizes = {name: tuple(plain[name]) for name in ("size_px", "plane_px")}
        return Request(**{**plain, **sizes, "adjust": adjust})


def track_clip(
    request: Request,
    master: Path,
    out_dir: Path,
    *,
    ffmpeg: Path,
    anchor: Path | None = None,
    progress: Progress | None = None,
) -> JsonMap:
    """Track `master` and write track.json and report.json; returns the stage's facts.

    `anchor`: the master on which the corners were picked, when that is another clip.
    Raises AssetError for clips that do not fit the scene, TrackError when the screen cannot be
    followed, GateError when it can but not well enough.
    """
    import numpy as np

    from generator.track import dense, flow, smoothing, timeline
    from generator.track.report import summarise
    from generator.video import homography
    from generator.video.frames import read_luma

    progress = progress or SilentProgress()
    name = f"track:{request.clip}"
    clip = _checked(read_luma(ffmpeg, master, name=f"{name} master"), request, name)
    frames, picked, own = _sequence(request, clip, anchor, ffmpeg, name)
    text = np.array(request.corners) * request.size_px
    glass = _glass(request, frames[picked], clip.grey_scale, text)
    follow = dense.follow if request.method == "dense" else flow.follow
    total = len(frames)
    done = 0

    def count(_frame: int) -> None:
        nonlocal done
        done += 1
        progress.update(name, done, total)

    motion = follow(frames, glass.ring, picked, grey_scale=clip.grey_scale, on_frame=count)
    first = _reliable_from(motion, own, request, name)
    measured = homography.apply(motion.maps, text)
    shown = smoothing.damp(measured, picked, request.strength)[own].copy()
    shown[first:] = smoothing.settle(shown[first:], motion.noise[own][first:])
    shown = smoothing.low_pass(shown, request.low_pass_hz, request.fps)
    shown = smoothing.correct(
        shown,
        [
            smoothing.Correction(key.frame, np.array(key.offset_px), key.reach_s * request.fps)
            for key in request.adjust
        ],
    )
    shown[:first] = shown[first]
    order = playing_frames(len(shown), request.loop, request.overlap)
    playing = timeline.unfold(shown, order)
    before = [k for k, (shares, _) in enumerate(order) if min(shares) < first]
    report = summarise(request.to_json(), motion, own, glass, measured[own], shown, playing, first)
    _require_gates(request, motion, own, first, report, name)
    track = {
        "schema": 1,
        "clip": request.clip,
        "fps": request.fps,
        "frame_count": len(playing),
        "size_px": list(request.size_px),
        "loop": request.loop,
        "reliable_from_frame": before[-1] + 1 if before else 0,
        "corners": timeline.as_rows(playing, request.size_px),
    }
    _write(out_dir / "track.json", track)
    _write(out_dir / "report.json", report)
    return {
        "glass_plane_px": [[round(float(x), 2), round(float(y), 2)] for x, y in glass.plane],
        "glass_seen": list(glass.seen),
        "reliable_from_frame": first,
        "playing_frame_count": len(playing),
        "model": motion.model,
        "worst_residual": report["worst_residual"],
        "jitter_px": report["jitter_px"],
    }


def _checked(clip: LumaClip, request: Request, name: str) -> LumaClip:
    if clip.size_px != request.size_px:
        raise AssetError(
            f"{name} master",
            got=f"{clip.size_px[0]}x{clip.size_px[1]} px",
            expected=f"{request.size_px[0]}x{request.size_px[1]}, the scene's [room] size",
            remedy="render the clip again, or change [room] size",
        )
    return clip


def _sequence(
    request: Request, clip: LumaClip, anchor: Path | None, ffmpeg: Path, name: str
) -> tuple[Sequence[Luma], int, slice]:
    """All frames to solve, the index of the picked one, and which of them are the clip's own.

    With an anchor the two clips are laid end to end at their joint, as they play: the way from the
    picked frame to this clip leads through the frames between.
    """
    from generator.video.frames import read_luma

    own = len(clip.frames)
    if not request.anchor:
        _require_frame(request.picked_frame, own, name)
        return list(clip.frames), request.picked_frame, slice(0, own)
    if anchor is None:
        raise AssetError(name, got="no anchor clip", expected="the master the corners lie on")
    other = _checked(read_luma(ffmpeg, anchor, name=f"{name} anchor"), request, name)
    _require_frame(request.picked_frame, len(other.frames), name)
    if other.grey_scale != clip.grey_scale:
        raise AssetError(
            f"{name} masters",
            got="clips of different bit depths",
            expected="the same for both",
            remedy="convert one of them",
        )
    if request.anchor == "after":
        head = other.frames[: request.picked_frame + 1]
        return [*clip.frames, *head], own + request.picked_frame, slice(0, own)
    tail = other.frames[request.picked_frame :]
    return [*tail, *clip.frames], 0, slice(len(tail), len(tail) + own)


def _require_frame(frame: int, frame_count: int, name: str) -> None:
    if frame >= frame_count:
        raise TrackError(
            f"{name}: scene.toml [screen] frame",
            got=f"{frame} of a clip with {frame_count} frames",
            expected=f"0 to {frame_count - 1}",
            remedy="pick the corners again",
        )


def _glass(request: Request, picked: Any, grey_scale: float, text: Floats) -> Glass:
    import numpy as np

    from generator.track.bezel import find_glass

    given = None if request.glass is None else np.array(request.glass) * request.size_px
    image = picked.astype(np.float32) * np.float32(grey_scale)
    return find_glass(image, text, request.plane_px, given)


def _reliable_from(motion: Motion, own: slice, request: Request, name: str) -> int:
    """The clip's first frame from which on every frame is found.

    A loop must be found throughout, a walk-in at least through its joint with the loop.
    """
    import numpy as np

    found = motion.found[own]
    lost = np.flatnonzero(~found)
    first = int(lost[-1]) + 1 if len(lost) else 0
    steady = round(request.steady_s * request.fps) if request.anchor == "after" else len(found)
    if steady > len(found):
        raise TrackError(
            f"{name}: scene.toml [handoff] crossfade_s",
            got=f"{request.steady_s:g} s, longer than the clip",
            expected=f"at most {len(found) / request.fps:g} s, the clip's {len(found)} frames",
            remedy="shorten the crossfade, or bring a longer clip",
        )
    if first > len(found) - max(1, steady):
        frame = int(lost[-1])
        raise TrackError(
            f"{name}, frame {frame}",
            got=f"{motion.residual[own][frame]:.0%} of the ring's contrast unexplained and "
            f"{motion.inlier_share[own][frame]:.0%} of its patches agreeing",
            expected="the picked frame's bezel, seen again",
            remedy="look at breathe track --preview; pick on another frame, or steady the clip",
        )
    return first


def _require_gates(
    request: Request, motion: Motion, own: slice, first: int, report: JsonMap, name: str
) -> None:
    residual = motion.residual[own]
    frame = first + int(residual[first:].argmax())
    if residual[frame] > request.max_residual:
        raise GateError(
            f"{name}, frame {frame}",
            got=f"{residual[frame]:.3f} of the ring's contrast unexplained",
            expected=f"at most {request.max_residual} ([track] max_residual)",
            remedy="look at breathe track --preview; something may hide the monitor there",
        )
    jitter = report["jitter_px"]
    limit = request.max_jitter_px * request.size_px[0] / 1280
    if isinstance(jitter, float) and jitter > limit:
        raise GateError(
            name,
            got=f"{jitter:.2f} px of shiver from frame to frame",
            expected=f"at most {limit:.2f} px ([track] max_jitter_px)",
            remedy="set low_pass_hz = 3 in [track], or bring a cleaner master",
        )


def _write(path: Path, value: JsonMap | dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    write_atomic(path, f"{text}\n".encode())


@contextmanager
def _alone(out_dir: Path) -> Iterator[None]:
    """Nobody else writes into `out_dir` in this block."""
    out_dir.mkdir(parents=True, exist_ok=True)
    with out_dir.with_name(f"{out_dir.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(argv: Sequence[str] | None = None) -> int:
    """The entry on another machine; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="generator.track.clip")
    parser.add_argument("request")
    parser.add_argument("master", type=Path)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--anchor", type=Path)
    parser.add_argument("--ffmpeg", type=Path)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args(argv)
    text = sys.stdin.read() if given.request == "-" else Path(given.request).read_text("utf-8")
    try:
        request = Request.from_json(json.loads(text))
        ffmpeg = given.ffmpeg
        if ffmpeg is None:
            from generator.video.ffmpeg import find_ffmpeg

            ffmpeg = find_ffmpeg()
        out_dir, whole = given.out_dir, given.out_dir / "facts.json"
        with _alone(out_dir):
            if not (given.once and whole.is_file()):
                _write(
                    whole,
                    track_clip(request, given.master, out_dir, ffmpeg=ffmpeg, anchor=given.anchor),
                )
    except BreatheError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
