"""What a scene is: the typed form of `scene.toml`.

`load.parse_scene` turns the file into a `Scene`; nothing else makes one outside tests. Every
setting is declared here once, with its default and a sentence; `docs/scene.md` is made from them.

>>> Screen().plane_px
(640, 400)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from generator.artifacts import Point, Quad
from generator.scene.backends import RENDER_BACKENDS

SCHEMA = 1
ClipName = Literal["walkin", "ambient"]
WALKIN: Final = "walkin"
AMBIENT: Final = "ambient"
CLIP_NAMES: tuple[ClipName, ...] = get_args(ClipName)


def _setting(default: Any, doc: str, **limits: Any) -> Any:
    """A setting: its default, its sentence, its limits (`min`, `max`, `choices`, `path`)."""
    metadata = {"doc": doc, **limits}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Site:
    """`[site]`: the page around the room."""

    title: str = _setting("Breathing Room", "The page's title.")
    description: str = _setting(
        "A teenager’s bedroom on a summer afternoon, and a computer that dials for the news.",
        "One sentence for search results and link previews.",
    )
    base_path: str = _setting("/", "The path the bundle is served under; starts and ends with /.")
    lang: str = _setting("en", "The page's language, a BCP 47 tag.")
    origin: str = _setting(
        "",
        "Where the world finds it, like https://example.org; gives the sitemap and link previews.",
    )
    embed_origins: tuple[str, ...] = _setting(
        (), "Other origins whose pages may open the room, like https://news.example.org."
    )


def _required(doc: str, needs: str) -> Any:
    """A setting without a default; `needs` says in a message what is missing."""
    return field(metadata={"doc": doc, "needs": needs})


@dataclass(frozen=True)
class Box:
    """`[room.box]`: the room as a box, for a walk into the still. Fractions of the upright hero."""

    wall: Quad = _required(
        "The far wall's corners, order TL TR BR BL; they may lie outside the picture.",
        "the far wall's four corners",
    )
    eye: Point = _required(
        "The vanishing point: where the edges that lead away from you would meet.",
        "the vanishing point, [x, y]",
    )


@dataclass(frozen=True)
class Room:
    """`[room]`: the one still that everything starts from."""

    hero: str = _setting("assets/source/hero.png", "The still of the room.", path=True)
    size: tuple[int, int] = _setting(
        (1280, 704), "Width and height of the clips in px; both even.", min=64, max=4096
    )
    fps: int = _setting(16, "Frames a second of the clips.", min=1, max=60)
    box: Box | None = _setting(
        None, "The room as a box, for a walk into the still; left out, it is guessed."
    )


LayerMotion = Literal["curtain", "foliage", "light", "dust", "lamp", "steam", "front"]


@dataclass(frozen=True)
class Layer:
    """`[[layers]]`: a part of the hero, and what it is; `render = "layers"` moves it.

    Points are fractions of the upright hero.
    """

    name: str = _required("What messages call it; no two the same.", "a word for it")
    motion: LayerMotion = _required(
        "What it is; a `front` stands before the rest, and keeps still itself.",
        "curtain, foliage, light, dust, lamp, steam or front",
    )
    shape: tuple[Point, ...] = _setting((), "Its outline: a polygon. Nothing outside it moves.")
    mask: str = _setting(
        "", "Or a one-channel PNG of the hero's size, white where it is.", path=True
    )
    soft_px: float | None = _setting(
        None, "How far its edge fades inwards, px of the hero; left out, by what it is.",
        min=0.0, max=1000.0,
    )  # fmt: skip
    anchor: tuple[Point, ...] = _setting(
        (),
        "A line that stays put: a curtain's rod, where a plant or a `front` stands, a cup's rim. "
        "Left out, its upper edge for a curtain and its lower edge for the rest.",
    )
    top: tuple[Point, ...] = _setting(
        (),
        "Of a `front` that one can put things on: the front edge of its level top, a line. "
        "A `front` whose anchor lies above that edge stands on it.",
    )
    strength: float = _setting(1.0, "How strongly it moves.", min=0.0, max=2.0)


@dataclass(frozen=True)
class Wind:
    """`[wind]`: the one breeze that drives every layer."""

    strength: float = _setting(1.0, "1 is a breeze, 2 a fresh wind, 0 calm.", min=0.0, max=2.0)
    direction_deg: float = _setting(
        60.0,
        "Where it blows to, seen from above: 0 to the right, 90 towards you, 180 to the left.",
        min=0.0,
        max=360.0,
    )


LoopMode = Literal["none", "pingpong", "crossfade", "first-last", "auto"]
TrackOn = Literal["here", "spark"]


@dataclass(frozen=True)
class Clip:
    """`[clips.walkin]` and `[clips.ambient]`: one master clip, and how it comes to be."""

    render: str = _setting(
        "still", "The backend that makes the master.", choices=tuple(RENDER_BACKENDS)
    )
    file: str = _setting("", 'The master to use when render = "file".', path=True)
    crop: tuple[int, int, int, int] | None = _setting(
        None,
        "x, y, width, height in px of the hero: the tighter shot this clip is made from. "
        "Pick the corners again when the shot changes.",
    )
    frames: int = _setting(
        0, "Frames of the master; 0 means the backend's own choice.", min=0, max=4096
    )
    prompt: str = _setting("", "What the video model is told; empty means our own words.")
    negative: str = _setting("", "What it must avoid, put before the model's own negative.")
    seed: int = _setting(0, "The seed of the render.", min=0, max=2**63 - 1)
    loop: LoopMode = _setting(
        "none", "How the clip repeats; the ambient clip of layers closes by itself."
    )
    end: Literal["", "ambient"] = _setting(
        "", "ambient: a walk-in whose last frame is the first of the ambient clip."
    )
    depth: str = _setting(
        "",
        "For a walk into the still: a depth map of the hero, 16-bit PNG, nearer is brighter. "
        "It takes the place of the box.",
        path=True,
    )
    sway_px: float = _setting(
        0.0, "How far a hand-held camera sways, px of the clip; for layers.", min=0.0, max=20.0
    )


@dataclass(frozen=True)
class Handoff:
    """`[handoff]`: from the walk-in to the loop."""

    crossfade_s: float = _setting(0.5, "Length of the crossfade in seconds.", min=0.0, max=5.0)


@dataclass(frozen=True)
class Screen:
    """`[screen]`: where the text area of the monitor is, on one frame of one master."""

    clip: ClipName = _setting(AMBIENT, "The clip on which the corners were picked.")
    frame: int = _setting(0, "The master's frame on which they were picked, from 0.", min=0)
    corners: Quad = _setting(
        ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)),
        "The four corners of the text area, fractions of the frame, order TL TR BR BL.",
    )
    plane_px: tuple[int, int] = _setting(
        (640, 400), "Nominal size of the text area in px.", min=8, max=4096
    )
    glass: Quad | None = _setting(
        None, "The outer corners of the tube; left out, they are found from the picture."
    )
    tube: Literal["auto", "dark", "lit"] = _setting(
        "auto",
        "What the photographed glass shows: dark glass keeps its reflections over the text; lit, "
        "pale or busy glass is switched off in the picture. auto measures it.",
    )


@dataclass(frozen=True)
class AdjustKey:
    """`[[track.adjust]]`: a correction by hand on one frame of one master, blended around it."""

    clip: ClipName = _setting(AMBIENT, "The clip that this key corrects.")
    frame: int = _setting(0, "The master's frame, from 0.", min=0)
    offset_px: tuple[Point, Point, Point, Point] = _setting(
        ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
        "How far each corner moves, in px of the master, order TL TR BR BL.",
    )
    reach_s: float = _setting(
        0.5, "Seconds over which the correction fades on each side.", min=0.0, max=60.0
    )


@dataclass(frozen=True)
class Track:
    """`[track]`: following the screen through the clips."""

    method: Literal["dense", "lk", "known"] = _setting(
        "dense",
        "The tracker; known: no tracker, where we moved the camera ourselves. Clips of still and "
        "layers are always known.",
    )
    on: TrackOn = _setting("here", "Where it runs: this machine or the box.")
    strength: float = _setting(
        1.0, "1 follows the measured motion fully; 0.25 is the old damping.", min=0.0, max=1.0
    )
    low_pass_hz: float = _setting(
        0.0, "Cut-off of the zero-phase smoother in hertz; 0 switches it off.", min=0.0, max=30.0
    )
    max_residual: float = _setting(
        0.25, "Gate: the worst share of the ring's contrast left unexplained.", min=0.0, max=1.0
    )
    max_jitter_px: float = _setting(
        0.5, "Gate: rms of the frame-to-frame jitter, px of a 1280-wide frame.", min=0.0
    )
    adjust: tuple[AdjustKey, ...] = _setting((), "Corrections by hand.")


@dataclass(frozen=True)
class Light:
    """`[light]`: how the room's light falls on the phosphor."""

    patch: float = _setting(
        1.25, "Outer edge of the sampled ring, as a multiple of the glass.", min=1.05, max=3.0
    )
    smooth_s: float = _setting(
        0.5, "Time constant of the smoother, so that a leaf does not flicker.", min=0.0, max=5.0
    )
    strength: float = _setting(
        1.0, "How strongly the room's light moves the phosphor; 0 switches it off.", min=0.0, max=2
    )


