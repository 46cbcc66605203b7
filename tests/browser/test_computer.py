"""The computer in the real page: from the first key to the story, by every way there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from jinja2 import ChainableUndefined, Environment
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.conftest import PATIENCE_MS, ROOT, visitor

pytestmark = pytest.mark.usefixtures("without_clips")
OUTSIDE = "https://example.org/**"
FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Test wire",
    "items": [
        {
            "id": str(number),
            "title": f"Story {number} of the test",
            "url": f"https://example.org/story/{number}",
            "content_text": f"The words of story {number}. " * (60 if number == 1 else 3),
            "date_published": f"2026-07-{13 - number:02d}T10:00:00Z",
            "_breathe": {"feed_title": "Test wire", "number": number},
        }
        for number in range(1, 10)
    ],
}


def phase(page: Page, wanted: str) -> None:
    """Wait until the page is in the phase `wanted`."""
    page.wait_for_selector(f'html[data-phase="{wanted}"]', timeout=PATIENCE_MS)


def rows(page: Page) -> list[str]:
    """The 25 rows of the screen."""
    found: list[str] = page.eval_on_selector_all(
        "#screen .row", "rows => rows.map(row => row.textContent)"
    )
    return found


def shows(page: Page, words: str) -> None:
    """Wait until `words` stand on the screen."""
    page.wait_for_function(
        "words => document.querySelector('#screen').textContent.includes(words)",
        arg=words,
        timeout=PATIENCE_MS,
    )


def hurry_until(page: Page, there: Callable[[], bool]) -> None:
    """Press Space, which fast-forwards, until what was waited for is there."""
    for _ in range(300):
        if there():
            return
        page.keyboard.press("Space")
        page.wait_for_timeout(100)
    raise AssertionError("got nothing after 300 keys")


def hurry_until_list(page: Page) -> None:
    """On to the list of stories. A Space too many turns its page; S turns back."""
    stories = page.locator('#screen a[href*="#story-"]')

    def there() -> bool:
        if page.locator('#screen a[href$="#story-1"]').count():
            return True
        if stories.count():
            page.keyboard.press("s")
        return False

    hurry_until(page, there)


def land(page: Page, site: str, query: str = "?at=bbs&mute") -> None:
    """Open the page on the board, and wait until fresh news has taken the copy's place."""
    page.goto(f"{site}{query}")
    phase(page, "bbs")
    page.wait_for_selector("#screen a", timeout=PATIENCE_MS)
    page.wait_for_function(
        """() => performance.getEntriesByType("resource")
          .some(({name, responseEnd}) => name.endsWith("/news.json") && responseEnd > 0)""",
        timeout=PATIENCE_MS,
    )
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")


def story(page: Page, number: int) -> None:
    """Wait until the address and the screen are those of a story."""
    page.wait_for_url(re.compile(rf"#story-{number}$"), timeout=PATIENCE_MS)
    shows(page, f"STORY {number}/")


def middle(page: Page, selector: str) -> tuple[float, float]:
    """The centre of an element on the warped screen, in CSS px of the window."""
    found = page.wait_for_selector(selector, timeout=PATIENCE_MS)
    box = found.bounding_box() if found else None
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def command(page: Page, keys: str, answer: str) -> None:
    """Type `keys` and wait for what the modem says to them."""
    page.keyboard.type(keys)
    phase(page, "dial")
    shows(page, answer)


