"""Ampersands, entities and characters as feeds write them."""

from __future__ import annotations

import pytest

from generator.news.references import MAX_PUT_IN_CHARS, resolve, without_doctype


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("Q&A, R&D; B&;", "Q&amp;A, R&amp;D; B&amp;;"),
        ("?x=1&para=2&not=3", "?x=1&amp;para=2&amp;not=3"),
        ("na&iuml;ve &mdash; &Eacute;t&eacute;", "na\u00efve \u2014 \u00c9t\u00e9"),
        ("&amp; &lt; &gt; &quot; &apos;", "&amp; &lt; &gt; &quot; &apos;"),
        ("&#8220;x&#x201D;", "\u201cx\u201d"),
        ("&#60;b&#x3E; &#38;", "&lt;b&gt; &amp;"),
        ("&#147;x&#148; it\x92s", "\u201cx\u201d it\u2019s"),
        ("&#0;&#7;&#xD801;&#x110000;&#9999999999;\x00\x0b", ""),
        ("<![CDATA[a & b &eacute;]]>&", "<![CDATA[a & b &eacute;]]>&amp;"),
        ("<!-- a & b --><?x a & b?>&", "<!-- a & b --><?x a & b?>&amp;"),
        ("<![CDATA[left open &", "<![CDATA[left open &"),
        ("&unknown;", "&amp;unknown;"),
    ],
)
def test_every_reference_becomes_one_of_xml_s_own(written: str, resolved: str) -> None:
    """So that a title keeps its ampersands and a link its parameters."""
    assert resolve(written, {}) == resolved


def test_entities_of_the_document_s_own_subset_are_characters() -> None:
    """Declared in either quotes, out of others, and before those of HTML."""
    text, entities = without_doctype(
        "<?xml version='1.0'?><!-- <!DOCTYPE no> --><!DOCTYPE rss PUBLIC \"-//X\" 'x.dtd' [\n"
        "<!-- it's --> <!ENTITY paper 'Daily &#8211; News'><!ENTITY full \"The &paper; &amp; Co\">"
        "<!ENTITY copy '(c)'><!ENTITY far SYSTEM 'file:///etc/passwd'>]><rss>&full;</rss>"
    )
    assert text == "<?xml version='1.0'?><!-- <!DOCTYPE no> --><rss>&full;</rss>"
    words = resolve("&full; &copy; &far;.", entities)
    assert words == "The Daily \u2013 News &amp; Co (c) ."


def test_entities_that_grow_or_turn_in_circles_stay_names() -> None:
    """Ten of ten of ten is no way to fill a memory."""
    grow = "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 10}'>" for n in range(9))
    text, entities = without_doctype(
        f"<!DOCTYPE r [<!ENTITY e0 'ha'>{grow}<!ENTITY a '&b;'><!ENTITY b '&a;'>]><r/>"
    )
    assert text == "<r/>"
    assert resolve("&e1;&e9;", entities) == f"{'ha' * 10}&amp;e9;"
    assert "&amp;" in resolve("&a;", entities)
    assert len(resolve("&x;" * MAX_PUT_IN_CHARS, {"x": "y" * 200})) < 9 * MAX_PUT_IN_CHARS


def test_a_document_type_in_a_text_is_text() -> None:
    """Only one before the first element counts."""
    text = "<rss><![CDATA[<!DOCTYPE html><p>]]></rss>"
    assert without_doctype(text) == (text, {})
