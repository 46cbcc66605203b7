"""Text glued to the glass, measured on pictures alone: the clip says where its screen is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.conftest import served
from tests.chromium import ARGUMENTS, shell
from tests.glue.card import shake_track
from tests.glue.stage import write_stage
from tests.glue.watch import (
    BLOCK_MAIN_THREAD,
    judge,
    open_card,
    screencast,
    sized_page,
)
from tests.once import Once

WORST_PX = 0.15
"""Px of a 1280-wide frame; the meter's own floor is 0.09 to 0.11."""


def make_card(folder: Path, bundle: Path) -> None:
    """The page with the self-describing clip in place of the room."""
    write_stage(bundle, folder, shake_track())


@pytest.fixture(scope="module")
def card_site(once: Once, bundle: Path) -> Iterator[str]:
    """Its address."""
    with served(once(make_card, bundle)) as url:
        yield url


def test_no_picture_shows_an_overlay_of_another_frame(page: Page, card_site: str) -> None:
    """Picture and overlay come from the same video frame, in every picture presented."""
    open_card(page, card_site)
    verdict = judge(screencast(page, 40), shake_track())
    assert verdict.pictures >= 25
    assert verdict.frames_seen > 5
    assert verdict.stale == 0
    assert verdict.worst_px <= WORST_PX


def test_a_busy_main_thread_delays_pictures_but_never_parts_them(
    page: Page, card_site: str
) -> None:
    """With the main thread blocked 80 of every 200 ms the overlay still belongs to its frame."""
    open_card(page, card_site)
    page.evaluate(BLOCK_MAIN_THREAD)
    verdict = judge(screencast(page, 24), shake_track())
    assert verdict.pictures >= 15
    assert verdict.stale == 0
    assert verdict.worst_px <= WORST_PX


@pytest.mark.parametrize(("ratio", "width", "height"), [(1.25, 1283, 721), (2, 390, 844)])
def test_corners_are_exact_at_any_window_and_pixel_ratio(
    playwright: Playwright, card_site: str, ratio: float, width: int, height: int
) -> None:
    """Within 0.15 px in an odd window at a fractional pixel ratio, and on an upright phone."""
    arguments = [*ARGUMENTS, f"--force-device-scale-factor={ratio}"]
    browser = playwright.chromium.launch(executable_path=shell(), args=arguments)
    try:
        with sized_page(browser, width, height) as (page, _session):
            open_card(page, card_site)
            verdict = judge([page.screenshot() for _ in range(4)], shake_track())
    finally:
        browser.close()
    assert verdict.stale == 0
    assert verdict.worst_px <= WORST_PX


def test_corners_stay_exact_through_a_resize(page: Page, card_site: str) -> None:
    """A window that changes its size keeps the overlay on the glass."""
    open_card(page, card_site)
    for width, height in ((901, 700), (412, 915)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        verdict = judge([page.screenshot() for _ in range(3)], shake_track())
        assert verdict.stale == 0
        assert verdict.worst_px <= WORST_PX
