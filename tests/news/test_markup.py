"""HTML to visible text: what a browser would show, in linear time."""

from __future__ import annotations

import pytest

from generator.news.markup import has_markup, visible_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a &lt; b &amp; c", "a < b & c"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("a<br/>b", "a\nb"),
        ("<pre>x  y\n  z</pre> w  v", "\n\nx  y\n  z\n\n w v"),
        ("<img alt='a &quot;cat&quot;'><img><img alt=''>", '[a "cat"]'),
        ("<td>1</td><td>2</td>", " 1 2"),
        ("<![CDATA[a]]>", "a]]>"),
        ("a</>b</ >c", "abc"),
        ("a<b title='<script>'>c</b>", "ac"),
        ("<svg/>a", "a"),
        ("<select><option>x</select>a</option>", "a"),
        ("<script>if (a</b>c) '</scripty>'</SCRIPT\n>d", "d"),
        ("a<!-->b-->c", "ab-->c"),
        ("a<iframe src='x'>b<p>c", "ab\n\nc"),
        ("a <video> b <textarea>c", "a  b c"),
        ("a<title>b</title>c<title>d", "acd"),
    ],
)
def test_text_as_a_browser_shows_it(markup: str, text: str) -> None:
    """Each line is a rule of the HTML tokenizer, or of our layout."""
    assert visible_text(markup) == text


@pytest.mark.parametrize(
    ("text", "answer"),
    [("a < b", False), ("vector<int>", False), ("<b>x", True), ("x</P >", True), ("<3", False)],
)
def test_only_tags_that_html_knows_are_markup(text: str, answer: bool) -> None:
    """A programmer's headline is not taken for HTML."""
    assert has_markup(text) is answer


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        ("<", "<"),
        ("<a ", ""),
        ("<!", ""),
        ("<!--", ""),
        ("<script>", ""),
        ("<svg>", ""),
        ("<b>", ""),
        ("<p>x", "\n\nx"),
        ("&", "&"),
        ("</", ""),
    ],
)
def test_garbage_without_end_is_read_to_its_end(piece: str, text: str) -> None:
    """A story's worth of each; tests/bench/feeds.py shows that the time grows with the length."""
    count = 200_000 // len(piece)
    assert visible_text(piece * count) == text * count
