"""The author's templates, filled and filled again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.site.templates import render_page


def render(folder: Path) -> str:
    return render_page(folder, "page.j2", {"word": "<b>"})


def test_a_template_is_read_again_when_its_content_changes(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_text("part")
    for text in ("one", "two", "six"):
        (tmp_path / "page.j2").write_text(text + "{% include 'part.j2' %}")
        os.utime(tmp_path / "page.j2", (1e9, 1e9))  # the same tick of the disk
        assert render(tmp_path) == f"{text}part"
    (tmp_path / "part.j2").write_text("another")
    assert render(tmp_path) == "sixanother"


def test_what_is_filled_in_is_text(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_text("{{ word }}")
    assert render(tmp_path) == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"a\n{% if %}", "page.j2:2", "Expected"),
        (b"a\n\n{{ nothing }}", "page.j2:3", "nothing"),
        (b"{% include 'gone.j2' %}", "gone.j2", "no such template"),
        (b"{% include '../up.j2' %}", "up.j2", "no such template"),
        (b"\xff", "page.j2", "UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, content: bytes, place: str, words: str
) -> None:
    (tmp_path / "page.j2").write_bytes(content)
    (tmp_path.parent / "up.j2").write_text("above")
    with pytest.raises(BuildError) as caught:
        render(tmp_path)
    assert place in caught.value.subject
    assert words in str(caught.value)


def test_a_template_that_was_mended_is_whole_again(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_text("{% if %}")
    with pytest.raises(BuildError):
        render(tmp_path)
    (tmp_path / "page.j2").write_text("whole")
    assert render(tmp_path) == "whole"
