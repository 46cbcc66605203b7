"""The sample room, as it is committed, keeps what is promised of it."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

from generator.scene.model import CLIP_NAMES, Budget
from generator.site.budget import budget_report
from generator.site.compress import gzip_bytes
from tests.bundle import BREATHE, ROOT

VMAF = 93.0
EMBED_BYTES = 3000


def test_its_downloads_are_within_the_limits_that_we_set_ourselves(bundle: Path) -> None:
    """The defaults of `[budget]`, whatever its scene may say."""
    over = [line for line in budget_report(bundle, Budget()).lines if line.over]
    assert over == []


def test_its_clips_are_good_enough() -> None:
    """By the score that the search wrote down beside the size of the very file."""
    stages = json.loads((ROOT / "assets/baked.lock").read_text())["stages"]
    for clip in CLIP_NAMES:
        stage = stages[f"finish:{clip}"]
        for encode in stage["facts"]["encodes"]:
            assert encode["vmaf"] >= VMAF
            output = stage["outputs"][encode["label"]]
            assert (ROOT / output["path"]).stat().st_size == output["bytes"] == encode["bytes"]


def test_another_site_pays_little_for_the_script(bundle: Path) -> None:
    """For all that a site loads until somebody asks, even where the host knows no brotli."""
    assert len(gzip_bytes((bundle / "embed.js").read_bytes())) <= EMBED_BYTES


def test_nothing_in_it_is_unused_lost_or_hard_to_read(bundle: Path) -> None:
    """`breathe check` has nothing to say."""
    command = [*BREATHE, "check", "--json", "--out", str(bundle)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    checks = json.loads(done.stdout)["checks"]
    assert [check for check in checks if check["status"] != "ok"] == []
    assert {"links", "accessibility", "budget"} <= {check["name"] for check in checks}


def test_the_page_numbers_its_stories_as_the_news_does(bundle: Path) -> None:
    """The number is in the address, so the HTML, the board and news.json must agree."""
    feed = json.loads((bundle / "news.json").read_bytes())
    page = (bundle / "index.html").read_text()
    shown = re.findall(r'<li id="story-(\d+)"><h3[^>]*><a href="[^"]*">([^<]*)<', page)
    wanted = [(str(item["_breathe"]["number"]), item["title"]) for item in feed["items"]]
    assert [(number, html.unescape(title)) for number, title in shown] == wanted
