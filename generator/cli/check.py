"""`breathe check`: scene, assets, links; budgets and accessibility of the last build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from generator import plan
from generator.artifacts.light import LightFacts
from generator.artifacts.render import MasterFacts
from generator.cli.output import print_json
from generator.engine import run as engine
from generator.engine.freshness import StageStatus
from generator.engine.stage import Stage
from generator.engine.store import Store, facts_of
from generator.errors import BreatheError, SceneError
from generator.scene.lengths import length_errors
from generator.scene.load import load_project
from generator.scene.model import AMBIENT, CLIP_NAMES, ClipName, Project
from generator.scene.told import add_line
from generator.site.build import MANIFEST_FILE
from generator.video.shots import crop_shot, softness

PAGE_FILE = "index.html"
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@dataclass(frozen=True)
class _Check:
    name: str
    status: str
    detail: str


@click.command(epilog="Example: breathe check && breathe build --frozen")
@click.option("--out", default="dist", show_default=True, help="The bundle to look over.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_obj
def command(root: Path, out: str, as_json: bool) -> None:
    """Check the scene, the assets and, where there is one, the last build.

    Exit code 0: nothing fails. Stale stages and a missing build are warnings.
    """
    project = load_project(root)
    checks = [_Check("scene", "ok", str(project.scene_path.relative_to(project.root)))]
    store, stages = Store(project.root), plan.stages(project.scene)
    states = engine.status(project.root, stages, store=store)
    checks += _crop_checks(project)
    checks += _length_checks(project, stages, states, store)
    checks += _asset_checks(states, store)
    checks += _glass_checks(project, store)
    bundle = project.root / out
    budget_table = ""
    if (bundle / MANIFEST_FILE).is_file():
        checks.append(_bundle_check(bundle))
        if _is_plain_file(bundle / PAGE_FILE):  # without it there is nothing to walk or to weigh
            checks += _page_checks(bundle)
            budget_checks, budget_table = _budget_checks(project, bundle)
            checks += budget_checks
    else:
        checks.append(_Check("build", "warn", f"no bundle in {out} yet: run breathe build"))
    if as_json:
        print_json({"checks": [vars(check) for check in checks]})
    else:
        for check in checks:
            mark, colour = _MARKS[check.status]
            click.echo(f"{click.style(mark, fg=colour)} {check.name}: {check.detail}")
        if budget_table:
            click.echo(f"\n{budget_table}")
    if any(check.status == "fail" for check in checks):
        raise click.exceptions.Exit(1)


def _asset_checks(states: Sequence[StageStatus], store: Store) -> list[_Check]:
    """Stages, and whether each baked file is there to the byte."""
    stale = [s for s in states if s.state != "fresh"]
    checks = [
        _Check("stages", "ok", f"{len(states)} fresh")
        if not stale
        else _Check("stages", "warn", "; ".join(f"{s.name} is {s.state}: {s.why}" for s in stale))
    ]
    outputs = [o for entry in store.entries().values() for o in entry.outputs.values()]
    damaged = [o.path for o in outputs if not store.intact(o)]
    store.flush()
    if damaged:
        checks.append(
            _Check("baked files", "fail", f"not as baked.lock has them: {', '.join(damaged)}")
        )
    else:
        checks.append(_Check("baked files", "ok", f"{len(outputs)} intact"))
    return checks


def _crop_checks(project: Project) -> list[_Check]:
    """Whether each crop lies in the hero, and leaves enough of its px for a clip."""
    scene = project.scene
    crops = {name: crop for name in CLIP_NAMES if (crop := scene.clip(name).crop) is not None}
    if not crops:
        return []
    from generator.video.ffmpeg import FfmpegBinary
    from generator.video.metadata import probe_photo

    subject = f"scene.toml [room] hero {scene.room.hero}"
    try:
        ffmpeg = FfmpegBinary(scene.finish.ffmpeg)
        hero_px = probe_photo(ffmpeg, project.root / scene.room.hero, name=subject)
    except BreatheError as exc:
        return [_failed("crops", exc, project)]
    checks = []
    for clip, crop in crops.items():
        try:
            shot = crop_shot(crop, hero_px, scene.room.size, clip=clip)
        except SceneError as exc:
            checks.append(_failed("crops", exc, project))
            continue
        if note := softness(shot, hero_px, scene.room.size):
            checks.append(_Check("crops", "warn", f"scene.toml [clips.{clip}] crop: {note}"))
    return checks or [_Check("crops", "ok", f"{len(crops)} inside the hero")]


def _glass_checks(project: Project, store: Store) -> list[_Check]:
    """Whether text reads on the photographed glass, as the clip's own pictures show it."""
    entries = store.entries()
    if f"light:{AMBIENT}" not in entries:
        return []
    glass = facts_of(entries, f"light:{AMBIENT}", LightFacts).glass
    if glass is None:
        return []
    told = f"contrast {glass.contrast:g}:1 at worst, texture {glass.texture:g}"
    if glass.shown_as(project.scene.screen.tube) == "lit":
        return [_Check("glass", "ok", f"switched off in the picture (as it is: {told})")]
    if glass.tube == "dark":
        return [_Check("glass", "ok", f"dark: {told}")]
    return [
        _Check(
            "glass",
            "fail",
            f'text does not read on it: {told}; write tube = "auto" in [screen] of scene.toml',
        )
    ]


