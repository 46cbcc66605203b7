"""A clip on disk → its frames as arrays: luma for the tracker, RGB for the light.

Decoding goes through the ffmpeg that encodes, over a pipe. Luma comes as it was coded, so ten bits
stay ten bits and no colour matrix is touched. RGB is made with the matrix that the clip is tagged
with. (OpenCV's reader gets a bt709 clip's colours right as well, but gives eight bits and always
converts to BGR.)

>>> read_luma(ffmpeg, Path("ambient.mkv")).frames.shape        # doctest: +SKIP
(64, 704, 1280)
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generator.engine.ports import Ffmpeg
from generator.errors import AssetError, MediaError
from generator.video.metadata import color_of, matrix_of

_PLANAR = "gray gray10le gray12le yuv420p yuv422p yuv444p yuvj420p yuvj444p"
_PLANAR += " yuv420p10le yuv422p10le yuv444p10le yuv420p12le yuv444p12le"
_HEADER = re.compile(rb"YUV4MPEG2 W(\d+) H(\d+) F(\d+):(\d+)[^\n]*? Cmono(\d*)[^\n]*\n")
_FRAME_HEADER = b"FRAME\n"


@dataclass(frozen=True)
class LumaClip:
    """A clip's luma.

    `frames`: (n, height, width) uint8, or uint16 beyond 8 bits, in the coded range (16 to 235 of 8
    bits for `tv`). `grey_scale` brings them to the range of 8 bits. `fps`: as the container says.
    """

    frames: NDArray[np.uint8] | NDArray[np.uint16]
    grey_scale: float
    fps: float

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        _, height, width = self.frames.shape
        return width, height


def read_luma(executable: Path, clip: Path, *, name: str = "", threads: int = 0) -> LumaClip:
    """Decode every frame of `clip` with the ffmpeg at `executable`.

    `name` is for messages; `threads` is ffmpeg's, 0 leaves it the choice. Raises AssetError when
    the file is missing or holds no video, MediaError when it does not decode to its end.
    """
    name = name or clip.name
    chain = f"format=pix_fmts={'|'.join(_PLANAR.split())},extractplanes=y"
    options = ["-threads", str(threads)] if threads else []
    argv = [str(executable), "-v", "error", "-nostdin", *options, "-i", str(clip)]
    argv += ["-map", "0:v:0", "-vf", chain, "-fps_mode", "passthrough"]
    raw = _decode([*argv, "-strict", "-1", "-f", "yuv4mpegpipe", "-"], clip, name)
    header = _HEADER.match(raw)
    if header is None:
        raise MediaError(name, got="no pictures", expected="a video clip that decodes")
    width, height, numerator, denominator = (int(header[k]) for k in range(1, 5))
    bits = int(header[5] or 8)
    kind = np.dtype(np.uint8) if bits == 8 else np.dtype("<u2")
    picture_bytes = width * height * kind.itemsize
    frame_bytes = len(_FRAME_HEADER) + picture_bytes
    count, rest = divmod(len(raw) - header.end(), frame_bytes)
    if rest or not count:
        raise MediaError(name, got="a frame cut short", expected="whole frames of one size")
    table = np.frombuffer(raw, np.uint8, count * frame_bytes, header.end())
    pictures = table.reshape(count, frame_bytes)[:, len(_FRAME_HEADER) :]
    if bits == 8:
        frames = np.lib.stride_tricks.as_strided(
            pictures, (count, height, width), (frame_bytes, width, 1), writeable=False
        )
    else:
        frames = np.ascontiguousarray(pictures).view(kind).reshape(count, height, width)
    return LumaClip(frames, 2.0 ** (8 - bits), numerator / denominator)


def iter_rgb(
    ffmpeg: Ffmpeg, clip: Path, size_px: tuple[int, int], *, name: str = ""
) -> Generator[NDArray[np.uint8], None, None]:
    """The frames of `clip`, whose size is known, as (height, width, 3) uint8 RGB.

    Values are encoded as a browser shows them (sRGB); an untagged clip is read as finish reads it:
    BT.601 under 720 lines, bt709 from there on. Raises AssetError or MediaError.
    """
    name = name or clip.name
    _require_file(clip, name)
    width, height = size_px
    scale = {
        "flags": "accurate_rnd+full_chroma_int+full_chroma_inp+bicubic",
        **matrix_of(color_of(ffmpeg, clip, name=name), height),
    }
    chain = f"scale={':'.join(f'{key}={value}' for key, value in scale.items())},format=rgb24"
    argv = [str(ffmpeg.executable), "-v", "error", "-nostdin", "-i", str(clip), "-map", "0:v:0"]
    argv += ["-vf", chain, "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    frame_bytes = width * height * 3
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        pipe = process.stdout
        if pipe is None:
            raise MediaError(name, got="no pipe from ffmpeg")
        raw = b""
        while len(raw := pipe.read(frame_bytes)) == frame_bytes:
            yield np.frombuffer(raw, np.uint8).reshape(height, width, 3)
    if process.returncode != 0 or raw:
        raise MediaError(
            name,
            got="a clip that does not decode to its end",
            expected=f"whole frames of {width}x{height}",
            remedy="copy or render the clip again",
            detail=raw[-600:].decode(errors="replace"),
        )


def read_photo(
    ffmpeg: Ffmpeg, photo: Path, size_px: tuple[int, int], *, name: str = ""
) -> NDArray[np.uint8]:
    """A photo whose upright size is known, as (height, width, 3) uint8 RGB, sRGB-encoded.

    Raises AssetError or MediaError.
    """
    name = name or photo.name
    width, height = size_px
    chain = "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic,format=rgb24"
    argv = [str(ffmpeg.executable), "-v", "error", "-nostdin", "-i", str(photo), "-map", "0:v:0"]
    raw = _decode([*argv, "-vf", chain, "-frames:v", "1", "-f", "rawvideo", "-"], photo, name)
    if len(raw) != width * height * 3:
        raise AssetError(name, got="a picture of another size", expected=f"{width}x{height} px")
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def _require_file(clip: Path, name: str) -> None:
    if not clip.is_file():
        raise AssetError(name, got="no such file", expected="a video clip", remedy="check its path")


def _decode(argv: Sequence[str], clip: Path, name: str) -> bytes:
    _require_file(clip, name)
    ended = subprocess.run(argv, capture_output=True, check=False)
    if ended.returncode == 0 and ended.stdout:
        return ended.stdout
    words = ended.stderr.decode(errors="replace")
    error = AssetError if "matches no streams" in words or not ended.stdout else MediaError
    raise error(
        name,
        got="a clip that does not decode to its end",
        expected="whole frames from first to last",
        remedy="copy or render the clip again",
        detail=words[-600:],
    )
