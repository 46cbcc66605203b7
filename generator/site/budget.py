"""What a visitor downloads against what `[budget]` allows, and which files take the share.

Counted as a modern browser gets it: brotli for text. The page is what stands in its own markup
(style, font, and every module that must be there before the first key); what an author's tool loads
is in no line. Kilobytes are 1000 bytes.

    report = budget_report(Path("dist"), scene.budget)
    print(report.table())
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from generator.errors import BuildError
from generator.scene.model import Budget
from generator.site.links import links
from generator.site.manifest import MANIFEST, Manifest, parse_manifest

_KB = 1000
_WINDOW_PX = (1280, 720)
"""The window whose poster is counted: the targets' own."""
_SHOWN_SHARES = 6
_RELS = {"stylesheet": "styles", "modulepreload": "scripts"}


@dataclass(frozen=True)
class Share:
    """One file, or files of one kind, within a line."""

    label: str
    kb: float


@dataclass(frozen=True)
class BudgetLine:
    """One limit and what counts against it, largest share first."""

    name: str
    limit_kb: float
    shares: tuple[Share, ...]

    @property
    def used_kb(self) -> float:
        """The sum of the shares."""
        return sum(share.kb for share in self.shares)

    @property
    def over(self) -> bool:
        """Whether the limit is broken."""
        return self.used_kb > self.limit_kb


@dataclass(frozen=True)
class BudgetReport:
    """Every limit of `[budget]` on one bundle."""

    lines: tuple[BudgetLine, ...]

    def table(self) -> str:
        """Plain text: each limit, and below it the share of each part."""
        rows = []
        for line in self.lines:
            mark = "  over" if line.over else ""
            full = line.used_kb / line.limit_kb if line.limit_kb else float(bool(line.used_kb))
            rows.append(_row(line.name, line.used_kb, f"of {line.limit_kb:.0f} kB", full) + mark)
            for share in line.shares[:_SHOWN_SHARES]:
                part = share.kb / line.used_kb if line.used_kb else 0.0
                rows.append(_row(f"  {share.label}", share.kb, "", part))
        return "\n".join(rows)


def _row(name: str, kb: float, limit: str, share: float) -> str:
    return f"{name:<34}{kb:>8.1f} {limit:<12}{share:>6.0%}"


def budget_report(bundle: Path, budget: Budget) -> BudgetReport:
    """Weigh the bundle in a folder. Raises BuildError for a page without its scene block."""
    manifest = parse_manifest((bundle / MANIFEST).read_bytes())
    page = _Page()
    page.feed((bundle / "index.html").read_text(encoding="utf-8", errors="replace"))
    for _, style in [part for part in page.parts if part[0] == "styles"]:
        page.parts += [("font", font) for font in _fonts(bundle, style)]
    wire = _WireSizes(manifest)
    kinds: dict[str, float] = {"HTML": wire.kb("index.html")}
    for kind, path in page.parts:
        kinds[kind] = kinds.get(kind, 0.0) + wire.kb(path)
    counts = {kind: sum(k == kind for k, _ in page.parts) for kind in kinds}
    parts = [
        Share(f"{kind} ({counts[kind]})" if counts[kind] > 1 else kind, kb)
        for kind, kb in kinds.items()
    ]
    poster = page.poster()
    with_poster = [*parts, *([Share(Path(poster).name, wire.kb(poster))] if poster else [])]
    av1 = _line("clips in AV1", budget.clips_av1_kb, _clips(page.scene, "av01", wire))
    h264 = _line("clips in H.264", budget.clips_h264_kb, _clips(page.scene, "avc1", wire))
    data = [Share(Path(path).name, wire.kb(path)) for path in _data(page.scene)]
    heavier = max(av1, h264, key=lambda line: line.used_kb)
    return BudgetReport(
        (
            _line("page before the video", budget.page_kb, parts),
            _line("the same with the poster", budget.page_with_poster_kb, with_poster),
            av1,
            h264,
            _line("the whole visit", budget.total_kb, [*with_poster, *data, *heavier.shares]),
        )
    )


def _fonts(bundle: Path, style: str) -> list[str]:
    """Paths of the fonts that a style sheet names."""
    path = bundle / style
    # A bundle that lost files is still weighed: `breathe check` says elsewhere what is gone.
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    found = (link.target for link in links(style, text) if link.target.endswith(".woff2"))
    return [posixpath.normpath(f"{style}/../{target}") for target in found]


def _line(name: str, limit_kb: float, shares: Iterable[Share]) -> BudgetLine:
    return BudgetLine(name, limit_kb, tuple(sorted(shares, key=lambda s: (-s.kb, s.label))))


class _WireSizes:
    """How much of each file goes over the wire."""

    def __init__(self, manifest: Manifest) -> None:
        self._bytes = {entry.path: entry.wire_size for entry in manifest.files}

    def kb(self, path: str) -> float:
        """Kilobytes of a file of the bundle; one that is not there weighs nothing."""
        return self._bytes.get(path, 0) / _KB


def _clips(scene: Mapping[str, Any], codec: str, wire: _WireSizes) -> list[Share]:
    return [
        Share(Path(source["src"]).name, wire.kb(source["src"]))
        for clip in scene.get("clips", {}).values()
        for source in clip["sources"]
        if codec in source["type"]
    ]


def _data(scene: Mapping[str, Any]) -> list[str]:
    """Paths of the timelines and the news."""
    clips = scene.get("clips", {}).values()
    found = [clip.get(kind) for clip in clips for kind in ("track", "light")]
    return [path for path in (*found, scene.get("news")) if path]


class _Page(HTMLParser):
    """What the page's own markup loads."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[str, str]] = []
        """(kind, path) of styles, font and scripts."""
        self.scene: dict[str, Any] = {}
        self._srcsets: list[str] = []
        self._in_scene = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Links, scripts and the rows of the first picture, the poster."""
        named = {name: value or "" for name, value in attrs}
        if tag == "link" and named.get("rel") in _RELS:
            self.parts.append((_RELS[named["rel"]], named.get("href", "")))
        elif tag == "script" and "src" in named:
            self.parts.append(("scripts", named["src"]))
        elif tag == "source" and "srcset" in named:
            self._srcsets.append(named["srcset"])
        self._in_scene = tag == "script" and named.get("id") == "scene"

    def handle_data(self, data: str) -> None:
        """The scene block."""
        if self._in_scene:
            try:
                self.scene = json.loads(data)
            except ValueError as exc:
                raise BuildError(
                    "index.html #scene",
                    got=str(exc),
                    expected="the scene as JSON",
                    remedy="build again",
                ) from exc
            self._in_scene = False

    def poster(self) -> str | None:
        """The still of the best type that a browser takes for a window of `_WINDOW_PX`.

        The picture covers the window, so in a wide one its `sizes` say max(100vw, 182vh).
        """
        if not self._srcsets:
            return None
        wanted_px = max(_WINDOW_PX[0], 1.82 * _WINDOW_PX[1])
        rows = [part.split() for part in self._srcsets[0].split(",") if part.strip()]
        widths = sorted((int(row[1].rstrip("w")), row[0]) for row in rows if len(row) == 2)
        if not widths:
            return rows[0][0]
        return next((path for width, path in widths if width >= wanted_px), widths[-1][1])
