"""A small bundle with one of everything: for tests of what happens to bundles after the build."""

from __future__ import annotations

from pathlib import Path

from generator.site.bundle import (
    BundleSettings,
    Content,
    assemble,
    published_names,
    write_files,
)

ASSETS: dict[str, Content] = {
    "runtime/main.js": b"import { breath } from './breath.js';\nexport const room = breath * 2;\n"
    * 9,
    "runtime/breath.js": b"// in, out\nexport const breath = 1;\n" * 9,
    "styles/page.css": b"body { background: url('dot.svg'); color: #222; }\n" * 9,
    "styles/dot.svg": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>\n" * 9,
    "clips/walkin.av1.mp4": bytes(range(256)) * 300,
    "clips/ambient.av1.mp4": bytes(range(255, -1, -1)) * 100,
    "poster.avif": b"\0\0\0\x1cftypavif" + bytes(500),
    "font.woff2": b"wOF2" + bytes(range(256)),
}


def page_text(names: dict[str, str]) -> str:
    """HTML that uses every asset."""
    return f"""<!doctype html><html lang="en"><title>Room</title>
<link rel="stylesheet" href="{names["styles/page.css"]}">
<link rel="preload" as="font" href="{names["font.woff2"]}">
<img src="{names["poster.avif"]}" alt="The room">
<video src="{names["clips/walkin.av1.mp4"]}"></video>
<script type="application/json">{{"ambient": "{names["clips/ambient.av1.mp4"]}"}}</script>
<script type="module" src="{names["runtime/main.js"]}"></script>
"""


def sample_files(settings: BundleSettings | None = None) -> dict[str, Content]:
    """Everything the sample bundle holds."""
    names = published_names(ASSETS, folders=("runtime", "styles"))
    pages: dict[str, Content] = {
        "index.html": page_text(names).encode(),
        "404.html": b"<!doctype html><title>Not here</title><p>No such room.</p>\n" * 4,
        "demo/index.html": b'<!doctype html><title>Demo</title><a href="../">Room</a>\n' * 4,
        "news.json": b'{"version": "https://jsonfeed.org/version/1.1", "items": []}\n',
        "embed.js": b"export {};\n" * 20,
    }
    return assemble(ASSETS, names, pages, settings or BundleSettings())


def write_sample(folder: Path, settings: BundleSettings | None = None) -> Path:
    """Write the sample bundle under `folder`, and return it."""
    write_files(sample_files(settings), folder)
    return folder