@dataclass(frozen=True)
class Computer:
    """`[computer]`: the machine on the desk."""

    border: int = _setting(14, "Border colour, 0 to 15 of the C64's palette.", min=0, max=15)
    background: int = _setting(6, "Background colour, 0 to 15.", min=0, max=15)
    text: int = _setting(1, "Text colour, 0 to 15.", min=0, max=15)
    baud: int = _setting(2400, "Modem speed in bits a second.", min=300, max=57600)
    phone: str = _setting("555-0164", "The number that is dialled.")
    bbs_name: str = _setting("THE BREATHING ROOM", "The name of the bulletin board.")


@dataclass(frozen=True)
class News:
    """`[news]`: what the bulletin board carries."""

    feeds: tuple[str, ...] = _setting((), "RSS, Atom or JSON Feed, by URL or local file.")
    max_items: int = _setting(40, "Stories kept, newest first.", min=1, max=500)
    archive_days: int = _setting(
        7, "How many days the archive of earlier stories reaches back; 0: none.", min=0, max=60
    )
    ttl_s: int = _setting(3600, "A URL is fetched again after so many seconds.", min=0)
    timeout_s: float = _setting(10.0, "Patience with one feed, in seconds.", min=0.1, max=300)
    max_bytes: int = _setting(5_000_000, "The largest feed that is read.", min=1024)
    strip_tracking: bool = _setting(
        False, "Take parameters that only track the reader (utm_source and its kind) out of links."
    )


