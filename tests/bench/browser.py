"""The glue in a real browser, from pixels alone, beside the ways that others do it; per-frame cost.

Prints three tables: whose overlay belongs to another frame (against `requestAnimationFrame` with
floor, the seed's way), corner error at eight pairs of window and pixel ratio (against plain
object-fit: cover arithmetic), and milliseconds of main thread a frame (against the draw itself).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.bundle import build_bundle, served
from tests.chromium import ARGUMENTS, executable
from tests.glue.card import shake_track
from tests.glue.stage import DISC_ARGUMENTS, SHOW_DISCS, write_stage
from tests.glue.watch import (
    BLOCK_MAIN_THREAD,
    Verdict,
    judge,
    open_card,
    screencast,
    sized_page,
)

PICTURES = 520
BASELINE_PICTURES = 160
PAIRS = (
    (1280, 720, 1.0),
    (1920, 1080, 1.0),
    (1283, 721, 1.25),
    (1536, 864, 1.25),
    (1440, 900, 1.5),
    (390, 844, 2.0),
    (844, 390, 2.625),
    (412, 915, 3.0),
)
NAIVE = Path(__file__).with_name("naive.js")
COST = """() => new Promise((resolve) => {
  const { drawImage } = CanvasRenderingContext2D.prototype;
  const { dispatchEvent } = EventTarget.prototype;
  const draws = [], rest = [];
  let drawn = 0;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    if (this.canvas.id !== "picture") return drawImage.apply(this, given);
    const start = performance.now();
    drawImage.apply(this, given);
    drawn = performance.now();
    draws.push(drawn - start);
  };
  document.querySelector("#room").dispatchEvent = function (event) {
    if (event.type === "picture") rest.push(performance.now() - drawn);
    return dispatchEvent.call(this, event);
  };
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  setTimeout(() => resolve([median(draws), median(rest), rest.length]), 6000);
})"""


def main() -> None:
    """Measure and print."""
    track = shake_track()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        stage = write_stage(build_bundle(Path(folder) / "dist"), Path(folder) / "card", track)
        shutil.copy(NAIVE, stage / "naive.js")
        (stage / "naive.css").write_text("body { margin: 0 }\n", encoding="utf-8")
        (stage / "naive.html").write_text(
            '<!doctype html><title>Naive</title><script type="module" src="naive.js"></script>',
            encoding="utf-8",
        )
        with served(stage) as url:
            _frames(playwright, url)
            _corners(playwright, url)
            _cost(playwright, url)


def _frames(playwright: Playwright, url: str) -> None:
    print(
        f"\n{'overlay of another frame':<36}{'pictures':>9}{'stale':>8}{'worst px':>10}{'ratio':>8}"
    )
    with _chromium(playwright) as browser:
        baseline = _row("rAF + floor, bare video", _naive(browser, url, "raf"), None)
        _row("frame callback, bare video", _naive(browser, url, "rvfc"), baseline)
        _row("ours", _ours(browser, url, blocked=False), baseline)
        _row("ours, blocked 80 of every 200 ms", _ours(browser, url, blocked=True), baseline)


def _row(name: str, verdict: Verdict, baseline: Verdict | None) -> Verdict:
    reference = baseline or verdict
    ratio = verdict.stale_share / reference.stale_share if reference.stale else float("nan")
    print(
        f"{name:<38}{verdict.pictures:>9}{verdict.stale_share:>9.1%}"
        f"{verdict.worst_px:>9.2f}{ratio:>9.2f}"
    )
    return verdict


def _naive(browser: Browser, url: str, way: str) -> Verdict:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{url}naive.html?{way}")
    page.wait_for_selector("#screen", state="attached")
    page.evaluate(SHOW_DISCS, DISC_ARGUMENTS)
    verdict = judge(screencast(page, BASELINE_PICTURES), shake_track())
    page.close()
    return verdict


def _ours(browser: Browser, url: str, *, blocked: bool) -> Verdict:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    open_card(page, url)
    if blocked:
        page.evaluate(BLOCK_MAIN_THREAD)
    verdict = judge(screencast(page, PICTURES, timeout_s=240), shake_track())
    page.close()
    return verdict


def _corners(playwright: Playwright, url: str) -> None:
    _head("worst corner, px of a 1280-wide frame", "cover", "ours", "ratio")
    for width, height, ratio in PAIRS:
        with (
            _chromium(playwright, f"--force-device-scale-factor={ratio}") as browser,
            sized_page(browser, width, height) as (page, _session),
        ):
            page.goto(f"{url}naive.html?rvfc")
            page.wait_for_selector("#screen", state="attached")
            page.evaluate(SHOW_DISCS, DISC_ARGUMENTS)
            cover = _error(page)
            open_card(page, url)
            ours = _error(page)
        name = f"{width}x{height} at {ratio:g}"
        if cover is None or ours is None:
            print(f"{name:<38}{_px(cover):>9}{_px(ours):>9}{'-':>9}")
        else:
            print(f"{name:<38}{_px(cover):>9}{_px(ours):>9}{ours / cover:>9.2f}")


def _px(error: float | None) -> str:
    """`None` is a screen that the window cuts."""
    return "cut" if error is None else f"{error:.3f}"


def _error(page: Page) -> float | None:
    """The worst corner over some still pictures: the clip stands, so no frame can be stale."""
    pictures = []
    for time_s in (0.53, 1.41, 2.78):
        page.evaluate(
            """(time) => new Promise((resolve) => {
              const video = document.querySelector("video:is([data-clip=ambient], #naive)");
              video.pause();
              video.requestVideoFrameCallback(() => setTimeout(resolve, 150));
              video.currentTime = time;
            })""",
            time_s,
        )
        pictures.append(page.screenshot())
    try:
        return judge(pictures, shake_track()).worst_px
    except ValueError:
        return None


def _head(name: str, *columns: str) -> None:
    print(f"\n{name:<38}" + "".join(f"{column:>9}" for column in columns))


def _cost(playwright: Playwright, url: str) -> None:
    _head("main thread a frame, ms median", "draw", "rest", "ratio")
    with _chromium(playwright) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{url}?at=bbs&mute")
        page.wait_for_selector("#screen .row", state="attached")
        draw, rest, count = page.evaluate(COST)
        name = f"warp, light, place ({count} frames)"
        print(f"{name:<38}{draw:>9.2f}{rest:>9.2f}{rest / draw:>9.2f}")


@contextmanager
def _chromium(playwright: Playwright, *extra: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, *extra])
    try:
        yield browser
    finally:
        browser.close()


if __name__ == "__main__":
    main()
