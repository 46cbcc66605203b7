"""The page as a visitor meets it: poster, walk, chair and computer, and what happens without."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, visitor

LIVE = "#picture[data-live]"
CONTRAST = 4.5
"""WCAG 2.2, 1.4.3, level AA."""

CORNER_PX = 0.02
"""Boxes lie on 64ths of a CSS px, 0.016, before and after the warp; nothing else may add to it.
A matrix in plain decimals, which Chromium cuts at seven places, costs up to 0.07."""

RECORD_PICTURES = """
window.pictures = [];
addEventListener("DOMContentLoaded", () => {
  const probe = document.createElement("canvas");
  probe.width = probe.height = 4;
  const context = probe.getContext("2d", { willReadFrequently: true });
  document.querySelector("#room").addEventListener("picture", ({ detail }) => {
    context.drawImage(document.querySelector("#picture"), 0, 0, 4, 4);
    const bytes = context.getImageData(0, 0, 4, 4).data;
    let sum = 0;
    for (let i = 0; i < bytes.length; i += 4) sum += bytes[i + 1];
    window.pictures.push({ ...detail, green: sum / 16 });
  });
});
"""

# From boxes that the browser places, not from the matrix's own text: that is printed rounded.
SCREEN_CORNERS = """() => {
  const screen = document.querySelector("#screen");
  const probes = [[0, 0], [100, 0], [100, 100], [0, 100]].map(([x, y]) => {
    const probe = document.createElement("i");
    Object.assign(probe.style, { position: "absolute", width: 0, height: 0,
      left: `${x}%`, top: `${y}%` });
    screen.append(probe);
    return probe;
  });
  const corners = probes.map((probe) => probe.getBoundingClientRect()).map(({ x, y }) => [x, y]);
  probes.forEach((probe) => probe.remove());
  return corners;
}"""


def phase(page: Page) -> str:
    """What `<html data-phase>` says."""
    return str(page.locator("html").get_attribute("data-phase"))


def expect_phase(page: Page, *phases: str, timeout_ms: float = PATIENCE_MS) -> None:
    """Wait until the page is in one of `phases`."""
    page.wait_for_selector(
        ",".join(f"html[data-phase={name}]" for name in phases),
        state="attached",
        timeout=timeout_ms,
    )


def ready(page: Page, url: str) -> Page:
    """Open `url` and wait until gestures are heard."""
    page.goto(url)
    page.wait_for_selector("#room[data-ready]")
    return page


def test_the_poster_is_the_largest_paint_and_no_clip_moves_before_a_gesture(
    page: Page, site: str
) -> None:
    """What a visitor sees first is the still; everything else waits behind it."""
    ready(page, site)
    # The words may be painted before the poster; each entry is larger than the one before.
    page.evaluate(
        """() => new PerformanceObserver((list) => {
          const poster = list.getEntries().at(-1).element?.closest("#poster");
          document.documentElement.toggleAttribute("data-largest-is-poster", Boolean(poster));
        }).observe({ type: "largest-contentful-paint", buffered: true })"""
    )
    page.wait_for_selector("html[data-largest-is-poster]", state="attached")
    assert phase(page) == "idle"
    assert page.evaluate("[...document.querySelectorAll('video')].every((v) => v.paused)")


@pytest.mark.parametrize("gesture", ["key", "click", "button"])
def test_one_gesture_starts_the_walk(page: Page, site: str, gesture: str) -> None:
    """Any key, a click anywhere in the room, or the button."""
    ready(page, site + "?mute")
    if gesture == "key":
        page.keyboard.press("a")
    elif gesture == "click":
        page.mouse.click(900, 300)
    else:
        page.locator("#start").focus()
        page.keyboard.press("Enter")
    expect_phase(page, "walkin")
    page.wait_for_selector(LIVE, state="attached")


def test_the_walk_crossfades_into_the_running_loop_without_a_black_frame_or_a_jump(
    page: Page, site: str
) -> None:
    """Weights rise from 0 to 1, quads blend by the same, and no picture is dark; then it boots."""
    page.add_init_script(RECORD_PICTURES)
    ready(page, site + "?at=walkin&mute")
    # The walk in a hurry; the crossfade slowly, so that a busy machine shows pictures of it too.
    page.evaluate("document.querySelector('[data-clip=walkin]').playbackRate = 3")
    page.evaluate("document.querySelector('[data-clip=ambient]').playbackRate = 0.25")
    expect_phase(page, "ambient", "boot")
    pictures: list[dict[str, Any]] = page.evaluate("window.pictures")
    weights = [picture["weight"] for picture in pictures]
    blended = [picture for picture in pictures if 0 < picture["weight"] < 1]
    assert weights == sorted(weights)
    assert weights[-1] == 1
    assert blended
    assert min(picture["green"] for picture in pictures) > 20
    running = [picture["ambient"] for picture in blended]
    assert running == sorted(running)
    tracks = page.evaluate(
        """async () => {
          const { clips } = JSON.parse(document.querySelector("#scene").textContent);
          const rows = async ({ track }) => (await (await fetch(track)).json()).corners;
          return { walkin: await rows(clips.walkin), ambient: await rows(clips.ambient) };
        }"""
    )
    assert max(picture["walkin"] or 0 for picture in pictures) >= len(tracks["walkin"]) - 3
    for picture in blended:
        start, end = tracks["walkin"][picture["walkin"]], tracks["ambient"][picture["ambient"]]
        wanted = [a + (b - a) * picture["weight"] for a, b in zip(start, end, strict=True)]
        shown = [value for corner in picture["corners"] for value in corner]
        assert shown == pytest.approx(wanted, abs=1e-9)
    expect_phase(page, "boot")


def test_a_loop_shorter_than_the_crossfade_still_leads_to_the_chair(page: Page, site: str) -> None:
    """The loop comes round while it fades in, as in the first draft of a room."""

    def stretch(route: Route) -> None:
        reply = route.fetch()
        text, changed = re.subn(r'("handoff_s": ?)0\.5\b', r"\g<1>10", reply.text())
        assert changed == 1
        route.fulfill(response=reply, body=text)

    page.route(lambda url: urlsplit(url).path == "/", stretch)
    page.add_init_script(RECORD_PICTURES)
    ready(page, site + "?at=walkin&mute")
    page.evaluate("document.querySelectorAll('video').forEach((v) => { v.playbackRate = 8 })")
    expect_phase(page, "ambient", "boot")
    pictures = page.evaluate("window.pictures")
    running = [shown["ambient"] for shown in pictures if 0 < shown["weight"] < 1]
    assert running != sorted(running), "the loop has come round"
    weights = [shown["weight"] for shown in pictures]
    assert weights == sorted(weights)


def test_skip_pause_and_replay_are_always_there(page: Page, site: str) -> None:
    """Skip leads to the chair and then to the stories; pause holds still; replay walks in again."""
    ready(page, site + "?mute")
    page.get_by_role("button", name="Skip").click()
    expect_phase(page, "ambient", "boot")
    page.get_by_role("button", name="Skip").click()
    expect_phase(page, "bbs")
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    before = page.evaluate("document.querySelector('[data-clip=ambient]').currentTime")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('[data-clip=ambient]').currentTime") == before
    pause.click()
    page.wait_for_function(
        "before => document.querySelector('[data-clip=ambient]').currentTime !== before",
        arg=before,
    )
    page.get_by_role("button", name="Replay").click()
    expect_phase(page, "walkin")


def test_every_control_is_reached_by_keyboard_and_says_its_state(page: Page, site: str) -> None:
    """Tab visits start and all five buttons; toggles say whether they are on."""
    ready(page, site + "?mute")
    visited = []
    for _ in range(12):
        page.keyboard.press("Tab")
        visited.append(
            page.evaluate("document.activeElement.dataset.control ?? document.activeElement.id")
        )
    for name in ("start", "pause", "skip", "replay", "sound", "captions"):
        assert name in visited
    assert phase(page) == "idle"
    sound = page.locator("[data-control=sound]")
    expect(sound).to_have_attribute("aria-pressed", "true")
    sound.press("Enter")
    expect(sound).to_have_attribute("aria-pressed", "false")


def test_text_on_the_glass_selects_and_links_take_clicks_where_they_are_seen(
    page: Page, site: str
) -> None:
    """Under the warp, what lies below the pointer is the row that is drawn there."""
    ready(page, site + "?at=bbs&mute")
    page.wait_for_selector("#screen a", state="attached")
    page.get_by_role("button", name="Pause").click()
    hits = page.evaluate(
        """() => [...document.querySelectorAll("#screen a")].map((link) => {
          const { left, top, width, height } = link.getBoundingClientRect();
          const hit = document.elementFromPoint(left + width / 2, top + height / 2);
          return link === hit || link.contains(hit);
        })"""
    )
    assert hits
    assert all(hits)
    selected = page.evaluate(
        """() => {
          getSelection().selectAllChildren(document.querySelector("#screen a"));
          return getSelection().toString();
        }"""
    )
    assert selected.strip()


def test_the_screen_lies_where_the_track_says(page: Page, site: str) -> None:
    """The four projected corners of `#screen` are the track's, through the picture's rectangle."""
    page.add_init_script(RECORD_PICTURES)
    ready(page, site + "?at=bbs&mute")
    page.wait_for_function("() => window.pictures.length > 3")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(200)
    corners, shown, rect = page.evaluate(
        f"""() => [({SCREEN_CORNERS})(), window.pictures.at(-1).corners,
          document.querySelector("#picture").getBoundingClientRect().toJSON()]"""
    )
    for (x, y), (fx, fy) in zip(corners, shown, strict=True):
        assert abs(x - (rect["x"] + fx * rect["width"])) < CORNER_PX
        assert abs(y - (rect["y"] + fy * rect["height"])) < CORNER_PX


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (320, 568), (2560, 1080), (768, 1024)])
def test_the_whole_screen_stays_in_view(page: Page, site: str, size: tuple[int, int]) -> None:
    """No window cuts the text, upright phones and ultra-wide screens included."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    ready(page, site + "?at=ambient&mute")
    page.wait_for_selector(LIVE, state="attached")
    for x, y in page.evaluate(SCREEN_CORNERS):
        assert 0 <= x <= size[0]
        assert 0 <= y <= size[1]