@pytest.fixture
def wire(context: BrowserContext) -> Callable[[Any], None]:
    """Puts a feed of the test's own on the line; example.org answers with a blank page."""
    answer = '<!doctype html><title>Outside</title><link rel="icon" href="data:,">'
    context.route(OUTSIDE, lambda route: route.fulfill(content_type="text/html", body=answer))

    def serve(feed: Any) -> None:
        def reply(route: Route) -> None:
            if callable(feed):
                feed(route)
            else:
                route.fulfill(content_type="application/json", body=json.dumps(feed))

        context.unroute("**/news.json")
        context.route("**/news.json", reply)

    serve(FEED)
    return serve


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor with a phone."""
    context = visitor(
        browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context
    context.close()


@pytest.mark.usefixtures("with_clips")
def test_boot_to_outside_by_keyboard_alone(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """Key, skip, boot, dial, number, Tab, Enter: the story opens, and Back leads to the board."""
    page.goto(f"{site}?mute")
    page.wait_for_selector("#room[data-ready]")
    page.keyboard.press("x")
    phase(page, "walkin")
    page.keyboard.press("Escape")
    phase(page, "ambient")
    page.keyboard.press("x")
    phase(page, "boot")
    hurry_until_list(page)
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    story(page, 2)
    page.wait_for_selector('#screen a[href="https://example.org/story/2"]', state="attached")
    for _ in range(60):
        page.keyboard.press("Tab")
        if (
            page.evaluate("document.activeElement.getAttribute('href')")
            == "https://example.org/story/2"
        ):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("https://example.org/story/2", timeout=PATIENCE_MS)
    page.go_back()
    phase(page, "bbs")
    story(page, 2)


@pytest.mark.usefixtures("with_clips")
def test_the_mouse_hits_rows_through_the_warp(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """Each story of the list opens where its row is seen, and the link out is where it is seen."""
    land(page, site)
    for number in (1, 4, 7):
        page.mouse.click(*middle(page, f'#screen a[href$="#story-{number}"]'))
        story(page, number)
        page.keyboard.press("l")
        page.wait_for_selector('#screen a[href$="#story-1"]')
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    story(page, 5)
    page.wait_for_selector('#screen a[href^="https:"]', timeout=PATIENCE_MS)
    page.mouse.click(*middle(page, '#screen a[href^="https:"]'))
    page.wait_for_url("https://example.org/story/5", timeout=PATIENCE_MS)


def test_a_story_that_was_clicked_is_not_swapped_for_fresh_news(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """The answer comes when the visitor is already reading the copy."""
    held: list[Route] = []
    wire(held.append)
    page.goto(f"{site}?at=bbs&mute")
    page.wait_for_selector("#screen a")
    page.mouse.click(*middle(page, '#screen a[href$="#story-2"]'))
    story(page, 2)
    shows(page, "[O]pen")
    reading = rows(page)[:20]
    held[0].fulfill(json=FEED)
    page.wait_for_timeout(500)
    assert rows(page)[:20] == reading


def test_a_phone_reads_by_touch(phone: BrowserContext, site: str) -> None:
    """A tapped row opens its story; the key row leads on, back and to a number."""
    phone.route("**/news.json", lambda route: route.fulfill(json=FEED))
    page = phone.new_page()
    land(page, site)
    page.touchscreen.tap(*middle(page, '#screen a[href$="#story-3"]'))
    story(page, 3)
    page.get_by_role("button", name="Next", exact=True).tap()
    story(page, 4)
    page.get_by_role("button", name="List", exact=True).tap()
    page.wait_for_selector('#screen a[href$="#story-1"]')
    page.get_by_role("button", name="8", exact=True).tap()
    page.get_by_role("button", name="Return", exact=True).tap()
    story(page, 8)


def test_a_phone_types_words(phone: BrowserContext, site: str) -> None:
    """The field of the key row passes on what the phone's keyboard writes."""
    phone.route("**/news.json", lambda route: route.fulfill(json=FEED))
    page = phone.new_page()
    land(page, site, "?at=bbs&mute#search")
    page.get_by_label("Type on the computer").tap()
    page.keyboard.insert_text("story 6")
    shows(page, "Look for: story 6")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#search-story%206$"))
    page.wait_for_selector('#screen a[href$="#story-6"]', timeout=PATIENCE_MS)


def test_reduced_motion_gives_the_text_at_once(
    browser: Browser, site: str, wire: Callable[[Any], None]
) -> None:
    """The whole way from the first key to the list, over the still, without waiting for it."""
    context = visitor(browser, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}?mute")
    page.wait_for_selector("#room[data-ready]")
    page.keyboard.press("Enter")
    phase(page, "bbs")
    page.wait_for_selector('#screen a[href$="#story-1"]', timeout=PATIENCE_MS)
    page.keyboard.press("m")
    shows(page, "MAIN MENU")
    shows(page, "[Q]")
    context.close()


