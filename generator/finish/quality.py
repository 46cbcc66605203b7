"""How good an encode is, and the search for the smallest one that is good enough."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generator.engine.ports import Ffmpeg
from generator.finish.frames import PIXEL_FORMAT, RawClip
from generator.video.ffmpeg import Filter, Source, command

MODEL = "vmaf_v0.6.1"


@dataclass(frozen=True)
class Score:
    """VMAF of a clip, 0 to 100."""

    mean: float
    lowest: float
    """Of its worst frame."""


@dataclass(frozen=True)
class Trial:
    """One encode that the search made. A higher `level` is coarser and smaller."""

    level: int
    path: Path
    score: Score


def vmaf(ffmpeg: Ffmpeg, encoded: Path, reference: RawClip, *, threads: int, label: str) -> Score:
    """Compare `encoded` with the very frames it was made from.

    Both sides get frame numbers for timestamps first: containers round times, and a comparison of
    neighbouring frames reads 62 where the truth is 95. Raises MediaError when ffmpeg fails.
    """
    numbered = (
        Filter("settb", {"expr": f"1/{reference.fps}"}),
        Filter("setpts", {"expr": "N"}),
        Filter("format", {"pix_fmts": PIXEL_FORMAT}),
    )
    source = reference.source()
    log = encoded.with_suffix(".vmaf.json")
    measure = Filter(
        "libvmaf",
        {
            "model": f"version={MODEL}",
            "n_threads": threads,
            "log_fmt": "json",
            "log_path": str(log),
        },
    )
    ffmpeg.run(
        command(
            [
                Source(encoded, filters=numbered),
                Source(source.path, source.options, filters=numbered),
            ],
            [measure],
            None,
            {},
        ),
        label=label,
        total_s=reference.duration_s,
    )
    pooled = json.loads(log.read_text(encoding="utf-8"))["pooled_metrics"]["vmaf"]
    log.unlink()
    return Score(round(float(pooled["mean"]), 3), round(float(pooled["min"]), 3))


@dataclass(frozen=True)
class SearchRange:
    """Where to look for a level: its bounds, a first guess, and the usual fall of VMAF a level."""

    lowest: int
    highest: int
    guess: int
    slope: float
    enough: float = 0.1
    """A score no more than this above the target ends the search."""
    max_trials: int = 7


def search(
    attempt: Callable[[int], Trial], target_vmaf: float, within: SearchRange
) -> tuple[Trial, int]:
    """The coarsest trial that still reaches `target_vmaf`, and how many trials it took.

    Quality falls as the level rises, nearly in a line: the next guess is where a line meets it
    (see `_meeting`), strictly inside what is still open. When even the finest level misses it,
    that trial is returned.
    """
    trials: list[Trial] = []
    least, most = within.lowest, within.highest
    level = within.guess
    while least <= most and len(trials) < within.max_trials:
        level = min(max(level, least), most)
        trial = attempt(level)
        trials.append(trial)
        if trial.score.mean >= target_vmaf:
            least = level + 1
            if trial.score.mean - target_vmaf <= within.enough:
                break
        else:
            most = level - 1
        level = _meeting(trials, target_vmaf + within.enough / 2, within.slope)
    good = [trial for trial in trials if trial.score.mean >= target_vmaf]
    if good:
        return max(good, key=lambda trial: trial.level), len(trials)
    if least > most:
        return min(trials, key=lambda trial: trial.level), len(trials)
    return attempt(within.lowest), len(trials) + 1


def _meeting(trials: list[Trial], target_vmaf: float, usual_slope: float) -> int:
    """The level at which a line through trials reaches `target_vmaf`.

    Through the nearest one above it and the nearest below. When two trials in a row fell on the
    same side, the other end counts half, so that both ends close in: the Illinois method (Dowell
    and Jarratt, 1971). While all fall on one side, through the two nearest, or by the usual slope;
    from the third on, twice as far.
    """
    over = [trial for trial in trials if trial.score.mean >= target_vmaf]
    under = [trial for trial in trials if trial.score.mean < target_vmaf]
    if over and under:
        fine = max(over, key=lambda trial: trial.level)
        coarse = min(under, key=lambda trial: trial.level)
        above, below = fine.score.mean - target_vmaf, target_vmaf - coarse.score.mean
        newest = [trial.score.mean >= target_vmaf for trial in trials[-2:]]
        if all(newest):
            below /= 2
        elif not any(newest):
            above /= 2
        return round(fine.level + (coarse.level - fine.level) * above / (above + below))
    near, *rest = sorted(trials, key=lambda trial: abs(trial.score.mean - target_vmaf))
    slope = usual_slope
    if rest:
        fall = (near.score.mean - rest[0].score.mean) / (rest[0].level - near.level)
        slope = max(fall, usual_slope / 4) / (1 if len(trials) == 2 else 2)
    return round(near.level + (near.score.mean - target_vmaf) / slope)
