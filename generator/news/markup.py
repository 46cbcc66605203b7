r"""HTML from strangers to the text a reader would see, in time linear in its length.

The standard library's parser is quadratic on unclosed markup and raises on some of it (3.11), so
this small scanner follows the rules of the HTML standard's tokenizer that matter for text.

>>> visible_text("<p>One&nbsp;<b title='a>b'>two</b><script>alert(1)</script><p>three")
'\n\nOne two\n\nthree'
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator


def _names(words: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", words))


# Their content is text to the tokenizer, up to their own end tag, and none of it is read.
_RAW = _names("script style template noscript iframe noembed noframes textarea title xmp")
# Their content is markup of which nothing is read either.
_SILENT = _names("object applet svg math head select audio video canvas frameset")
_BLOCK = _names(
    "address article aside blockquote body caption center dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend main "
    "menu nav ol p pre section summary table tbody tfoot thead tr ul"
)
_INLINE = _names(
    "a abbr acronym b bdi bdo big br button cite code data del dfn em embed font i img input ins "
    "kbd label li link mark meta q rp rt ruby s samp small source span strike strong sub sup td "
    "th time tt u var wbr base frame param picture slot dialog marquee"
)
_KNOWN = _RAW | _SILENT | _BLOCK | _INLINE
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_REST_OF_TAG = re.compile(r"""(?:[^>"']|"[^"]*"|'[^']*')*+>""")
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def visible_text(markup: str) -> str:
    """The text of `markup`: empty lines between blocks, `- ` before list items."""
    pieces: list[str] = []
    silent: list[str] = []
    in_pre = False
    for kind, name, text in _tokens(markup):
        if kind == "text":
            if not silent:
                words = html.unescape(text)
                pieces.append(words if in_pre else re.sub(r"\s+", " ", words))
            continue
        if name in _SILENT:
            if kind == "start" and not text.endswith("/>"):
                silent.append(name)
            elif kind == "end" and name in silent:
                del silent[silent.index(name) :]
        if silent:
            continue
        if name == "pre":
            in_pre = kind == "start"
        pieces.append(_layout(kind, name, text))
    return "".join(pieces)


def has_markup(text: str) -> bool:
    """Whether `text` holds a tag that HTML knows: `vector<int>` is no markup, `<b>` is."""
    return any(name in _KNOWN for kind, name, _ in _tokens(text) if kind != "text")


def _layout(kind: str, name: str, tag: str) -> str:
    if name in _BLOCK:
        return "\n\n"
    if kind == "end":
        return ""
    if name == "img" and (alt := _ALT.search(tag)):
        words = html.unescape(next(filter(None, alt.groups()), "")).strip()
        return f"[{words}]" if words else ""
    return {"br": "\n", "li": "\n- ", "td": " ", "th": " "}.get(name, "")


def _tokens(markup: str) -> Iterator[tuple[str, str, str]]:
    """(kind, element, source) with kind text, start or end; comments and raw content left out."""
    at = 0
    while at < len(markup):
        opens = markup.find("<", at)
        if opens < 0:
            yield "text", "", markup[at:]
            return
        if opens > at:
            yield "text", "", markup[at:opens]
        match = _NAME.match(markup, opens)
        if match is None:
            at = _after_declaration(markup, opens)
            if at == opens:  # a lone "<"
                yield "text", "", "<"
                at += 1
            continue
        rest = _REST_OF_TAG.match(markup, match.end())
        if rest is None:  # never closed: the standard drops it to the end
            return
        name = match[1].lower()
        kind = "end" if markup[opens + 1] == "/" else "start"
        at = rest.end()
        yield kind, name, markup[opens:at]
        if kind == "start" and name in _RAW:
            end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(markup, at)
            at = end.start() if end else len(markup)


def _after_declaration(markup: str, at: int) -> int:
    """Where the comment, declaration or instruction at `at` ends; `at` itself if there is none."""
    if markup.startswith("<!--", at):
        end = markup.find("-->", at + 2)
        return end + 3 if end >= 0 else len(markup)
    if markup.startswith("<![CDATA[", at):
        return at + len("<![CDATA[")
    if markup.startswith(("<!", "<?", "</"), at):
        end = markup.find(">", at)
        return end + 1 if end >= 0 else len(markup)
    return at
