from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route

from tests.browser.conftest import served

ROUNDS = 20
PATIENCE_S = 30.0
STATE = "document.querySelector('breathing-room').state"
WHOLE_PAGE = "document.documentElement.outerHTML"


@pytest.fixture
def calm_page(browser: Browser) -> Iterator[Page]:
    """A page of a visitor who asked for less motion."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def choose(page: Page, theme: str = "Nostalgia") -> None:
    """Pick a theme as a visitor with a keyboard does."""
    page.get_by_label(theme).focus()
    page.keyboard.press("Space")


def wait_for(page: Page, state: str) -> None:
    """Until the element is where the test wants it; the policy forbids wait_for_function's eval."""
    deadline = time.monotonic() + PATIENCE_S
    while (now := page.evaluate(STATE)) != state:
        assert time.monotonic() < deadline, f"still {now}, not {state}"
        page.wait_for_timeout(20)


def requests_of(page: Page) -> list[str]:
    """The paths that the page and its frames ask for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("//")[2]))
    return asked


def test_nothing_of_the_room_is_fetched_before_the_choice(page: Page, demo_site: str) -> None:
    """The newspaper costs its readers embed.js, and not one byte more, until they ask."""
    asked = requests_of(page)
    page.goto(demo_site, wait_until="networkidle")
    names = [path.rpartition("/")[2] for path in asked]
    assert sorted(name for name in names if not name.startswith("icon")) == [
        "",
        "demo.css",
        "demo.js",
        "embed.js",
    ]
    choose(page)
    wait_for(page, "open")
    assert any(path.endswith("/fall.js") for path in asked)
    assert any("main.js" in path for path in asked)


def test_the_site_comes_back_exactly_as_it_was(page: Page, demo_site: str) -> None:
    """Markup, scroll, focus and theme, to the last attribute, after a fall in full motion."""
    page.goto(demo_site)
    choose(page, "Dark")
    page.evaluate("scrollTo(0, 240)")
    page.get_by_label("Nostalgia").focus()
    page.evaluate("scrollTo(0, 240)")
    before = page.evaluate(WHOLE_PAGE)
    page.keyboard.press("Space")
    wait_for(page, "open")
    assert page.evaluate("document.documentElement.dataset.theme") == "nostalgia"
    page.keyboard.press("Escape")
    wait_for(page, "closed")
    assert page.evaluate(WHOLE_PAGE) == before
    assert page.evaluate("scrollY") == 240
    assert page.evaluate("document.activeElement.value") == "nostalgia"
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.get_by_label("Dark").is_checked()


@pytest.mark.parametrize("moment", ["on the way", "in the fall"])
def test_a_visitor_may_turn_back_before_the_room_is_reached(
    page: Page, demo_site: str, moment: str
) -> None:
    """Escape while the room loads, or while sheets are in the air: the site, whole, at once."""
    held: list[Route] = []
    if moment == "on the way":
        page.route("**/main.js", lambda route: held.append(route))
    page.goto(demo_site)
    before = page.evaluate(WHOLE_PAGE)
    choose(page)
    if moment == "on the way":
        wait_for(page, "opening")
        page.wait_for_timeout(200)
    else:
        page.wait_for_function("() => document.getAnimations().some((a) => a.effect.pseudoElement)")
    page.keyboard.press("Escape")
    wait_for(page, "closed")
    page.wait_for_function("() => document.getAnimations().length === 0")
    assert page.evaluate(WHOLE_PAGE) == before
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    assert page.evaluate("document.activeElement.value") == "nostalgia"
    for route in held:
        route.abort()


def counts(page: Page, session: CDPSession) -> dict[str, float]:
    """What the browser still holds after its garbage is gone."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics: dict[str, Any] = session.send("Performance.getMetrics")
    kept = ("Documents", "Frames", "JSEventListeners", "Nodes")
    return {m["name"]: m["value"] for m in metrics["metrics"] if m["name"] in kept}


def test_twenty_visits_leave_nothing_behind(calm_page: Page, demo_site: str) -> None:
    """Frames, documents, listeners and nodes after twenty visits are those after two."""
    page = calm_page
    page.goto(demo_site)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = page.evaluate(WHOLE_PAGE)
    early: dict[str, float] = {}
    for visit in range(1, ROUNDS + 1):
        choose(page)
        wait_for(page, "open")
        page.keyboard.press("Escape")
        wait_for(page, "closed")
        assert page.evaluate(WHOLE_PAGE) == before
        if visit == 2:
            early = counts(page, session)
    assert len(page.frames) == 1
    allowed = {
        "Frames": early["Frames"],
        "Documents": early["Documents"] + 1,
        "JSEventListeners": early["JSEventListeners"] + 2,
        "Nodes": early["Nodes"] * 1.1,
    }
    # Garbage may need a while to go; what leaks never does.
    deadline = time.monotonic() + PATIENCE_S
    while over := {k: n for k, n in counts(page, session).items() if n > allowed[k]}:
        assert time.monotonic() < deadline, f"{over}; allowed {allowed}"
        page.wait_for_timeout(200)
    assert page.get_by_label("Nostalgia").evaluate("input => input === document.activeElement")


