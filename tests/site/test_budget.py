from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.scene.model import Budget
from generator.site.budget import BudgetReport, budget_report
from generator.site.bundle import BundleSettings, Content, assemble, write_files
from generator.site.manifest import MANIFEST, parse_manifest

SCENE = {
    "clips": {
        "walkin": {
            "sources": [
                {"src": "walkin-av1.mp4", "type": 'video/mp4; codecs="av01.0.05M.08"'},
                {"src": "walkin-h264.mp4", "type": 'video/mp4; codecs="avc1.640028"'},
            ],
            "track": "walkin.json",
            "light": None,
        },
        "ambient": {"sources": [{"src": "ambient-av1.mp4", "type": 'video/mp4; codecs="av01.0"'}]},
    },
    "news": "news.json",
}
PAGE = """<!doctype html><link rel="stylesheet" href="a.css"><link rel="icon" href="i.svg">
<link rel="modulepreload" href="b.js">
<script type="module" src="a.js"></script>
<picture><source type="image/avif" srcset="p-640.avif 640w, p-1920.avif 1920w, p-1400.avif 1400w">
<source type="image/webp" srcset="p.webp 640w"><img src="p.jpg"></picture>
<script type="application/json" id="scene">SCENE</script>"""
SIZES = {
    "walkin-av1.mp4": 700_000,
    "walkin-h264.mp4": 1_500_000,
    "ambient-av1.mp4": 100_000,
    "p-640.avif": 9_000,
    "p-1400.avif": 20_000,
    "p-1920.avif": 30_000,
    "f.woff2": 6_000,
}


def report(folder: Path, budget: Budget, page: str = PAGE) -> BudgetReport:
    """The report on a bundle of files of those sizes."""
    pages: dict[str, Content] = {name: bytes(size) for name, size in SIZES.items()}
    pages |= {
        "a.js": b"export const a = 1;\n" * 90,
        "b.js": b"// b\n" * 90,
        "later.js": b"x" * 9000,
    }
    pages |= {
        "a.css": b"a { src: url('f.woff2') }\n" + b"a { b: c }\n" * 90,
        "walkin.json": b"[1.0, 2.0]",
        "news.json": b'{"items": []}',
        "i.svg": b"<svg/>",
        "p.webp": b"",
        "p.jpg": b"",
    }
    pages["index.html"] = page.replace("SCENE", json.dumps(SCENE)).encode()
    write_files(assemble({}, {}, pages, BundleSettings()), folder)
    return budget_report(folder, budget)


def test_the_page_is_what_its_markup_loads_as_it_goes_over_the_wire(tmp_path: Path) -> None:
    """Style, font and scripts compressed; nothing that comes later, and no icon."""
    page = report(tmp_path, Budget()).lines[0]
    wire = {e.path: e.wire_size for e in parse_manifest((tmp_path / MANIFEST).read_bytes()).files}
    counted = ("index.html", "a.css", "a.js", "b.js", "f.woff2")
    assert page.used_kb == pytest.approx(sum(wire[path] for path in counted) / 1000)
    assert wire["a.js"] < 100
    assert page.shares[0].label == "font"
    assert {share.label for share in page.shares} == {"HTML", "styles", "scripts (2)", "font"}


def test_the_poster_is_the_one_that_a_laptop_takes(tmp_path: Path) -> None:
    """The best type, and the narrowest that covers 1280x720."""
    page, with_poster, *_ = report(tmp_path, Budget()).lines
    assert with_poster.used_kb == pytest.approx(page.used_kb + 20.0)


def test_clips_are_weighed_by_codec(tmp_path: Path) -> None:
    """Each visitor downloads one of the two."""
    lines = {line.name: line for line in report(tmp_path, Budget()).lines}
    assert lines["clips in AV1"].used_kb == pytest.approx(800.0)
    assert lines["clips in H.264"].used_kb == pytest.approx(1500.0)


def test_the_whole_visit_is_the_page_the_data_and_the_heavier_clips(tmp_path: Path) -> None:
    """What somebody downloads who comes in, walks, and reads; nobody gets both codecs."""
    lines = {line.name: line for line in report(tmp_path, Budget(total_kb=1520.0)).lines}
    visit, page = lines["the whole visit"], lines["the same with the poster"]
    data_kb = (len(b"[1.0, 2.0]") + len(b'{"items": []}')) / 1000
    assert visit.used_kb == pytest.approx(page.used_kb + data_kb + 1500.0)
    assert visit.over


def test_what_is_over_is_said_in_the_table(tmp_path: Path) -> None:
    """With the share of each file; at the limit is not over it."""
    found = report(tmp_path, Budget(clips_av1_kb=800.0, clips_h264_kb=1499.0))
    assert [line.name for line in found.lines if line.over] == ["clips in H.264"]
    table = found.table()
    assert "1500.0 of 1499 kB    100%  over" in table
    assert "walkin-av1.mp4" in table
    assert "88%" in table


def test_a_page_without_its_scene_is_an_error(tmp_path: Path) -> None:
    """Rather than a clip budget of nothing."""
    with pytest.raises(BuildError, match="scene"):
        report(tmp_path, Budget(), PAGE.replace("SCENE", "{not json"))
