"""Text reads on any photographed glass: one that is white, busy and green in the photo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import served, visitor
from tests.browser.contrast import text_contrast
from tests.once import Once
from tests.server.drawn_room import GLASS, SIZE_PX, draw_monitor, start_drawn_room
from tests.small_room import breathe

READABLE = 4.5
"""WCAG 2.2, success criterion 1.4.3."""


def make_lit_room(room: Path) -> None:
    """`breathe new` with a photo whose screen is on, a few small frames, built."""
    photo = draw_monitor()
    flat = np.full((250, 400, 3), 245, np.uint8)
    flat[:, 130:270] = (8, 8, 12)
    for row in range(12):
        cv2.putText(flat, "GAME OVER!", (132, 20 + 20 * row), 0, 0.7, (240, 200, 90), 2)
    flat[:, 270:] = (40, 190, 60)
    source = np.array([[0, 0], [400, 0], [400, 250], [0, 250]], np.float32)
    target = (np.array(GLASS) * SIZE_PX).astype(np.float32)
    to_photo = cv2.getPerspectiveTransform(source, target)
    cv2.warpPerspective(flat, to_photo, SIZE_PX, photo, borderMode=cv2.BORDER_TRANSPARENT)
    start_drawn_room(room, photo, frames=8)
    breathe(room, "build")


@pytest.fixture(scope="module")
def lit_room(once: Once) -> Path:
    return once(make_lit_room)


@pytest.fixture(scope="module")
def lit_site(lit_room: Path) -> Iterator[str]:
    with served(lit_room / "dist") as url:
        yield url


def open_list(browser: Browser, url: str, pixel_ratio: float) -> Page:
    """The list of stories, standing still; styles may be added to the page."""
    context = visitor(browser, device_scale_factor=pixel_ratio, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{url}?at=bbs&mute")
    expect(page.locator("#screen")).to_contain_text("Story number")
    page.locator('[data-control="pause"]').click()
    expect(page.locator("#room")).to_have_attribute("data-paused", "")
    return page


@pytest.mark.parametrize("pixel_ratio", [1, 2])
def test_text_reads_on_a_tube_that_is_on_in_the_photo(
    browser: Browser, lit_site: str, pixel_ratio: float
) -> None:
    page = open_list(browser, lit_site, pixel_ratio)
    dark = page.locator(".dark-tube")
    page.wait_for_function("getComputedStyle(document.querySelector('.dark-tube')).opacity === '1'")
    assert text_contrast(page) >= READABLE
    dark.evaluate("(tube) => tube.remove()")
    assert text_contrast(page) < 2, "on the photo itself it does not read: the meter sees that"
    page.context.close()


@pytest.mark.parametrize("pixel_ratio", [1, 2])
def test_text_reads_on_the_sample_rooms_dark_glass(
    browser: Browser, site: str, pixel_ratio: float
) -> None:
    """No tube is laid over it: its own reflections stay."""
    page = open_list(browser, site, pixel_ratio)
    expect(page.locator(".dark-tube")).to_have_count(0)
    assert text_contrast(page) >= READABLE
    page.context.close()


def test_the_photos_picture_stays_until_the_switch(page: Page, lit_site: str) -> None:
    """One walks towards a screen that is on, and sees it being taken over."""
    page.goto(f"{lit_site}?at=ambient&mute")
    expect(page.locator("html")).to_have_attribute("data-phase", "ambient")
    expect(page.locator(".dark-tube")).to_have_css("opacity", "0")
    page.goto(f"{lit_site}?at=boot&mute")
    expect(page.locator(".dark-tube")).to_have_css("opacity", "1")
    places = page.evaluate(
        """() => ["#glass", ".dark-tube"].map((name) =>
             document.querySelector(name).style.transform)"""
    )
    assert places[0] == places[1]


def test_check_says_what_the_glass_counts_as(lit_room: Path) -> None:
    done = breathe(lit_room, "check")
    assert "glass: switched off in the picture" in done.stdout
    scene = lit_room / "site_src/scene.toml"
    text = scene.read_text()
    scene.write_text(text.replace("[screen]\n", '[screen]\ntube = "dark"\n'))
    try:
        assert "text does not read on it" in breathe(lit_room, "check", code=1).stdout
    finally:
        scene.write_text(text)
