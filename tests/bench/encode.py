"""Encodes at equal quality: our settings against the encoders' defaults, on two seconds of room."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from generator.finish.encode import AV1, H264, Codec, encode_all
from generator.finish.frames import RawClip, cut, unpack
from generator.video.ffmpeg import FfmpegBinary
from generator.video.loops import playing_frames
from generator.video.metadata import probe

ROOT = Path(__file__).resolve().parents[2]
TARGET_VMAF = 93.5
FRAMES = 32


def main() -> None:
    """Print bytes, score and time of each, with ratios to the default of the same codec."""
    plain_h264 = replace(H264, options={"c:v": "libx264", "threads": 4, "bf": 0})
    plain_av1 = replace(AV1, options={"c:v": "libsvtav1", "preset": 8})
    ffmpeg = FfmpegBinary()
    with TemporaryDirectory() as folder:
        work = Path(folder)
        clip = _excerpt(ffmpeg, ROOT / "assets/source/ambient.mkv", work)
        print(
            f"{clip.frame_count} frames of the ambient clip, VMAF {TARGET_VMAF:g} or a little above"
        )
        print(f"{'':28}{'bytes':>9}{'ratio':>8}{'VMAF':>8}{'crf':>7}{'tries':>7}{'s':>7}")
        for name, default, ours in (
            ("H.264, no B-frames", plain_h264, H264),
            ("AV1", plain_av1, AV1),
        ):
            base = _row(ffmpeg, clip, default, work, f"{name}, default", 0)
            _row(ffmpeg, clip, ours, work, f"{name}, ours", base)


def _excerpt(ffmpeg: FfmpegBinary, master: Path, work: Path) -> RawClip:
    """The first frames of the master, there and back."""
    probed = probe(ffmpeg, master, name=master.name)
    whole = unpack(ffmpeg, master, probed, work / "master.yuv", fps=16, label="unpack")
    return cut(whole, playing_frames(FRAMES, "pingpong"), work / "playing.yuv")


def _row(
    ffmpeg: FfmpegBinary, clip: RawClip, codec: Codec, work: Path, name: str, base: int
) -> int:
    """Encode, print one line, and return the size in bytes."""
    started = time.perf_counter()
    codecs: Sequence[Codec] = (codec,)
    (found,) = encode_all(ffmpeg, clip, codecs, TARGET_VMAF, work, name=name)
    took_s = time.perf_counter() - started
    facts = found.facts
    ratio = facts.bytes / (base or facts.bytes)
    print(
        f"{name:28}{facts.bytes:9}{ratio:8.2f}{facts.vmaf:8.2f}"
        f"{facts.crf:7.2f}{facts.trials:7}{took_s:7.1f}",
        flush=True,
    )
    return facts.bytes


if __name__ == "__main__":
    main()
