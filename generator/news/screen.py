"""What of the news the computer's own font does not draw, so that its author hears of it.

The page's transliteration decides: its two tables, the font's ranges and the signs with a spelling,
are read from the module itself, which owns them.

>>> screen = Screen(ranges=((0x20, 0x7E),), spelled=frozenset("“”"))
>>> screen.undrawn("“Hi” 🇫🇷 to 世界")
['🇫🇷', '世', '界']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MODULE = "site_src/runtime/computer/transliterate.js"
MAX_TOLD = 12
_JOINER = "\u200d"
# They change the look of a sign, not what it is: variation selectors and skin tones.
_LOOK = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


@dataclass(frozen=True)
class Screen:
    """`ranges`: first and last code point of what the font draws. `spelled`: what it can say."""

    ranges: tuple[tuple[int, int], ...]
    spelled: frozenset[str]

    def undrawn(self, text: str) -> list[str]:
        """The signs of `text` that the visitor's own fonts will have to show, each once."""
        return list(dict.fromkeys(sign for sign in signs(text) if not self._shows(sign)))

    def _shows(self, sign: str) -> bool:
        bare = _LOOK.sub("", sign)
        if bare in self.spelled or not bare.strip():
            return True
        return self._draws(bare) or self._draws(unicodedata.normalize("NFKC", bare))

    def _draws(self, text: str) -> bool:
        return all(any(low <= ord(c) <= high for low, high in self.ranges) for c in text)


def signs(text: str) -> Iterator[str]:
    """`text` cut where a reader would: a flag, a joined emoji, a letter with its marks are one."""
    sign = ""
    for char in unicodedata.normalize("NFC", text):
        if sign and _continues(sign, char):
            sign += char
            continue
        if sign:
            yield sign
        sign = char
    if sign:
        yield sign


def _continues(sign: str, char: str) -> bool:
    is_mark = unicodedata.category(char) in ("Mn", "Me", "Mc") or char == _JOINER
    is_tag = 0xE0020 <= ord(char) <= 0xE007F
    is_flag = len(sign) == 1 and _is_flag_letter(sign) and _is_flag_letter(char)
    # A joiner between letters of a script shapes them; they stay signs of their own.
    is_joined = sign[-1] == _JOINER and unicodedata.category(char) in ("So", "Sk")
    return is_mark or is_tag or is_flag or is_joined or _LOOK.match(char) is not None


def _is_flag_letter(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def read_screen(root: Path) -> Screen | None:
    """The tables of the project in folder `root`; None where its own module has others."""
    try:
        source = (root / MODULE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    ranges = re.findall(r"\[0x([0-9a-f]+), 0x([0-9a-f]+)\]", source)
    spellings = re.search(r"SPELLINGS = new Map\((.*?)\n\);", source, re.DOTALL)
    if not ranges or spellings is None:
        return None
    spelled = "".join(re.findall(r': "([^"]*)",?\n', spellings[1]))
    return Screen(
        tuple((int(first, 16), int(last, 16)) for first, last in ranges), frozenset(spelled)
    )


def losses(texts: Iterable[str], root: Path) -> str:
    """One line about what the screen has no signs for; "" when it has all of them."""
    screen = read_screen(root)
    found = screen.undrawn("\n".join(texts)) if screen else []
    if not found:
        return ""
    count = "1 sign is" if len(found) == 1 else f"{len(found)} signs are"
    more = " …" if len(found) > MAX_TOLD else ""
    shown = " ".join(found[:MAX_TOLD])
    return f"{count} not in the computer's font; the visitor's own shows: {shown}{more}"
