from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from generator.errors import StoreError
from generator.render.comparison import compare_page
from generator.render.quality import FIGURES
from generator.render.takes import (
    State,
    Take,
    TakeFile,
    TakeShelf,
    differences,
    recipe_key,
    remove_losing_takes,
)


def take(seed: int, state: State = "done", **more: object) -> Take:
    recipe = {"seed": seed, "prompt": "curtains", "size_px": [128, 64]}
    made = Take("ambient", recipe_key(recipe), recipe, state=state, varied=f"seed {seed}")  # type: ignore[arg-type]
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_take_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Every field, the file's facts among them."""
    shelf = TakeShelf(tmp_path)
    file = TakeFile("master.mp4", "0" * 64, 5, 9, 16.0, (128, 64))
    written = take(1, file=file, notes=("seed: 0 → 1",), output={"filename": "a.mp4"}, attempt=2)
    assert shelf.load("ambient", shelf.save(written).key) == written


def test_equal_recipes_have_equal_keys_whatever_their_order() -> None:
    """The key is known before any server is asked."""
    assert recipe_key({"a": 1, "b": 2}) == recipe_key({"b": 2, "a": 1})
    assert recipe_key({"a": 1}) != recipe_key({"a": 2})


def test_every_attempt_saves_under_a_name_of_its_own() -> None:
    """So that a cached answer is never taken for a new render; the key stands in all of them."""
    names = {take(1, attempt=k).prefix for k in (1, 2, 3)}
    assert len(names) == 3 and all(take(1).short_key in name for name in names)


def test_a_clip_that_was_cut_short_is_none(tmp_path: Path) -> None:
    """The size decides without reading it."""
    shelf = TakeShelf(tmp_path)
    one = shelf.save(take(1, file=TakeFile("master.mp4", "0" * 64, 5, 9, 16.0, (128, 64))))
    assert shelf.clip_path(one) is None
    path = shelf.folder("ambient", one.key) / "master.mp4"
    path.write_bytes(b"12345")
    assert shelf.clip_path(one) == path
    path.write_bytes(b"1234")
    assert shelf.clip_path(one) is None


def test_only_what_differs_is_listed() -> None:
    """Setting → its value in each take."""
    assert differences((take(1), take(2))) == {"seed": (1, 2)}


def test_clean_takes_keeps_the_clip_and_what_still_runs(tmp_path: Path) -> None:
    """A running render may have cost hours already."""
    shelf = TakeShelf(tmp_path)
    for one in (take(1, promoted=True), take(2), take(3, "submitted"), take(4, "failed")):
        shelf.save(one)
    remove_losing_takes(tmp_path)
    assert {left.recipe["seed"] for left in shelf.all()} == {1, 3}


@pytest.mark.parametrize("text", ["{", "[]", '{"clip": "ambient"}', '{"file": {"name": 1}}'])
def test_a_record_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    """And how to get out of it."""
    shelf = TakeShelf(tmp_path)
    one = shelf.save(take(1))
    (shelf.folder("ambient", one.key) / "take.json").write_text(text)
    with pytest.raises(StoreError, match="found again"):
        shelf.load("ambient", one.key)
    with pytest.raises(StoreError, match="found again"):
        shelf.all("ambient")


def test_the_compare_page_carries_its_data_safely() -> None:
    """A prompt cannot end the script that holds it, and every figure is explained."""
    wild = take(1, varied="prompt </script><b>")
    page = compare_page("ambient", [wild, take(2)], ["a.mp4", "b.mp4"], loop="pingpong")
    assert "</script><b>" not in page and "\\u003c/script>" in page
    assert "/*DATA*/" not in page and "/*STYLE*/" not in page and "/*SCRIPT*/" not in page
    assert all(name in page for name in FIGURES)
