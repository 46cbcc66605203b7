"""Letters that are no single key: AltGr, dead keys, input methods, a phone's word completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page

from tests.browser.test_computer import land, phone, rows, shows, wire

__all__ = ["phone", "wire"]

pytestmark = pytest.mark.usefixtures("without_clips")
SEARCH = "?at=bbs&mute#search"
ALT, CTRL = 1, 2


def compose(session: CDPSession, *steps: str, end: str) -> None:
    """What an input method shows on the way, then what it leaves."""
    for step in steps:
        session.send(
            "Input.imeSetComposition",
            {"text": step, "selectionStart": len(step), "selectionEnd": len(step)},
        )
    session.send("Input.insertText", {"text": end})


def prompts(page: Page, line: str) -> None:
    """Wait until the last row says `line` and no more."""
    last = "[...document.querySelector('#screen').children].at(-1).textContent.trimEnd()"
    page.wait_for_function(f"line => {last} === line", arg=line)


@pytest.mark.parametrize("modifiers", [ALT | CTRL, ALT])
def test_what_altgr_and_option_write_is_typed(
    page: Page, site: str, wire: Callable[[Any], None], modifiers: int
) -> None:
    """A real key event with Ctrl and Alt held, as Windows sends it, or Option alone, as a Mac."""
    land(page, site, SEARCH)
    session = page.context.new_cdp_session(page)
    for key, code in (("@", "KeyQ"), ("€", "KeyE"), ("[", "Digit8"), ("ł", "KeyL")):
        for kind in ("rawKeyDown", "keyUp"):
            session.send(
                "Input.dispatchKeyEvent",
                {"type": kind, "key": key, "code": code, "modifiers": modifiers},
            )
    shows(page, "Look for: @€[ł")


def test_a_phones_word_completion_is_followed(phone: BrowserContext, site: str) -> None:
    """Letters appear while the word is composed; a corrected word replaces them."""
    page = phone.new_page()
    land(page, site, SEARCH)
    page.get_by_label("Type on the computer").tap()
    session = phone.new_cdp_session(page)
    compose(session, "c", "cu", "cur", end="")
    compose(session, "curt", "curtian", end="curtain")
    shows(page, "Look for: curtain")
    prompts(page, " Look for: curtain")
    page.keyboard.press("Backspace")
    prompts(page, " Look for: curtai")
    page.keyboard.press("Enter")
    page.wait_for_url("**#search-curtai")


def test_a_letter_that_is_a_command_leaves_nothing_behind(phone: BrowserContext, site: str) -> None:
    """A composed M opens the menu, a slash the search, whose line is empty."""
    page = phone.new_page()
    land(page, site)
    page.get_by_label("Type on the computer").tap()
    session = phone.new_cdp_session(page)
    compose(session, "m", end="m")
    page.wait_for_url("**#menu")
    compose(session, end="/")
    page.wait_for_url("**#search")
    compose(session, "a", "ab", end="ab")
    shows(page, "Look for: ab")
    prompts(page, " Look for: ab")


@pytest.mark.parametrize("key", ["Dead", "Process"])
def test_a_dead_key_brings_up_a_field_that_composes(
    page: Page, site: str, wire: Callable[[Any], None], key: str
) -> None:
    """On a desktop, where nothing else on the page may compose."""
    land(page, site, SEARCH)
    field = page.get_by_label("Type on the computer")
    assert not field.is_visible()
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "code": "Quote"})
    field.wait_for(state="visible")
    compose(session, "´", end="é")
    compose(session, "n", "ni", end="你")
    shows(page, "Look for: é你")
    page.keyboard.press("Escape")
    page.wait_for_url("**#menu")


def test_a_long_line_of_any_letters_stays_in_its_row(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """What does not fit is not taken; the bar stays in the first row."""
    land(page, site, SEARCH)
    session = page.context.new_cdp_session(page)
    for _ in range(50):
        session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "é", "code": "Digit2"})
    shows(page, "é" * 22)
    prompts(page, " Look for: " + "é" * 22)
    assert rows(page)[0].startswith(" SEARCH")
