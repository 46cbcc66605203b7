"""The playing clip → H.264 and AV1 for the web, at the quality that the scene asks for.

Every thread count is written down here: an encoder's bits depend on it, and a result must not
depend on the machine. Encodes run side by side, as many as there are cores.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from generator.artifacts.finish import EncodeFacts
from generator.engine.ports import Ffmpeg
from generator.errors import MediaError
from generator.finish.frames import RawClip
from generator.finish.mp4 import Mp4Info, read_mp4
from generator.finish.quality import SearchRange, Trial, search, vmaf
from generator.video.ffmpeg import BT709, Filter, Option, command

_BT709_NCLX = (1, 1, 1, False)


@dataclass(frozen=True)
class Codec:
    """One rung of the ladder: an encoder, its options, and where its search looks."""

    label: str
    options: dict[str, Option]
    crf_option: tuple[str, str]
    """The option that carries the crf, and its value with `{crf}` in it."""
    crf_step: float
    search_range: SearchRange

    def crf(self, level: int) -> float:
        """The crf of a level of the search."""
        return round(level * self.crf_step, 2)


# Measured on the reference room at equal VMAF: veryslow saves 8 % on slower, aq-mode 2 at 0.7
# another 10 %, psy-rd below its default 3 %. Without any of it, the wall would go flat.
H264 = Codec(
    label="h264",
    options={
        "c:v": "libx264",
        "preset": "veryslow",
        "threads": 4,
        "bf": 0,
        "refs": 5,  # veryslow's 16 asks for level 5 and gains nothing here
        "aq-mode": 2,
        "aq-strength": 0.7,
        "psy-rd": "0.7:0",
        "x264-params": "open-gop=0:scenecut=0",
        "bsf:v": "filter_units=remove_types=6",  # x264's signature: 700 bytes for nobody
    },
    crf_option=("crf", "{crf}"),
    crf_step=0.1,
    search_range=SearchRange(lowest=80, highest=400, guess=255, slope=0.11),
)
# Preset 3 saves 8 % on 4; 10 bits and variance boost cost more than they give.
AV1 = Codec(
    label="av1",
    options={"c:v": "libsvtav1", "preset": 3},
    # Ffmpeg's own crf option takes whole numbers only.
    crf_option=("svtav1-params", "lp=2:scd=0:crf={crf}"),
    crf_step=0.25,  # the finest that SVT-AV1 tells apart
    search_range=SearchRange(lowest=40, highest=252, guess=158, slope=0.11),
)
DRAFT = replace(H264, search_range=replace(H264.search_range, max_trials=1))


@dataclass(frozen=True)
class Encode:
    """A finished encode, and what is told of it."""

    path: Path
    facts: EncodeFacts


def encode_all(
    ffmpeg: Ffmpeg,
    clip: RawClip,
    codecs: Sequence[Codec],
    target_vmaf: float,
    work: Path,
    *,
    name: str,
) -> tuple[Encode, ...]:
    """Encode `clip` once per codec, side by side; files lie in `work`.

    Raises MediaError when ffmpeg fails or an encode is not what it must be.
    """
    workers = max(1, min(len(codecs), os.cpu_count() or 1))
    with ThreadPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(_encode, ffmpeg, clip, codec, target_vmaf, work, f"{name} {codec.label}")
            for codec in codecs
        ]
        try:
            wait(jobs, return_when=FIRST_EXCEPTION)
            return tuple(job.result() for job in jobs)
        finally:
            # A job may be between two runs of ffmpeg: stop until none is left.
            for job in jobs:
                job.cancel()
            while not all(job.done() for job in jobs):
                ffmpeg.stop()
                wait(jobs, timeout=0.1)


def _encode(
    ffmpeg: Ffmpeg, clip: RawClip, codec: Codec, target_vmaf: float, work: Path, label: str
) -> Encode:
    def attempt(level: int) -> Trial:
        crf = codec.crf(level)
        target = work / f"{codec.label}-{level}.mp4"
        ffmpeg.run(
            _arguments(clip, codec, crf, target),
            label=f"{label} crf {crf:g}",
            total_s=clip.duration_s,
        )
        score = vmaf(ffmpeg, target, clip, threads=2, label=f"{label} crf {crf:g} vmaf")
        return Trial(level, target, score)

    trial, count = search(attempt, target_vmaf, codec.search_range)
    info = read_mp4(trial.path)
    _check(info, clip, label)
    facts = EncodeFacts(
        label=codec.label,
        type=info.mime_type,
        bytes=trial.path.stat().st_size,
        vmaf=trial.score.mean,
        vmaf_lowest=trial.score.lowest,
        crf=codec.crf(trial.level),
        trials=count,
    )
    return Encode(trial.path, facts)


def _arguments(clip: RawClip, codec: Codec, crf: float, target: Path) -> tuple[str, ...]:
    name, value = codec.crf_option
    options: dict[str, Option] = {
        **codec.options,
        name: value.format(crf=f"{crf:g}"),
        "g": clip.frame_count,
        "an": None,
        "map_metadata": -1,
        "fflags": "+bitexact",
        "movflags": "+faststart",
        "video_track_timescale": clip.fps * 1000,
    }
    filters = [Filter("format", {"pix_fmts": "yuv420p"}), BT709]
    return command([clip.source()], filters, target, options)


def _check(info: Mp4Info, clip: RawClip, label: str) -> None:
    """Raise MediaError unless the file keeps every promise that the page relies on."""
    ticks = info.timescale_hz // clip.fps
    faults = []
    if info.color != _BT709_NCLX:
        faults.append(f"colour tags {info.color}, expected bt709 in tv range")
    if set(info.frame_ticks) != {ticks} or len(info.frame_ticks) != clip.frame_count:
        faults.append(f"frame times off the grid of 1/{clip.fps} s")
    if info.reordered or info.starts_at_ticks:
        faults.append("B-frames or a late start")
    if info.track_kinds != ("vide",):
        faults.append(f"tracks {info.track_kinds}, expected one of video")
    if not info.key_frames or info.key_frames[0] != 0:
        faults.append("no key frame at the start")
    if not info.fast_start:
        faults.append("index behind the pictures")
    if faults:
        raise MediaError(
            label,
            got="; ".join(faults),
            expected="a clip as the page needs it",
            remedy='if [finish] ffmpeg = "path", try "bundled"',
        )
