"""Render backend `wan`: a still and a prompt → a clip, made by Wan 2.2 on a ComfyUI server.

    scene → recipe (everything that decides the pixels) → its key → the take with that key

A take that is on the shelf costs nothing; one that was submitted is found again on the server and
collected; only what nobody has is submitted. See `job` for that, and `render.takes` for the shelf.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from generator import comfy
from generator.artifacts import Json
from generator.comfy.limits import DEFAULT_FRAMES, check_size, fit_frames, frame_hero
from generator.comfy.patch import Prompts, Settings
from generator.engine.disk import disk_errors, sha256_file
from generator.engine.ports import Ports
from generator.engine.stage import SourceFile, Stage, StageResult, StageRun
from generator.errors import AssetError, StageError
from generator.render.takes import Take, TakeShelf, recipe_key
from generator.render.wan.job import Order, RenderJob
from generator.render.wan.outcome import Patience
from generator.render.wan.prompts import compose
from generator.scene.model import AMBIENT, ClipName, Scene
from generator.video.ffmpeg import Filter, Source, command
from generator.video.metadata import probe_photo

_VERSION = 1
_WORKFLOWS = Path(comfy.__file__).parent / "workflows"


@dataclass(frozen=True)
class Variation:
    """What one take changes of the scene's own settings; None keeps them.

    `words` says it to people: `seed 7`.
    """

    prompt: str | None = None
    negative: str | None = None
    seed: int | None = None
    words: str = ""

    def apply(self, scene: Scene, clip: ClipName) -> Scene:
        """The scene with this clip varied."""
        own = scene.clip(clip)
        own = own if self.prompt is None else replace(own, prompt=self.prompt)
        own = own if self.negative is None else replace(own, negative=self.negative)
        own = own if self.seed is None else replace(own, seed=self.seed)
        return replace(scene, ambient=own) if clip == AMBIENT else replace(scene, walkin=own)


def stage(scene: Scene, clip: ClipName) -> Stage:
    """The stage that has `clip` rendered. Raises SceneError for a size that the model would cut."""
    check_size(scene.room.size)
    inputs = {"hero": SourceFile(scene.room.hero)}
    if scene.wan.workflow:
        inputs["workflow"] = SourceFile(scene.wan.workflow)

    def execute(run: StageRun) -> StageResult:
        take = make_take(run.root, run.ports, scene, clip)
        return publish(run, take)

    return Stage(
        name=f"render:{clip}",
        version=_VERSION,
        params=params(scene, clip),
        inputs=inputs,
        execute=execute,
        remote=True,
    )


def params(scene: Scene, clip: ClipName) -> dict[str, Json]:
    """What decides a render's pixels, beside the hero and a workflow of the author's own."""
    own = scene.clip(clip)
    prompts = compose(clip, prompt=own.prompt, negative=own.negative)
    built_in = "" if scene.wan.workflow else sha256_file(workflow_path(scene, clip, Path()))
    return {
        "backend": "wan",
        "prompt": prompts.positive,
        "negative": prompts.negative,
        "seed": own.seed,
        "frames": fit_frames(own.frames or DEFAULT_FRAMES[clip]).value,
        "fps": scene.room.fps,
        "size_px": list(scene.room.size),
        "crop": list(own.crop) if own.crop else None,
        "steps": scene.wan.steps,
        "cfg": scene.wan.cfg,
        "shift": scene.wan.shift,
        "models": dict(scene.wan.models),
        "built_in_workflow": built_in,
    }


def recipe(scene: Scene, clip: ClipName, root: Path) -> dict[str, Json]:
    """`params` and the content of the files: equal recipes are one render, on any server.

    Raises AssetError when a file is missing.
    """
    files = {"hero": scene.room.hero, "workflow": scene.wan.workflow}
    hashes: dict[str, Json] = {}
    for label, name in files.items():
        if not name:
            continue
        try:
            hashes[label] = sha256_file(root / name)
        except OSError as exc:
            raise AssetError(
                name, got=exc.strerror or str(exc), expected="a file in the project folder"
            ) from exc
    return {**params(scene, clip), "inputs": hashes}


def make_take(
    root: Path,
    ports: Ports,
    scene: Scene,
    clip: ClipName,
    variation: Variation | None = None,
    *,
    patience: Patience | None = None,
) -> Take:
    """Have one take on the shelf, whole: from there, from the server, or by a new render.

    Raises SceneError, AssetError, ComfyError, SshError or StoreError.
    """
    variation = variation or Variation()
    scene = variation.apply(scene, clip)
    asked = recipe(scene, clip, root)
    if note := fit_frames(scene.clip(clip).frames or DEFAULT_FRAMES[clip]).note:
        ports.progress.note(f"render:{clip}: {note}")
    with TemporaryDirectory() as folder:
        own = scene.clip(clip)
        wish: dict[str, str | int] = {
            "prompt": own.prompt,
            "negative": own.negative,
            "seed": own.seed,
        }
        take = Take(clip, recipe_key(asked), asked, varied=variation.words, wish=wish)
        order = Order(
            workflow=workflow_path(scene, clip, root),
            workflow_name=scene.wan.workflow or "our own workflow",
            settings=settings(scene, clip),
            still=lambda: cut_still(root, ports, scene, clip, Path(folder), take),
        )
        patience = patience or Patience(stall_s=scene.wan.stall_s)
        return RenderJob(root, ports, scene, order, patience).collect(take)


def settings(scene: Scene, clip: ClipName) -> Settings:
    """What goes into the graph, but for the still's name on the server and the file's prefix."""
    own, chosen = params(scene, clip), scene.wan
    return Settings(
        image="",
        prefix="",
        size=scene.room.size,
        frames=fit_frames(scene.clip(clip).frames or DEFAULT_FRAMES[clip]).value,
        fps=scene.room.fps,
        prompts=Prompts(str(own["prompt"]), str(own["negative"])),
        seed=scene.clip(clip).seed,
        steps=chosen.steps,
        cfg=chosen.cfg,
        shift=chosen.shift,
        models=chosen.models,
    )


def workflow_path(scene: Scene, clip: ClipName, root: Path) -> Path:
    """The workflow of this clip: the author's, or the one of ours that fits its loop."""
    if scene.wan.workflow:
        return root / scene.wan.workflow
    first_last = scene.clip(clip).loop == "first-last"
    return _WORKFLOWS / ("native-first-last.json" if first_last else "native-i2v.json")


