r"""The words of a script, without what only looks like code: comments and regular expressions.

A word is a string, a name with all its dots, a bracket, or a run of other marks. Of a template that
has expressions in it, only those are left, between backticks.

>>> [word.text for word in words("import('./a.js'); // why\n/'/.test(`b${c.d}`)")]
['import', '(', "'./a.js'", ')', ';', '/', '.test', '(', '`', 'c.d', '`', ')']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(
    r"""
      (?:\s+ | //[^\n]* | /\*.*?\*/ | \A\#![^\n]*)*
      (?: (?P<string>"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')
        | (?P<name>(?!\.\.\.)[\w$\#\\.\u0080-\U0010ffff]+)
        | (?P<open>[({\[])
        | (?P<close>[)}\]])
        | (?P<mark>[,;:=?!<>+*%&|^~@.-]+ | .) )
    """,
    re.DOTALL | re.VERBOSE,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
_TEMPLATE = re.compile(r"(?:[^`\\$]+|\\.|\$(?!\{))*(?P<end>`|\$\{)?", re.DOTALL)
# After these a slash begins a regular expression; after any other name it divides.
_BEFORE_VALUE = frozenset(
    ("await", "case", "delete", "do", "else", "in", "instanceof", "new", "of", "return", "throw")
) | {"typeof", "void", "yield"}
_HEADS = frozenset({"if", "while", "for", "with"})


class Word(NamedTuple):
    """A word of a script, and where it begins."""

    text: str
    at: int
    is_nested: bool = False
    """It opens a template within a template."""

    @property
    def string(self) -> str | None:
        """What a string says; None for all else, and for a string with escapes in it."""
        is_plain = len(self.text) > 1 and self.text[0] in "\"'`" and "\\" not in self.text
        return self.text[1:-1] if is_plain else None


def words(script: str) -> Iterator[Word]:
    """The words of `script`, in order; whatever it is given, it comes to an end."""
    at = 0
    last = ""
    is_value = False  # whether the last word ends a value, so that a slash divides it
    outer: list[tuple[str, bool]] = []  # open brackets, each with `is_value` after its end
    while match := _WORD.match(script, at):
        kind = match.lastgroup or ""
        text = match[kind]
        at, begun = match.end(), match.start(kind)
        is_nested = text == "`" and any(opener == "`" for opener, _ in outer)
        if kind == "name":
            is_value = text not in _BEFORE_VALUE
        elif kind == "string":
            is_value = True
        elif kind == "open":
            outer.append((text, text != "{" and (text == "[" or last not in _HEADS)))
            is_value = False
        elif kind == "close":
            opener, is_value = outer.pop() if outer else ("", True)
            if opener == "`":
                text = opener
                at, is_value = _template(script, at, outer)
        elif text == "`":
            at, is_value = _template(script, at, outer)
            text = script[begun:at] if is_value else text
        elif text == "/" and not is_value and (regex := _REGEX.match(script, begun)):
            at, is_value = regex.end(), True
        else:
            is_value = text in ("++", "--")
        yield Word(text, begun, is_nested)
        last = text


def _template(script: str, at: int, outer: list[tuple[str, bool]]) -> tuple[int, bool]:
    """Where the text of a template that goes on at `at` stops, and whether the template ends."""
    match = _TEMPLATE.match(script, at)
    if match is None:
        return at, True
    if match["end"] == "${":
        outer.append(("`", True))
        return match.end(), False
    return match.end(), True