def test_the_live_light_agrees_with_the_baked_one(page: Page, site: str) -> None:
    """Brightness and warmth read off the canvas are light.json's within 0.03."""
    page.add_init_script(RECORD_PICTURES)
    ready(page, site + "?at=ambient&mute")
    page.wait_for_function("() => window.pictures.length > 48")
    light = page.evaluate(
        """async () => {
          const scene = JSON.parse(document.querySelector("#scene").textContent);
          return (await fetch(scene.clips.ambient.light)).json();
        }"""
    )
    for picture in page.evaluate("window.pictures"):
        frame = picture["ambient"]
        assert abs(picture["brightness"] - light["brightness"][frame]) <= 0.03
        assert abs(picture["warmth"] - light["warmth"][frame]) <= 0.03


def test_text_stays_legible_when_the_room_goes_dark(page: Page, site: str) -> None:
    """At a quarter of the light, inks on the screen keep 4.5:1 against their paper."""
    ready(page, site + "?at=bbs&mute")
    page.wait_for_selector("#screen .row:not(:empty)", state="attached")
    ratio = page.evaluate(
        """() => {
          const room = document.querySelector("#room");
          room.style.setProperty("--room-brightness", "0.25");
          const glass = getComputedStyle(document.querySelector("#glass"));
          const dim = Number(glass.filter.match(/brightness\\(([\\d.]+)\\)/)[1]);
          const luminance = (css) => {
            const [r, g, b] = css.match(/[\\d.]+/g).map((v) => (v * dim) / 255)
              .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const screen = document.querySelector("#screen");
          const paper = luminance(getComputedStyle(screen).backgroundColor);
          const ratios = [...screen.querySelectorAll(".row, .row *")]
            .filter((e) => e.textContent.trim() && !e.classList.contains("r"))
            .map((e) => (luminance(getComputedStyle(e).color) + 0.05) / (paper + 0.05));
          return Math.min(...ratios);
        }"""
    )
    assert ratio >= CONTRAST


