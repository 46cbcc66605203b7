"""Videos of every kind: taken in at the room's size and rate with colours as meant, or refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.errors import AssetError
from generator.intake.clip import take_clip
from generator.scene.model import Room
from generator.video.ffmpeg import FfmpegBinary, find_ffmpeg
from generator.video.frames import iter_rgb
from generator.video.metadata import probe

FFMPEG = str(find_ffmpeg())
ROOM = Room(size=(256, 144), fps=16)
BT709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
ORANGE = "color=c=0xC87832:s=256x144:r=16:d=1"
MADE = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-pix_fmt", "yuv420p"]


def make(target: Path, source: str, *options: str, inputs: tuple[str, ...] = ()) -> Path:
    """A clip of `source`, a lavfi graph; `inputs`: further lavfi graphs."""
    argv = [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", source]
    for more in inputs:
        argv += ["-f", "lavfi", "-i", more]
    subprocess.run([*argv, *(options or MADE), str(target)], check=True)
    return target


def colour(path: Path, frame: int = 4) -> NDArray[np.float64]:
    """The mean colour of the middle of one frame, RGB as a browser shows it."""
    for number, picture in enumerate(iter_rgb(FfmpegBinary(), path, ROOM.size)):
        if number == frame:
            return picture[40:100, 80:180].reshape(-1, 3).mean(axis=0)
    raise AssertionError("no such frame")


def taken(tmp_path: Path, source: Path) -> tuple[Path, tuple[str, ...]]:
    """What came of it: always the room's shape, steady, tagged BT.709, without sound."""
    result = take_clip(FfmpegBinary(), source, tmp_path / "ambient", ROOM)
    seen = probe(FfmpegBinary(), result.path, name="taken")
    assert seen.size_px == ROOM.size
    assert abs(seen.fps - ROOM.fps) < 0.03
    assert seen.steady
    assert not seen.complaints
    return result.path, result.changes


def test_a_clip_of_the_rooms_form_is_copied_to_the_byte(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mp4", f"{ORANGE},format=yuv420p,{BT709}", *MADE)
    path, changes = taken(tmp_path, source)
    assert changes == ()
    assert path.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("name", "source", "options", "words"),
    [
        ("rate.mp4", ORANGE.replace("r=16", "r=30"), MADE, "30.00 to 16 frames a second"),
        ("slow.mp4", ORANGE.replace("r=16", "r=24000/1001"), MADE, "23.98 to 16"),
        ("size.mp4", ORANGE.replace("256x144", "640x480"), MADE, "from 640x480 to 256x144 px"),
        ("odd.mkv", ORANGE.replace("256x144", "255x143"), ["-c:v", "ffv1"], "255x143"),
        ("tall.mp4", ORANGE.replace("256x144", "144x256"), MADE, "from 144x256"),
        ("wide.mp4", f"{ORANGE},setsar=4/3", MADE, "pixels of 4:3 made square"),
        ("moving.gif", ORANGE.replace("r=16", "r=10"), ["-f", "gif"], "10.00 to 16"),
        ("clip.webm", ORANGE.replace("r=16", "r=25"), ["-c:v", "libvpx-vp9"], "25.00 to 16"),
        ("prores.mov", ORANGE, ["-c:v", "prores_ks"], "colours to BT.709"),
        ("rgb.mkv", ORANGE, ["-c:v", "ffv1", "-pix_fmt", "gbrp"], "colours to BT.709"),
    ],
)
def test_other_forms_are_brought_to_the_rooms(
    tmp_path: Path, name: str, source: str, options: list[str], words: str
) -> None:
    path, changes = taken(tmp_path, make(tmp_path / name, source, *options))
    assert words in "; ".join(changes)
    assert np.abs(colour(path) - (200, 120, 50)).max() <= 8


def test_sound_is_dropped_and_may_be_longer_than_the_picture(tmp_path: Path) -> None:
    """1.5 s of picture and a little more of sound is no damage."""
    source = make(
        tmp_path / "sound.mp4",
        ORANGE.replace("d=1", "d=1.5"),
        *MADE,
        "-c:a",
        "aac",
        inputs=("sine=d=1.51",),
    )
    _, changes = taken(tmp_path, source)
    assert "sound dropped" in changes
    assert probe(FfmpegBinary(), source, name="in").has_sound


def test_a_turned_phone_video_stands_upright(tmp_path: Path) -> None:
    flat = make(tmp_path / "flat.mp4", ORANGE.replace("256x144", "144x256"), *MADE)
    turned = tmp_path / "turned.mp4"
    argv = [FFMPEG, "-v", "error", "-display_rotation", "90", "-i", str(flat), "-c", "copy"]
    subprocess.run([*argv, str(turned)], check=True)
    _, changes = taken(tmp_path, turned)
    assert "turned upright" in changes


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_is_tone_mapped(tmp_path: Path, transfer: str) -> None:
    """A grey ramp in HDR: dark stays dark, diffuse white is nearly white, nothing turns colour."""
    grey = "color=c=0x808080:s=256x144:r=16:d=1"
    tags = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    options = ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"]
    options += ["-x265-params", "log-level=none"]
    source = make(tmp_path / "hdr.mp4", f"{grey},format=yuv420p10le,{tags}", *options)
    path, changes = taken(tmp_path, source)
    assert any("tone-mapped" in change for change in changes)
    red, green, blue = colour(path)
    assert max(red, green, blue) - min(red, green, blue) <= 6
    assert 70 <= green <= 240


def test_a_varying_rate_becomes_steady(tmp_path: Path) -> None:
    source = make(
        tmp_path / "vfr.mkv",
        "testsrc2=s=256x144:r=48:d=1,select='lt(mod(n\\,7)\\,3)'",
        *MADE,
        "-fps_mode",
        "vfr",
    )
    _, changes = taken(tmp_path, source)
    assert any("varying" in change for change in changes)


def test_interlaced_fields_are_joined(tmp_path: Path) -> None:
    source = make(
        tmp_path / "fields.mp4",
        "testsrc2=s=256x144:r=32:d=1,interlace",
        *MADE,
        "-flags",
        "+ildct+ilme",
        "-x264-params",
        "tff=1",
    )
    _, changes = taken(tmp_path, source)
    assert "interlaced fields joined to whole frames" in changes


def test_a_start_that_is_not_zero_is_moved(tmp_path: Path) -> None:
    source = make(tmp_path / "late.mkv", f"{ORANGE},setpts=PTS+2/TB", *MADE)
    path, _ = taken(tmp_path, source)
    assert probe(FfmpegBinary(), path, name="taken").frame_count in (15, 16, 17)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("words.mp4", "cannot read"),
        ("gone.mp4", "no such file"),
        ("folder.mp4", "a folder"),
        ("still.png", "a single picture"),
        ("cut.mp4", ""),
        ("sound.m4a", "without video"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    if name == "words.mp4":
        path.write_text("no video")
    elif name == "folder.mp4":
        path.mkdir()
    elif name == "still.png":
        make(path, ORANGE, "-frames:v", "1")
    elif name == "cut.mp4":
        make(path, "testsrc2=s=256x144:r=16:d=2", *MADE, "-movflags", "+faststart")
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif name == "sound.m4a":
        make(path, "sine=d=1", "-c:a", "aac")
    with pytest.raises(AssetError) as refused:
        take_clip(FfmpegBinary(), path, tmp_path / "ambient", ROOM)
    assert words in str(refused.value)
    assert not list(tmp_path.glob("ambient*"))
