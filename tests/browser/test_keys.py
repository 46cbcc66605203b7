"""Who owns a key: docs/keys.md, rule by rule, in the real page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, visitor
from tests.browser.test_computer import FEED, land, middle, phase, rows, shows, story, wire
from tests.browser.test_embed import choose, wait_for

__all__ = ["wire"]

OFFER = "TYPE NEWS AND RETURN FOR THE NEWS."
READING_KEYS = ["PageDown", "ArrowDown", "Space", "End"]


def reading(page: Page, url: str) -> None:
    """Open the page and follow its first link, to the plain news."""
    page.goto(url)
    page.wait_for_selector("#room[data-ready]")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#room').getBoundingClientRect().top < 0")


def at_ready(page: Page, site: str) -> None:
    """At READY., with the script waiting for a pause."""
    page.goto(f"{site}?at=boot&mute")
    phase(page, "boot")
    page.keyboard.type("rem")
    shows(page, "REM")


def enter(page: Page, line: str) -> None:
    """Type a line and Return."""
    page.keyboard.type(line)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("key", READING_KEYS)
def test_a_reader_of_the_plain_news_scrolls(page: Page, site: str, key: str) -> None:
    """Below the room, the keys that scroll do: nobody walks in, off screen and with sound."""
    reading(page, f"{site}?mute")
    before = page.evaluate("scrollY")
    page.keyboard.press(key)
    page.wait_for_function("(before) => scrollY > before", arg=before)
    assert page.evaluate("document.documentElement.dataset.phase") == "idle"


def test_a_reader_below_a_running_computer_scrolls(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """The board off screen neither turns its pages nor keeps the window."""
    land(page, site)
    page.evaluate("document.querySelector('#news').scrollIntoView()")
    before = page.evaluate("scrollY")
    # The browser's own scroller may be busy with a key; ours would never let one through.
    for _ in range(20):
        page.keyboard.press("PageDown")
        page.evaluate("() => new Promise((done) => setTimeout(done, 250))")
        if page.evaluate("scrollY") > before:
            break
    assert page.evaluate("scrollY") > before
    page.keyboard.press("m")
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("2")
    shows(page, "RETURN: 2")
    assert rows(page)[0].startswith(" STORIES")


@pytest.mark.parametrize("key", ["F5", "AudioVolumeUp", "Escape"])
def test_a_key_that_means_something_else_starts_nothing(page: Page, site: str, key: str) -> None:
    """Function keys, the volume and Escape stay the browser's at the poster."""
    page.goto(f"{site}?mute")
    page.wait_for_selector("#room[data-ready]")
    was_left = page.evaluate(
        """(key) => document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))""",
        key,
    )
    assert was_left
    assert page.evaluate("document.documentElement.dataset.phase") == "idle"


def test_a_second_space_does_not_scroll_the_walk_away(page: Page, site: str) -> None:
    """Who presses twice sees the walk, and not the news below it."""
    page.goto(f"{site}?mute")
    page.wait_for_selector("#room[data-ready]")
    page.keyboard.press("Space")
    phase(page, "walkin")
    page.keyboard.press("Space")
    page.keyboard.press("PageDown")
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 0


@pytest.fixture
def embedded(browser: Browser, demo_site: str) -> Any:
    """The room open in the newspaper's frame; answers the board with the tests' feed."""
    context = visitor(browser, reduced_motion="reduce")
    context.route("**/news.json", lambda route: route.fulfill(json=FEED))
    page = context.new_page()

    def open_at(place: str) -> Page:
        page.goto(demo_site)
        page.evaluate(
            "(src) => document.querySelector('breathing-room').setAttribute('src', src)",
            f"../{place}",
        )
        choose(page)
        wait_for(page, "open")
        return page

    yield open_at
    context.close()


def frame_shows(page: Page, words: str) -> None:
    """Wait until `words` stand on the embedded screen."""
    expect(page.frame_locator("breathing-room iframe").locator("#screen")).to_contain_text(words)


def test_escape_is_a_ladder_in_a_frame_too(embedded: Callable[[str], Page]) -> None:
    """Story, list, menu, goodbye; and only then the site."""
    page = embedded("?at=bbs&mute#story-2")
    frame_shows(page, "STORY 2/9")
    for title in ("STORIES 1-7/9", "MAIN MENU", "GOODBYE"):
        page.keyboard.press("Escape")
        frame_shows(page, title)
    page.keyboard.press("Escape")
    wait_for(page, "closed")


def test_run_stop_is_within_reach_in_a_frame(embedded: Callable[[str], Page]) -> None:
    """Escape breaks the program, as the disk and the bulletin say; the next one leaves."""
    page = embedded("?at=boot&mute")
    frame_shows(page, "READY.")
    enter(page, "10 goto 10")
    enter(page, "run")
    page.keyboard.press("Escape")
    frame_shows(page, "BREAK IN 10")
    page.keyboard.press("Escape")
    wait_for(page, "closed")


@pytest.mark.parametrize("place", ["?at=idle&mute", "?at=dial&mute"])
def test_escape_leads_out_of_every_phase_of_a_frame(
    embedded: Callable[[str], Page], place: str
) -> None:
    """From the poster at once, from a call by way of READY."""
    page = embedded(place)
    if "dial" in place:
        frame_shows(page, "BREATHE TERM")
        page.keyboard.press("Escape")
        frame_shows(page, "READY.")
    page.keyboard.press("Escape")
    wait_for(page, "closed")


