r"""Foreign text made safe and plain: paragraphs, no control or bidi characters, sound links.

>>> paragraphs("<p>One&nbsp;<b>two</b><script>alert(1)</script><p>three", cap=80)
'One two\n\nthree'
>>> safe_url("java\nscript:alert(1)")
''
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from generator.news.markup import visible_text

MAX_MARKUP_CHARS = 200_000
MAX_URL_CHARS = 2_000
MAX_STACKED_MARKS = 3

_LINK_SCHEMES = ("http", "https", "mailto")
# Zero-width joiner and non-joiner shape emoji and whole scripts; every other format character
# (bidi overrides and isolates, tags, soft hyphen, byte order mark) only hides or reorders.
_KEPT_FORMAT = "\u200c\u200d"
# The flags of England, Scotland and Wales are spelt with tags; nothing else may be.
_TAGGED_FLAG = re.compile(
    "\U0001f3f4\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)"
    "\U000e007f"
)


def clean_characters(text: str) -> str:
    """`text` in NFC without control, bidi, surrogate, private or unassigned-forever characters.

    Newline and tab stay; other line separators become newlines. At most three combining marks
    stand on one letter.
    """
    text = re.sub("\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", text)
    text = unicodedata.normalize("NFC", text)
    tagged = {at for flag in _TAGGED_FLAG.finditer(text) for at in range(*flag.span())}
    kept: list[str] = []
    marks = 0
    for at, char in enumerate(text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MAX_STACKED_MARKS:
            continue
        if category in ("Cc", "Cs", "Co") and char not in "\n\t":
            continue
        if category == "Cf" and char not in _KEPT_FORMAT and at not in tagged:
            continue
        if ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
            continue
        kept.append(char)
    return "".join(kept)


def one_line(text: str, cap: int) -> str:
    """`text` cleaned, on one line of at most `cap` characters, cut between words."""
    return shorten(" ".join(clean_characters(text).split()), cap)


def shorten(text: str, cap: int) -> str:
    """`text` in at most `cap` characters; a cut falls between words and is marked with `…`."""
    if len(text) <= cap:
        return text
    head = text[: cap - 1]
    words, _, _ = head.rpartition(" ")
    return (words if len(words) > cap // 2 else head).rstrip(" ,;:.\n\u200d") + "…"


def paragraphs(markup: str, cap: int, *, is_html: bool = True) -> str:
    """`markup` as plain text: paragraphs separated by an empty line, at most `cap` characters."""
    text = visible_text(markup[:MAX_MARKUP_CHARS]) if is_html else markup[: 4 * cap]
    blocks = re.split(r"\n[ \t]*\n\s*", clean_characters(text))
    lines = ("\n".join(" ".join(line.split()) for line in block.split("\n")) for block in blocks)
    return shorten("\n\n".join(line.strip() for line in lines if line.strip()), cap)


def safe_url(url: str, base: str = "") -> str:
    """`url` made absolute with `base` and percent-encoded, or "" for one not to be followed.

    Only http, https and mailto pass; never one with a user name in it, a trick to show one host
    and open another.
    """
    # Browsers drop these inside a URL before they read its scheme, so we do too.
    url = re.sub("[\x00-\x1f\x7f]", "", url).strip()
    url = re.sub("^(https?:)//+", r"\1//", url, flags=re.IGNORECASE)
    if not url:
        return ""
    try:
        parts = urlsplit(urljoin(base, url))
        if parts.scheme == "mailto":
            address = clean_characters(parts.path)
            is_address = re.fullmatch(r"[^@\s<>\"']+@[^@\s<>\"']+", address)
            return f"mailto:{quote(address, safe='@+.-_')}" if is_address else ""
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError from idna is one too
        return ""
    if parts.scheme not in _LINK_SCHEMES or "@" in parts.netloc:
        return ""
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        return ""
    host = f"[{host}]" if ":" in host else host
    path, query, fragment = (
        quote(clean_characters(part), safe="/:@!$&()*+,;=-._~?%")
        for part in (parts.path, parts.query, parts.fragment)
    )
    whole = urlunsplit((parts.scheme, host + port, path, query, fragment))
    return whole if len(whole) <= MAX_URL_CHARS else ""