def test_there_are_always_25_rows_of_40_cells(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """Plain text, a row an element."""
    land(page, site)
    for key in "mbcvasm":
        page.keyboard.press(key)
        page.keyboard.press("Space")
        found = rows(page)
        assert [len(row) for row in found] == [40] * 25


def test_back_and_forward_walk_the_board(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """Every page of the board is an entry of the history."""
    land(page, site)
    for keys in (["3", "Enter"], ["n"], ["m"]):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(100)
    shows(page, "MAIN MENU")
    page.go_back()
    story(page, 4)
    page.go_back()
    story(page, 3)
    page.go_back()
    shows(page, "STORIES 1-7/9")
    page.go_forward()
    story(page, 3)
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("hash_", ["#story-2", "#menu", "#area-1", "#search-story%209"])
def test_an_address_leads_to_its_page(
    page: Page, site: str, wire: Callable[[Any], None], hash_: str
) -> None:
    """A link that was shared opens what was shared, with the room in view."""
    land(page, site, f"?at=bbs&mute{hash_}")
    titles = {"#story-2": "STORY 2/9", "#menu": "MAIN MENU", "#area-1": "TEST WIRE 1-7/9"}
    shows(page, titles.get(hash_, '"STORY 9" 1-1/1'))
    assert page.evaluate("scrollY") == 0
    assert page.url.endswith(hash_)


def test_an_address_changed_by_hand_turns_the_page_of_the_board(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """The page's own list has a #story-4 too, far down: the window does not go there."""
    land(page, site)
    page.goto(f"{site}?at=bbs&mute#story-4")
    story(page, 4)
    page.wait_for_timeout(300)  # a browser scrolls to the fragment a frame or two later
    assert page.evaluate("scrollY") == 0


def test_a_busy_line_redials_and_then_offers_the_copy(
    context: BrowserContext, site: str, wire: Callable[[Any], None]
) -> None:
    """BUSY twice, then the choice; R dials again, and an answer connects."""
    page = context.new_page()
    wire(lambda route: route.fulfill(status=503, body="busy"))
    page.goto(f"{site}?at=dial&mute")
    phase(page, "dial")
    hurry_until(page, lambda: "NOBODY ANSWERS" in "".join(rows(page)))
    shows(page, "READ THE COPY OF")
    assert "".join(rows(page)).count("BUSY") == 2
    wire(FEED)
    page.keyboard.press("r")
    hurry_until_list(page)
    shows(page, "Story 1 of the test")


def test_a_dead_line_says_no_carrier_and_the_copy_is_called_a_copy(
    context: BrowserContext, site: str
) -> None:
    """The stories that came with the page are read, and their age is said."""
    page = context.new_page()
    context.route("**/news.json", lambda route: route.abort())
    page.goto(f"{site}?at=dial&mute")
    phase(page, "dial")
    hurry_until(page, lambda: "NOBODY ANSWERS" in "".join(rows(page)))
    assert "NO CARRIER" in "".join(rows(page))
    page.keyboard.press("Enter")
    phase(page, "bbs")
    hurry_until_list(page)
    assert re.search(r"COPY OF \d+ \w+ AGO", rows(page)[0])


def test_feed_text_is_only_ever_text(page: Page, site: str, wire: Callable[[Any], None]) -> None:
    """Markup, screen codes, bidi controls and script links of a feed do nothing."""
    hostile = "<img src=x onerror=window.hit=1>\x93\x05\ue001\u202eevil"
    wire(
        {
            "title": hostile,
            "items": [
                {
                    "title": hostile,
                    "content_html": f"<script>window.hit=1</script><p>{hostile}</p>",
                    "url": "javascript:window.hit=1",
                    "tags": [hostile],
                    "_breathe": {"feed_title": hostile},
                },
                {"title": "語 and 🚀 and ש", "content_text": "x", "url": "https://example.org/2"},
            ],
        }
    )
    land(page, site)
    shows(page, "onerror")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    story(page, 1)
    assert page.evaluate("window.hit") is None
    assert page.locator("#screen :not(div, a, span), #log :not(p)").count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0
    text = page.inner_text("#screen") + page.inner_text("#log")
    assert not re.search("[\x00-\x08\x0b-\x1f\x80-\x9f\u202a-\u202e\ue000-\uf8ff]", text)


def test_basic_answers_and_a_loop_is_broken_by_escape(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """Keys typed before READY. are kept; the script makes way; an endless loop never hangs."""
    page.goto(f"{site}?at=boot&mute")
    phase(page, "boot")
    page.keyboard.type("print 6*7")
    shows(page, "PRINT 6*7")
    page.keyboard.press("Enter")
    shows(page, " 42 ")
    for line in ("10 print 1;", "20 goto 10", "run"):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    shows(page, " 1  1  1  1  1  1 ")
    page.keyboard.press("Escape")
    shows(page, "BREAK IN ")
    page.keyboard.type("poke 53280,2")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('#glass').style.getPropertyValue('--border') === '#813338'"
    )


def test_the_chosen_speed_is_remembered(page: Page, site: str, wire: Callable[[Any], None]) -> None:
    """A visitor who likes it slow finds it slow the next time."""
    land(page, site, "?at=bbs&mute#speed")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    shows(page, "MAIN MENU")
    land(page, site, "?at=bbs&mute#speed")
    shows(page, "NOW 57600")


def test_plus_plus_plus_and_ath_hang_up(page: Page, site: str, wire: Callable[[Any], None]) -> None:
    """The old way out works, and the modem takes commands after it."""
    land(page, site)
    page.keyboard.type("+++")
    phase(page, "dial")
    shows(page, "OK")
    page.keyboard.type("ato")
    page.keyboard.press("Enter")
    phase(page, "bbs")
    shows(page, "STORIES 1-7/9")
    page.keyboard.type("+++")
    phase(page, "dial")
    shows(page, "OK")
    page.keyboard.type("ath")
    page.keyboard.press("Enter")
    shows(page, "NO CARRIER")
    page.keyboard.type("ati")
    page.keyboard.press("Enter")
    shows(page, "BREATHE MODEM")


def test_a_wrong_command_leaves_the_keyboard_alive(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """What begins like a call and is none gets ERROR, not the offer of a call that failed."""
    land(page, site)
    command(page, "+++", "OK")
    for line in ("atdt 555\r", "ath\r", "atdfoo\r"):
        page.keyboard.type(line)
    command(page, "ati\r", "BREATHE MODEM")
    screen = "".join(rows(page))
    assert screen.count("ERROR") == 2
    assert "NOBODY ANSWERS" not in screen


def test_the_line_goes_on_where_it_was(page: Page, site: str, wire: Callable[[Any], None]) -> None:
    """After +++ and ATO: the numbers that the visitor was reading, at the speed of now."""
    held: list[Route] = []
    wire(held.append)
    page.goto(f"{site}?at=bbs&mute")
    page.wait_for_selector("#screen a")
    page.keyboard.type("2\r ")
    story(page, 2)
    shows(page, "[O]pen")
    reading = rows(page)[1:20]
    with page.expect_response("**/news.json"):
        held[0].fulfill(json=FEED)
    page.wait_for_timeout(200)
    command(page, "+++", "OK")
    page.keyboard.type("ato\r")
    phase(page, "bbs")
    page.keyboard.press("Space")
    page.wait_for_function(
        "() => document.querySelector('#screen .row').textContent.includes('STORY 2/')",
        timeout=PATIENCE_MS,
    )
    shows(page, "[O]pen")
    assert rows(page)[1:20] == reading
    page.keyboard.type("v")
    shows(page, "MODEM SPEED")
    page.keyboard.type("7\r")
    shows(page, "MAIN MENU")
    command(page, "+++", "OK")
    command(page, "ati\r", "BREATHE MODEM 57600")


def test_a_copy_that_was_read_is_no_call_to_repeat(context: BrowserContext, site: str) -> None:
    """NOBODY ANSWERS, the copy, +++: now R is a letter again, and ATO leads back to the copy."""
    page = context.new_page()
    context.route("**/news.json", lambda route: route.abort())
    page.goto(f"{site}?at=dial&mute")
    phase(page, "dial")
    hurry_until(page, lambda: "NOBODY ANSWERS" in "".join(rows(page)))
    page.keyboard.press("Enter")
    phase(page, "bbs")
    hurry_until_list(page)
    page.keyboard.press("Space")
    command(page, "+++", "OK")
    page.keyboard.type("r\r")
    shows(page, "ERROR")
    assert "NOBODY ANSWERS" not in "".join(rows(page))
    page.keyboard.type("ato\r")
    phase(page, "bbs")
    hurry_until_list(page)
    assert re.search(r"COPY OF \d+ \w+ AGO", rows(page)[0])


def test_escape_leads_out_step_by_step(page: Page, site: str, wire: Callable[[Any], None]) -> None:
    """Story, list, menu, goodbye with its quote, off; and any key switches on again."""
    land(page, site, "?at=bbs&mute#story-2")
    for title in ("STORIES", "MAIN MENU", "GOODBYE"):
        page.keyboard.press("Escape")
        shows(page, title)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    phase(page, "off")
    shows(page, "THE COMPUTER IS OFF.")
    page.keyboard.press("x")
    phase(page, "boot")


def test_tab_leaves_the_screen_again(page: Page, site: str, wire: Callable[[Any], None]) -> None:
    """Links of the screen are stops on the way, not a trap; the shortcuts stay the browser's."""
    land(page, site)
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "document.activeElement.closest('#screen, #controls, #news')?.id ?? 'other'"
            )
        )
    assert "screen" in seen
    assert seen.index("controls") < seen.index("news")
    assert (
        page.evaluate(
            "!document.querySelector('#keys').dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'F5', bubbles: true, cancelable: true}))"
        )
        is False
    )


def test_a_screen_reader_hears_each_thing_once(
    page: Page, site: str, wire: Callable[[Any], None]
) -> None:
    """The log has clean sentences, the links have names, and decoration is silent."""
    land(page, site)
    log = page.locator("#log p").all_inner_texts()
    heard_4 = [words for words in log if "Story 4 of the test" in words]
    assert len(heard_4) == 1
    assert re.match(r"4\. Story 4 of the test\. Test wire, \d", heard_4[0])
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    story(page, 1)
    heard = " ".join(page.locator("#log p").all_inner_texts())
    assert heard.count("The words of story 1.") == 60
    assert page.locator("#screen a:not([aria-label]):not([aria-hidden])").count() == 0
    assert page.locator("#screen div.row:not(:has(a)):not([aria-hidden])").count() == 0


@pytest.mark.parametrize(
    "place", ["?at=boot", "?at=dial", "?at=bbs", "?at=bbs#story-1", "?at=bbs#menu", "?at=off"]
)
def test_axe_finds_nothing_serious(
    page: Page, site: str, wire: Callable[[Any], None], place: str
) -> None:
    """Every phase of the computer passes the accessibility rules."""
    query, _, fragment = place.partition("#")
    page.goto(f"{site}{query}&mute#{fragment}")
    phase(page, query.removeprefix("?at="))
    page.wait_for_timeout(500)
    found = Axe().run(page).response["violations"]
    serious = [
        (rule["id"], [node["html"][:120] for node in rule["nodes"]])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []


def at_board(browser: Browser, site: str, **options: Any) -> Page:
    """The board before a visitor of one's own; `options` are Playwright's. Close its context."""
    context = visitor(browser, **options)
    context.route("**/news.json", lambda route: route.fulfill(json=FEED))
    page = context.new_page()
    land(page, site)
    return page


def test_forced_colours_and_double_zoom_keep_the_whole_screen(browser: Browser, site: str) -> None:
    """At 200 % the four corners of the text stay in the window; forced colours keep the words."""
    window = {"width": 640, "height": 400}
    page = at_board(browser, site, viewport=window, device_scale_factor=2, forced_colors="active")
    box = page.locator("#screen").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= 640
    assert box["y"] + box["height"] <= 400
    inks = page.evaluate(
        "[...document.querySelectorAll('#screen .row')].map(row => getComputedStyle(row).color)"
    )
    paper = page.evaluate("getComputedStyle(document.querySelector('#screen')).backgroundColor")
    assert all(ink != paper for ink in inks)
    page.context.close()


def test_a_tiny_window_keeps_every_control(browser: Browser, site: str) -> None:
    """200 px are as little as 800 px at 400 %: the bar shrinks into them."""
    page = at_board(browser, site, viewport={"width": 200, "height": 200})
    bar = page.locator("#controls").bounding_box()
    assert bar is not None
    assert bar["x"] >= 0
    last = page.locator("#controls button").last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= 200
    page.context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_a_long_title_leaves_the_room_in_view(
    browser: Browser, site: str, width: int, height: int
) -> None:
    """58 wide characters take three lines at most, and stay clear of the monitor."""
    context = visitor(browser, viewport={"width": width, "height": height})
    page = context.new_page()
    title = "Newcomers Wondering Meanwhile Somewhere Homegrown Mammoths"
    template = Environment(undefined=ChainableUndefined, autoescape=True).from_string(
        (ROOT / "templates" / "index.html.j2").read_text(encoding="utf-8")
    )
    heading = re.search(r"<h1.*</h1>", template.render(page={"title": title}))
    assert heading is not None
    page.goto(f"{site}?mute")
    lines, right = page.evaluate(
        """(heading) => {
          document.querySelector("h1").outerHTML = heading;
          const title = document.querySelector("h1");
          const high = parseFloat(getComputedStyle(title).lineHeight);
          return [title.clientHeight / high, title.getBoundingClientRect().right];
        }""",
        heading[0],
    )
    assert round(lines) <= 3
    assert right <= (590 if width == 1280 else width)  # where the monitor begins
    context.close()
