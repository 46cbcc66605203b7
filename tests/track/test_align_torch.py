"""The batched solve on torch gives what the numpy one gives. Runs where torch is installed."""

import numpy as np
import pytest

from generator.track import align
from generator.track.patches import make_template
from generator.video import homography
from tests.synthetic import Recipe, film

SAME_PX = 0.005


def test_torch_and_numpy_agree_to_five_thousandths_of_a_pixel():
    torch = pytest.importorskip("torch")
    from generator.track import align_torch

    torch.set_num_threads(1)
    shot = film(Recipe(frame_count=4))
    template = make_template(shot.frames[0].astype(np.float32), shot.opening[0])
    images = shot.frames[1:].astype(np.float32)
    start = np.eye(3)
    one_by_one = np.stack(
        [
            align.fit(template, image, start, "homography", iterations=30, tolerance_px=0.0).map
            for image in images
        ]
    )
    at_once = align_torch.fit_all(
        template, images, np.tile(start, (3, 1, 1)), "homography", iterations=30
    )
    corners = [homography.apply(maps, shot.opening[0]) for maps in (one_by_one, at_once)]
    assert np.abs(corners[0] - corners[1]).max() < SAME_PX