def test_reduced_motion_gets_the_seated_still_and_the_whole_text(
    browser: Browser, site: str
) -> None:
    """Nothing plays by itself; the computer can be read on the still."""
    context = visitor(browser, reduced_motion="reduce")
    page = ready(context.new_page(), site + "?mute")
    page.keyboard.press("a")
    page.get_by_role("button", name="Skip").click()
    expect_phase(page, "bbs")
    page.wait_for_selector("#screen a", state="attached")
    assert page.evaluate("[...document.querySelectorAll('video')].every((v) => v.paused)")
    assert page.locator("#glass").evaluate("e => getComputedStyle(e).transform") != "none"
    context.close()


def test_without_scripts_there_is_the_still_and_the_news(browser: Browser, site: str) -> None:
    """The page reads as plain HTML, and shows no button that would do nothing."""
    context = visitor(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    expect(page.locator("#poster img")).to_be_visible()
    expect(page.locator("#news h2")).to_be_visible()
    assert page.locator("#news a[href]").count() > 0
    expect(page.locator("#controls")).to_be_hidden()
    expect(page.locator("#start")).to_be_hidden()
    context.close()


def test_where_no_clip_can_be_had_the_still_stands_and_the_computer_works(
    context: BrowserContext, site: str
) -> None:
    """Videos that fail to load cost the movement, nothing else."""
    page = context.new_page()
    page.route("**/*.mp4", lambda route: route.abort())
    ready(page, site + "?mute")
    page.keyboard.press("a")
    expect_phase(page, "boot", "dial", "bbs")
    expect(page.locator("#poster img")).to_be_visible()
    expect(page.locator("#glass")).to_be_visible()


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_a_loop_that_does_not_come_keeps_nobody_from_the_computer(
    context: BrowserContext, site: str, how: str
) -> None:
    """The line drops during the walk: its last picture stands, and the machine comes on."""
    page = context.new_page()
    page.route("**/ambient*.mp4", lambda route: route.abort() if how == "refused" else None)
    ready(page, site + "?mute")
    page.keyboard.press("a")
    expect_phase(page, "walkin")
    expect_phase(page, "boot", "dial", "bbs")
    expect(page.locator("#picture[data-live]")).to_be_visible()
    assert page.locator("[data-clip=walkin]").evaluate("video => video.ended")
    page.keyboard.press("Escape")
    page.unroute_all(behavior="ignoreErrors")


@pytest.mark.parametrize(
    "missing",
    [
        "delete HTMLVideoElement.prototype.requestVideoFrameCallback",
        "delete globalThis.VideoFrame",
        """const get = HTMLCanvasElement.prototype.getContext;
           HTMLCanvasElement.prototype.getContext = function (...rest) {
             return this.id === "picture" ? null : get.apply(this, rest);
           }""",
    ],
    ids=["no frame callback", "no frame snapshot", "no canvas"],
)
def test_old_browsers_get_the_room_by_other_means(page: Page, site: str, missing: str) -> None:
    """Without the newest interfaces the clip still moves and the glass still follows it."""
    page.add_init_script(missing)
    ready(page, site + "?at=ambient&mute")
    first = page.wait_for_function(
        "() => document.querySelector('#glass').style.transform"
    ).json_value()
    page.wait_for_function("was => document.querySelector('#glass').style.transform !== was",
                           arg=first)  # fmt: skip
    seen = page.evaluate(
        """() => getComputedStyle(document.querySelector("#picture[data-live]")
          ?? document.querySelector("[data-clip=ambient]")).visibility"""
    )
    assert seen == "visible"


@pytest.mark.parametrize("query", ["", "?at=bbs&mute"], ids=["poster", "news"])
def test_axe_finds_nothing(browser: Browser, site: str, query: str) -> None:
    """No accessibility rule of axe is broken, at the door and at the screen."""
    from axe_playwright_python.sync_playwright import Axe

    context = visitor(browser, bypass_csp=True)
    page = ready(context.new_page(), site + query)
    if query:
        expect_phase(page, "bbs")
        page.wait_for_selector("#screen a", state="attached")
    results = Axe().run(page)
    found = [(v["id"], [n["html"] for n in v["nodes"]]) for v in results.response["violations"]]
    context.close()
    assert found == []
