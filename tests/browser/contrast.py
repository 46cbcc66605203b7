"""How well the text on the glass reads, from the pixels of a real browser.

Three pictures of one moment: as it is, without the letters, and the letters alone in white on
black, which tells where a letter's strokes cover a pixel whole (and, on fine pixels, those beside
it too: the picture is resampled). The contrast of such a pixel is that of the first picture against
the second (WCAG 2.2); of each block of the screen the 5th percentile counts.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

_BLOCK_PX = 24
_ENOUGH = 8
"""Pixels of letters that a block must hold to be judged."""
_CORE = 0.97

_STILL = "#screen .cursor, .cursor { animation: none !important; visibility: hidden !important }"
_NO_LETTERS = """
#screen .row, #screen .row * { color: transparent !important; text-shadow: none !important }
"""
_LETTERS_ALONE = """
#picture, #poster, #backdrop, video, .dark-tube { visibility: hidden !important }
#title, #controls, #keys { visibility: hidden !important }
html, body, #room, #stage, .tube { background: #000 !important }
#glass { filter: brightness(1) !important }
#glass::before, .tube::after { display: none !important }
#screen { background: #000 !important; text-shadow: none !important; box-shadow: none !important }
#screen .row, #screen .row * {
  color: #fff !important; background: none !important; text-shadow: none !important;
}
"""


def text_contrast(page: Page) -> float:
    """The contrast of the worst block of the screen. The page must stand still and allow styles."""
    with_letters = _luminance(page, _STILL)
    without = _luminance(page, _STILL + _NO_LETTERS)
    letters = _luminance(page, _STILL + _LETTERS_ALONE)
    lighter, darker = np.maximum(with_letters, without), np.minimum(with_letters, without)
    contrast = (lighter + 0.05) / (darker + 0.05)
    core = (letters >= _CORE).astype(np.uint8)
    if page.evaluate("devicePixelRatio") > 1:
        core = cv2.erode(core, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    worst = np.inf
    for top in range(0, core.shape[0], _BLOCK_PX):
        for left in range(0, core.shape[1], _BLOCK_PX):
            block = (slice(top, top + _BLOCK_PX), slice(left, left + _BLOCK_PX))
            values = contrast[block][core[block] == 1]
            if len(values) >= _ENOUGH:
                worst = min(worst, float(np.percentile(values, 5)))
    assert np.isfinite(worst), "no letters on the screen"
    return worst


def _luminance(page: Page, styles: str) -> NDArray[np.float64]:
    """(h, w): relative luminance of a screenshot under extra styles."""
    sheet = page.add_style_tag(content=styles)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    shot = np.frombuffer(page.screenshot(), np.uint8)
    picture = cv2.imdecode(shot, cv2.IMREAD_COLOR)[..., ::-1] / 255.0
    sheet.evaluate("(element) => element.remove()")
    light = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    return np.asarray(light @ np.array([0.2126, 0.7152, 0.0722]))
