from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, served, visitor

ROUNDS = 20
STATE = "document.querySelector('breathing-room').state"
WHOLE_PAGE = "document.documentElement.outerHTML"


@pytest.fixture
def calm_page(browser: Browser) -> Iterator[Page]:
    """A page of a visitor who asked for less motion."""
    context = visitor(browser, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def choose(page: Page, theme: str = "Nostalgia") -> None:
    """Pick a theme as a visitor with a keyboard does."""
    page.get_by_label(theme).focus()
    page.keyboard.press("Space")


def wait_for(page: Page, state: str) -> None:
    """Until the element is where the test wants it; the policy forbids wait_for_function's eval."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
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
    deadline = time.monotonic() + PATIENCE_MS / 1000
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


def test_two_elements_open_one_room(calm_page: Page, demo_site: str) -> None:
    """A site that has the element in two places gets one room, and its theme back."""
    calm_page.goto(demo_site)
    calm_page.evaluate(
        """() => {
          const first = document.querySelector("breathing-room");
          document.body.prepend(first.cloneNode());
        }"""
    )
    states = "[...document.querySelectorAll('breathing-room')].map((room) => room.state).sort()"
    choose(calm_page)
    for expected in (["closed", "open"], ["closed", "closed"]):
        calm_page.wait_for_function(f"(s) => {states}.join() === s", arg=",".join(expected))
        assert len(calm_page.frames) == 1 + expected.count("open")
        calm_page.keyboard.press("Escape")
    assert calm_page.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_room_without_size_is_an_error(calm_page: Page, demo_site: str) -> None:
    """In something hidden nothing can be shown; the site hears why, and stands."""
    calm_page.goto(demo_site)
    calm_page.evaluate(
        """() => {
          const room = document.querySelector("breathing-room");
          document.querySelector("footer").hidden = true;
          document.querySelector("footer").append(room);
          window.failed = new Promise((tell) =>
            room.addEventListener("room-error", (event) => tell(event.detail.why)));
        }"""
    )
    choose(calm_page)
    assert calm_page.evaluate("window.failed") == "no size"
    wait_for(calm_page, "closed")
    assert calm_page.evaluate("document.documentElement.dataset.theme") == "light"


def test_no_style_of_the_site_reaches_the_room(calm_page: Page, demo_site: str) -> None:
    """Resets, transforms, hidden and inherited properties: the frame fills the window."""
    calm_page.goto(demo_site)
    calm_page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`
            * { all: unset; transform: rotate(2deg) scale(.5); max-width: 20px; }
            html, body { visibility: hidden; pointer-events: none; filter: blur(2px); }
            breathing-room { display: none !important; zoom: 2; }`);
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    calm_page.evaluate("void (document.documentElement.dataset.theme = 'nostalgia')")
    wait_for(calm_page, "open")
    frame = calm_page.locator("breathing-room iframe")
    assert frame.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 720}
    assert frame.evaluate("it => getComputedStyle(it).visibility") == "visible"
    calm_page.get_by_label("Back to the site").click()
    wait_for(calm_page, "closed")


@pytest.mark.parametrize("moment", ["on the way", "in a story"])
def test_back_leads_out_of_the_room(calm_page: Page, demo_site: str, moment: str) -> None:
    """Once, from wherever the visitor is; and the next time off the site, as before."""
    page = calm_page
    held: list[Route] = []
    if moment == "on the way":
        page.route("**/main.js", lambda route: held.append(route))
    page.goto("about:blank")
    page.goto(demo_site)
    before = page.evaluate(WHOLE_PAGE)
    src = "document.querySelector('breathing-room').setAttribute('src', '../?at=bbs&mute')"
    if moment == "in a story":
        page.evaluate(src)
        before = page.evaluate(WHOLE_PAGE)
    choose(page)
    if moment == "on the way":
        wait_for(page, "opening")
    else:
        wait_for(page, "open")
        screen = page.frame_locator("breathing-room iframe").locator("#screen")
        expect(screen).to_contain_text("STORIES 1-")
        for key, words in (("1", "RETURN: 1"), ("Enter", "STORY 1/"), ("m", "MAIN MENU")):
            page.keyboard.press(key)
            expect(screen).to_contain_text(words)
    page.evaluate("history.back()")
    wait_for(page, "closed")
    assert page.url == demo_site
    assert page.evaluate(WHOLE_PAGE) == before
    for route in held:
        route.abort()


def test_the_way_out_by_other_doors_leaves_no_step_in_the_history(
    calm_page: Page, demo_site: str
) -> None:
    """After the × one Back leaves the site; the site's own state is what it was."""
    page = calm_page
    page.goto(f"{demo_site}?before")
    page.goto(demo_site)
    page.evaluate("history.replaceState({ mine: 1 }, '')")
    choose(page)
    wait_for(page, "open")
    page.get_by_label("Back to the site").click()
    wait_for(page, "closed")
    assert page.evaluate("history.state") == {"mine": 1}
    page.go_back()
    assert page.url == f"{demo_site}?before"


def test_the_exit_is_seen_while_the_room_loads(calm_page: Page, demo_site: str) -> None:
    """Who has no Escape key has a way out of a room that does not come."""
    held: list[Route] = []
    calm_page.route("**/main.js", lambda route: held.append(route))
    calm_page.goto(demo_site)
    choose(calm_page)
    wait_for(calm_page, "opening")
    leave = calm_page.get_by_label("Back to the site")
    assert leave.evaluate("it => getComputedStyle(it.parentElement).opacity") == "1"
    leave.click()
    wait_for(calm_page, "closed")
    for route in held:
        route.abort()


def test_a_framework_may_take_the_element_away(calm_page: Page, demo_site: str) -> None:
    """Removed in the middle of a visit it leaves the theme as it was; put back, it works."""
    calm_page.goto(demo_site)
    choose(calm_page)
    wait_for(calm_page, "open")
    calm_page.evaluate(
        """() => {
          window.room = document.querySelector("breathing-room");
          window.room.remove();
        }"""
    )
    calm_page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    assert calm_page.evaluate("document.adoptedStyleSheets.length") == 0
    calm_page.evaluate("document.body.append(window.room)")
    choose(calm_page)
    wait_for(calm_page, "open")


def test_a_browser_that_closes_without_asking_is_heard(calm_page: Page, demo_site: str) -> None:
    """Asked twice to close, a browser shuts a dialog by itself: then the site is back, too."""
    calm_page.goto(demo_site)
    choose(calm_page)
    wait_for(calm_page, "open")
    calm_page.evaluate(
        "document.querySelector('breathing-room').shadowRoot.querySelector('dialog').close()"
    )
    wait_for(calm_page, "closed")
    assert calm_page.evaluate("document.documentElement.dataset.theme") == "light"


@pytest.mark.parametrize("policy", ["allowed", "forbidden"])
def test_a_strict_policy_lets_the_room_in_or_is_told(
    browser: Browser, demo_bundle: Path, tmp_path: Path, policy: str
) -> None:
    """No style and no script of the element's own needs an exception; a frame does."""
    room = tmp_path / "room"
    shutil.copytree(demo_bundle, room)
    rules = room / "_headers"
    rules.write_text(rules.read_text().replace("frame-ancestors 'self'", "frame-ancestors *"))
    blog = tmp_path / "blog"
    blog.mkdir()
    context = visitor(browser, reduced_motion="reduce")
    page = context.new_page()
    with served(room) as url:
        frames = f"frame-src {url}" if policy == "allowed" else ""
        (blog / "index.html").write_text(
            "<!doctype html><title>Blog</title>"
            f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
            f" script-src {url}; style-src 'none'; require-trusted-types-for 'script'; {frames}\">"
            f"<script type=module src='{url}embed.js'></script>"
            f"<breathing-room src='{url}'></breathing-room>"
        )
        with served(blog) as home:
            page.goto(home)
            page.evaluate(
                """() => {
                  window.heard = [];
                  for (const type of ["room-open", "room-error", "room-close"])
                    addEventListener(type, (event) => window.heard.push(event.type));
                  document.documentElement.dataset.theme = "nostalgia";
                }"""
            )
            wait_for(page, "open" if policy == "allowed" else "closed")
            heard = ["room-open"] if policy == "allowed" else ["room-error", "room-close"]
            assert page.evaluate("window.heard") == heard
    context.close()


@pytest.mark.parametrize("rule", ["", "; frame-ancestors *"], ids=["framed by all", "by origins"])
def test_a_site_in_a_sandbox_opens_the_room_or_is_told(
    browser: Browser, demo_bundle: Path, tmp_path: Path, rule: str
) -> None:
    """A sandbox has no origin to be named by a policy: without one it opens, Escape leads back."""
    room = tmp_path / "room"
    shutil.copytree(demo_bundle, room)
    rules = room / "_headers"
    rules.write_text(rules.read_text().replace("; frame-ancestors 'self'", rule))
    outside = tmp_path / "outside"
    outside.mkdir()
    context = visitor(browser, reduced_motion="reduce")
    page = context.new_page()
    with served(room) as url:
        (outside / "blog.html").write_text(
            "<!doctype html><title>Blog</title>"
            f"<script type=module src='{url}embed.js'></script>"
            f"<breathing-room src='{url}?mute'></breathing-room>"
        )
        (outside / "index.html").write_text(
            "<!doctype html><title>Outside</title>"
            "<iframe sandbox='allow-scripts' src='blog.html' width=900 height=600></iframe>"
        )
        with served(outside) as home:
            page.goto(home)
            blog = page.frames[1]
            blog.wait_for_function("() => customElements.get('breathing-room')")
            blog.evaluate(
                """() => {
                  window.heard = [];
                  addEventListener("room-error", (event) => window.heard.push(event.detail.why));
                  document.documentElement.dataset.theme = "nostalgia";
                }"""
            )
            if rule:
                blog.wait_for_function("() => window.heard.join() === 'no answer'")
            else:
                blog.wait_for_function(f"() => {STATE} === 'open'")
                page.keyboard.press("Escape")
            blog.wait_for_function(f"() => {STATE} === 'closed'")
    context.close()
