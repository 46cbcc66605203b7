r"""HTML from strangers to the text a reader would see, in time linear in its length.

The standard library's parser is quadratic on unclosed markup and raises on some of it (3.11), so
this small scanner follows the rules of the HTML standard's tokenizer that matter for text.

>>> visible_text("<p>One&nbsp;<b title='a>b'>two</b><script>alert(1)</script><p>three")
'\n\nOne two\n\nthree'
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from html.entities import html5


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
    "a abbr acronym b bdi bdo big blink br button cite code data del dfn em embed font i img input "
    "ins kbd label li link mark meta q rp rt ruby s samp small source span strike strong sub sup "
    "td th time tt u var wbr base frame param picture slot dialog marquee"
)
_KNOWN = _RAW | _SILENT | _BLOCK | _INLINE
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_REST_OF_TAG = re.compile(r"""(?:[^>"']|"[^"]*"|'[^']*')*+>""")
_ATTRIBUTE = re.compile(r"""([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_NAMED = re.compile(r"&(?:#\d+|#[xX][\da-fA-F]+|[A-Za-z]\w*);")
# Void elements that are no word in a headline when they say where a thing is.
_PLACED = _names("img embed source link base meta frame iframe object")
_PLACES = {"src", "href", "data", "content", "classid"}
# A pair of these has no word for a headline; what stands in the first two must look like code.
_CODE = _names("script style")
_WORDLESS = _CODE | _names("svg math")
_LIKE_CODE = re.compile(r"[(){};=@]|^\s*$")
# "<b> and </b>" names a pair of tags.
_CONNECTS = re.compile(
    r"\s*(?:and|or|to|vs\.?|&(?:amp;)?|/|,|\+|und|oder|et|ou|y)\s*", re.IGNORECASE
)

TAG = r"""<(?P<slash>/?)(?P<name>[A-Za-z_][^\s/<>"']*)(?P<rest>(?:[^<>"']|"[^<"]*"|'[^<']*')*+)>"""
"""A tag of XML, in which no "<" can stand, so that what is left open costs no time."""


def visible_text(markup: str) -> str:
    """The text of `markup`: empty lines between blocks, `- ` before list items."""
    pieces: list[str] = []
    silent: list[str] = []
    in_pre = False
    tokens = list(_tokens(markup))
    ends = {name: at for at, (kind, name, _) in enumerate(tokens) if kind == "end"}
    for at, (kind, name, text) in enumerate(tokens):
        if kind == "text":
            if not silent:
                words = html.unescape(text)
                pieces.append(words if in_pre else re.sub(r"\s+", " ", words))
            continue
        if name in _SILENT:
            # Left open, it names the element, or hides a whole story: neither is meant.
            if kind == "start" and not text.endswith("/>") and ends.get(name, -1) > at:
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


def attributes(rest_of_tag: str) -> dict[str, str]:
    """The attributes in a tag, names in lower case; of two of one name, the first counts."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(rest_of_tag):
        found.setdefault(name.lower(), html.unescape("".join(values)))
    return found


def headline(markup: str) -> str:
    """The words of a headline: markup goes, elements that it names stay.

    Nobody says whether `<video>` in a title is one or the other. A pair of tags is markup, and so
    is `<img src=…>`; a tag alone is a word, in whatever spelling.

    >>> headline("<b>Why</b> the <video> tag won, R&amp;D says"), headline("vector<int>")
    ('Why the <video> tag won, R&D says', 'vector<int>')
    """
    tokens = list(_tokens(markup, in_headline=True))
    paired = _pairs(tokens)
    pieces: list[str] = []
    at = 0
    while at < len(tokens):
        kind, name, text = tokens[at]
        if kind == "start" and at in paired and name in _WORDLESS:
            at = paired[at]
        elif at in paired or (kind == "start" and _is_placed(tokens, at)):
            pieces.append(_layout(kind, name, text))
        else:
            pieces.append(_unescaped(text))
        at += 1
    return "".join(pieces)


def _pairs(tokens: Sequence[tuple[str, str, str]]) -> dict[int, int]:
    """Start and end tags that are markup together: the place of one to the other's."""
    paired: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    for at, (kind, name, _) in enumerate(tokens):
        if kind == "start" and name in _KNOWN:
            waiting.setdefault(name, []).append(at)
        elif kind == "end" and waiting.get(name):
            start = waiting[name].pop()
            inside = "".join(text for *_, text in tokens[start + 1 : at])
            if not _CONNECTS.fullmatch(inside) and (name not in _CODE or _LIKE_CODE.search(inside)):
                paired[start] = at
                paired[at] = start
    return paired


def _is_placed(tokens: Sequence[tuple[str, str, str]], at: int) -> bool:
    """Whether the lone tag there is markup all the same: a picture, or a line break."""
    _, name, tag = tokens[at]
    if name in ("br", "wbr"):
        before = tokens[at - 1][2][-1:] if at else ""
        after = tokens[at + 1][2][:1] if at + 1 < len(tokens) else ""
        # "The <br> tag" stands among words; a break stands at the end of one, or closes itself.
        return tag.endswith("/>") or not (f"{before}{after}".isspace() or before + after == "")
    return name in _PLACED and not _PLACES.isdisjoint(attributes(tag[len(name) + 1 : -1]))


def _unescaped(text: str) -> str:
    """`text` with references as characters, but only whole ones: `&copy=3` is none."""
    return _NAMED.sub(lambda found: _character(found[0]), text)


def _character(reference: str) -> str:
    is_known = reference[1] == "#" or reference[1:] in html5
    return html.unescape(reference) if is_known else reference


def _layout(kind: str, name: str, tag: str) -> str:
    if name in _BLOCK:
        return "\n\n"
    if kind == "end":
        return ""
    if name == "img":
        words = attributes(tag[4:-1]).get("alt", "").strip()
        return f"[{words}]" if words else ""
    return {"br": "\n", "li": "\n- ", "td": " ", "th": " "}.get(name, "")


def _tokens(markup: str, *, in_headline: bool = False) -> Iterator[tuple[str, str, str]]:
    """(kind, element, source) with kind text, start or end; comments and raw content left out.

    In a headline, no element's content is raw, and a tag that is never closed is text.
    """
    at = 0
    open_to_the_end: set[str] = set()
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
            if in_headline:
                yield "text", "", markup[opens:]
            return
        name = match[1].lower()
        kind = "end" if markup[opens + 1] == "/" else "start"
        at = rest.end()
        yield kind, name, markup[opens:at]
        if kind == "start" and name in _RAW - open_to_the_end and not in_headline:
            end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(markup, at)
            if end is None and name not in _CODE:  # it hides a whole story, which nobody meant
                open_to_the_end.add(name)
            else:
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
