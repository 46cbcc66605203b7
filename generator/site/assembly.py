"""What goes into a bundle: every file by its logical path, and the pages that name them.

runtime/**  styles/** (the font among them)  clips/  posters/  tracks/     → hashed names
index.html  news.json                                                      → names that stay
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generator.artifacts.decode import read
from generator.artifacts.news import News
from generator.engine.store import Entry
from generator.errors import BuildError
from generator.scene.model import CLIP_NAMES, Project
from generator.site.bundle import (
    BundleSettings,
    Content,
    Hasher,
    Reader,
    assemble,
    by_path,
    content_bytes,
    content_sha256,
    published_names,
)
from generator.site.minify import minified
from generator.site.modules import first_modules, refuse_lost_links
from generator.site.pages import (
    NEWS_FILE,
    Picture,
    embed_json,
    pictures,
    scene_data,
    stories,
)
from generator.site.side_pages import embed_scripts, side_pages
from generator.site.sources import DEMO_FOLDER, BuildOptions, source_files
from generator.site.templates import render_page

PAGE_TEMPLATE = "index.html.j2"
FOLDERS = ("runtime", "styles")
_CLIP_LABELS = ("av1", "h264")
_MAIN = "runtime/main.js"


@dataclass(frozen=True)
class Gathered:
    """Assets by logical path, and where each baked output is among them."""

    assets: Mapping[str, Content]
    baked: Mapping[tuple[str, str], str]
    """(stage, label) → logical path."""


def site_files(
    project: Project,
    entries: Mapping[str, Entry],
    options: BuildOptions,
    overrides: Mapping[tuple[str, str], bytes] | None = None,
    hash_of: Hasher = content_sha256,
    take: Reader = by_path,
) -> dict[str, Content]:
    """Path in the bundle → content. Raises BuildError.

    `overrides`: (stage, label) → content to publish instead of what was baked. `hash_of`, `take`:
    for one who builds again and again.
    """
    folders = (*FOLDERS, DEMO_FOLDER) if options.with_demo else FOLDERS
    gathered = gather(project, entries, overrides or {}, folders, take)
    assets = gathered.assets
    refuse_lost_links({**assets, **embed_scripts(project.root)})
    if options.compress:
        assets = {path: shortened(path, content) for path, content in assets.items()}
    names = published_names(assets, folders, hash_of)
    news_path = project.root / entries["news"].outputs["news"].path
    context = page_context(project, entries, gathered, names, options, news_path)
    page = render_page(project.root / "templates", PAGE_TEMPLATE, {"page": context})
    pages: dict[str, Content] = {"index.html": page.encode(), NEWS_FILE: news_path}
    pages |= side_pages(
        project.root,
        project.scene.site,
        names,
        base_path=context["base_path"],
        news=context["news"] if options.with_demo else None,
        short=options.compress,
    )
    settings = BundleSettings(
        base_path=context["base_path"],
        embed_origins=tuple(project.scene.site.embed_origins),
        with_demo=options.with_demo,
        compress=options.compress,
    )
    return assemble(assets, names, pages, settings, hash_of)


def shortened(path: str, content: Content) -> Content:
    """Scripts and styles in their short form; anything else as it is."""
    is_source = path.endswith((".js", ".css"))
    return minified(path, content_bytes(content)) if is_source else content


def gather(
    project: Project,
    entries: Mapping[str, Entry],
    overrides: Mapping[tuple[str, str], bytes],
    folders: Sequence[str] = FOLDERS,
    take: Reader = by_path,
) -> Gathered:
    """Everything that will carry a hash in its name."""
    assets: dict[str, Content] = {}
    baked: dict[tuple[str, str], str] = {}
    for folder in folders:
        for relative, path in source_files(project.root, f"site_src/{folder}").items():
            assets[f"{folder}/{relative}"] = take(path)
    for relative, path in source_files(project.root, "assets/font").items():
        if relative.endswith(".woff2"):
            assets[f"styles/{relative}"] = take(path)

    def add(stage: str, label: str, logical: str) -> None:
        path = project.root / entries[stage].outputs[label].path
        baked[stage, label] = logical + path.suffix
        assets[logical + path.suffix] = overrides.get((stage, label), path)

    for clip in CLIP_NAMES:
        for label in _CLIP_LABELS:
            if label in entries[f"finish:{clip}"].outputs:
                add(f"finish:{clip}", label, f"clips/{clip}-{label}")
        add(f"track:{clip}", "track", f"tracks/{clip}-track")
        add(f"light:{clip}", "light", f"tracks/{clip}-light")
    for label in entries["finish:poster"].outputs:
        add("finish:poster", label, f"posters/{label}")
    if "archive" in entries["news"].outputs:
        add("news", "archive", "news/archive")
    return Gathered(assets, baked)


def page_context(
    project: Project,
    entries: Mapping[str, Entry],
    gathered: Gathered,
    names: Mapping[str, str],
    options: BuildOptions,
    news_path: Path,
) -> dict[str, Any]:
    """The names that `templates/index.html.j2` may use, listed at its top."""
    address = {key: names[logical] for key, logical in gathered.baked.items()}
    text = {
        relative: path.read_text(encoding="utf-8")
        for relative, path in source_files(project.root, "site_src/text").items()
    }
    stills = pictures(entries, address)
    room = stills["room"]
    site = project.scene.site
    base_path = options.base_path or site.base_path
    return {
        **asdict(site),
        "base_path": base_path,
        "canonical": site.origin.rstrip("/") + base_path if site.origin else None,
        "scene_json": embed_json(scene_data(project.scene, entries, stills, address, text)),
        "poster": next((p for p in room if p.type == "image/jpeg"), room[-1]),
        "preview": _preview(room),
        "poster_sources": _by_type(room),
        "frame_px": list(project.scene.room.size),
        "stylesheet": _named(names, "styles/main.css"),
        "icon": _named(names, "styles/icon.svg"),
        "runtime_main": _named(names, _MAIN),
        "preload": [names[module] for module in first_modules(gathered.assets, _MAIN)],
        "news": stories(read(News, news_path)),
        "dev": options.dev,
    }


def _preview(stills: Sequence[Picture]) -> Picture:
    """The JPEG nearest to the 1200 px that link previews are made for."""
    jpegs = [still for still in stills if still.type == "image/jpeg"] or list(stills)
    return min(jpegs, key=lambda still: abs(still.width - 1200))


def _by_type(stills: Sequence[Picture]) -> list[dict[str, str]]:
    """`<source>` rows, best format first; the JPEG is the `<img>`'s."""
    types = dict.fromkeys(still.type for still in stills if still.type != "image/jpeg")
    return [
        {
            "type": kind,
            "srcset": ", ".join(f"{s.src} {s.width}w" for s in stills if s.type == kind),
        }
        for kind in types
    ]


def _named(names: Mapping[str, str], logical: str) -> str:
    if logical not in names:
        raise BuildError(
            f"site_src/{logical}",
            got="no such file",
            expected="the page's own module and stylesheet",
            remedy="take it from a fresh project: breathe new DIR",
        )
    return names[logical]
