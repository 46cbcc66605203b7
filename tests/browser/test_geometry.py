"""Where things lie: title, start button, controls, glass, at ten sizes in three engines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.conftest import visitor
from tests.browser.test_computer import FEED, land
from tests.browser.test_page import ready
from tests.engines import Engine, chromium, firefox, webkit

SIZES = (
    (320, 256),
    (390, 844),
    (568, 320),
    (768, 1024),
    (844, 390),
    (1024, 768),
    (1280, 720),
    (1920, 1080),
    (2560, 1080),
    (3440, 1440),
)

# The room in a frame of any size: no engine's window is as small or as large as these.
BOXES = """(async (url, [width, height]) => {
  document.querySelector("iframe")?.remove();
  const frame = Object.assign(document.createElement("iframe"), { src: url, width, height });
  document.body.append(frame);
  await new Promise((loaded) => frame.addEventListener("load", loaded));
  const page = frame.contentDocument;
  const until = async (there) => {
    while (!there()) await new Promise((again) => setTimeout(again, 30));
  };
  const isBoard = url.includes("at=bbs");
  await until(() => page.querySelector(isBoard ? "#screen a" : "#room[data-ready]"));
  await until(() => page.querySelector("#room[data-painted]"));
  const scene = JSON.parse(page.querySelector("#scene").textContent);
  const track = await (await fetch(new URL(scene.clips.walkin.track, frame.src))).json();
  const stage = page.querySelector("#stage").getBoundingClientRect();
  const across = [0, 2, 4, 6].map((k) => stage.x + track.corners[0][k] * stage.width);
  const down = [1, 3, 5, 7].map((k) => stage.y + track.corners[0][k] * stage.height);
  const box = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  const lines = (element) => {
    const text = page.createRange();
    text.selectNodeContents(element);
    return [...text.getClientRects()].map(({ left, top, right, bottom }) =>
      [left, top, right, bottom]);
  };
  const start = box(page.querySelector("#start"));
  return {
    controls: box(page.querySelector("#controls")),
    buttons: [...page.querySelectorAll("#controls button")].map(box),
    words: [start, ...[...page.querySelectorAll("#title > :not(button)")].flatMap(lines)],
    start,
    monitor: [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)],
    screen: isBoard ? box(page.querySelector("#screen")) : null,
  };
})"""

Box = list[float]


@pytest.fixture(scope="module", params=("chromium", "firefox", "webkitgtk"))
def engine(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Engine]:
    """Each engine in turn."""
    doors: dict[str, Callable[[], AbstractContextManager[Engine]]] = {
        "chromium": lambda: chromium(playwright),
        "firefox": firefox,
        "webkitgtk": webkit,
    }
    with doors[request.param]() as opened:
        yield opened


def boxes(engine: Engine, demo_site: str, query: str, size: tuple[int, int]) -> dict[str, Any]:
    """The boxes of the room in a frame of `size`: left, top, right, bottom in CSS px."""
    site = demo_site.removesuffix("demo/")
    engine.open(f"{site}404.html")  # with the demo, the policy lets a page frame the room
    found: dict[str, Any] = engine.evaluate(
        f"({BOXES})({json.dumps(site + query)}, {json.dumps(size)})"
    )
    return found


def inside(box: Box, size: tuple[int, int]) -> bool:
    """The whole box is in the window."""
    left, top, right, bottom = box
    return left >= -0.5 and top >= -0.5 and right <= size[0] + 0.5 and bottom <= size[1] + 0.5


def apart(one: Box, other: Box) -> bool:
    """The two boxes have nothing in common."""
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_words_and_buttons_of_the_poster_have_their_places(
    engine: Engine, demo_site: str, size: tuple[int, int]
) -> None:
    """All in the window, none over another, none over the monitor; buttons of a finger's size."""
    found = boxes(engine, demo_site, "?at=idle&mute", size)
    assert inside(found["controls"], size)
    assert inside(found["start"], size)
    bar = found["controls"]
    assert bar[2] - bar[0] <= 48 * len(found["buttons"])
    for left, top, right, bottom in found["buttons"]:
        assert 24 <= right - left <= 48
        assert 24 <= bottom - top <= 48
    for words in found["words"]:
        assert inside(words, size)
        assert apart(words, found["controls"])
        assert apart(words, found["monitor"]), (words, found["monitor"])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_controls_leave_the_text_free(
    engine: Engine, demo_site: str, size: tuple[int, int]
) -> None:
    """The whole screen is in the window, and the bar is not on it."""
    found = boxes(engine, demo_site, "?at=bbs&mute", size)
    assert inside(found["screen"], size)
    assert inside(found["controls"], size)
    assert apart(found["controls"], found["screen"])