def test_less_motion_means_no_fall(calm_page: Page, demo_site: str) -> None:
    """Nothing of the site moves; the room is faded in."""
    calm_page.goto(demo_site)
    calm_page.evaluate(
        """() => {
          window.moved = 0;
          const animate = Element.prototype.animate;
          Element.prototype.animate = function (frames, timing) {
            if (JSON.stringify(frames).includes("transform")) window.moved += 1;
            return animate.call(this, frames, timing);
          };
          document.startViewTransition = () => { throw new Error("a transition"); };
        }"""
    )
    choose(calm_page)
    wait_for(calm_page, "open")
    sways = calm_page.evaluate("window.moved")
    assert sways == 0


def test_without_view_transitions_the_pieces_fall_themselves(page: Page, demo_site: str) -> None:
    """An older browser gets its fall too, and its site back."""
    page.add_init_script("delete Document.prototype.startViewTransition")
    page.goto(demo_site)
    before = page.evaluate(WHOLE_PAGE)
    choose(page)
    wait_for(page, "open")
    page.get_by_label("Back to the site").click()
    wait_for(page, "closed")
    assert page.evaluate(WHOLE_PAGE) == before
    assert page.evaluate("document.getAnimations().length") == 0


def test_logging_off_comes_back(calm_page: Page, demo_site: str) -> None:
    """The computer switched off is a way home."""
    calm_page.goto(demo_site)
    calm_page.evaluate("document.querySelector('breathing-room').setAttribute('src', '../?at=off')")
    choose(calm_page)
    wait_for(calm_page, "open")
    wait_for(calm_page, "closed")
    assert calm_page.evaluate("document.documentElement.dataset.theme") == "light"


def test_another_theme_closes_the_room(calm_page: Page, demo_site: str) -> None:
    """The site's own picker has the last word, and keeps it."""
    calm_page.goto(demo_site)
    choose(calm_page)
    wait_for(calm_page, "open")
    calm_page.evaluate("document.documentElement.dataset.theme = 'dark'")
    wait_for(calm_page, "closed")
    assert calm_page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_room_that_is_not_there_leaves_the_site_standing(calm_page: Page, demo_site: str) -> None:
    """The site hears of it, and nothing has fallen."""
    calm_page.goto(demo_site)
    calm_page.evaluate(
        """() => {
          const room = document.querySelector("breathing-room");
          room.setAttribute("src", "../gone/");
          window.failed = new Promise((tell) =>
            room.addEventListener("room-error", (event) => tell(event.detail.src)));
        }"""
    )
    choose(calm_page)
    assert calm_page.evaluate("window.failed").endswith("/gone/")
    wait_for(calm_page, "closed")
    assert calm_page.evaluate("document.documentElement.dataset.theme") == "light"
    assert calm_page.get_by_label("Light").is_checked()


def test_only_the_room_may_ask_to_leave(calm_page: Page, demo_site: str) -> None:
    """A word from the site's own window, or from anybody else's frame, is not the room's."""
    calm_page.goto(demo_site)
    choose(calm_page)
    wait_for(calm_page, "open")
    calm_page.evaluate("postMessage({ room: 'leave' }, '*')")
    calm_page.evaluate(
        """() => {
          const other = document.createElement("iframe");
          document.body.append(other);
          other.contentWindow.parent.postMessage({ room: "leave" }, "*");
          return new Promise((done) => setTimeout(done, 100));
        }"""
    )
    assert calm_page.evaluate(STATE) == "open"


def test_a_reload_comes_back_where_the_site_wishes(calm_page: Page, demo_site: str) -> None:
    """With remember="session" the visitor wakes up in the room; after leaving, on the site."""
    calm_page.route(
        demo_site,
        lambda route: route.fulfill(
            response=(reply := route.fetch()),
            body=reply.text().replace("<breathing-room ", '<breathing-room remember="session" '),
        ),
    )
    calm_page.goto(demo_site)
    choose(calm_page)
    wait_for(calm_page, "open")
    calm_page.reload()
    wait_for(calm_page, "open")
    calm_page.keyboard.press("Escape")
    wait_for(calm_page, "closed")
    calm_page.reload(wait_until="networkidle")
    assert calm_page.evaluate(STATE) == "closed"


def test_the_room_opens_from_another_origin(page: Page, demo_bundle: Path, tmp_path: Path) -> None:
    """On a site of its own, with a class for a theme, when the bundle lets it."""
    room = tmp_path / "room"
    shutil.copytree(demo_bundle, room)
    rules = room / "_headers"
    rules.write_text(
        rules.read_text().replace("frame-ancestors 'self'", "frame-ancestors http://127.0.0.1:*")
    )
    blog = tmp_path / "blog"
    blog.mkdir()
    with served(room) as url:
        (blog / "index.html").write_text(
            "<!doctype html><title>Blog</title><link rel=icon href='data:,'>"
            f"<script type=module src='{url}embed.js'></script>"
            "<h1>A blog</h1><p>with a secret</p><button>More</button>"
            f"<breathing-room src='{url}' watch='class' theme='retro'></breathing-room>"
        )
        with served(blog) as home:
            page.goto(home)
            page.get_by_role("button").focus()
            page.evaluate("document.documentElement.className = 'wide retro'")
            wait_for(page, "open")
            assert page.frames[1].url == url
            page.keyboard.press("Escape")
            wait_for(page, "closed")
            assert page.get_by_role("button").evaluate("it => it === document.activeElement")
