"""Decoded frames are the frames that were encoded, with the colours a browser would show."""

import numpy as np
import pytest

from generator.errors import AssetError, MediaError
from generator.video.ffmpeg import FfmpegBinary, find_ffmpeg
from generator.video.frames import iter_rgb, read_luma
from tests.synthetic import save

TAGGED = "scale=out_color_matrix=bt709:out_range=tv,format={},setparams=range=tv:"
TAGGED += "colorspace=bt709:color_primaries=bt709:color_trc=bt709"


@pytest.fixture
def grey() -> np.ndarray:
    random = np.random.default_rng(5)
    return random.integers(20, 230, (5, 48, 66), dtype=np.uint8)


def test_eight_bit_luma_comes_back_to_the_bit(tmp_path, grey):
    clip = save(grey, tmp_path / "grey.mkv", "-c:v", "ffv1")
    read = read_luma(find_ffmpeg(), clip)
    assert (read.frames == grey).all()
    assert (read.size_px, read.fps, read.grey_scale) == ((66, 48), 16.0, 1.0)


def test_ten_bits_stay_ten_bits_and_say_their_scale(tmp_path, grey):
    options = ("-pix_fmt", "yuv444p10le", "-c:v", "libx264", "-qp", "0")
    read = read_luma(find_ffmpeg(), save(grey, tmp_path / "deep.mkv", *options))
    assert read.frames.dtype == np.uint16
    assert read.grey_scale == 0.25
    assert read.frames.max() > 255


@pytest.mark.parametrize("pixels", ["yuv444p10le", "yuv444p"])
def test_a_bt709_clip_of_few_lines_keeps_its_colour(tmp_path, pixels):
    orange = np.broadcast_to(np.array([255, 128, 64], np.uint8), (2, 64, 96, 3))
    options = ("-vf", TAGGED.format(pixels), "-c:v", "libx264", "-qp", "0")
    clip = save(np.ascontiguousarray(orange), tmp_path / "orange.mkv", *options)
    pictures = list(iter_rgb(FfmpegBinary(), clip, (96, 64)))
    assert len(pictures) == 2
    # 8 bits in tv range cannot say every colour: two levels of 255.
    assert np.abs(pictures[0].astype(int) - [255, 128, 64]).max() <= 2


@pytest.mark.parametrize(("height", "matrix"), [(704, "bt601"), (720, "bt709")])
def test_an_untagged_clip_is_read_as_a_browser_reads_it(tmp_path, height, matrix):
    orange = np.broadcast_to(np.array([255, 128, 64], np.uint8), (1, height, 64, 3))
    untagged = f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv444p,setparams="
    untagged += ":".join(f"{tag}=unknown" for tag in ("colorspace", "color_primaries", "color_trc"))
    options = ("-vf", untagged, "-c:v", "libx264", "-qp", "0")
    clip = save(np.ascontiguousarray(orange), tmp_path / "orange.mkv", *options)
    (picture,) = iter_rgb(FfmpegBinary(), clip, (64, height))
    assert np.abs(picture.astype(int) - [255, 128, 64]).max() <= 2


def test_a_clip_cut_short_is_said_to_be(tmp_path, grey):
    clip = save(grey, tmp_path / "grey.mkv", "-c:v", "ffv1")
    with pytest.raises(MediaError, match="does not decode to its end"):
        list(iter_rgb(FfmpegBinary(), clip, (66, 47)))


def test_a_missing_clip_and_one_that_is_no_video_are_named(tmp_path):
    with pytest.raises(AssetError, match="no such file"):
        read_luma(find_ffmpeg(), tmp_path / "none.mkv")
    (tmp_path / "words.mkv").write_text("not a video", encoding="utf-8")
    with pytest.raises(AssetError, match=r"words\.mkv"):
        read_luma(find_ffmpeg(), tmp_path / "words.mkv")
    with pytest.raises(AssetError, match=r"words\.mkv"):
        list(iter_rgb(FfmpegBinary(), tmp_path / "words.mkv", (8, 8)))
