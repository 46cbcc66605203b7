"""Takes side by side: one HTML file that plays them in step and says what sets them apart.

    compare_page("ambient", takes, sources, loop="pingpong")   # → the page's text

The page is in `compare/`: markup, styles and script are files of their own and put together here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from generator.artifacts import Json
from generator.render.quality import FIGURES, JOINT_FIGURES
from generator.render.takes import Take, differences

_FOLDER = Path(__file__).parent / "compare"


def compare_page(clip: str, takes: Sequence[Take], sources: Sequence[str], *, loop: str) -> str:
    """The page for finished takes of one clip; `sources`: each clip's address from the page."""
    table = differences(tuple(takes))
    data: dict[str, Json] = {
        "clip": clip,
        "loop": loop,
        "meanings": {**FIGURES, **JOINT_FIGURES},
        "differing": list(table),
        "takes": [
            {
                "name": take.short_key[:8],
                "src": source,
                "varied": take.varied,
                "promoted": take.promoted,
                "frameCount": take.file.frame_count if take.file else 0,
                "fps": take.file.fps if take.file else 16,
                "settings": [_words(row[k]) for row in table.values()],
                "figures": dict(take.quality),
            }
            for k, (take, source) in enumerate(zip(takes, sources, strict=True))
        ],
    }
    page = _read("page.html").replace("/*STYLE*/", _read("page.css"))
    page = page.replace("/*SCRIPT*/", _read("page.js"))
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return page.replace("/*DATA*/", text)


def _words(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
