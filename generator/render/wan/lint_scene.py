"""The prompts of a scene, looked over with what the render would meet."""

from __future__ import annotations

from generator.comfy.graph import Graph, is_api
from generator.comfy.roles import guidance
from generator.errors import SceneError
from generator.render.wan import stage as wan
from generator.render.wan.lint import RULES, Finding, PromptText, lint_clip
from generator.render.wan.prompts import compose
from generator.render.wan.server import read_workflow
from generator.scene.model import CLIP_NAMES, ClipName, Project


def lint_scene(project: Project) -> list[Finding]:
    """Findings about every clip's prompt, whichever backend it has now.

    Prompts that the author left empty are ours, and are looked over as they are sent. Raises
    SceneError for a rule in `[wan] allow` that does not exist.
    """
    scene = project.scene
    for rule in scene.wan.allow:
        if rule not in RULES:
            raise SceneError(
                "scene.toml [wan] allow",
                got=f"{rule!r}, which is no rule",
                expected=f"one of {', '.join(RULES)}",
            )
    findings: list[Finding] = []
    for clip in CLIP_NAMES:
        own = scene.clip(clip)
        text = PromptText(
            clip=clip,
            prompt=own.prompt or compose(clip).positive,
            loop=own.loop,
            cfg=_cfg(project, clip) if own.render == "wan" else None,
            negative=own.negative,
        )
        findings += lint_clip(text, scene.wan.allow)
    return findings


def _cfg(project: Project, clip: ClipName) -> float | None:
    """The guidance that the workflow will sample with; None when only the server could tell."""
    if project.scene.wan.cfg:
        return project.scene.wan.cfg
    path = wan.workflow_path(project.scene, clip, project.root)
    raw = read_workflow(path, project.scene.wan.workflow or "our own workflow")
    return guidance(Graph.from_api(raw)) if is_api(raw) else None