def _length_checks(
    project: Project, stages: Sequence[Stage], states: Sequence[StageStatus], store: Store
) -> list[_Check]:
    """Whether the frames and seconds that the scene names lie in its clips."""
    try:
        counts = _frame_counts(project, stages, states, store)
    except BreatheError as exc:
        return [_failed("lengths", exc, project)]
    errors = length_errors(project.scene, counts)
    words = "; ".join(f"{clip} has {count} frames" for clip, count in counts.items())
    return [_failed("lengths", exc, project) for exc in errors] or [_Check("lengths", "ok", words)]


def _frame_counts(
    project: Project, stages: Sequence[Stage], states: Sequence[StageStatus], store: Store
) -> dict[ClipName, int]:
    """Frames of each master: as baked, else as it lies there, else as it will be made."""
    entries, scene = store.entries(), project.scene
    fresh = {state.name for state in states if state.state == "fresh"}
    planned = {stage.name: stage.params.get("frames") for stage in stages}
    counts: dict[ClipName, int] = {}
    for clip in CLIP_NAMES:
        name, settings = f"render:{clip}", scene.clip(clip)
        planned_count = planned[name]
        if name in fresh:
            counts[clip] = facts_of(entries, name, MasterFacts).frame_count
        elif settings.file and settings.render == "file":
            from generator.video.ffmpeg import FfmpegBinary
            from generator.video.metadata import probe

            subject = f"scene.toml [clips.{clip}] file {settings.file}"
            ffmpeg = FfmpegBinary(scene.finish.ffmpeg)
            counts[clip] = probe(ffmpeg, project.root / settings.file, name=subject).frame_count
        elif isinstance(planned_count, int):
            counts[clip] = planned_count
    return counts


def _failed(name: str, error: BreatheError, project: Project) -> _Check:
    add_line(error, project.root)
    return _Check(name, "fail", str(error))


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _bundle_check(bundle: Path) -> _Check:
    from generator.site.integrity import bundle_faults

    faults = bundle_faults(bundle)
    words = "; ".join(
        f"{what}: {', '.join(paths)}"
        for what, paths in (
            ("lost", faults.lost),
            ("changed since the build", faults.changed),
            ("not of the build, and would be published", faults.strangers),
        )
        if paths
    )
    return _Check("bundle", *(("fail", words) if words else ("ok", "as it was built")))


def _page_checks(bundle: Path) -> list[_Check]:
    from generator.site.audit import audit_markup
    from generator.site.references import bundle_references

    checks = []
    found = bundle_references(bundle)
    if found.missing:
        checks.append(_Check("links", "fail", "lead nowhere: " + ", ".join(found.missing)))
    else:
        checks.append(_Check("links", "ok", "every reference is in the bundle"))
    if found.unused:
        checks.append(_Check("unused files", "fail", ", ".join(found.unused)))
    findings = audit_markup((bundle / PAGE_FILE).read_text(encoding="utf-8", errors="replace"))
    if findings:
        words = "; ".join(f"line {f.line}: {f.what}" for f in findings)
        checks.append(_Check("accessibility", "fail", words))
    else:
        checks.append(_Check("accessibility", "ok", "names, landmarks and ids are in order"))
    return checks


def _budget_checks(project: Project, bundle: Path) -> tuple[list[_Check], str]:
    from generator.site.budget import budget_report

    report = budget_report(bundle, project.scene.budget)
    over = [line for line in report.lines if line.over]
    if over:
        words = "; ".join(
            f"{line.name} {line.used_kb:.0f} kB of {line.limit_kb:.0f}" for line in over
        )
        return [_Check("budget", "fail", words)], report.table()
    return [_Check("budget", "ok", f"{len(report.lines)} limits kept")], report.table()
