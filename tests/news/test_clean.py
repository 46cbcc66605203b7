"""Foreign text and links made safe: the rules one by one (the corpus has the attacks)."""

from __future__ import annotations

import pytest

from generator.news.clean import clean_characters, one_line, paragraphs, safe_url, shorten


def tags(letters: str) -> str:
    """`letters` as invisible tags."""
    return "".join(chr(0xE0000 + ord(letter)) for letter in letters)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("tab\tstays", "tab\tstays"),
        ("e\u0301", "\u00e9"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\u0646\u200c\u0627", "\u0646\u200c\u0627"),
        ("\u4e16\u754c \U0001f30d", "\u4e16\u754c \U0001f30d"),
        ("\U0001f1eb\U0001f1f7 \U0001f3f3\ufe0f\u200d\U0001f308",) * 2,
        (f"\U0001f3f4{tags('gbsct')}\U000e007f!",) * 2,
        (f"\U0001f3f4{tags('pwned')}\U000e007f!", "\U0001f3f4!"),
        (f"x{tags('gbsct')}\U000e007f", "x"),
    ],
)
def test_characters_that_hide_go_and_characters_that_speak_stay(text: str, clean: str) -> None:
    """Line ends become newlines, letters compose, joiners of real scripts stay."""
    assert clean_characters(text) == clean


@pytest.mark.parametrize(
    ("text", "cap", "short"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("cut between words", 12, "cut between…"),
        ("cut, after a comma", 6, "cut…"),
        ("unbrokenunbroken", 8, "unbroke…"),
    ],
)
def test_a_cut_falls_between_words_and_shows(text: str, cap: int, short: str) -> None:
    """Never longer than the cap; a word too long for it is cut itself."""
    assert shorten(text, cap) == short
    assert len(short) <= cap


def test_one_line_is_one_line() -> None:
    """Any white space is one space."""
    assert one_line("  a\n\n b\t\u00a0c ", 80) == "a b c"


def test_paragraphs_of_plain_text_keep_their_shape() -> None:
    """Text that is no markup loses no angle bracket, and lines stay lines."""
    assert paragraphs("a <b> c\nd\n \n\n\ne  f", 80, is_html=False) == "a <b> c\nd\n\ne f"


def test_cleaning_twice_changes_nothing() -> None:
    """So stories can be kept, read back and compared."""
    once = paragraphs("<h1>A &amp; B</h1><p>c<br>d</p><ul><li>e</ul>" + "word " * 900, 2000)
    assert paragraphs(once, 2000, is_html=False) == once


@pytest.mark.parametrize(
    ("url", "base", "safe"),
    [
        ("HTTPS://News.Example/A?b=c#d", "", "https://news.example/A?b=c#d"),
        ("https://news.example/%7Ea%20b", "", "https://news.example/%7Ea%20b"),
        ("https://news.example:8080/", "", "https://news.example:8080/"),
        ("http://[2001:db8::1]/x", "", "http://[2001:db8::1]/x"),
        ("?page=2", "https://news.example/list", "https://news.example/list?page=2"),
        ("mailto:a.b+c@news.example", "", "mailto:a.b+c@news.example"),
        ("mailto:nobody", "", ""),
        ("story", "", ""),
        ("story", "site_src/news.xml", ""),
        ("", "https://news.example/", ""),
        ("https://" + "a" * 300 + ".example/", "", ""),
    ],
)
def test_links_are_made_whole_or_left_out(url: str, base: str, safe: str) -> None:
    """Absolute, lower-case host, percent-encoded; and safe ones are their own safe form."""
    assert safe_url(url, base) == safe
    assert safe_url(safe) == safe
