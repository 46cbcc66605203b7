"""What the glass shows, picture by picture, under the same measure that clips must pass."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, CDPSession, Page, Route

from generator.finish.flash import FlashReport, measure, to_cells
from generator.light.sampling import linear
from tests.browser.test_computer import hurry_until_list, phase, shows

pytestmark = pytest.mark.usefixtures("without_clips")
FPS = 60
RESTS_MS = 1500
GUARD = re.compile(r"/computer/flashes\.js$")
COUNTING_GUARD = """
import { createFlashGuard as create } from "./flashes.js?itself";
window.held = 0;
export const createFlashGuard = () => {
  const guard = create();
  return {
    admit(light, now_ms) {
      const wait_ms = guard.admit(light, now_ms);
      if (wait_ms) window.held++;
      return wait_ms;
    },
  };
};
"""
ENOUGH = 8
"""Pictures that the guard held back: so often the glass would have flashed."""
STROBE = [
    "10 FOR C=0 TO 1:POKE 53280,C:POKE 53281,C",
    "20 FOR T=1 TO 30:NEXT T",
    "30 NEXT C:GOTO 10",
]
FILL = [
    '10 A$=CHR$(18):FOR I=1 TO 200:A$=A$+" ":NEXT',
    "20 FOR T=1 TO 4:PRINT A$;:NEXT T",
    "30 FOR T=1 TO 60:NEXT T:PRINT CHR$(147);",
    "40 FOR T=1 TO 60:NEXT T:GOTO 20",
]
WELCOME = ("{clr}{white}{rvs on}" + " " * 920) * 200
Cells = NDArray[np.float64]
Area = tuple[slice, slice]


@dataclass
class Film:
    """Pictures of the glass and when each was presented."""

    cells: list[Cells] = field(default_factory=list)
    """Each (ROWS, COLUMNS, 3) linear light."""
    times_s: list[float] = field(default_factory=list)

    def report(self) -> FlashReport:
        """Its flashes; each picture stands until the next."""
        clock_s = np.arange(self.times_s[0], self.times_s[-1], 1 / FPS)
        standing = np.searchsorted(self.times_s, clock_s, side="right") - 1
        return measure(np.stack(self.cells)[standing], FPS)


def glass_of(page: Page) -> Area:
    """Where the glass is in a picture of the page."""
    page.wait_for_function(
        "() => document.querySelector('#glass').getBoundingClientRect().height > 50"
    )
    box = page.evaluate("() => document.querySelector('#glass').getBoundingClientRect().toJSON()")
    rows = slice(max(0, int(box["top"])), int(box["bottom"]))
    return rows, slice(max(0, int(box["left"])), int(box["right"]))


def cells_of(jpeg: bytes, area: Area) -> Cells:
    """A picture of the page, as if the glass filled a display."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return to_cells(linear(picture[area][..., ::-1]))


@contextmanager
def filming(page: Page) -> Iterator[Film]:
    """Films the glass while the block runs."""
    area = glass_of(page)
    session: CDPSession = page.context.new_cdp_session(page)
    film = Film()
    pictures: list[str] = []

    def keep(event: dict[str, Any]) -> None:
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        film.times_s.append(event["metadata"]["timestamp"])
        pictures.append(event["data"])

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 80, "everyNthFrame": 1})
    yield film
    session.send("Page.stopScreencast")
    session.detach()
    film.cells.extend(cells_of(base64.b64decode(data), area) for data in pictures)


@pytest.fixture
def small(context: BrowserContext, page: Page) -> Page:
    """The page at a size of which this machine can film every picture."""
    page.set_viewport_size({"width": 800, "height": 450})
    return page


def remember_baud(page: Page, baud: int) -> None:
    """The visitor's own choice of an earlier call."""
    kept = json.dumps({"baud": baud, "count": 1, "last_ms": 0})
    page.add_init_script(f"localStorage.setItem('breathe.computer', {json.dumps(kept)})")


def type_program(page: Page, lines: list[str]) -> None:
    """At READY., instead of the script."""
    phase(page, "boot")
    shows(page, "READY.")
    for line in [*lines, "RUN"]:
        page.keyboard.type(line)
        page.keyboard.press("Enter")


def hurry_through_dialling(page: Page) -> None:
    """On to CONNECT, and not a key more."""
    while page.evaluate("document.documentElement.dataset.phase") == "dial":
        page.keyboard.press("Space")
        page.wait_for_timeout(700)


def hold_back(page: Page) -> None:
    """Wait until the guard has had enough to do."""
    page.evaluate("window.held = 0")
    page.wait_for_function(f"() => window.held >= {ENOUGH}")


def strobe(page: Page, site: str) -> Film:
    """POKEs in a loop."""
    page.goto(f"{site}?at=boot&mute")
    type_program(page, STROBE)
    with filming(page) as film:
        hold_back(page)
    return film


