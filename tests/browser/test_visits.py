from __future__ import annotations

import time

from playwright.sync_api import BrowserContext, Page

PHASE = "document.documentElement.dataset.phase"
PATIENCE_S = 30.0


def clips_asked(page: Page) -> list[str]:
    """The clips that the page asks for from now on."""
    asked: list[str] = []
    page.on(
        "request", lambda r: asked.append(r.url.rpartition("/")[2]) if ".mp4" in r.url else None
    )
    return asked


def wait_for_phase(page: Page, *phases: str) -> None:
    """Until the visit is there."""
    deadline = time.monotonic() + PATIENCE_S
    while page.evaluate(PHASE) not in phases:
        assert time.monotonic() < deadline, page.evaluate(PHASE)
        page.wait_for_timeout(20)


def test_a_first_visit_fetches_the_walk_and_not_yet_the_loop(page: Page, site: str) -> None:
    """Only what the next moment needs is on the line before the first key."""
    asked = clips_asked(page)
    page.goto(site, wait_until="networkidle")
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
    assert "seated" in second.evaluate("document.querySelector('#poster img').currentSrc")
    wait_for_phase(second, "boot")
    assert {name.partition("-")[0] for name in asked} == {"ambient"}
    assert second.get_by_role("button", name="Replay").is_visible()


def test_the_address_of_the_door_leads_to_the_door(context: BrowserContext, site: str) -> None:
    """?at=idle is for those who want to walk in again."""
    page = context.new_page()
    page.goto(f"{site}?at=boot")
    wait_for_phase(page, "boot")
    page.goto(f"{site}?at=idle", wait_until="networkidle")
    assert page.evaluate(PHASE) == "idle"


def test_saving_data_gets_the_still_and_the_computer(context: BrowserContext, site: str) -> None:
    """No clip is fetched, before the first key or after it; the board is reached all the same."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    asked = clips_asked(page)
    page.goto(site, wait_until="networkidle")
    assert page.evaluate("navigator.connection.saveData") is True
    assert "seated" in page.evaluate("document.querySelector('#poster img').currentSrc")
    page.keyboard.press("Space")
    wait_for_phase(page, "boot")
    assert page.evaluate("document.querySelector('#glass').hidden") is False
    assert asked == []
