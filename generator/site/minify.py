r"""Scripts and styles without what only their readers need: comments and indentation.

The sources stay as they are written; the bundle carries the short form. Nothing is renamed or
moved, so a line in the browser's debugger still reads like the source.

>>> minified("a.js", b"// why\nexport const a = 1;\n")
b'export const a=1;'
>>> minified("a.css", b"/* why */\na {\n  color: red;\n}\n")
b'a{color:red}'
"""

from __future__ import annotations

import re

from generator.site.scripts import nests_templates

_CSS_TOKEN = re.compile(
    rb"""(?P<kept>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^)"']*\))"""
    rb"""|(?P<gap>(?:\s|/\*.*?\*/)+)""",
    re.DOTALL,
)
_CSS_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_CSS_BESIDE = re.compile(rb"(?: |/\*\*/)?([{};,])(?: |/\*\*/)?")


def minified(path: str, source: bytes) -> bytes:
    """`source` in its short form, for a path that ends in .js or .css; others as they are."""
    if path.endswith(".js"):
        import rjsmin

        if nests_templates(source.decode("utf-8", "replace")):
            return source  # rjsmin takes the inner template for code, and its spaces out
        short: bytes = rjsmin.jsmin(source, keep_bang_comments=True)
        return short
    if path.endswith(".css"):
        return _short_css(source)
    return source


def _short_css(source: bytes) -> bytes:
    """One space for every gap, none beside a brace or a semicolon; strings are not touched.

    A space before a colon or round a combinator or an operator may mean something, so it stays; so
    does an empty comment where one stood for no gap at all.
    """
    strings: list[bytes] = []

    def shorten(match: re.Match[bytes]) -> bytes:
        if match.lastgroup == "gap":
            return b" " if _CSS_COMMENT.sub(b"", match.group()) else b"/**/"
        strings.append(match.group())
        return b"\0%d\0" % (len(strings) - 1)

    text = _CSS_TOKEN.sub(shorten, source)
    text = _CSS_BESIDE.sub(rb"\1", text).replace(b": ", b":").replace(b";}", b"}").strip()
    return re.sub(rb"\0(\d+)\0", lambda match: strings[int(match.group(1))], text)
