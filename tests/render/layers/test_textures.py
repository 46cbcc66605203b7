"""Filling what nothing shows."""

from __future__ import annotations

import numpy as np

from generator.render.layers.textures import Texture, filled, view_of
from generator.video.shots import Shot


def test_a_hole_in_an_even_wall_is_filled_with_the_wall() -> None:
    wall = np.full((80, 120, 3), (90, 120, 150), np.uint8)
    hole = np.zeros((80, 120), np.bool_)
    hole[20:60, 30:90] = True
    spoilt = wall.copy()
    spoilt[hole] = 255
    assert np.abs(filled(spoilt, hole).astype(int) - wall).max() <= 1


def test_boards_go_on_behind_the_edge_of_a_hole() -> None:
    """What moves uncovers a few px; rails and boards must not end there."""
    boards = np.zeros((96, 400, 3), np.uint8)
    boards[::8] = boards[1::8] = boards[2::8] = 200
    hole = np.zeros((96, 400), np.bool_)
    hole[10:86, 150:250] = True
    mended = filled(np.where(hole[..., None], np.uint8(77), boards), hole)
    rim = (slice(24, 72), slice(151, 155))
    assert np.abs(mended[rim].astype(int) - boards[rim]).mean() < 12


def test_what_is_no_hole_is_left_alone() -> None:
    chance = np.random.default_rng(1)
    picture = chance.integers(0, 255, (40, 50, 3), np.uint8)
    hole = np.zeros((40, 50), np.bool_)
    assert filled(picture, hole) is picture
    hole[10:20, 10:20] = True
    assert (filled(picture, hole)[~hole] == picture[~hole]).all()


def test_a_view_shows_the_shot_to_the_px() -> None:
    """A ramp resampled is a ramp, at any enlargement."""
    y, x = np.mgrid[:100, :200]
    ramp = np.stack([x, y, x // 2 + y // 2], axis=-1).astype(np.uint8)
    for shot in (Shot(20.0, 10.0, 160.0, 80.0), Shot(60.5, 30.25, 40.0, 20.0)):
        view = view_of(ramp, shot, (80, 40))
        assert isinstance(view, Texture)
        step = shot.width / 80
        place = (
            np.array([[shot.x + 30.5 * step]], np.float32),
            np.array([[shot.y + 20.5 * step]], np.float32),
        )
        seen = view.sample(*place)[0, 0]
        np.testing.assert_allclose(seen[:2], (place[0][0, 0] - 0.5, place[1][0, 0] - 0.5), atol=0.1)
