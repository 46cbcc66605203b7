"""The projective solve, held against hand-chosen maps that the page's own solve reads too."""

import json
from pathlib import Path

import numpy as np
import pytest

from generator.video import homography

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures/homography.json").read_text("utf-8"))


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: case["name"])
def test_the_solve_finds_the_eight_coefficients_again(case):
    width, height = case["size"]
    plane = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    found = homography.from_corners(plane, np.array(case["corners"]))
    expected = np.array(case["coefficients"][:8])
    allowed = FIXTURE["tolerance"]["coefficients"] * np.maximum(1, np.abs(expected))
    assert (np.abs(found.ravel()[:8] - expected) <= allowed).all()
    projected = homography.apply(found, np.array(case["points"], dtype=np.float64))
    error = np.linalg.norm(projected - case["projected"], axis=1)
    assert (error <= FIXTURE["tolerance"]["projected_px"]).all()


def test_many_quads_at_once_are_solved_like_each_alone():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    quads = np.array([case["corners"] for case in FIXTURE["cases"]], dtype=np.float64)
    alone = np.stack([homography.from_corners(square, quad) for quad in quads])
    assert homography.from_corners(square, quads) == pytest.approx(alone, rel=1e-9)
    assert homography.from_corners(quads, square).shape == alone.shape


def test_one_quad_of_many_with_corners_on_a_line_is_named():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    flat = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 3.0]])
    with pytest.raises(ValueError, match=r"\[2\.0, 2\.0\]"):
        homography.from_corners(square, np.stack([square, flat, square]))


def test_three_corners_on_a_line_are_refused():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match="quads"):
        homography.from_corners(square, np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 3.0]]))


def test_there_and_back_is_nowhere():
    square = np.array([[0.0, 0.0], [640.0, 0.0], [640.0, 400.0], [0.0, 400.0]])
    there = homography.from_corners(square, square * 0.4 + [[9, 4], [0, 7], [3, 0], [0, 0]])
    both = homography.compose(homography.invert(there), there)
    assert np.abs(both - np.eye(3)).max() < 1e-9
