"""Foreign XML to a tree: as a strict parser reads it, or as far as it goes."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

from generator.news.xml import MAX_DEPTH, Element, _Builder, _read_as_it_comes, read_xml


def shape(element: Element) -> str:
    """A tree in one line."""
    inside = "".join(part if isinstance(part, str) else shape(part) for part in element.parts)
    return f"{element.name}({inside})" if element.name else inside


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("<a>x<b/>y</a>", "a(xb()y)"),
        ("\n junk <?xml version='1.0'?><A>x</A>", "a(x)"),
        ("<a><![CDATA[<b>]]>&lt;</a>", "a(<b><)"),
        ("<a xmlns:d='http://purl.org/dc/elements/1.1/'><d:date>x</d:date></a>", "a(dc:date(x))"),
        ("<a xmlns='HTTPS://www.w3.org/2005/Atom/'><b/></a>", "a(b())"),
        ("<q:a xmlns:q='http://purl.org/rss/1.0/'><q:b/></q:a>", "a(b())"),
        ("<a><dc:date>undeclared</dc:date></a>", "a(dc:date(undeclared))"),
        ("<a xmlns:x='urn:other'><x:title/></a>", "a(x:title())"),
        ("<a><b>left open</a>", "a(b(left open))"),
        ("<a><b>x</i></b>y</c></a>", "a(b(x)y)"),
        ("<a>1 < 2 & 3 > 2</a>", "a(1 < 2 & 3 > 2)"),
        ("<a><item><b>x<item>y</a>", "a(item(b(x))item(y))"),
        ("<a b=c d='e' f>x</a>", "a(x)"),
        ("<a><b title='1 > 0'>x</b><c", "a(b(x)<c)"),
        ("<a>x<!-- y", "a(x)"),
        ("<a>x<![CDATA[y", "a(xy)"),
        ("<a>x</a><a>y</a>", "a(x)a(y)"),
    ],
)
def test_a_document_is_read_as_it_is_or_as_far_as_it_goes(text: str, tree: str) -> None:
    """Prefixes by their addresses, tags that match none left out."""
    assert shape(read_xml(text)[0]) == tree


def test_only_damage_is_told() -> None:
    """With the strict parser's own words."""
    assert read_xml("<a>R&D&eacute;</a>")[1] == ""
    assert read_xml("<a><b></a>")[1] == "mismatched tag: line 1, column 8"


def test_what_is_well_formed_reads_alike_both_ways() -> None:
    """The forgiving reader agrees with a strict one, on trees made at random."""
    dice = random.Random(7)

    def make(depth: int) -> ElementTree.Element:
        element = ElementTree.Element(dice.choice("abc"), {"x": dice.choice(["1 > 0", "\"'&<"])})
        element.text = dice.choice(["", "1 < 2", "&amp;", "\u00e9"])
        for _ in range(dice.randrange(4) if depth else 0):
            element.append(make(depth - 1))
            element[-1].tail = dice.choice(["", "t", "&"])
        return element

    for _ in range(200):
        text = ElementTree.tostring(make(4), encoding="unicode")
        strict, damage = read_xml(text)
        forgiving = _Builder()
        _read_as_it_comes(text, forgiving)
        assert damage == ""
        assert shape(strict) == shape(forgiving.top)
        assert strict.markup == forgiving.top.markup


def test_markup_keeps_tags_and_text_apart() -> None:
    """What was escaped stays text, what was left open stays open."""
    root, _ = read_xml("<t>1 &lt; 2 <b title='a\"b'>x</b><br>y</t>")
    (title,) = root.children("t")
    assert title.markup == '1 &lt; 2 <b title="a&quot;b">x</b><br>y'


def test_bases_add_up() -> None:
    """From the outside to the inside, and broken ones don't count."""
    root, _ = read_xml(
        "<a xml:base='https://n.example/x/'><b xml:base='y/'><c xml:base='http://[::1/'/></b></a>"
    )
    assert [e.base for e in root.descendants()] == [
        "https://n.example/x/",
        *["https://n.example/x/y/"] * 2,
    ]


def test_depth_and_number_have_an_end() -> None:
    """Deeper tags are not there, but their text is, and what comes after is where it was."""
    deep = 10 * MAX_DEPTH
    root, damage = read_xml("<r>" + "<i>" * deep + "x" + "</i>" * deep + "<b>y</b></r>")
    assert damage == ""
    assert len(list(root.descendants())) == MAX_DEPTH + 1
    assert [e.text for e in root.children("r")[0].children("b")] == ["y"]
