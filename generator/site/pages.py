"""From the scene and its baked facts to what the page's template is filled with.

`scene_data` is what the runtime reads (`<script id="scene">`), `stories` what stands in the HTML.
Addresses are relative to the page, so a bundle works in any folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from generator.artifacts import Json, JsonMap
from generator.artifacts.decode import encode
from generator.artifacts.finish import EncodeFacts, FinishFacts, PostersFacts
from generator.artifacts.light import LightFacts
from generator.artifacts.news import News
from generator.artifacts.track import TrackFacts
from generator.engine.store import Entry, facts_of
from generator.scene.model import AMBIENT, CLIP_NAMES, WALKIN, Scene

NEWS_FILE = "news.json"
_STILL = {WALKIN: "room", AMBIENT: "seated"}
"""Each clip's still: of its first frame."""
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
    address: str = ""
    """The fragment that stays its own; none in news of an older build."""


def pictures(
    entries: Mapping[str, Entry], address: Mapping[tuple[str, str], str]
) -> dict[str, tuple[Picture, ...]]:
    """The stills by kind, `room` and `seated`, best format first.

    `address`: (stage, label) → address in the bundle. Raises StoreError.
    """
    found: dict[str, tuple[Picture, ...]] = {}
    for one in facts_of(entries, "finish:poster", PostersFacts).posters:
        src = address["finish:poster", one.label]
        found[one.kind] = (
            *found.get(one.kind, ()),
            Picture(src, one.type, one.width, one.height),
        )
    return found


def scene_data(
    scene: Scene,
    entries: Mapping[str, Entry],
    stills: Mapping[str, Sequence[Picture]],
    address: Mapping[tuple[str, str], str],
    text: Mapping[str, str],
) -> dict[str, Json]:
    """What the runtime needs to know, as JSON.

    `stills`: `pictures`. `address`: (stage, label) → address in the bundle. `text`: name → content
    of `site_src/text`. Raises StoreError for facts that cannot be used.
    """
    tracks = {name: facts_of(entries, f"track:{name}", TrackFacts) for name in CLIP_NAMES}
    clips: dict[str, Json] = {}
    for name in CLIP_NAMES:
        finish = facts_of(entries, f"finish:{name}", FinishFacts)
        clips[name] = {
            "sources": [
                {"src": address[f"finish:{name}", one.label], "type": one.type}
                for one in sorted(finish.encodes, key=_is_heavy)
            ],
            "frame_count": finish.playing_frame_count,
            "track": address[f"track:{name}", "track"],
            "light": address[f"light:{name}", "light"],
            "tracked": {
                "model": tracks[name].model,
                "worst_residual": tracks[name].worst_residual,
            },
            "poster": [encode(picture) for picture in stills[_STILL[name]]],
        }
    glass = tracks[scene.screen.clip].glass_plane_px
    return {
        "schema": 1,
        "title": scene.site.title,
        "fps": scene.room.fps,
        "size_px": list(scene.room.size),
        "handoff_s": scene.handoff.crossfade_s,
        "clips": clips,
        "screen": {
            **encode(scene.screen),
            "glass_plane_px": [list(p) for p in glass],
            "reflection": _reflection(scene, facts_of(entries, f"light:{AMBIENT}", LightFacts)),
        },
        "light": encode(scene.light),
        "computer": encode(scene.computer),
        "text": dict(text),
        "news": NEWS_FILE,
        "archive": address.get(("news", "archive")),
    }


def _reflection(scene: Scene, light: LightFacts) -> Json:
    """What the dark tube reflects that is laid over the photographed glass; None without one."""
    glass = light.glass
    if glass is None or glass.shown_as(scene.screen.tube) == "dark":
        return None
    return {"rgb": list(glass.reflection_rgb), "at": list(glass.reflection_at)}


def _is_heavy(encode: EncodeFacts) -> bool:
    """A browser takes the first source that it can play, so AV1 stands before H.264."""
    return "av01" not in encode.type


def embed_json(data: JsonMap) -> str:
    """JSON that may stand inside `<script>`: no `<` that a parser could take for a tag."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def stories(news: News) -> tuple[Story, ...]:
    """The items of a news.json, numbered as it numbers them."""
    return tuple(
        Story(
            number=item.number,
            address=item.address,
            title=item.title,
            url=item.url,
            summary=item.summary,
            date_iso=item.date_published,
            date_text=_day(item.date_published),
            source=item.source,
        )
        for item in news.items
    )


def _day(iso: str) -> str:
    """`2026-11-23T09:00:00Z` → `23 Nov 2026`; what cannot be read stays away."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return ""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
