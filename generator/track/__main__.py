"""The tracker by itself, for another machine: it needs numpy, OpenCV and an ffmpeg there.

    python -m generator.track REQUEST.json MASTER OUT_DIR [--anchor FILE] [--ffmpeg FILE] [--once]

writes track.json and, last, report.json into OUT_DIR; REQUEST.json is a `TrackRequest`, `-` reads
it from stdin. With `--once` an OUT_DIR that is whole stays as it is, and two that come at the same
time wait for each other. A refusal is one message on stderr and exit 1.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from generator.artifacts.decode import decode
from generator.artifacts.track import REPORT, TrackRequest
from generator.errors import BreatheError
from generator.track.stage import track_clip


def main(argv: Sequence[str] | None = None) -> int:
    """Track as `argv` says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="generator.track")
    parser.add_argument("request")
    parser.add_argument("master", type=Path)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--anchor", type=Path)
    parser.add_argument("--ffmpeg", type=Path)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args(argv)
    text = sys.stdin.read() if given.request == "-" else Path(given.request).read_text("utf-8")
    request = decode(TrackRequest, json.loads(text))
    try:
        ffmpeg = given.ffmpeg
        if ffmpeg is None:
            from generator.video.ffmpeg import find_ffmpeg

            ffmpeg = find_ffmpeg()
        with _alone(given.out_dir):
            if not (given.once and (given.out_dir / REPORT).is_file()):
                track_clip(request, given.master, given.out_dir, ffmpeg=ffmpeg, anchor=given.anchor)
    except BreatheError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


@contextmanager
def _alone(out_dir: Path) -> Iterator[None]:
    """Nobody else writes into `out_dir` in this block."""
    out_dir.mkdir(parents=True, exist_ok=True)
    with out_dir.with_name(f"{out_dir.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
