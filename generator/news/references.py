r"""References in XML as feeds write them, made such that every parser reads them alike.

`&eacute;` of HTML and entities that the document declares become characters, an ampersand that
starts no reference becomes `&amp;`, and what XML cannot hold goes.

>>> resolve("R&D at Caf&eacute; ?a=1&copy=3 &#150;", {})
'R&amp;D at Café ?a=1&amp;copy=3 –'
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Mapping
from html.entities import html5

MAX_ENTITY_CHARS = 200
"""No longer value of a declared entity is put in: names and signs are shorter, attacks longer."""
MAX_PUT_IN_CHARS = 1_000_000

# In CDATA, comments and instructions an ampersand is an ampersand. One left open has no end.
_REFERENCE = re.compile(
    r"""<!\[CDATA\[(?s:.*?)(?:\]\]>|\Z) | <!--(?s:.*?)(?:-->|\Z) | <\?(?s:.*?)(?:\?>|\Z)
    | &(?: \#[xX](?P<hex>[0-9a-fA-F]+);? | \#(?P<decimal>[0-9]+);? | (?P<name>[A-Za-z][\w.-]*); )?
    """,
    re.VERBOSE,
)
_DOCTYPE = re.compile(
    r"""(?P<before>(?:\s+|<\?(?s:.*?)\?>|<!--(?s:.*?)-->)*+)
    <!DOCTYPE(?:[^\[>"']|"[^"]*"|'[^']*')*+
    (?:\[(?P<subset>(?:[^\]"'<]|"[^"]*"|'[^']*'|<!--(?s:.*?)-->|<)*+)\]\s*)?>""",
    re.VERBOSE | re.IGNORECASE,
)
_ENTITY = re.compile(
    r"""<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"]*)"|'([^']*)'|(?:SYSTEM|PUBLIC)\s[^>]*)\s*>"""
)
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The control characters 128 to 159 are Windows-1252 that was called Latin-1.
_WINDOWS = {code: html.unescape(f"&#{code};") for code in range(0x80, 0xA0)}
_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))


def without_doctype(text: str) -> tuple[str, dict[str, str]]:
    """`text` without its document type, and the entities that this declares, resolved.

    Only what stands in the text itself counts: an entity that is elsewhere is empty.
    """
    found = _DOCTYPE.match(text[:100_000])
    if found is None:
        return text, {}
    declared = {
        name: double or single
        for name, double, single in _ENTITY.findall(found["subset"] or "")
        if name not in _OWN
    }
    for name in declared:
        _settle(name, declared, ())
    whole = {name: value for name, value in declared.items() if len(value) <= MAX_ENTITY_CHARS}
    return found["before"] + text[found.end() :], whole


def _settle(name: str, entities: dict[str, str], inside: tuple[str, ...]) -> None:
    """Put the entities in which `name` consists into its value, unless that is without end."""
    if name in inside or len(inside) > 8:
        return
    for inner in set(re.findall(r"&([A-Za-z_][\w.-]*);", entities[name])) & entities.keys():
        _settle(inner, entities, (*inside, name))
        longer = entities[name].replace(f"&{inner};", entities[inner])
        entities[name] = longer[: MAX_ENTITY_CHARS + 1]


def resolve(text: str, entities: Mapping[str, str]) -> str:
    """`text`, whose references all are XML's own or numbers in it, and whose characters are too.

    `entities`: what the document declares; of them, not more than a million characters are put in.
    """
    left = MAX_PUT_IN_CHARS

    def replaced(found: re.Match[str]) -> str:
        nonlocal left
        whole = found[0]
        if found["hex"] or found["decimal"]:
            digits, base = (found["hex"], 16) if found["hex"] else (found["decimal"], 10)
            return _character(digits.lstrip("0"), base)
        name = found["name"]
        if name is None:
            return "&amp;" if whole == "&" else whole
        if name in _OWN:
            return whole
        if name in entities and left > 0:
            left -= len(entities[name])
            return _escaped(html.unescape(entities[name]))
        if name not in entities and f"{name};" in html5:
            return _escaped(html5[f"{name};"])
        return f"&amp;{whole[1:]}"

    return _NOT_XML.sub("", _REFERENCE.sub(replaced, text)).translate(_WINDOWS)


def _character(digits: str, base: int) -> str:
    """The character of a number, or nothing for one that XML cannot hold."""
    code = int(digits or "0", base) if len(digits) <= 7 else 0
    if not 0 < code <= sys.maxunicode or 0xD800 <= code <= 0xDFFF:
        return ""
    # Numbers 128 to 159 mean Windows-1252, as in every browser.
    return _escaped(_NOT_XML.sub("", html.unescape(f"&#{code};")))


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)
