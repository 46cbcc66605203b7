"""Hostile feeds all the way: over HTTP, through a build, onto the page; nothing executes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from generator import plan
from generator.engine import run as engine
from generator.engine.http import HttpClient
from generator.engine.ports import Ports
from generator.scene.load import load_project
from tests.browser.conftest import BREATHE, served
from tests.feed_server import feed_server
from tests.news.hostile import CASES, JSON_HEAD
from tests.once import Once

PLAIN_ELEMENTS = {"H1", "H2", "H3", "UL", "OL", "LI", "A", "P", "TIME", "SPAN", "ARTICLE", "SMALL"}
PLAIN_ELEMENTS |= {"DIV", "HEADER", "FOOTER", "DL", "DT", "DD", "STRONG", "EM", "CITE", "SECTION"}
ATTACK = "<img src=x onerror=pwned()><script>pwned()</script>"


def make_hostile_room(room: Path) -> None:
    """The starter's room, with every feed of the corpus that yields stories in its news."""
    subprocess.run([*BREATHE, "new", str(room)], check=True, capture_output=True)
    scene = room / "site_src" / "scene.toml"
    with feed_server() as server:
        cases = [case for case in CASES if case.titles]
        for number, case in enumerate(cases):
            server.answers[f"/{number}"] = case.answer
        feeds = json.dumps([server.url(f"/{number}") for number in range(len(cases))])
        text, count = re.subn(r"(?m)^feeds = .*$", f"feeds = {feeds}", scene.read_text())
        assert count == 1
        scene.write_text(text.replace("max_items = 40", "max_items = 500\ntimeout_s = 60"))
        # Only the news is made anew, so that stale clips fail here instead of being encoded.
        ports = Ports(fetcher=HttpClient())
        options = engine.RunOptions(only=lambda stage: stage.name == "news")
        project = load_project(room)
        engine.run(project.root, plan.stages(project.scene), ports, options)
    subprocess.run([*BREATHE, "-C", str(room), "build", "--frozen"], check=True)


@pytest.fixture(scope="module")
def hostile_bundle(once: Once) -> Path:
    """Its bundle."""
    return once(make_hostile_room) / "dist"


@pytest.fixture
def asked(page: Page) -> Iterator[list[str]]:
    """Every address that the page asked for."""
    requests: list[str] = []

    def remember(request: Request) -> None:
        requests.append(request.url)

    page.on("request", remember)
    yield requests


def test_the_corpus_reaches_the_page_as_words(
    hostile_bundle: Path, page: Page, asked: list[str]
) -> None:
    """The HTML and the board show it; no element, link or request of a feed's own making."""
    with served(hostile_bundle) as url:
        page.goto(f"{url}?at=bbs&mute")
        page.wait_for_selector("#screen a")
        assert page.locator("#news a").count() > 50
        assert_only_words(page, asked, url)
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        page.wait_for_url("**#story-1")
        assert_only_words(page, asked, url)


def test_a_feed_that_nobody_cleaned_is_only_words_too(
    hostile_bundle: Path, page: Page, asked: list[str], tmp_path: Path
) -> None:
    """Whoever swaps news.json on the host gains nothing: the page takes it for text again."""
    bundle = tmp_path / "dist"
    shutil.copytree(hostile_bundle, bundle)
    items = [
        {
            "id": f"{ATTACK}{number}",
            "title": f"{ATTACK}\u202e{number}",
            "url": url,
            "summary": ATTACK,
            "content_text": ATTACK,
            "content_html": ATTACK,
            "tags": [ATTACK],
            "authors": [{"name": ATTACK}],
        }
        for number, url in enumerate(("javascript:pwned()", "data:text/html,x", "//x/", ATTACK))
    ]
    for twin in bundle.glob("news.json.*"):  # compressed copies that a server would prefer
        twin.unlink()
    (bundle / "news.json").write_text(json.dumps(JSON_HEAD | {"items": items}))
    with served(bundle) as url:
        page.goto(f"{url}?at=bbs&mute")
        page.locator("html[data-phase=bbs]").wait_for()
        expect(page.locator("#screen")).to_contain_text("pwned", ignore_case=True)
        assert_only_words(page, asked, url)


def assert_only_words(page: Page, asked: list[str], url: str) -> None:
    """Links that may be followed, plain elements, and no request to anybody else."""
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map((a) => a.href)")
    assert all(re.match(r"https?://|mailto:", href) for href in hrefs), hrefs
    elements = set(page.eval_on_selector_all("#news *", "all => all.map((e) => e.tagName)"))
    assert elements <= PLAIN_ELEMENTS, elements - PLAIN_ELEMENTS
    assert page.locator("#screen script, #screen img, #log script, #log img").count() == 0
    handlers = "all => all.flatMap((e) => e.getAttributeNames()).filter((n) => n.startsWith('on'))"
    assert page.eval_on_selector_all("*", handlers) == []
    assert all(address.startswith((url, "blob:", "data:")) for address in asked), asked
