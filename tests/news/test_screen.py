"""What the computer's font lacks of the news."""

# ruff: noqa: E501 - a table of signs

from __future__ import annotations

from pathlib import Path

import pytest

from generator.news.screen import losses, read_screen, signs

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "undrawn"),
    [
        (
            "Plain words, \u201cquoted\u201d \u2013 na\u00efve \u041f\u0440\u0438\u0432\u0435\u0442 \u00bd 10\u2076 \ufb01n\u00a0\u20ac5",
            [],
        ),
        ("\U0001f600 \U0001f44d\U0001f3fd \u2764\ufe0f \u2122", []),
        (
            "\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea",
            ["\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea"],
        ),
        (
            "\U0001f469\u200d\U0001f52c \U0001f680 \U0001f680",
            ["\U0001f469\u200d\U0001f52c", "\U0001f680"],
        ),
        ("\u4e16\u754c", ["\u4e16", "\u754c"]),
    ],
)
def test_signs_that_the_page_cannot_draw_or_spell_are_named(text: str, undrawn: list[str]) -> None:
    """By the page's own tables: a flag and a joined emoji are one sign."""
    screen = read_screen(ROOT)
    assert screen is not None
    assert screen.undrawn(text) == undrawn


def test_a_text_is_cut_where_a_reader_would() -> None:
    """Marks, variation selectors, tones, tags and joiners belong to what they stand behind."""
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    parts = ["a", "q\u0323", flag, "\U0001f3f3\ufe0f\u200d\U0001f308", "1\ufe0f\u20e3", "b"]
    assert list(signs("".join(parts))) == parts


def test_the_loss_is_one_line(tmp_path: Path) -> None:
    """However many; and a page with tables of its own is not judged."""
    assert losses(["abc"], ROOT) == ""
    assert losses(["\u4e16!"], ROOT) == (
        "1 sign is not in the computer's font; the visitor's own shows: \u4e16"
    )
    many = losses(["".join(map(chr, range(0x4E00, 0x4E30)))], ROOT)
    assert many.startswith("48 signs are not in")
    assert many.endswith("\u4e0b \u2026")
    assert losses(["\u4e16"], tmp_path) == ""
