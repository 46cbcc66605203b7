"""Earlier days, from a feed that lost stories through a real build to the board."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from generator import plan
from generator.engine import run as engine
from generator.engine.ports import Ports
from generator.scene.load import load_project
from tests.browser.conftest import BREATHE, served, visitor
from tests.browser.test_computer import land, rows, shows
from tests.once import Once

pytestmark = pytest.mark.usefixtures("without_clips")
ARCHIVE = re.compile(r"/archive\.[0-9a-f]+\.json$")
LOST = 4


def make_aged_room(room: Path) -> None:
    """The starter's room, a build after its first feed dropped its newest stories."""
    subprocess.run([*BREATHE, "new", str(room)], check=True, capture_output=True)
    feed = room / "site_src" / "news" / "sample.xml"
    text = feed.read_text("utf-8")
    items = re.findall(r"<item>.*?</item>", text, re.DOTALL)
    for item in items[1 : 1 + LOST]:
        text = text.replace(item, "")
    feed.write_text(text, "utf-8")
    options = engine.RunOptions(only=lambda stage: stage.name == "news")
    project = load_project(room)
    engine.run(project.root, plan.stages(project.scene), Ports(), options)
    subprocess.run([*BREATHE, "-C", str(room), "build", "--frozen"], check=True)


@pytest.fixture(scope="module")
def aged_site(once: Once) -> Iterator[str]:
    """Its address."""
    with served(once(make_aged_room) / "dist") as url:
        yield url


def test_earlier_days_by_keyboard_and_back(page: Page, aged_site: str) -> None:
    """Menu, E, a day, a story; the archive is fetched then and not before; Back goes back."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    land(page, aged_site)
    page.keyboard.press("m")
    shows(page, "[E]  Earlier days")
    assert not any(ARCHIVE.search(url) for url in asked)
    page.keyboard.press("e")
    page.wait_for_url("**#days")
    shows(page, "EARLIER DAYS")
    assert sum(bool(ARCHIVE.search(url)) for url in asked) == 1
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"#day-\d{8}$"))
    page.wait_for_selector("#screen a[href*='#story-']")
    day = page.url
    number = page.locator("#screen a[href*='#story-']").first.get_attribute("href")
    assert number is not None
    page.keyboard.type(number.rpartition("-")[2])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"#story-\d+$"))
    page.wait_for_selector("#screen a[href^='https://example.org/']", state="attached")
    page.go_back()
    page.wait_for_url(day)
    page.keyboard.press("Escape")
    page.wait_for_url("**#days")
    page.keyboard.press("Escape")
    page.wait_for_url("**#menu")


def test_earlier_days_by_touch_and_for_a_screen_reader(
    context: BrowserContext, aged_site: str
) -> None:
    """On a phone's key row, and in the log; axe has nothing serious to say."""
    browser = context.browser
    assert browser is not None
    phone = visitor(browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    land(page, aged_site, "?at=bbs&mute#menu")
    page.locator("#keys button", has_text="Earlier days").tap()
    shows(page, "EARLIER DAYS")
    assert "stor" in (page.locator("#log").text_content() or "")
    assert re.search(
        r"1\. \w{3} \d+ \w{3} \d{4}, \d+ stor", page.locator("#log").text_content() or ""
    )
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    grave = [
        v["id"] for v in results.response["violations"] if v["impact"] in ("serious", "critical")
    ]
    assert grave == []
    page.locator("#screen a[href*='#day-']").first.tap()
    page.wait_for_url(re.compile(r"#day-\d{8}$"))
    phone.close()


def test_a_shared_address_of_an_earlier_day_opens_there(page: Page, aged_site: str) -> None:
    """A day, and a story past today's, with nothing clicked before."""
    land(page, aged_site, "?at=bbs&mute#days")
    shows(page, "EARLIER DAYS")
    href = page.locator("#screen a[href*='#day-']").first.get_attribute("href")
    assert href is not None
    page.goto("about:blank")
    land(page, aged_site, f"?at=bbs&mute{href[href.index('#') :]}")
    first = page.locator("#screen a[href*='#story-']").first.get_attribute("href")
    assert first is not None
    page.goto("about:blank")
    land(page, aged_site, f"?at=bbs&mute{first[first.index('#') :]}")
    shows(page, f"STORY {first.rpartition('-')[2]}/")


def test_an_address_for_good_opens_its_story_wherever_it_stands(
    context: BrowserContext, aged_site: str
) -> None:
    """Of the day's list, of the archive, and of nobody; without JavaScript it is an anchor."""
    page = context.new_page()
    page.goto(aged_site)
    today = page.evaluate("fetch('news.json').then((answer) => answer.json())")["items"][2]
    anchor = page.locator(f"#{today['_breathe']['address']}")
    assert anchor.text_content() == today["title"]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    land(page, aged_site, f"?at=bbs&mute#{today['_breathe']['address']}")
    shows(page, "STORY 3/")
    assert page.url.endswith(f"#{today['_breathe']['address']}")
    (archive,) = {url for url in asked if ARCHIVE.search(url)} or {""}
    assert archive == ""
    page.keyboard.press("m")
    page.keyboard.press("e")
    shows(page, "EARLIER DAYS")
    (archive,) = {url for url in asked if ARCHIVE.search(url)}
    earlier = page.evaluate(f"fetch('{archive}').then((answer) => answer.json())")["items"][1]
    page.goto("about:blank")
    land(page, aged_site, f"?at=bbs&mute#{earlier['_breathe']['address']}")
    shows(page, earlier["title"][:20])
    page.goto("about:blank")
    land(page, aged_site, "?at=bbs&mute#story-aaaaaaaaaa")
    shows(page, " STORIES 1-")
    page.wait_for_url("**#stories")


def test_an_archive_that_cannot_be_had_is_said_and_asked_for_again(
    context: BrowserContext, aged_site: str
) -> None:
    """The board stays where it was; a shared address lands on the list."""
    page = context.new_page()
    page.route(ARCHIVE, lambda route: route.abort())
    land(page, aged_site, "?at=bbs&mute#menu")
    page.keyboard.press("e")
    shows(page, "No answer. Try again.")
    assert page.url.endswith("#menu")
    page.unroute(ARCHIVE)
    page.keyboard.press("e")
    shows(page, "EARLIER DAYS")
    page.route(ARCHIVE, lambda route: route.fulfill(status=500, body=""))
    page.goto("about:blank")
    land(page, aged_site, "?at=bbs&mute#days")
    shows(page, " STORIES 1-")


def test_without_an_archive_there_is_no_word_of_it(page: Page, site: str) -> None:
    """The sample room as it ships: the menu has no such entry, E is no command."""
    land(page, site, "?at=bbs&mute#menu")
    shows(page, "MAIN MENU")
    assert not any("Earlier" in row for row in rows(page))
    page.keyboard.press("e")
    assert page.url.endswith("#menu")
