"""From the scene and its baked facts to what the page's template is filled with.

`scene_data` is what the runtime reads (`<script id="scene">`), `stories` what stands in the HTML.
Addresses are relative to the page, so a bundle works in any folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from generator.artifacts import Json, JsonMap
from generator.engine.store import Entry
from generator.errors import BuildError
from generator.scene.model import CLIP_NAMES, Project

NEWS_FILE = "news.json"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Picture:
    """One encoding of a still, as a `<source>` or `<img>` needs it."""

    src: str
    type: str
    width: int
    height: int


@dataclass(frozen=True)
class Story:
    """One item of the news as HTML shows it: text only, never markup of the feed's."""

    number: int
    title: str
    url: str
    summary: str
    date_iso: str
    date_text: str
    source: str


def pictures(poster: Entry, kind: str, address: Mapping[str, str]) -> tuple[Picture, ...]:
    """The stills of one `kind` (`room` or `seated`), best format first.

    `address`: baked label → address in the bundle.
    """
    rows = poster.facts["posters"]
    if not isinstance(rows, list):
        raise BuildError("finish:poster", got="facts without posters", expected="a list of them")
    return tuple(
        Picture(
            src=address[str(row["label"])],
            type=str(row["type"]),
            width=_whole(row["width"]),
            height=_whole(row["height"]),
        )
        for row in rows
        if isinstance(row, dict) and row["kind"] == kind
    )


def scene_data(
    project: Project,
    entries: Mapping[str, Entry],
    address: Mapping[tuple[str, str], str],
    text: Mapping[str, str],
) -> dict[str, Json]:
    """What the runtime needs to know, as JSON.

    `address`: (stage, label) → address in the bundle. `text`: name → content of `site_src/text`.
    """
    scene = project.scene
    poster = entries["finish:poster"]
    poster_address = {label: address["finish:poster", label] for label in poster.outputs}
    clips: dict[str, Json] = {}
    for name in CLIP_NAMES:
        finish = entries[f"finish:{name}"].facts
        encodes = finish["encodes"]
        if not isinstance(encodes, list):
            raise BuildError(f"finish:{name}", got="facts without encodes", expected="a list")
        clips[name] = {
            "sources": [
                {"src": address[f"finish:{name}", str(e["label"])], "type": str(e["type"])}
                for e in sorted(encodes, key=_is_heavy)
                if isinstance(e, dict)
            ],
            "frame_count": finish["playing_frame_count"],
            "track": address[f"track:{name}", "track"],
            "light": address[f"light:{name}", "light"],
            "tracked": {
                fact: entries[f"track:{name}"].facts.get(fact)
                for fact in ("model", "worst_residual")
            },
            "poster": [
                _plain(asdict(picture))
                for picture in pictures(
                    poster, {"walkin": "room", "ambient": "seated"}[name], poster_address
                )
            ],
        }
    screen = entries[f"track:{scene.screen.clip}"].facts
    return {
        "schema": 1,
        "title": scene.site.title,
        "fps": scene.room.fps,
        "size_px": list(scene.room.size),
        "handoff_s": scene.handoff.crossfade_s,
        "clips": clips,
        "screen": {
            **_plain(asdict(scene.screen)),
            "glass_plane_px": screen["glass_plane_px"],
        },
        "light": _plain(asdict(scene.light)),
        "computer": _plain(asdict(scene.computer)),
        "text": dict(text),
        "news": NEWS_FILE,
        "archive": address.get(("news", "archive")),
    }


def _is_heavy(encode: Json) -> bool:
    """A browser takes the first source that it can play, so AV1 stands before H.264."""
    return not (isinstance(encode, dict) and "av01" in str(encode["type"]))


def embed_json(data: JsonMap) -> str:
    """JSON that may stand inside `<script>`: no `<` that a parser could take for a tag."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def stories(feed: Mapping[str, Any]) -> tuple[Story, ...]:
    """The items of a news.json, numbered as the bulletin board numbers them, from 1."""
    return tuple(
        Story(
            number=number,
            title=item.get("title") or "Untitled",
            url=item.get("url") or "",
            summary=item.get("summary") or "",
            date_iso=item.get("date_published") or "",
            date_text=_day(item.get("date_published") or ""),
            source=(item.get("_breathe") or {}).get("feed_title") or "",
        )
        for number, item in enumerate(feed.get("items", ()), start=1)
    )


def _day(iso: str) -> str:
    """`2026-11-23T09:00:00Z` → `23 Nov 2026`; what cannot be read stays away."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return ""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _whole(value: Json) -> int:
    if isinstance(value, int):
        return value
    raise BuildError("finish:poster", got=repr(value), expected="a whole number of px")


def _plain(value: Mapping[str, Any]) -> dict[str, Json]:
    """Tuples to lists, as JSON has it."""
    plain: dict[str, Json] = json.loads(json.dumps(value))
    return plain
