"""What counts as dark glass, on pictures drawn for the purpose: the text must read on it."""

from __future__ import annotations

import re
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from generator.light.glass import (
    GlassLook,
    colour,
    contrast_on,
    reflection,
)
from generator.scene.palette import PALETTE
from tests.bundle import ROOT

Picture = NDArray[np.uint8]
SIZE = (352, 640)
CORNERS = np.array([[200.0, 90.0], [470.0, 80.0], [465.0, 250.0], [205.0, 262.0]])
GLASS = CORNERS.mean(axis=0) + (CORNERS - CORNERS.mean(axis=0)) * 1.12
WHITE_ON_BLUE = (1, 6)


def glass(paint: Callable[[Picture], None]) -> Picture:
    """A beige wall with a near-black tube on which `paint` paints; RGB."""
    picture = np.full((*SIZE, 3), (190, 170, 150), np.uint8)
    cv2.fillConvexPoly(picture, np.rint(GLASS).astype(np.int32), (9, 10, 12))
    paint(picture)
    return picture


def nothing(picture: Picture) -> None:
    """Dark glass as it is."""


def window(picture: Picture) -> None:
    """The soft mirror image of a window, as dark glass has it."""
    bright = np.zeros(SIZE, np.float32)
    cv2.rectangle(bright, (380, 100), (430, 150), 30.0, -1)
    soft = cv2.GaussianBlur(bright, (0, 0), 6)[..., None]
    picture[:] = np.clip(picture + soft, 0, 255).astype(np.uint8)


def lit(picture: Picture) -> None:
    cv2.fillConvexPoly(picture, np.rint(GLASS).astype(np.int32), (40, 220, 90))


def pale(picture: Picture) -> None:
    cv2.fillConvexPoly(picture, np.rint(GLASS).astype(np.int32), (130, 138, 142))


def half(picture: Picture) -> None:
    cv2.rectangle(picture, (220, 110), (300, 230), (235, 235, 235), -1)


def text(picture: Picture) -> None:
    """Lines of dim text: dark enough for contrast, and a second text under ours all the same."""
    for row in range(8):
        place = (215, 110 + 18 * row)
        cv2.putText(picture, "10 PRINT A$;: GOTO 10", place, 0, 0.5, (70, 110, 70), 1, cv2.LINE_AA)


def stripe(picture: Picture) -> None:
    """One bright line across: every other cell is black."""
    cv2.line(picture, (205, 150), (468, 145), (250, 250, 250), 6)


@pytest.mark.parametrize(
    ("paint", "tube"),
    [
        (nothing, "dark"),
        (window, "dark"),
        (lit, "lit"),
        (pale, "lit"),
        (half, "lit"),
        (text, "lit"),
        (stripe, "lit"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_dark_glass_keeps_its_reflections_and_nothing_else_does(
    paint: Callable[[Picture], None], tube: str
) -> None:
    assert GlassLook.on(WHITE_ON_BLUE).worse(glass(paint), CORNERS).tube == tube


def test_contrast_is_wcags_where_the_glass_is_black() -> None:
    """White on black is 21:1; the effects' share of the text's light is taken off it."""
    assert contrast_on(np.zeros(3), np.ones(3), np.zeros(3)) == pytest.approx(
        (0.6038 + 0.05) / 0.05, rel=1e-3
    )
    assert contrast_on(np.ones(3), np.ones(3), np.zeros(3)) == pytest.approx(1.0)


def test_colours_that_never_read_are_not_the_glasss_fault() -> None:
    """The machine's own light blue on blue has 2.6:1 on any glass."""
    inks = (14, 6)
    on_black = contrast_on(np.zeros(3), colour(PALETTE[14]), colour(PALETTE[6]))
    assert on_black < 4.5
    assert GlassLook.on(inks).worse(glass(nothing), CORNERS).tube == "dark"
    assert GlassLook.on(inks).worse(glass(lit), CORNERS).tube == "lit"


def test_the_worst_frame_counts() -> None:
    """Lit for one frame of three: it is lit."""
    look = GlassLook.on(WHITE_ON_BLUE)
    for paint in (nothing, lit, nothing):
        look = look.worse(glass(paint), CORNERS)
    assert look.tube == "lit"
    assert look.facts(reflection(np.zeros((16, 16, 3)), np.ones((16, 16)))).tube == "lit"


def test_a_tube_reflects_the_light_beside_it() -> None:
    """Orange light to the right of the glass: an orange reflection, on its right."""
    cells = np.full((16, 16, 3), 20.0)
    cells[:, 14:] = (240.0, 180.0, 90.0)
    weights = np.zeros((16, 16))
    weights[:, [0, 1, 14, 15]] = 1.0
    found = reflection(cells, weights)
    red, green, blue = found.rgb
    assert red > green > blue
    assert found.at[0] > 0.85
    assert found.at[1] == pytest.approx(0.5, abs=0.01)
    assert reflection(np.zeros((16, 16, 3)), weights * 0).rgb == (0, 0, 0)


def test_the_colours_are_the_pages() -> None:
    """One palette in three languages."""
    script = (ROOT / "site_src/runtime/computer/glow.js").read_text()
    block = re.search(r"PALETTE = \[(.*?)\]", script, re.DOTALL)
    assert block
    assert tuple(re.findall(r"#[0-9a-f]{6}", block[1])) == PALETTE
    sheet = (ROOT / "site_src/styles/main.css").read_text()
    inks = dict(re.findall(r"\.c(\d+) \{ --ink: (#[0-9a-f]{3,6});", sheet))
    whole = {
        int(n): c if len(c) == 7 else "#" + "".join(2 * digit for digit in c[1:])
        for n, c in inks.items()
    }
    assert tuple(whole[n] for n in range(16)) == PALETTE
