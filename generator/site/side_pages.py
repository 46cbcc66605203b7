"""The pages beside the page: what a host, a search engine and a site that opens the room need.

    404.html                 for what is not there
    embed.js, fall.js        the element that opens the room on other sites
    demo/index.html          a newspaper to try it from, only with `--with-demo`
    robots.txt, sitemap.xml  only where the scene says what the page's origin is

All keep their names, since others know them by name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from generator.errors import BuildError
from generator.scene.model import Site
from generator.site.bundle import Content, content_bytes
from generator.site.minify import minified
from generator.site.pages import Story
from generator.site.sources import DEMO_FOLDER
from generator.site.templates import render_page

LOST_STYLE = "styles/lost.css"
EMBED_SCRIPTS = ("embed.js", "fall.js")


def side_pages(
    root: Path,
    site: Site,
    names: Mapping[str, str],
    *,
    base_path: str,
    news: Sequence[Story] | None,
    short: bool = True,
) -> dict[str, Content]:
    """Path in the bundle → content. `names`: logical path → published path.

    `news`: the demo's stories, or None for no demo. `short`: scripts without their comments.
    Raises BuildError for a file that the author lost.
    """
    pages: dict[str, Content] = {
        posixpath.basename(path): minified(path, content_bytes(source)) if short else source
        for path, source in embed_scripts(root).items()
    }
    lost = {
        "lang": site.lang,
        "title": site.title,
        "home": base_path,
        # A host shows this page at any depth, so only addresses from the root will do.
        "stylesheet": base_path + names[LOST_STYLE],
    }
    pages["404.html"] = _rendered(root, "404.html.j2", lost)
    if news is not None:
        pages[f"{DEMO_FOLDER}/index.html"] = _demo(root, site, names, news)
    if site.origin:
        home = site.origin.rstrip("/") + base_path
        pages["sitemap.xml"] = _sitemap(home)
        if base_path == "/":
            pages["robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {home}sitemap.xml\n".encode()
    return pages


def embed_scripts(root: Path) -> dict[str, Content]:
    """Path below `site_src` → file, for the scripts that other sites load."""
    scripts: dict[str, Content] = {}
    for name in EMBED_SCRIPTS:
        path = root / "site_src" / "embed" / name
        if not path.is_file():
            raise BuildError(
                f"site_src/embed/{name}",
                got="no such file",
                expected="the script that opens the room on other sites",
                remedy="take it from a fresh project: breathe new DIR",
            )
        scripts[f"embed/{name}"] = path
    return scripts


def _demo(root: Path, site: Site, names: Mapping[str, str], news: Sequence[Story]) -> bytes:
    context = {
        "lang": site.lang,
        "title": site.title,
        "stylesheet": f"../{names[f'{DEMO_FOLDER}/demo.css']}",
        "script": f"../{names[f'{DEMO_FOLDER}/demo.js']}",
        "icon": f"../{names['styles/icon.svg']}",
        "embed": "../embed.js",
        "room": "../",
        "news": news,
    }
    return _rendered(root, "demo.html.j2", context)


def _rendered(root: Path, template: str, context: Mapping[str, Any]) -> bytes:
    return render_page(root / "templates", template, {"page": context}).encode()


def _sitemap(home: str) -> bytes:
    """One page; no date, so that a rebuild of the same scene is the same file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"<url><loc>{escape(home)}</loc></url>\n</urlset>\n"
    ).encode()
