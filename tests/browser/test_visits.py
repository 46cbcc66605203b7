"""Coming back, coming with little to spend: what is fetched, and what is seen meanwhile."""

from __future__ import annotations

import re
import time

import cv2
import numpy as np
from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.conftest import PATIENCE_MS

PHASE = "document.documentElement.dataset.phase"
ROOM_CONTRAST = 25.0
"""A blank window has less than 10, the title and the buttons among it; the room has over 50."""


def clips_asked(page: Page) -> list[str]:
    """The clips that the page asks for from now on."""
    asked: list[str] = []
    page.on(
        "request", lambda r: asked.append(r.url.rpartition("/")[2]) if ".mp4" in r.url else None
    )
    return asked


def wait_for_phase(page: Page, *phases: str) -> None:
    """Until the visit is there."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while page.evaluate(PHASE) not in phases:
        assert time.monotonic() < deadline, page.evaluate(PHASE)
        page.wait_for_timeout(20)


def wait_at_the_door(page: Page) -> None:
    """Until the page is awake and all of the walk that it fetched ahead has arrived."""
    page.wait_for_function(
        """() => {
          const { readyState } = document.querySelector("video[data-clip=walkin]");
          return readyState === HTMLMediaElement.HAVE_ENOUGH_DATA;
        }"""
    )
    page.wait_for_load_state("networkidle")


def wait_for_still(page: Page, stem: str) -> None:
    """Until the picture shows the door's still (`poster`) or the chair's (`seated`)."""
    page.wait_for_function(
        "stem => document.querySelector('#poster img').currentSrc.includes(`/${stem}-`)", arg=stem
    )


def contrast(page: Page) -> float:
    """The standard deviation of the grey levels of the window, 0 to 127."""
    shot = np.frombuffer(page.screenshot(), np.uint8)
    return float(cv2.imdecode(shot, cv2.IMREAD_GRAYSCALE).std())


def test_a_first_visit_fetches_the_walk_and_not_yet_the_loop(page: Page, site: str) -> None:
    """Only what the next moment needs is on the line before the first key."""
    asked = clips_asked(page)
    page.goto(site)
    wait_at_the_door(page)
    assert page.evaluate(PHASE) == "idle"
    assert {name.partition("-")[0] for name in asked} == {"walkin"}
    assert {name.partition(".")[0] for name in asked} == {"walkin-av1"}


def test_a_second_visit_goes_straight_to_the_desk(context: BrowserContext, site: str) -> None:
    """Without the walk, without its clip, and the machine comes on by itself."""
    first = context.new_page()
    first.goto(f"{site}?at=boot")
    wait_for_phase(first, "boot")
    first.close()
    second = context.new_page()
    asked = clips_asked(second)
    second.goto(site)
    wait_for_phase(second, "ambient", "boot")
    wait_for_still(second, "seated")
    wait_for_phase(second, "boot")
    assert {name.partition("-")[0] for name in asked} == {"ambient"}
    assert second.get_by_role("button", name="Replay").is_visible()


def test_until_the_chairs_still_is_there_the_doors_stands(
    context: BrowserContext, site: str
) -> None:
    """On a second visit over a slow line nothing is ever blank, and nothing is fetched in vain."""
    first = context.new_page()
    first.goto(f"{site}?at=boot")
    wait_for_phase(first, "boot")
    first.close()
    second = context.new_page()
    held: list[Route] = []
    asked: list[str] = []
    second.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    second.route(re.compile(r"/seated-|\.mp4"), lambda route: held.append(route))
    second.goto(site, wait_until="commit")
    wait_for_phase(second, "ambient", "boot")
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not any("/seated-" in route.request.url for route in held):
        assert time.monotonic() < deadline
        second.wait_for_timeout(20)
    wait_for_still(second, "poster")
    assert contrast(second) > ROOM_CONTRAST
    for route in held:
        route.continue_()
    wait_for_still(second, "seated")
    assert contrast(second) > ROOM_CONTRAST
    wait_for_phase(second, "boot")
    stills = [name for name in asked if name.startswith(("poster-", "seated-"))]
    assert {name.rpartition(".")[2] for name in stills} == {"avif"}


def test_the_address_of_the_door_leads_to_the_door(context: BrowserContext, site: str) -> None:
    """?at=idle is for those who want to walk in again: the door's picture, the walk at hand."""
    page = context.new_page()
    page.goto(f"{site}?at=boot")
    wait_for_phase(page, "boot")
    page.goto(f"{site}?at=idle")
    wait_at_the_door(page)
    assert page.evaluate(PHASE) == "idle"
    wait_for_still(page, "poster")


def test_saving_data_gets_the_still_and_the_computer(context: BrowserContext, site: str) -> None:
    """No clip is fetched, before the first key or after it; the board is reached all the same."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    asked = clips_asked(page)
    page.goto(site)
    assert page.evaluate("navigator.connection.saveData") is True
    page.wait_for_selector("#room[data-ready]")
    page.keyboard.press("Space")
    wait_for_still(page, "seated")
    wait_for_phase(page, "boot")
    assert page.evaluate("document.querySelector('#glass').hidden") is False
    assert asked == []
