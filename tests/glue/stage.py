"""Puts the card in the room's place: a copy of the bundle whose clips and tracks are the card's."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tests.glue.card import (
    BASE,
    FPS,
    FRAME_COUNT,
    GLASS_PLANE_PX,
    PLANE_PX,
    SIZE_PX,
    Floats,
    write_clip,
    write_track,
)
from tests.glue.meter import DISC_RADIUS, DISCS

_SCENE = re.compile(r'(<script type="application/json" id="scene">)(.*?)(</script>)', re.DOTALL)

SHOW_DISCS = """([discs, radius]) => {
  const sheet = document.styleSheets[0];
  for (const rule of [
    "#controls, #title, #keys, #captions, #screen > :not(.disc) { display: none !important }",
    "#screen, .tube, .tube::after, #glass::before, #glass::after { background: none !important;"
      + " box-shadow: none !important; animation: none !important }",
    ".disc { position: absolute; background: #0f0; border-radius: 50% }",
  ]) sheet.insertRule(rule, sheet.cssRules.length);
  const screen = document.querySelector("#screen");
  for (const [x, y] of discs) {
    const disc = document.createElement("div");
    disc.className = "disc";
    const px = (value) => `calc(var(--u) * ${value})`;
    Object.assign(disc.style, { left: px(x - radius), top: px(y - radius),
      width: px(2 * radius), height: px(2 * radius) });
    screen.append(disc);
  }
}"""
DISC_ARGUMENTS = [[list(point) for point in DISCS], DISC_RADIUS]


def write_stage(bundle: Path, folder: Path, track: Floats) -> Path:
    """Copy `bundle` into `folder` with the card riding `track` as both clips."""
    shutil.copytree(bundle, folder, ignore=shutil.ignore_patterns("*.br", "*.gz", "demo"))
    write_clip(folder / "card.mp4", track)
    write_track(folder / "card-track.json", track)
    page = folder / "index.html"
    html = page.read_text(encoding="utf-8")
    match = _SCENE.search(html)
    if match is None:
        raise ValueError(f"{page}: got no scene; expected one in a script element")
    scene = json.loads(match[2])
    clip = {
        "sources": [{"src": "card.mp4", "type": 'video/mp4; codecs="avc1.640028"'}],
        "frame_count": FRAME_COUNT,
        "track": "card-track.json",
        "light": None,
        "poster": [],
    }
    scene |= {"clips": {"walkin": clip, "ambient": clip}, "fps": FPS, "size_px": SIZE_PX}
    scene["screen"] |= {
        "plane_px": PLANE_PX,
        "glass_plane_px": GLASS_PLANE_PX,
        "clip": "ambient",
        "frame": 0,
        "corners": BASE,
    }
    scene["light"] |= {"strength": 0}
    embedded = json.dumps(scene).replace("<", "\\u003c")
    page.write_text(html[: match.start(2)] + embedded + html[match.end(2) :], encoding="utf-8")
    return folder
