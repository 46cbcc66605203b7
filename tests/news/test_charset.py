"""Bytes to text when the labels lie."""

from __future__ import annotations

import pytest

from generator.news.charset import decode

WORDS = "Zo\u00eb \u2013 na\u00efve"


def labelled(encoding: str) -> str:
    """A document that says it is in `encoding`."""
    return f"<?xml version='1.0' encoding='{encoding}'?><a>{WORDS}</a>"


@pytest.mark.parametrize(
    ("says", "header", "is_in"),
    [
        ("utf-8", "", "utf-8"),
        ("utf-8", "text/xml", "utf-8-sig"),
        ("utf-8", "text/xml; charset=us-ascii", "utf-8"),
        ("iso-8859-1", "", "utf-8"),
        ("iso-8859-1", "", "cp1252"),
        ("us-ascii", 'text/xml; charset="utf-8"', "cp1252"),
        ("utf-8", "", "cp1252"),
        ("x-nobody", "text/xml; charset=x-none", "cp1252"),
        ("unicode_escape", "", "utf-8"),
        ("zlib", "", "utf-8"),
        ("utf-16", "", "utf-16"),
        ("utf-16", "", "utf-16-le"),
        ("utf-16", "", "utf-16-be"),
        ("utf-32", "", "utf-32"),
    ],
)
def test_what_the_bytes_are_counts_more_than_what_they_are_called(
    says: str, header: str, is_in: str
) -> None:
    """A mark, then UTF-8 that is UTF-8, then the labels, then Windows."""
    assert decode(labelled(says).encode(is_in), header) == labelled(says)


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("windows-1251", "\u041d\u043e\u0432\u043e\u0441\u0442\u0438"),
        ("koi8-r", "\u041d\u043e\u0432\u043e\u0441\u0442\u0438"),
        ("gb2312", "\u65b0\u95fb"),
        ("big5", "\u65b0\u805e"),
        ("shift_jis", "\u30cb\u30e5\u30fc\u30b9"),
        ("euc-jp", "\u30cb\u30e5\u30fc\u30b9"),
        ("iso-2022-jp", "\u30cb\u30e5\u30fc\u30b9"),
        ("euc-kr", "\ub274\uc2a4"),
        ("windows-1253", "\u039d\u03ad\u03b1"),
    ],
)
def test_the_charsets_of_the_world(encoding: str, words: str) -> None:
    """By the document's own label, or else by the server's."""
    document = f"<?xml version='1.0' encoding='{encoding}'?><a>{words}</a>"
    assert decode(document.encode(encoding)) == document
    bare = f"<a>{words}</a>"
    assert decode(bare.encode(encoding), f"text/xml; charset={encoding}") == bare


def test_one_stray_byte_spoils_one_letter() -> None:
    """The rest of a UTF-8 text stays what it is."""
    assert decode("Zo\u00eb, ".encode() + b"na\xefve") == "Zo\u00eb, na\u00efve"
