"""What is known to go wrong with a prompt, said before hours of rendering and not after.

Every rule has a name and a reason. The name in `[wan] allow` silences it.

>>> sorted({f.rule for f in lint_clip(PromptText("walkin", "A slow stroll."))})
['bookends', 'gait']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from generator.comfy.graph import Graph, is_api
from generator.comfy.roles import guidance, ignores_negatives
from generator.errors import SceneError
from generator.render.wan import stage as wan
from generator.render.wan.prompts import compose
from generator.render.wan.server import read_workflow
from generator.scene.model import AMBIENT, CLIP_NAMES, WALKIN, ClipName, LoopMode, Project

RULES = {
    "gait": (
        "Words for walking are anatomy cues to the model: it draws the body that walks, and no "
        "negative prompt outweighs that. Say what the camera does: dolly, glide, Steadicam."
    ),
    "anatomy": (
        "A body part in the positive prompt is drawn, even where the sentence means somebody else."
    ),
    "bookends": (
        "A moving camera wants an owner. The first and the last sentence of a walk-in weigh most: "
        "both should say that nobody is there. (A render adds ours where yours are missing.)"
    ),
    "camera-motion": (
        "The ambient shot carries live text on its monitor: it wants a locked camera."
    ),
    "one-way": (
        "A ping-pong plays backwards half the time, and this motion gives it away. Ask for motion "
        "that comes and goes, or choose another loop."
    ),
    "converter": (
        "ComfyUI's converter reads {a|b} as a random choice and cuts // and /* */ as comments. "
        "We set prompts after it, but a copy of this text in the editor would lose them."
    ),
    "markup": (
        "ComfyUI's text nodes read (words) as emphasis and (words:1.2) as a weight, and the "
        "wrapper's splits a prompt at | and at [1]: the model would be told something else. "
        "Write it in plain sentences."
    ),
    "cfg-1": (
        "At cfg 1 (Lightning, Turbo, the 4-step LoRAs) the negative prompt is not even computed."
    ),
}

_GAIT = (
    r"walk(?:s|ed|ing|er)?|walking[ -]pace|foot ?steps?|footfalls?|strid(?:e|es|ing)|gaits?|"
    r"stroll(?:s|ing)?|paces|pacing|jog(?:s|ging)?|march(?:es|ing)?|tiptoe(?:s|ing)?|"
    r"stepping|steps? (?:forward|in|into|toward|towards|closer)|strut(?:s|ting)?|limp(?:s|ing)?"
)
_ANATOMY = (
    r"bod(?:y|ies)|arms?|hands?|fingers?|legs?|feet|foot|shoulders?|head|face|hair|torso|knees?|"
    r"people|persons?|man|woman|boy|girl|child|teen(?:ager)?s?|figure|silhouette|someone|"
    r"somebody|viewer|protagonist|character|adult"
)
_CAMERA = (
    r"dolly|doll(?:ies|ying)|pan(?:s|ning)?|tilt(?:s|ing)?|zoom(?:s|ing)?|push[- ]in|pull[- ]back|"
    r"orbit(?:s|ing)?|tracking shot|handheld|steadicam|gimbal|crane|fly[- ]?through|"
    r"camera (?:moves|moving|glides|gliding|drifts|drifting|sways|swaying|rises|travels)"
)
_ONE_WAY = (
    r"fall(?:s|ing)? (?!back)|pour(?:s|ing)?|drip(?:s|ping)?|flow(?:s|ing)? (?:down|past)|rain|"
    r"snow(?:s|ing)?|smoke|steam|ris(?:es|ing)|climb(?:s|ing)?|driv(?:es|ing)|fl(?:ies|ying) past|"
    r"snapping|passing|passes|clock hands?|spin(?:s|ning)?|rotat(?:es|ing)|burn(?:s|ing)?|"
    r"walks? past|scroll(?:s|ing)?"
)
_NOBODY = r"\b(?:no|without(?: any)?|never(?: any)?|not a|nobody|empty)\b"
_EMPTY = re.compile(
    r"\b(?:no (?:people|person|one|body|human)|nobody|empty room|unoccupied)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class PromptText:
    """One clip's prompt as the author wrote it, and what it will meet.

    `cfg`: the guidance scale of the sampler, None when it is not known.
    """

    clip: str
    prompt: str
    loop: LoopMode = "none"
    cfg: float | None = None
    negative: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that will probably go wrong. `words`: what in the prompt gave it away."""

    clip: str
    rule: str
    words: str

    @property
    def reason(self) -> str:
        """Why it matters."""
        return RULES[self.rule]


def lint_clip(text: PromptText, allow: Collection[str] = ()) -> list[Finding]:
    """Everything that the rules find in one prompt, but for the rules in `allow`."""
    return [
        Finding(text.clip, rule, words)
        for rule, check in _CHECKS.items()
        if rule not in allow
        for words in check(text)
    ]


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


def _gait(text: PromptText) -> Iterator[str]:
    yield from _hits(_GAIT, text.prompt)


def _anatomy(text: PromptText) -> Iterator[str]:
    """Body words outside the sentences that deny them, and outside possessives like teenager's."""
    for sentence in _sentences(text.prompt):
        if re.search(_NOBODY, sentence, re.IGNORECASE):
            continue
        spared = re.sub(r"\b\w+['’]s\b|\bclock hands?\b|\bhuman eye level\b", " ", sentence)
        yield from _hits(_ANATOMY, spared)


def _bookends(text: PromptText) -> Iterator[str]:
    sentences = _sentences(text.prompt)
    if text.clip != WALKIN or not sentences:
        return  # a locked camera summons nobody; one that moves wants to belong to someone
    for place, sentence in (("first", sentences[0]), ("last", sentences[-1])):
        if not _EMPTY.search(sentence):
            yield f"the {place} sentence: {sentence}"


def _camera_motion(text: PromptText) -> Iterator[str]:
    if text.clip == AMBIENT:
        denied = re.sub(r"\b(?:no|without)\b[^.,;:]*", " ", text.prompt, flags=re.IGNORECASE)
        yield from _hits(_CAMERA, denied)


def _one_way(text: PromptText) -> Iterator[str]:
    if text.loop == "pingpong":
        yield from _hits(_ONE_WAY, text.prompt)


def _converter(text: PromptText) -> Iterator[str]:
    for both in (text.prompt, text.negative):
        yield from (m.group(0) for m in re.finditer(r"\{[^{}]*\|[^{}]*\}|//.*|/\*.*?\*/", both))


def _markup(text: PromptText) -> Iterator[str]:
    for both in (text.prompt, text.negative):
        plain = re.sub(r"\{[^{}]*\}", " ", both)
        yield from (m.group(0) for m in re.finditer(r"\([^()]*\)|\||\[\d+\]", plain))


def _cfg_one(text: PromptText) -> Iterator[str]:
    if ignores_negatives(text.cfg):
        yield f"cfg {text.cfg:g}"


_CHECKS: dict[str, Callable[[PromptText], Iterator[str]]] = {
    "gait": _gait,
    "anatomy": _anatomy,
    "bookends": _bookends,
    "camera-motion": _camera_motion,
    "one-way": _one_way,
    "converter": _converter,
    "markup": _markup,
    "cfg-1": _cfg_one,
}


def _hits(pattern: str, text: str) -> Iterator[str]:
    seen: set[str] = set()
    for match in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
        words = match.group(0).strip()
        if words.lower() not in seen:
            seen.add(words.lower())
            yield words


def _sentences(text: str) -> list[str]:
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+", text.strip()) if s.strip()]