@dataclass(frozen=True)
class Finish:
    """`[finish]`: from master to web clips."""

    ffmpeg: Literal["bundled", "path"] = _setting(
        "bundled", "Which ffmpeg encodes: the wheel's own, or the first on PATH."
    )
    vmaf: float = _setting(93.5, "The quality that encodes aim at, VMAF mean.", min=20, max=99)
    av1: bool = _setting(True, "Make AV1 clips beside H.264.")
    deflicker: bool = _setting(False, "Even out exposure from frame to frame.")


@dataclass(frozen=True)
class Wan:
    """`[wan]`: the box that renders."""

    host: str = _setting("", "ssh destination of the box, or a server's http or https address.")
    port: int = _setting(8188, "ComfyUI's port on the box.", min=1, max=65535)
    workflow: str = _setting("", "A workflow of your own; empty means ours.", path=True)
    models: Mapping[str, str] = _setting(
        dict, "Model file names by role: high, low, text, vae, lora_high, lora_low, vision."
    )
    steps: int = _setting(0, "Sampling steps; 0 leaves the workflow's own.", min=0, max=200)
    cfg: float = _setting(
        0.0, "Guidance; 0 leaves the workflow's own. At 1 negatives are ignored.", min=0.0, max=30.0
    )
    shift: float = _setting(0.0, "Sampling shift; 0 leaves the workflow's own.", min=0.0, max=100.0)
    allow: tuple[str, ...] = _setting((), "Rules of `breathe prompt lint` that this scene breaks.")
    stall_s: float = _setting(
        1800.0, "Give up waiting after so many seconds without a sign of progress.", min=1.0
    )
    image: str = _setting(
        "nvcr.io/nvidia/pytorch:26.02-py3", "The container image that `spark setup` builds on."
    )
    home: str = _setting("~/breathing-room", "The folder that `spark setup` makes on the box.")
    comfyui: str = _setting("v0.45.2", "The release of ComfyUI that `spark setup` installs.")
    custom_nodes: Mapping[str, str] = _setting(
        dict, "Custom nodes to install: address of the git repository to commit."
    )


@dataclass(frozen=True)
class Budget:
    """`[budget]`: what a visitor may be asked to download, in kB (1000 bytes)."""

    clips_av1_kb: float = _setting(950.0, "Both clips in AV1.", min=0)
    clips_h264_kb: float = _setting(2100.0, "Both clips in H.264.", min=0)
    page_kb: float = _setting(40.0, "HTML, CSS, JS and font, compressed.", min=0)
    page_with_poster_kb: float = _setting(120.0, "The same with the poster.", min=0)
    total_kb: float = _setting(
        2300.0, "The whole visit: page, poster, timelines, news and the heavier clips.", min=0
    )


@dataclass(frozen=True)
class Scene:
    """One scene: everything an author can say, checked."""

    schema: int = _setting(SCHEMA, "The version of this file's form.")
    site: Site = _setting(Site, "The page around the room.")
    room: Room = _setting(Room, "The still that everything starts from.")
    walkin: Clip = _setting(Clip, "The clip that walks in, `[clips.walkin]`.")
    ambient: Clip = _setting(
        lambda: Clip(loop="pingpong"), "The clip that loops, `[clips.ambient]`."
    )
    layers: tuple[Layer, ...] = _setting((), "The parts of the hero that move, `[[layers]]`.")
    wind: Wind = _setting(Wind, "The breeze that drives them.")
    handoff: Handoff = _setting(Handoff, "From the walk-in to the loop.")
    screen: Screen = _setting(Screen, "Where the text area is.")
    track: Track = _setting(Track, "Following the screen.")
    light: Light = _setting(Light, "The room's light on the phosphor.")
    computer: Computer = _setting(Computer, "The machine on the desk.")
    news: News = _setting(News, "What the board carries.")
    finish: Finish = _setting(Finish, "From master to web clips.")
    wan: Wan = _setting(Wan, "The box that renders.")
    budget: Budget = _setting(Budget, "What a visitor may be asked to download.")

    def clip(self, name: ClipName) -> Clip:
        """The clip called `name`."""
        return self.walkin if name == WALKIN else self.ambient


@dataclass(frozen=True)
class Project:
    """A folder with a scene in it: where everything of one author lives."""

    root: Path
    scene: Scene
    scene_path: Path
