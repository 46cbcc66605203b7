"""The light of sixteen by sixteen cells, the same sums as the page's sampler."""

import json
from pathlib import Path

import numpy as np
import pytest

from generator.light import sampling

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures/light.json").read_text("utf-8"))


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: case["name"])
def test_box_weights_and_light_are_those_of_the_fixture(case):
    glass = np.array(case["glass"])
    assert sampling.box(glass, case["patch"]) == pytest.approx(case["box"])
    weights = sampling.weights(glass, case["patch"])
    drawn = ["".join("#" if cell else "." for cell in row) for row in weights]
    assert drawn == case["weights"]
    cells = np.empty((16, 16, 3))
    cells[:, :8], cells[:, 8:] = case["cells"]["left"], case["cells"]["right"]
    cells[weights == 0] = case["cells"]["glass"]
    colour = sampling.measure(cells, weights)
    assert colour.luminance == pytest.approx(case["luminance"], abs=FIXTURE["tolerance"])
    assert colour.warmth == pytest.approx(case["warmth"], abs=FIXTURE["tolerance"])


def test_cells_average_the_box_as_a_canvas_does():
    frame = np.zeros((120, 200, 3), np.uint8)
    frame[:, 100:] = (200, 120, 40)
    glass = np.array([[60.0, 30.0], [140.0, 30.0], [140.0, 90.0], [60.0, 90.0]])
    cells = sampling.cells_of(frame, glass, 1.2)
    assert np.abs(cells[:, :7]).max() < 1
    assert np.abs(cells[:, 9:] - [200, 120, 40]).max() < 1
