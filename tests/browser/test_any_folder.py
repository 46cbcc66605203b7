"""The bundle as it lies, on a host that knows nothing of it, in a folder of another site."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Page

from tests.plain_server import plainly_served


def test_a_bundle_built_for_the_root_works_three_folders_down(
    page: Page, demo_bundle: Path, tmp_path: Path
) -> None:
    """Room and demo: the picture moves, the board lists stories, nothing is asked of elsewhere."""
    shutil.copytree(demo_bundle, tmp_path / "a" / "b" / "room")
    answers: list[tuple[int, str]] = []
    page.on("response", lambda response: answers.append((response.status, response.url)))
    with plainly_served(tmp_path) as url:
        home = f"{url}a/b/room/"
        page.goto(f"{home}?at=bbs&mute")
        page.wait_for_selector("html[data-phase=bbs] #screen a", state="attached")
        page.wait_for_selector("#picture[data-live]", state="attached")
        page.goto(f"{home}demo/")
        page.get_by_label("Nostalgia").focus()
        page.keyboard.press("Space")
        inside = page.frame_locator("iframe")
        inside.locator("#room[data-ready]").wait_for(state="attached")
        assert [answer for answer in answers if not answer[1].startswith(home)] == []
        assert [answer for answer in answers if answer[0] >= 400] == []
        page.goto("about:blank")