def shot(page: Page) -> NDArray[np.uint8]:
    """The window as (height, width, 3) uint8."""
    image = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, np.uint8)


def test_the_posters_foot_has_no_dark_line(page: Page, site: str) -> None:
    """The last row of the window is the picture's, too."""
    ready(page, f"{site}?mute")
    page.wait_for_selector("#room[data-painted]")
    rows = shot(page).mean(axis=(1, 2))
    assert abs(rows[-1] - rows[-3]) < 0.1 * rows[-3]


@pytest.mark.parametrize("asked", ["reduced motion", "saved data"])
def test_the_title_stands_where_it_does_for_everybody(
    browser: Browser, site: str, asked: str
) -> None:
    """Who sees no clip is shown the same poster, and not the monitor that the title would cover."""
    context = visitor(browser, reduced_motion="reduce" if asked == "reduced motion" else None)
    if asked == "saved data":
        context.add_init_script(
            "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
        )
    page = ready(context.new_page(), f"{site}?mute")
    page.wait_for_selector("#room[data-painted]")
    page.wait_for_load_state("networkidle")
    assert "seated" not in page.evaluate("document.querySelector('#poster img').currentSrc")
    assert page.locator("#picture").evaluate("it => getComputedStyle(it).visibility") == "hidden"
    page.keyboard.press("a")
    page.wait_for_function(
        "() => document.querySelector('#poster img').currentSrc.includes('seated')"
    )
    context.close()


def test_round_a_still_the_room_goes_on(browser: Browser, site: str) -> None:
    """On a phone the bands above and below are the picture's own edges: nothing black."""
    context = visitor(
        browser,
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        reduced_motion="reduce",
    )
    context.route("**/news.json", lambda route: route.fulfill(json=FEED))
    page = context.new_page()
    land(page, site)
    page.wait_for_selector("#room[data-gap=above]")
    page.wait_for_function(
        "() => document.querySelector('#poster img').currentSrc.includes('seated')"
    )
    page.wait_for_timeout(700)  # the bands are drawn anew twice a second
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    rows = shot(page).mean(axis=2)
    foot = round(2 * (stage["y"] + stage["height"]))
    edge = rows[foot - 60 : foot - 20].mean()
    band = rows[foot + 10 : foot + 60]
    assert band.mean() > 0.5 * edge
    assert (band < 12).mean() < 0.2
    context.close()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["wide", "upright"])
@pytest.mark.parametrize("picture", ["the room", "white"])
def test_the_posters_paragraph_reads_on_any_picture(
    browser: Browser, site: str, size: tuple[int, int], picture: str
) -> None:
    """4.5:1 against the brightest pixel behind a line, as it is painted."""
    context = visitor(browser, viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
    page = ready(context.new_page(), f"{site}?mute")
    page.wait_for_selector("#room[data-painted]")
    ink = page.locator("#title p").evaluate("it => getComputedStyle(it).color")
    hidden = "#title p { color: #0000 !important; text-shadow: none !important }"
    white = "#poster { visibility: hidden } #room, #stage { background: #fff !important }"
    page.add_style_tag(content=hidden + (white if picture == "white" else ""))
    lines = page.locator("#title p").evaluate(
        """(it) => {
          const text = document.createRange();
          text.selectNodeContents(it);
          return [...text.getClientRects()].map(({ x, y, width, height }) => [x, y, width, height]);
        }"""
    )
    seen = shot(page)[..., ::-1]
    behind = [
        luminance(seen[round(y) : round(y + high), round(x) : round(x + wide)].reshape(-1, 3)).max()
        for x, y, wide, high in lines
    ]
    words = luminance(np.array([[float(v) for v in re.findall(r"\d+", ink)[:3]]])).item()
    assert (words + 0.05) / (max(behind) + 0.05) >= 4.5
    context.close()


def luminance(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Relative luminance (WCAG 2.2) of (n, 3) sRGB values, 0 to 255."""
    share = np.asarray(rgb, np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    found: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return found


def test_the_screens_effects_are_switched_off_for_good(page: Page, site: str) -> None:
    """No scanlines, glow or room light on the words, also after a reload, until asked for."""
    ready(page, f"{site}?at=bbs&mute")
    look = """() => [
      getComputedStyle(document.querySelector(".tube"), "::after").display,
      getComputedStyle(document.querySelector("#screen")).textShadow,
      getComputedStyle(document.querySelector("#glass")).filter,
    ]"""
    full = page.evaluate(look)
    assert full[0] != "none"
    button = page.locator('[data-control="effects"]')
    button.click()
    assert page.evaluate(look) == ["none", "none", "none"]
    ready(page, f"{site}?at=bbs&mute")
    assert page.evaluate(look) == ["none", "none", "none"]
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert page.evaluate(look)[0] == full[0]
