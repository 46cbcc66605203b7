"""What a scene must hold beyond its types: words, corners, addresses and paths.

`load` reads and converts, `places` says where something stands; this module refuses what no room
has.
"""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from generator.errors import SceneError
from generator.scene.backends import MOVED_BY_US
from generator.scene.corners import check_glass_holds_text, check_quad
from generator.scene.layer_checks import check_layers
from generator.scene.model import CLIP_NAMES, Scene
from generator.scene.places import Place, Source


def unknown(source: Source, path: Place, valid: Sequence[str]) -> SceneError:
    """The error for a key that is none, with the nearest of the `valid` ones first."""
    key = str(path[-1])
    near = difflib.get_close_matches(key, valid, n=1, cutoff=0.5)
    surely = difflib.get_close_matches(key, near, cutoff=0.75)
    meant = surely or _elsewhere(key) or near
    return SceneError(
        source.at(path),
        got="an unknown key",
        expected=f"one of {', '.join([*near, *(v for v in valid if v not in near)])}",
        remedy=f"did you mean {meant[0]}?" if meant else "remove it",
    )


def _elsewhere(key: str) -> list[str]:
    """The places where `key` would be known."""
    found = []
    for name, kind in typing.get_type_hints(Scene).items():
        table = f"[clips.{name}]" if name in CLIP_NAMES else f"[{name}]"
        if key == name:
            found.append(table)
        elif is_dataclass(kind) and key in {field.name for field in fields(kind)}:
            found.append(f"{table} {key}")
    return found


def shortened(value: Any) -> str:
    """A value in an error message: its beginning is enough."""
    if isinstance(value, int) and abs(value) >= 2**63:
        return "a whole number of 64 bits or more"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


BASE_PATH = "a path that starts and ends with /, such as / or /nostalgia/"


def is_base_path(text: str) -> bool:
    """Whether `text` can stand in front of every address of the bundle."""
    return bool(re.fullmatch(r"/((?!\.\.?/)[\w.~-]+/)*", text))


def _check_site(scene: Scene, source: Source) -> None:
    """Words that end up in headers and addresses have the form of such words."""
    site = scene.site
    if not is_base_path(site.base_path):
        raise SceneError(
            source.at(("site", "base_path")),
            got=shortened(site.base_path),
            expected=BASE_PATH,
        )
    for key, origins in (("origin", (site.origin,)), ("embed_origins", site.embed_origins)):
        for origin in origins:
            if origin and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?/?", origin):
                raise SceneError(
                    source.at(("site", key)),
                    got=shortened(origin),
                    expected="an origin, such as https://news.example.org",
                )
    if not re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", site.lang):
        raise SceneError(
            source.at(("site", "lang")),
            got=shortened(site.lang),
            expected="a language tag, such as en or pt-BR",
        )


def check_scene(scene: Scene, source: Source) -> None:
    """Refuse what types allow but no room has. Raises SceneError."""
    _check_site(scene, source)
    if any(side % 2 for side in scene.room.size):
        raise SceneError(
            source.at(("room", "size")),
            got=f"{scene.room.size[0]}x{scene.room.size[1]}",
            expected="even numbers: video stores colour at half size",
        )
    check_quad(scene.screen.corners, lambda: source.at(("screen", "corners")))
    if scene.screen.glass is not None:
        check_quad(scene.screen.glass, lambda: source.at(("screen", "glass")))
        check_glass_holds_text(
            scene.screen.glass, scene.screen.corners, lambda: source.at(("screen", "glass"))
        )
    for name in CLIP_NAMES:
        clip = scene.clip(name)
        if clip.render == "file" and not clip.file:
            raise SceneError(
                source.at(("clips", name, "file")),
                got="nothing",
                expected='a clip, since render = "file"',
                remedy='write file = "assets/source/clip.mkv", or render = "still"',
            )
    check_layers(scene, source)
    others = [name for name in CLIP_NAMES if scene.clip(name).render not in MOVED_BY_US]
    if scene.track.method == "known" and others:
        raise SceneError(
            source.at(("track", "method")),
            got=f'"known" though [clips.{others[0]}] has render = "{scene.clip(others[0]).render}"',
            expected="dense or lk: only where we moved the camera is its way known",
            remedy='write method = "dense"; clips of still and layers are computed all the same',
        )
    for number, feed in enumerate(scene.news.feeds):
        if not feed or (re.match(r"[A-Za-z][\w+.-]*://", feed) and not is_url(feed)):
            raise SceneError(
                source.at(("news", "feeds", number)),
                got=shortened(feed),
                expected="an http or https address, or a path inside the project folder",
            )
        if is_url(feed) and re.match(r"[^/]*//[^/?#]*@", feed):
            raise SceneError(
                source.at(("news", "feeds", number)),
                got="an address with a name or a password in it",
                expected="an open one, since it is published with its news",
            )


def check_paths(scene: Scene, root: Path, source: Source) -> None:
    """Paths stay inside the project folder, symbolic links followed."""
    home = root.resolve()
    for place, path in named_files(scene):
        if "\0" in path or not (home / path).resolve().is_relative_to(home):
            raise SceneError(
                source.at(place),
                got=shortened(path),
                expected="a path inside the project folder",
                remedy="copy the file into the project and name it from there",
            )


def named_files(scene: Scene) -> tuple[tuple[Place, str], ...]:
    """Every file that the scene names: where it does, and the path relative to the project."""
    clips = (
        (("clips", name, key), getattr(scene.clip(name), key))
        for name in CLIP_NAMES
        for key in ("file", "depth")
    )
    masks = ((("layers", k, "mask"), layer.mask) for k, layer in enumerate(scene.layers))
    feeds = ((("news", "feeds", k), feed) for k, feed in enumerate(scene.news.feeds))
    named: list[tuple[Place, str]] = [
        (("room", "hero"), scene.room.hero),
        (("wan", "workflow"), scene.wan.workflow),
        *clips,
        *masks,
        *(each for each in feeds if not is_url(each[1])),
    ]
    return tuple((place, path) for place, path in named if path)


def is_url(text: str) -> bool:
    """Whether it is fetched, rather than read from the project folder."""
    return re.match(r"(feed:)?https?://|feed://", text, re.IGNORECASE) is not None
