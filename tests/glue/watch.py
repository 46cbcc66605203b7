"""Collects pictures of a running page, and judges whether each overlay belongs to its frame."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, CDPSession, Page

from tests.glue.card import SIZE_PX, Floats
from tests.glue.meter import Reading, clip_rectangle, nearest_frame, read
from tests.glue.stage import DISC_ARGUMENTS, SHOW_DISCS

BLOCK_MAIN_THREAD = """() => setInterval(() => {
  const until = performance.now() + 80;
  while (performance.now() < until);
}, 200)"""


@dataclass(frozen=True)
class Verdict:
    """What a run of pictures showed."""

    pictures: int
    stale: int
    """Pictures whose overlay lies where it belongs on another frame of the clip."""
    worst_px: float
    """Distance of the worst corner, px of a 1280-wide frame."""
    median_px: float
    frames_seen: int

    @property
    def stale_share(self) -> float:
        """0 to 1."""
        return self.stale / self.pictures


def judge(pictures: list[bytes], track: Floats) -> Verdict:
    """Read every PNG that shows card and discs whole. Raises ValueError when none does."""
    readings = [reading for png in pictures if (reading := read(decode(png))) is not None]
    if not readings:
        raise ValueError(f"{len(pictures)} pictures: got none with card and discs; expected some")
    errors = [
        reading.worst_px * SIZE_PX[0] / float(clip_rectangle(reading, track)[0, 0])
        for reading in readings
    ]
    return Verdict(
        pictures=len(readings),
        stale=sum(_overlay_frame(reading, track) != reading.frame for reading in readings),
        worst_px=max(errors),
        median_px=float(np.median(errors)),
        frames_seen=len({reading.frame for reading in readings}),
    )


def decode(png: bytes) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 BGR."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def screencast(page: Page, count: int, timeout_s: float = 60.0) -> list[bytes]:
    """The next `count` pictures that the compositor presents, as PNG."""
    session = page.context.new_cdp_session(page)
    pictures: list[bytes] = []

    def keep(event: dict[str, object]) -> None:
        pictures.append(base64.b64decode(str(event["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
    waited_ms = 0
    while len(pictures) < count and waited_ms < timeout_s * 1000:
        page.wait_for_timeout(100)
        waited_ms += 100
    session.send("Page.stopScreencast")
    session.detach()
    return pictures


@contextmanager
def sized_page(browser: Browser, width: int, height: int) -> Iterator[tuple[Page, CDPSession]]:
    """A page of `width` x `height` CSS px at the browser's own pixel ratio.

    Playwright's emulated pixel ratio snaps videos to CSS px; the ratio must come from
    `--force-device-scale-factor`, and 0 here leaves it alone.
    """
    context = browser.new_context(no_viewport=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 0, "mobile": False},
    )
    try:
        yield page, session
    finally:
        context.close()


def open_card(page: Page, url: str) -> None:
    """Sit down in front of the card, with the discs drawn into `#screen`."""
    page.goto(f"{url}?at=bbs&mute")
    page.wait_for_selector("html[data-phase=bbs] #picture[data-live]", state="attached")
    page.wait_for_selector("#screen .row", state="attached")
    page.evaluate(SHOW_DISCS, DISC_ARGUMENTS)
    page.wait_for_timeout(200)


def _overlay_frame(reading: Reading, track: Floats) -> int:
    rectangle = clip_rectangle(reading, track)
    return nearest_frame(reading.overlay_corners, track, rectangle)
