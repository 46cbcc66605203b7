"""What the computer costs the main thread: a key typed, a page of the board, text that arrives.

Chromium's own count of task time (`Performance.getMetrics`). Keys are typed with reduced motion, so
that no clip plays; the baseline is a bare text field on an empty page that gets the same keys. Text
arrives over the playing clip; the baseline is the same clip with nothing arriving, and the
difference is shared out over the video frames. Targets: under 8 ms a keystroke, 3 ms a video frame.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.browser.conftest import BREATHE, ROOT, served
from tests.chromium import ARGUMENTS, executable

KEYS = 120
PACE_MS = 25
ARRIVAL_MS = 2000
BAUD = 2400  # a page of a story takes longer than ARRIVAL_MS
ROUNDS = 6
FIELD = "data:text/html,<title>field</title><input autofocus size=80>"


def main() -> None:
    """Print the table."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        served(_bundle(Path(scratch))) as site,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        page = browser.new_context(reduced_motion="reduce").new_page()
        page.goto(FIELD)
        field_ms = _typing_ms(page)
        page.goto(f"{site}?at=boot&mute")
        page.wait_for_selector('html[data-phase="boot"]')
        page.keyboard.press("x")  # an early key keeps the script from typing
        typing_ms = _typing_ms(page)
        page.goto(f"{site}?at=bbs&mute")
        page.wait_for_selector("#screen a")
        pages_ms = _per_key_ms(page, "ms")
        alone_ms, arriving_ms = _per_frame_ms(browser.new_page(), site)
        browser.close()
    print(f"{'main thread, ms':<34}{'each':>8}{'x field':>9}")
    for name, cost_ms in (
        ("a key in a bare text field", field_ms),
        ("a key typed in BASIC", typing_ms),
        ("a key that redraws all 25 rows", pages_ms),
    ):
        print(f"{name:<34}{cost_ms:>8.2f}{cost_ms / field_ms:>9.1f}")
    print(f"{'a video frame, nothing arriving':<34}{alone_ms:>8.2f}")
    print(f"{f'the computer on top, {BAUD} baud':<34}{arriving_ms - alone_ms:>8.2f}")


def _bundle(scratch: Path) -> Path:
    ready = os.environ.get("BREATHE_TEST_BUNDLE")
    if ready:
        return Path(ready)
    folder = scratch / "dist"
    subprocess.run([*BREATHE, "build", "--frozen", "--out", str(folder)], cwd=ROOT, check=True)
    return folder


def _typing_ms(page: Page) -> float:
    return _per_key_ms(page, "the quick brown fox ")


def _per_key_ms(page: Page, text: str) -> float:
    """Task time a key beyond what the page takes for itself in the same span of time."""
    metrics = _metrics(page)
    page.wait_for_timeout(500)
    before_s, began_s = _task_s(metrics), time.monotonic()
    for at in range(KEYS):
        page.keyboard.press(text[at % len(text)].replace(" ", "Space"))
        page.wait_for_timeout(PACE_MS)
    busy_s, span_s = _task_s(metrics) - before_s, time.monotonic() - began_s
    before_s = _task_s(metrics)
    page.wait_for_timeout(span_s * 1000)
    return (busy_s - (_task_s(metrics) - before_s)) * 1000 / KEYS


def _per_frame_ms(page: Page, site: str) -> tuple[float, float]:
    """Task time a video frame: of the clip alone, and while a story arrives."""
    page.add_init_script(f"localStorage.setItem('breathe.computer', '{{\"baud\": {BAUD}}}')")
    page.goto(f"{site}?at=bbs&mute#story-1")
    page.wait_for_selector("#screen a")
    metrics = _metrics(page)
    busy_s, frames = [0.0, 0.0], [0, 0]
    for _ in range(ROUNDS):
        for which, key in ((1, "n"), (0, "Space")):  # Space: all that is still on the line
            page.keyboard.press(key)
            page.wait_for_timeout(300)
            before_s, before = _task_s(metrics), _frame_count(page)
            page.wait_for_timeout(ARRIVAL_MS)
            busy_s[which] += _task_s(metrics) - before_s
            frames[which] += _frame_count(page) - before
    return busy_s[0] * 1000 / frames[0], busy_s[1] * 1000 / frames[1]


def _frame_count(page: Page) -> int:
    return int(
        page.eval_on_selector(
            "video[data-clip=ambient]", "clip => clip.getVideoPlaybackQuality().totalVideoFrames"
        )
    )


def _metrics(page: Page) -> CDPSession:
    """The thread's own time is counted, so that a busy machine does not count."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


def _task_s(session: CDPSession) -> float:
    values = session.send("Performance.getMetrics")["metrics"]
    return float(next(value["value"] for value in values if value["name"] == "TaskDuration"))