def fill_and_clear(page: Page, site: str) -> Film:
    """A screen printed full and cleared in a loop."""
    page.goto(f"{site}?at=boot&mute")
    type_program(page, FILL)
    with filming(page) as film:
        hold_back(page)
    return film


def welcome(page: Page, site: str) -> Film:
    """An author's text that clears and fills the screen, at the fastest speed there is."""
    with_hostile_welcome(page, site)
    remember_baud(page, 57600)
    page.goto(f"{site}?at=dial&mute")
    phase(page, "dial")
    with filming(page) as film:
        hurry_through_dialling(page)
        hold_back(page)
    return film


def with_hostile_welcome(page: Page, site: str) -> None:
    """As if it had been built from another text/welcome.txt."""

    def reply(route: Route) -> None:
        answer = route.fetch()
        found = re.search(r'id="?scene"?>(.*?)</script>', answer.text(), re.DOTALL)
        assert found is not None
        scene = json.loads(found[1])
        assert "welcome.txt" in scene["text"]
        scene["text"]["welcome.txt"] = WELCOME
        body = answer.text().replace(found[1], json.dumps(scene))
        route.fulfill(response=answer, body=body)

    page.route(re.compile(re.escape(site) + r"(\?.*)?$"), reply)


@pytest.mark.parametrize("attack", [strobe, fill_and_clear, welcome])
def test_nothing_flashes_more_than_three_times_a_second(
    small: Page, site: str, attack: Callable[[Page, str], Film]
) -> None:
    """Neither the visitor's BASIC nor an author's text gets past the limit, though it would."""
    small.route(
        GUARD, lambda route: route.fulfill(content_type="text/javascript", body=COUNTING_GUARD)
    )
    report = attack(small, site).report()
    assert report.passed, report


def test_the_pictures_of_a_strobe_would_flash_by_turns(small: Page, site: str) -> None:
    """So the test above sees what it is meant to see: recorded, ten changes a second, and two."""
    small.goto(f"{site}?at=boot&mute")
    phase(small, "boot")
    shows(small, "READY.")
    pictures = []
    for colour, paper in ((0, "#000000"), (1, "#ffffff")):
        small.keyboard.type(f"POKE 53280,{colour}:POKE 53281,{colour}")
        small.keyboard.press("Enter")
        small.wait_for_function(
            "paper => document.querySelector('#glass').style.getPropertyValue('--paper') === paper",
            arg=paper,
        )
        pictures.append(cells_of(small.screenshot(type="jpeg", quality=80), glass_of(small)))

    def by_turns(pause_s: float) -> Film:
        return Film([pictures[k % 2] for k in range(30)], [k * pause_s for k in range(30)])

    assert not by_turns(0.1).report().passed
    assert by_turns(0.5).report().passed


def test_what_a_program_leaves_is_shown_in_the_end(small: Page, site: str) -> None:
    """The screen rests as the program left it, though pictures before it were held back."""
    small.goto(f"{site}?at=boot&mute")
    type_program(small, [*STROBE[:2], "30 NEXT:K=K+1:IF K<40 THEN 10", "40 POKE 53281,5"])
    small.wait_for_function(
        "() => document.querySelector('#glass').style.getPropertyValue('--paper') === '#56ac4d'"
    )
    shows(small, "READY.")


@pytest.mark.parametrize("baud", [pytest.param(300, marks=pytest.mark.long), 2400, 57600])
def test_a_call_is_calm_at_every_speed(small: Page, site: str, baud: int) -> None:
    """Dial, welcome and list as they come."""
    remember_baud(small, baud)
    small.goto(f"{site}?at=dial&mute")
    phase(small, "dial")
    with filming(small) as film:
        hurry_through_dialling(small)
        small.wait_for_selector("#screen a", timeout=60_000)
        small.wait_for_timeout(RESTS_MS)
    assert film.report().passed, film.report()


def test_power_on_and_boot_are_calm(small: Page, site: str) -> None:
    """From the switch to the dial tone, as the author's script types."""
    small.goto(f"{site}?at=boot&mute")
    phase(small, "boot")
    with filming(small) as film:
        phase(small, "dial")
        small.wait_for_timeout(RESTS_MS)
    assert film.report().passed, film.report()


def test_fast_forward_is_calm(small: Page, site: str) -> None:
    """Boot to list with a key held down, then through the pages."""
    small.goto(f"{site}?at=boot&mute")
    phase(small, "boot")
    with filming(small) as film:
        hurry_until_list(small)
        for key in "npnpnpnpmsmsmsnpnpnp":
            small.keyboard.press(key)
            small.wait_for_timeout(60)
        small.wait_for_timeout(RESTS_MS)
    assert film.report().passed, film.report()
