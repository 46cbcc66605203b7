from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.scene.model import Site
from generator.site.bundle import content_bytes
from generator.site.pages import Story
from generator.site.side_pages import side_pages

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "styles/lost.css": "assets/styles.1/lost.css",
    "styles/icon.svg": "assets/styles.1/icon.svg",
    "demo/demo.css": "assets/demo.2/demo.css",
    "demo/demo.js": "assets/demo.2/demo.js",
}
STORIES = [
    Story(
        k, f"Story <{k}>", f"https://example.org/{k}", "It happened.", "2026-07-12", "12 Jul", "W"
    )
    for k in range(1, 4)
]


def test_every_bundle_carries_what_other_sites_and_lost_visitors_need() -> None:
    """The embed scripts without their comments, and a 404 page; nothing of the demo."""
    pages = side_pages(ROOT, Site(), NAMES, base_path="/", news=None)
    assert set(pages) == {"404.html", "embed.js", "fall.js"}
    assert b"/**" not in content_bytes(pages["embed.js"])
    assert b'import("./fall.js")' in content_bytes(pages["embed.js"])


def test_the_404_page_works_at_any_depth() -> None:
    """Its addresses start at the root, since a host shows it for any path."""
    text = content_bytes(side_pages(ROOT, Site(), NAMES, base_path="/x/", news=None)["404.html"])
    links = re.findall(r'href="([^"]*)"', text.decode())
    assert links == ["/x/assets/styles.1/lost.css", "/x/"]


def test_only_a_known_origin_gets_a_sitemap() -> None:
    """And robots.txt only where it would be read: at the root."""
    site = replace(Site(), origin="https://example.org/")
    pages = side_pages(ROOT, site, NAMES, base_path="/x&y/", news=None)
    home = ET.fromstring(content_bytes(pages["sitemap.xml"]))  # noqa: S314 - our own
    assert [node.text for node in home.findall(".//{*}loc")] == ["https://example.org/x&y/"]
    assert "robots.txt" not in pages
    at_root = side_pages(ROOT, site, NAMES, base_path="/", news=None)
    assert b"https://example.org/sitemap.xml" in content_bytes(at_root["robots.txt"])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_demo_is_printed_from_however_many_stories(count: int) -> None:
    """Titles are text, never markup; the room is one folder up."""
    pages = side_pages(ROOT, Site(), NAMES, base_path="/", news=STORIES[:count])
    text = content_bytes(pages["demo/index.html"]).decode()
    assert text.count("Story &lt;") == count
    assert "Story <" not in text
    assert '<breathing-room src="../"' in text
    assert 'src="../embed.js"' in text


def test_a_lost_script_is_named(tmp_path: Path) -> None:
    """An author who tidied too much hears which file, and where to find it again."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    with pytest.raises(BuildError, match=r"site_src/embed/embed\.js"):
        side_pages(tmp_path, Site(), NAMES, base_path="/", news=None)
