"""How a master plays."""

from __future__ import annotations

import pytest

from generator.video.loops import playing_frames


def test_pingpong_doubles_no_end_frame() -> None:
    order = [frames[0] for frames, _ in playing_frames(64, "pingpong")]
    assert len(order) == 126
    assert order[:3] == [0, 1, 2]
    assert order[62:66] == [62, 63, 62, 61]
    assert order[-1] == 1
    assert all(a != b for a, b in zip(order, [*order[1:], order[0]], strict=True))


def test_a_single_frame_plays_in_every_mode() -> None:
    for mode in ("none", "pingpong", "crossfade", "first-last"):
        assert playing_frames(1, mode) == (((0,), (1.0,)),)


def test_crossfade_ends_where_its_blend_begins() -> None:
    blends = playing_frames(20, "crossfade", overlap=4)
    assert len(blends) == 16
    assert blends[0] == ((0, 16), pytest.approx((0.2, 0.8)))
    assert blends[3] == ((3, 19), pytest.approx((0.8, 0.2)))
    assert blends[15] == ((15,), (1.0,))


def test_first_last_drops_the_duplicate() -> None:
    assert len(playing_frames(81, "first-last")) == 80


@pytest.mark.parametrize("mode", ["pingpong", "none", "crossfade", "first-last"])
def test_weights_sum_to_one(mode: str) -> None:
    for _, weights in playing_frames(30, mode, overlap=5 if "-" in mode or "c" in mode else 0):
        assert sum(weights) == pytest.approx(1.0)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        playing_frames(10, "boomerang")
    with pytest.raises(ValueError, match="overlap"):
        playing_frames(10, "crossfade", overlap=6)
    with pytest.raises(ValueError, match="frame_count"):
        playing_frames(0, "none")
