"""The generator as a library, with the promises of the command line.

    from generator import api

    project = api.load("room")
    for stage in api.status(project):
        print(stage.name, stage.state, stage.why)
    report = api.build(project, out="public/room", frozen=True)
    print(report.out, report.file_count)

Everything that goes wrong on purpose is a `generator.errors.BreatheError`; its `subject`, `got`,
`expected` and `remedy` are what the command line prints, its `exit_code` what it exits with.
"""

from __future__ import annotations

from pathlib import Path

from generator import plan
from generator.engine import run as engine
from generator.engine.freshness import StageStatus
from generator.engine.ports import Progress, Questions, SilentProgress, SystemClock
from generator.engine.store import Store
from generator.errors import UsageError
from generator.scene.checks import BASE_PATH, is_base_path
from generator.scene.load import load_project
from generator.scene.model import Project
from generator.scene.told import lines_of
from generator.site.build import BuildReport, build_site
from generator.site.sources import BuildOptions

__all__ = ["BuildReport", "Project", "StageStatus", "build", "load", "status"]


def load(folder: str | Path) -> Project:
    """The project in `folder`.

    Raises UsageError where there is none, SceneError for a scene that cannot be used.
    """
    return load_project(Path(folder))


def status(project: Project) -> tuple[StageStatus, ...]:
    """Each stage, fresh, stale or missing, and why; runs nothing and calls nobody.

    Raises SceneError and AssetError for what no stage can use, StoreError from the disk.
    """
    with lines_of(project.root):
        return engine.status(project.root, plan.stages(project.scene))


def build(
    project: Project,
    *,
    out: str | Path = "dist",
    base_path: str | None = None,
    frozen: bool = False,
    fetch_news: bool = False,
    offline: bool = False,
    with_demo: bool = False,
    progress: Progress | None = None,
    questions: Questions | None = None,
) -> BuildReport:
    """Run the stages that are stale, then write the bundle whole.

    `out`: folder, relative to the project. `base_path`: instead of the scene's own. `frozen`:
    StaleError for anything stale, nothing runs; but with `fetch_news`, feeds past their time are
    asked again. `offline`: no server is called. `with_demo`: a news site to try the room from.
    `progress`: told how far it is; silent by default. `questions`: asked where a person may choose;
    without it defaults are taken.

    Raises SceneError, AssetError, StaleError, StageError, MediaError, FeedError, RemoteError and
    BuildError, each a BreatheError; the bundle that was there then stays as it was.
    """
    if base_path is not None and not is_base_path(base_path):
        raise UsageError(
            "--base-path",
            got=repr(base_path),
            expected=BASE_PATH,
            remedy="what comes before the path goes into [site] origin; nothing was changed",
        )
    if fetch_news and offline:
        raise UsageError(
            "--fetch-news",
            got="--offline beside it",
            expected="one of the two",
            remedy="with --frozen alone, the news stays as it was committed",
        )
    with lines_of(project.root):
        store = Store(project.root)
        stages = plan.stages(project.scene)
        how = engine.RunOptions(frozen=frozen, refresh=fetch_news, offline=offline)
        if engine.is_due(project.root, stages, how, SystemClock(), store=store):
            from generator.wiring import real_ports

            ports = real_ports(
                project.scene,
                progress or SilentProgress(),
                questions=questions,
                offline=offline or (frozen and not fetch_news),
            )
            engine.run(project.root, stages, ports, how, store=store)
        options = BuildOptions(out=Path(out), base_path=base_path, with_demo=with_demo)
        return build_site(project, options, store=store)
