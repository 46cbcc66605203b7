from __future__ import annotations

import pytest

from generator.render.wan.prompts import CLOSING, MODEL_NEGATIVE, OPENING, compose


@pytest.mark.parametrize("clip", ["walkin", "ambient"])
@pytest.mark.parametrize("prompt", ["", "The camera glides."])
def test_a_prompt_stands_between_the_bookends(clip: str, prompt: str) -> None:
    """The first and the last thing that the model reads is that nobody is there."""
    text = compose(clip, prompt=prompt).positive
    assert text.startswith(OPENING) and text.endswith(CLOSING) and prompt in text


def test_bookends_that_are_there_are_not_doubled() -> None:
    """Composing what was composed changes nothing."""
    once = compose("walkin", prompt="The camera glides.").positive
    assert compose("walkin", prompt=once).positive == once


def test_ours_stands_before_the_model_s_own_negative_which_stays_whole() -> None:
    """Wan was tuned against those exact 137 characters."""
    assert len(MODEL_NEGATIVE) == 137
    assert compose("ambient", negative="fog").negative == f"fog, {MODEL_NEGATIVE}"
    assert compose("ambient").negative.endswith(f", {MODEL_NEGATIVE}")


def test_the_model_s_negative_is_not_given_twice() -> None:
    """An author who copied it from a workflow."""
    assert compose("ambient", negative=MODEL_NEGATIVE).negative.count(MODEL_NEGATIVE) == 1
    assert (
        compose("ambient", negative=f"fog, {MODEL_NEGATIVE}").negative == f"fog, {MODEL_NEGATIVE}"
    )
