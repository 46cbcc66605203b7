"""Several takes of one clip: plan what each varies, look at them, make one of them the clip."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from generator.engine.ports import Ports
from generator.errors import StageError, UsageError
from generator.render.comparison import compare_page
from generator.render.quality import Pictures, continuity, quality
from generator.render.takes import Take, TakeShelf, differences, recipe_key
from generator.render.wan import stage as wan
from generator.scene.model import AMBIENT, WALKIN, ClipName, Project, Scene
from generator.video.frames import iter_rgb

VARIABLE = ("seed", "prompt", "negative")


def plan_takes(
    scene: Scene, clip: ClipName, count: int, vary: Sequence[str]
) -> tuple[wan.Variation, ...]:
    """What each take varies: seeds counted up from the scene's, or one `name=value` each.

    With `vary`, `count` may be one more than its values: the scene's own settings come first.
    Raises UsageError.
    """
    if not vary:
        seed = scene.clip(clip).seed
        return tuple(
            wan.Variation(seed=seed + k, words=f"seed {seed + k}") for k in range(max(1, count))
        )
    varied = tuple(_variation(text) for text in vary)
    if count in (0, 1, len(varied)):
        return varied
    if count == len(varied) + 1:
        return (wan.Variation(words="as in the scene"), *varied)
    raise UsageError(
        "breathe render --takes",
        got=f"{count} takes and {len(varied)} variations",
        expected="one take for each --vary, or one more for the scene's own settings",
        remedy="leave --takes out",
    )


def measure(root: Path, ports: Ports, take: Take) -> Take:
    """The take with its quality figures, taken once. Raises AssetError or MediaError."""
    shelf = TakeShelf(root)
    path = shelf.clip_path(take)
    if take.quality or path is None or take.file is None or ports.ffmpeg is None:
        return take
    frames = iter_rgb(ports.ffmpeg, path, take.file.size_px)
    return shelf.update(take, quality=quality(Pictures.gather(frames)))


def write_comparison(project: Project, ports: Ports, clip: ClipName, out: Path) -> int:
    """Write the compare page for the finished takes of `clip`; returns how many there are.

    Raises StageError when there are none.
    """
    shelf = TakeShelf(project.root)
    takes = [measure(project.root, ports, t) for t in shelf.all(clip) if shelf.clip_path(t)]
    if not takes:
        raise StageError(
            f"takes of {clip}",
            got="none that is finished",
            expected="one or more",
            remedy=f"breathe render {clip} --takes 3",
        )
    takes = _with_joint(project, ports, clip, takes)
    paths = [shelf.clip_path(take) or Path() for take in takes]
    sources = [Path(os.path.relpath(path, out.parent)).as_posix() for path in paths]
    page = compare_page(clip, takes, sources, loop=project.scene.clip(clip).loop)
    out.write_text(page, encoding="utf-8")
    return len(takes)


def _with_joint(project: Project, ports: Ports, clip: ClipName, takes: list[Take]) -> list[Take]:
    """The takes with figures of their joint with the other clip, when that is there."""
    other: ClipName = AMBIENT if clip == WALKIN else WALKIN
    shelf, settings = TakeShelf(project.root), project.scene.clip(other)
    promoted = next((t for t in shelf.all(other) if t.promoted), None)
    path = project.root / settings.file if settings.render == "file" else None
    path = shelf.clip_path(promoted) if path is None and promoted else path
    if path is None or not path.is_file() or ports.ffmpeg is None:
        return takes
    size = project.scene.room.size
    theirs = Pictures.gather(iter_rgb(ports.ffmpeg, path, size))
    measured = []
    for take in takes:
        mine = shelf.clip_path(take) or path
        ours = Pictures.gather(iter_rgb(ports.ffmpeg, mine, size))
        joint = continuity(ours, theirs) if clip == WALKIN else continuity(theirs, ours)
        measured.append(replace(take, quality={**take.quality, **joint}))
    return measured


def find_take(root: Path, clip: ClipName, key: str) -> Take:
    """The take whose key starts with `key`. Raises UsageError when that is not exactly one."""
    takes = [take for take in TakeShelf(root).all(clip) if take.key.startswith(key)]
    if len(takes) != 1:
        raise UsageError(
            f"take {key} of {clip}",
            got="no such take" if not takes else f"{len(takes)} takes",
            expected="the start of one take's key",
            remedy="breathe takes list",
        )
    return takes[0]


def promoted_values(root: Path, take: Take) -> dict[str, str | int]:
    """What to write into `[clips.<clip>]` so that `take` is the clip.

    Raises StageError for a take that is not finished.
    """
    if TakeShelf(root).clip_path(take) is None:
        raise StageError(
            f"take {take.short_key} of {take.clip}",
            got=f"a take that is {take.state}" + (f": {take.reason}" if take.reason else ""),
            expected="a finished one",
            remedy="breathe takes list",
        )
    return {**take.wish, "render": "wan"}


def check_promotion(root: Path, take: Take, scene: Scene) -> None:
    """Refuse a scene whose render would not be `take`. Raises StageError saying what differs.

    A take belongs to its hero, size and workflow: the scene can be given its prompt and seed back,
    not those.
    """
    then = wan.recipe(scene, take.clip, root)
    if recipe_key(then) == take.key:
        return
    now = replace(take, recipe=then)
    raise StageError(
        f"take {take.short_key} of {take.clip}",
        got="a take made with another " + ", ".join(differences((take, now))),
        expected="the scene's hero, size and workflow as they were",
        remedy="put those back, or render it again",
    )


def _variation(text: str) -> wan.Variation:
    name, mark, value = text.partition("=")
    if name not in VARIABLE or not mark:
        raise UsageError(
            f"--vary {text}",
            got="neither seed=, prompt= nor negative=",
            expected="one thing to vary, such as seed=7",
        )
    if name != "seed":
        words = f"{name} {value[:40]}"
        return wan.Variation(
            prompt=value if name == "prompt" else None,
            negative=value if name == "negative" else None,
            words=words,
        )
    if not value.isdigit():
        raise UsageError(f"--vary {text}", got=repr(value), expected="a whole number")
    return wan.Variation(seed=int(value), words=f"seed {value}")