def test_a_pause_is_a_rung_of_the_ladder(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """Escape ends the pause; the next one takes the step."""
    land(page, site, "?at=bbs&mute#story-2")
    story(page, 2)
    page.get_by_role("button", name="Pause").click()
    page.mouse.move(10, 10)
    page.keyboard.press("Escape")
    page.wait_for_selector("#room:not([data-paused])")
    story(page, 2)
    page.keyboard.press("Escape")
    shows(page, "STORIES 1-7/9")


def test_escape_while_loading_does_not_strand_the_visit(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """The script sees that its LOAD was broken off, types no RUN, and says how to go on."""
    page.goto(f"{site}?at=boot&mute")
    phase(page, "boot")
    shows(page, "SEARCHING FOR NEWS")
    page.keyboard.press("Escape")
    shows(page, "BREAK")
    shows(page, OFFER)
    enter(page, "news")
    phase(page, "dial")


def test_a_load_that_fails_is_followed_by_no_run(
    context: BrowserContext, site: str, wire: Callable[[Any], None]
) -> None:
    """An author's script that asks for what is not on the disk ends in the offer, too."""

    def other_script(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, body=reply.text().replace(r"LOAD\"NEWS\"", r"LOAD\"GNUS\""))

    context.route(lambda url: "?at=boot" in url, other_script)
    page = context.new_page()
    page.goto(f"{site}?at=boot&mute")
    shows(page, "?FILE NOT FOUND ERROR")
    shows(page, OFFER)
    assert not any(row.startswith("RUN") for row in rows(page))


def test_the_script_stays_away_from_who_has_typed_a_line(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """No LOAD over their work: the news is offered, and their program outlives the call."""
    at_ready(page, site)
    page.keyboard.press("Enter")
    enter(page, '10 print "mine"')
    shows(page, OFFER)
    assert "LOAD" not in "".join(rows(page))
    enter(page, "news")
    phase(page, "dial")
    shows(page, "ATDT")
    page.keyboard.press("Escape")
    phase(page, "boot")
    enter(page, "list")
    shows(page, '10 PRINT "MINE"')


def test_a_phones_news_key_leaves_a_program_alone(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """NEWS of the key row calls; what was typed is there after it."""
    at_ready(page, site)
    page.keyboard.press("Enter")
    enter(page, '10 print "mine"')
    page.evaluate("document.querySelector('#keys [aria-label=\"Go on to the news\"]').click()")
    phase(page, "dial")
    page.keyboard.press("Escape")
    phase(page, "boot")
    shows(page, "READY.")
    enter(page, "run")
    shows(page, "MINE")


def test_ten_keys_typed_while_a_program_runs_wait_for_it(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """They stand at READY. when it is done, and INPUT reads them; the eleventh is lost."""
    at_ready(page, site)
    page.keyboard.press("Enter")
    enter(page, "10 for i=1 to 400:next")
    enter(page, "20 input a$:print a$;a$")
    enter(page, "run")
    page.keyboard.type("abcdefghi")
    page.keyboard.press("Enter")
    page.keyboard.type("lost")
    shows(page, "ABCDEFGHIABCDEFGHI")
    assert "LOST" not in "".join(rows(page))


def test_after_log_off_the_screen_says_what_can_be_done(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """And the first letter of what is typed is not eaten."""
    page.goto(f"{site}?at=off&mute")
    phase(page, "off")
    shows(page, "ANY KEY SWITCHES IT ON AGAIN.")
    enter(page, "print 6*7")
    phase(page, "boot")
    shows(page, "PRINT 6*7")
    shows(page, " 42 ")


def test_a_click_survives_rows_that_change_under_it(
    context: BrowserContext, site: str, wire: Callable[[Any], None]
) -> None:
    """Pressed on the copy, released when the fresh list has come: the story that was pressed."""
    held: list[Route] = []
    wire(held.append)
    page = context.new_page()
    page.goto(f"{site}?at=bbs&mute")
    link = '#screen a[href$="#story-3"]'
    title = page.locator(link).first.get_attribute("aria-label")
    page.mouse.move(*middle(page, link))
    page.mouse.down()
    fresh = {**FEED, "items": FEED["items"][::-1][:5]}  # type: ignore[index]
    with page.expect_response("**/news.json"):
        held[0].fulfill(json=fresh)
    page.evaluate("() => new Promise((done) => setTimeout(done, 400))")
    page.mouse.up()
    page.wait_for_url("**#story-3", timeout=PATIENCE_MS)
    assert title is not None
    shows(page, title.partition(" ")[2].split()[0])


def test_a_click_survives_a_page_that_is_still_arriving(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """Rows are written from press to release, at 2400 baud: the click counts all the same."""
    land(page, site)
    link = '#screen a[href$="#story-1"]'
    place = middle(page, link)
    page.keyboard.press("m")
    shows(page, "MAIN MENU")
    page.keyboard.press("s")
    # The row is there, and under the pointer; what follows it may still be on its way.
    page.wait_for_function(
        "([link, x, y]) => document.elementFromPoint(x, y)?.closest(link)", arg=[link, *place]
    )
    page.mouse.move(*place)
    page.mouse.down()
    page.evaluate("() => new Promise((done) => setTimeout(done, 600))")
    page.mouse.up()
    story(page, 1)


def test_a_row_that_has_become_a_link_stays_the_element_that_it_is(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """The cursor that blinks in a row while the row arrives makes no new element of it."""
    land(page, site, "?at=bbs&mute#menu")
    shows(page, "Your choice:")
    page.evaluate(
        """() => {
          window.lost = [];
          new MutationObserver((changes) => {
            for (const { removedNodes } of changes)
              for (const { href = "" } of removedNodes)
                if (href.includes("#story-")) window.lost.push(href);
          }).observe(document.querySelector("#screen"), { childList: true });
        }"""
    )
    page.keyboard.press("s")
    shows(page, "Story number, then RETURN:")
    assert page.evaluate("window.lost") == []
