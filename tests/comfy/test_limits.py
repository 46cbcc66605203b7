"""Numbers that the model can render, where the still is cut, and the memory that it all takes."""

from __future__ import annotations

import pytest

from generator.comfy.catalogue import FILES, ModelFile
from generator.comfy.limits import (
    OVERHEAD_BYTES,
    WORKING_BYTES_PER_TOKEN,
    check_size,
    fit_frames,
    frame_hero,
    peak_bytes,
    shortage,
    token_count,
)
from generator.errors import SceneError


@pytest.mark.parametrize(
    ("asked", "rendered"), [(1, 1), (5, 5), (10, 9), (64, 65), (80, 81), (81, 81), (176, 177)]
)
def test_frames_become_the_nearest_4n_plus_1(asked: int, rendered: int) -> None:
    """And what became of the number is said."""
    fitted = fit_frames(asked)
    assert fitted.value == rendered
    assert (fitted.note == "") == (asked == rendered)


def test_a_size_that_the_model_would_cut_is_refused_with_the_nearest_one() -> None:
    """100x70 would silently become 96x64."""
    check_size((1280, 704))
    with pytest.raises(SceneError, match=r"1280x720[\s\S]*size = \[1280, 720\]|\[1280, 704\]"):
        check_size((1280, 700))


def test_a_crop_of_the_clip_s_shape_is_taken_as_it_is() -> None:
    """Half the hero, at the hero's own scale."""
    framing = frame_hero((2560, 1408), (1280, 704), (640, 352, 1280, 704), clip="ambient")
    assert (framing.box, framing.scale, framing.notes) == ((640, 352, 1280, 704), 1.0, ())


def test_a_crop_of_another_shape_is_trimmed_evenly_and_said() -> None:
    """Nothing is stretched."""
    framing = frame_hero((2560, 1408), (1280, 704), (100, 100, 1600, 704), clip="ambient")
    x, y, width, height = framing.box
    assert (y, width, height) == (100, 1280, 704) and x == 260
    assert "trimmed" in framing.notes[0]


def test_an_enlargement_is_never_silent() -> None:
    """Pixels that the hero has not got."""
    framing = frame_hero((2560, 1408), (1280, 704), (0, 0, 640, 352), clip="ambient")
    assert framing.scale == 2.0 and "enlarged 2.00 times" in framing.notes[0]


@pytest.mark.parametrize("crop", [(2000, 0, 1280, 704), (-1, 0, 1280, 704), (0, 0, 4, 4)])
def test_a_crop_outside_the_hero_is_refused(crop: tuple[int, int, int, int]) -> None:
    """With the hero's size in the message."""
    with pytest.raises(SceneError, match=r"\[clips.ambient\] crop.*2560x1408 px"):
        frame_hero((2560, 1408), (1280, 704), crop, clip="ambient")


@pytest.mark.parametrize(
    ("size_px", "frame_count", "tokens"),
    [((1280, 704), 81, 21 * 44 * 80), ((1280, 704), 177, 45 * 44 * 80), ((64, 64), 5, 2 * 4 * 4)],
)
def test_tokens_follow_the_published_strides(
    size_px: tuple[int, int], frame_count: int, tokens: int
) -> None:
    """The first two are the counts that the measurement in docs/spark.md was made at."""
    assert token_count(size_px, frame_count) == tokens


def test_the_need_is_the_sum_that_the_guide_gives() -> None:
    """Weights, working memory, allowance; nothing is counted twice."""
    need = peak_bytes(FILES[:2], (1280, 704), 81)
    assert need == pytest.approx(28.6e9 + 73920 * WORKING_BYTES_PER_TOKEN + OVERHEAD_BYTES)


def test_a_server_with_too_little_memory_is_told_of() -> None:
    """What is short is said, what is unknown is a lower bound, and silence stays silence."""
    two, size = FILES[:2], (1280, 704)
    assert shortage(two, size, 81, 24.0).startswith("may take 45 GiB, and the server has 24 free")
    mine = (*two, ModelFile("mine.safetensors", "loras"))
    assert shortage(mine, size, 81, 24.0).startswith("takes at least 45 GiB")
    assert shortage(two, size, 81, 100.0) == shortage(two, size, 81, 0.0) == ""
