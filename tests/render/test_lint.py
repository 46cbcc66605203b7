from __future__ import annotations

import pytest

from generator.render.wan.lint import RULES, PromptText, lint_clip
from generator.render.wan.prompts import CLOSING, OPENING, compose
from generator.scene.model import LoopMode

WALKER = (
    "First-person POV, moving forward through the bedroom toward the computer, "
    "adult walking pace, long confident strides, footsteps."
)
CAMERA = (
    "Empty room, no people visible anywhere. Smooth forward camera dolly, the camera itself glides "
    "forward at human eye level like a Steadicam operator, 3 slow gentle dips. A disembodied "
    "camera lens. The view is purely from the camera, no body, no arms, no hands, no person ever "
    "appears in frame."
)


def rules(clip: str, prompt: str, loop: LoopMode = "none", **more: object) -> list[str]:
    text = PromptText(clip, prompt, loop, **more)  # type: ignore[arg-type]
    return sorted({finding.rule for finding in lint_clip(text)})


def test_a_prompt_that_describes_a_walker_is_flagged_and_the_words_are_named() -> None:
    """The third try of the story: gait words, and no word that nobody is there."""
    found = lint_clip(PromptText("walkin", WALKER))
    assert {f.rule for f in found} == {"gait", "anatomy", "bookends"}
    assert {f.words for f in found if f.rule == "gait"} == {"walking", "strides", "footsteps"}


def test_a_prompt_that_describes_a_camera_passes() -> None:
    """The fourth try: camera equipment between two bookends."""
    assert rules("walkin", CAMERA, cfg=3.5) == []


@pytest.mark.parametrize("clip", ["walkin", "ambient"])
def test_our_own_prompts_pass_every_rule(clip: str) -> None:
    """What we send when the author writes nothing."""
    loop: LoopMode = "pingpong" if clip == "ambient" else "none"
    assert rules(clip, compose(clip).positive, loop, cfg=3.5) == []


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Curtains stir. The camera slowly pans to the left.", ["camera-motion"]),
        ("Curtains stir. A slow zoom.", ["camera-motion"]),
        ("Curtains stir. No camera motion, no zoom, locked-off tripod shot.", []),
        ("Smoke rises from a cup.", ["one-way"]),
        ("Curtains billow in and fall back again.", []),
        ("A {red|blue} lamp // flickers", ["converter"]),
        ("A lamp /* the old one */ flickers", ["converter"]),
        ("A lamp (an old one) flickers", ["markup"]),
        ("A (red lamp:1.3) flickers", ["markup"]),
        ("A lamp flickers | a curtain stirs", ["markup"]),
        ("[1] A lamp flickers [2] a curtain stirs", ["markup"]),
        ("A teenager's room, a clock without hands.", []),
        ("A man sits at the desk.", ["anatomy"]),
        ("No man sits at the desk.", []),
    ],
)
def test_ambient_prompts(prompt: str, expected: list[str]) -> None:
    """Each rule finds its words, and leaves a sentence that denies them alone."""
    assert rules("ambient", prompt, "pingpong") == expected


def test_a_walk_in_wants_both_bookends() -> None:
    """One is not enough: the first and the last sentence weigh most."""
    body = "The camera glides to the desk."
    assert rules("walkin", f"{OPENING} {body} {CLOSING}") == []
    assert rules("walkin", f"{OPENING} {body}") == ["bookends"]
    assert rules("walkin", f"{body} {CLOSING}") == ["bookends"]


def test_negatives_that_guidance_of_one_ignores_are_said() -> None:
    """The official template's default."""
    assert rules("ambient", "Curtains stir.", cfg=1.0) == ["cfg-1"]
    assert rules("ambient", "Curtains stir.", cfg=2.0) == []


def test_a_rule_is_silenced_by_its_name() -> None:
    """And only that one."""
    found = lint_clip(PromptText("walkin", WALKER), allow=("gait", "bookends"))
    assert {f.rule for f in found} == {"anatomy"}


def test_one_way_motion_matters_only_to_a_ping_pong() -> None:
    """A crossfade may rain."""
    assert rules("ambient", "Rain on the window.", "crossfade") == []
    assert rules("ambient", "Rain on the window.", "pingpong") == ["one-way"]


def test_every_rule_has_a_reason() -> None:
    """A sentence or more."""
    assert all(reason.endswith((".", ".)")) and len(reason) > 40 for reason in RULES.values())