def cut_still(
    root: Path, ports: Ports, scene: Scene, clip: ClipName, folder: Path, take: Take
) -> Path:
    """The first frame of the clip, cut out of the hero at the clip's size, as a PNG in `folder`.

    Raises AssetError or SceneError.
    """
    ffmpeg = ports.require_ffmpeg(f"render:{clip}")
    hero = root / scene.room.hero
    size = probe_photo(ffmpeg, hero, name=scene.room.hero)
    framing = frame_hero(size, scene.room.size, scene.clip(clip).crop, clip=clip)
    for note in framing.notes:
        ports.progress.note(f"render:{clip}: {note}")
    x, y, width, height = framing.box
    chain = [
        Filter("crop", {"w": width, "h": height, "x": x, "y": y, "exact": 1}),
        Filter(
            "scale",
            {
                "w": scene.room.size[0],
                "h": scene.room.size[1],
                "flags": "lanczos+accurate_rnd+full_chroma_int",
            },
        ),
        Filter("format", {"pix_fmts": "rgb24"}),
    ]
    target = folder / f"breathe-{clip}-{take.short_key}.png"
    ffmpeg.run(
        command([Source(hero)], chain, target, {"frames:v": 1}), label=f"render:{clip} still"
    )
    return target


def publish(run: StageRun, take: Take) -> StageResult:
    """A finished take → the stage's output; the shelf remembers which take the clip is."""
    shelf = TakeShelf(run.root)
    source = shelf.clip_path(take)
    if source is None or take.file is None:
        raise StageError(f"render:{take.clip}", got="a take without its clip", expected="a clip")
    target = run.out_dir / f"master{source.suffix}"
    with disk_errors(str(target)):
        _link_or_copy(source, target)
    for other in shelf.all(take.clip):
        if other.promoted != (other.key == take.key):
            shelf.update(other, promoted=other.key == take.key)
    return StageResult(
        files={"master": target.name},
        facts={
            "backend": "wan",
            "frame_count": take.file.frame_count,
            "fps": take.recipe["fps"],
            "size_px": list(take.file.size_px),
            "take": take.short_key,
            "seed": take.recipe["seed"],
        },
    )


def _link_or_copy(source: Path, target: Path) -> None:
    """The same bytes under another name; a second copy only where the disk cannot link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
