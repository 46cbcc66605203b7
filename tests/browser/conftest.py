"""A real page in a real browser: what `breathe build` writes, as `breathe serve` serves it.

`bundle` is the folder, `site` its URL, `browser` one Chromium for the whole run, `page` a fresh
page of it that fails the test on any error in its console.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.bundle import BREATHE, ROOT, served
from tests.chromium import ARGUMENTS, shell

__all__ = ["BREATHE", "PATIENCE_MS", "ROOT", "served", "visitor"]

PATIENCE_MS = 120_000
"""Nothing is timed here: a busy machine may take as long as it needs."""
CLIPS = re.compile(r"\.mp4$")
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def site(bundle: Path) -> Iterator[str]:
    """The bundle's URL on a real server."""
    with served(bundle) as url:
        yield url


@pytest.fixture(scope="session")
def demo_site(demo_bundle: Path) -> Iterator[str]:
    """The newspaper's URL."""
    with served(demo_bundle) as url:
        yield f"{url}demo/"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of the browser."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One headless Chromium, without a GPU, as a plain machine has it."""
    chromium = playwright.chromium.launch(executable_path=shell(), args=ARGUMENTS)
    yield chromium
    chromium.close()


def visitor(browser: Browser, **options: Any) -> BrowserContext:
    """Somebody with empty storage, at 1280x720; `options` are Playwright's own."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor with empty storage, at 1280x720."""
    context = visitor(browser)
    yield context
    context.close()


@pytest.fixture
def without_clips(context: BrowserContext) -> None:
    """The room stands still, as where a browser refuses its clips: a fifth of the work."""
    context.route(CLIPS, lambda route: route.fulfill(status=204))


@pytest.fixture
def with_clips(context: BrowserContext, without_clips: None) -> None:
    """All the same, for a test of a file whose others do without."""
    context.unroute(CLIPS)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A blank page of that visitor; an error in its console fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    assert complaints == []
