"""Draw `breathe64.woff2` from `breathe8x8.txt`: `python assets/font/make_font.py`.

Needs fonttools and brotli. A glyph is eight rows of eight pixels; neighbouring pixels become one
outline, so edges stay crisp at any size. Accents, block graphics and letters that share a shape are
put together here. The cell is square: 1 em wide, 1 em high, the baseline one pixel above its lower
edge.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables import _g_l_y_f as glyf

HERE = Path(__file__).parent
TRANSLITERATE = HERE.parents[1] / "site_src/runtime/computer/transliterate.js"
CELL = 8
UNIT = 8
"""Font units a pixel; 64 make an em."""
BASELINE = 7
MOST_BYTES = 10_240
EPOCH_S = 3_800_000_000
"""Seconds since 1904: a time of its own, so that the same drawing gives the same bytes."""

Bitmap = tuple[str, ...]
"""Eight strings of eight, "#" lit and "." dark, top row first."""

# A combining mark, and whether a capital must make room for it.
MARKS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "circumflex", "\u0303": "tilde",
    "\u0308": "diaeresis", "\u030a": "ring", "\u030c": "caron", "\u0306": "breve",
    "\u0304": "macron", "\u0307": "dot", "\u030b": "doubleacute", "\u0327": "cedilla",
    "\u0328": "ogonek", "\u0326": "commabelow", "\u0315": "commaright",
}  # fmt: skip
BELOW = {"cedilla", "ogonek", "commabelow", "commaright"}
# Where Unicode says caron or cedilla and the printed letter has a comma.
COMMA_RIGHT = set("ďťľĽ")
COMMA_BELOW = set("ĢĶĻŅŖķļņŗ")
DOTLESS = {"i": "ı", "j": "ȷ"}
SAME_SHAPE = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονμ", "ABEZHIKMNOPTYXoνµ", strict=True)) | dict(
    zip("АВЕКМНОРСТХаеорсухГПФІіЅѕЈј", "ABEKMHOPCTXaeopcyxΓΠΦIiSsJj", strict=True)
)
# Small letters that are small capitals.
SMALL = dict(zip("вгзийклмнптчъыьэюяπє", "ВГЗИЙКЛМНПТЧЪЫЬЭЮЯΠЄ", strict=True)) | {"ш": "Ш"}
STRUCK = {"Đ": ("D", 3, 0, 4), "Ð": ("D", 3, 0, 4), "đ": ("d", 1, 2, 7), "Ħ": ("H", 1, 0, 7),
          "ħ": ("h", 1, 0, 5), "Ŧ": ("T", 3, 1, 6), "ŧ": ("t", 4, 0, 5)}  # fmt: skip


def main() -> int:
    """Write the font. Fails when it misses what transliterate.js counts on, or grows too large."""
    bitmaps = drawn((HERE / "breathe8x8.txt").read_text(encoding="utf-8"))
    bitmaps |= blocks()
    parts = composed(bitmaps)
    missing = [f"U+{code:04X}" for code in promised() if chr(code) not in parts]
    if missing:
        sys.stderr.write(f"breathe8x8.txt: got no {' '.join(missing)}; transliterate.js counts on them\n")
        return 1
    target = HERE / "breathe64.woff2"
    build(bitmaps, parts).save(target)
    size = target.stat().st_size
    sys.stdout.write(f"{target.name}: {len(parts)} characters, {size} bytes\n")
    return 0 if size <= MOST_BYTES else 1


def promised() -> Iterator[int]:
    """Every code point that `FONT_RANGES` in transliterate.js names."""
    table = re.search(r"FONT_RANGES = \[(.*?)\n\];", TRANSLITERATE.read_text(encoding="utf-8"), re.DOTALL)
    if table is None:
        raise ValueError(f"{TRANSLITERATE.name}: got no FONT_RANGES; expected a table of ranges")
    for first, last in re.findall(r"\[(0x\w+), (0x\w+)\]", table[1]):
        yield from range(int(first, 16), int(last, 16) + 1)


def drawn(source: str) -> dict[str, Bitmap]:
    """The glyphs of the text file by name. Raises ValueError with the line of a crooked band."""
    lines = source.splitlines()
    bitmaps: dict[str, Bitmap] = {" ": ("." * CELL,) * CELL}
    for at, line in enumerate(lines):
        if not line.startswith("= "):
            continue
        names = line[2:].split()
        rows = [row.split() for row in lines[at + 1 : at + 1 + CELL]]
        for offset, row in enumerate(rows):
            if [len(cells) for cells in row] != [CELL] * len(names):
                raise ValueError(
                    f"breathe8x8.txt line {at + 2 + offset}: got {row}; expected "
                    f"{len(names)} groups of {CELL}"
                )
        for index, name in enumerate(names):
            bitmaps[name] = tuple(row[index] for row in rows)
    return bitmaps


def lit(test: Callable[[int, int], bool]) -> Bitmap:
    """The bitmap whose pixels at column x, row y satisfy `test`."""
    return tuple("".join(".#"[test(x, y)] for x in range(CELL)) for y in range(CELL))


def blocks() -> dict[str, Bitmap]:
    """Block elements, box drawing and the legacy computing signs, by rule."""
    made: dict[str, Bitmap] = {"\u2580": lit(lambda _, y: y < 4), "\u2590": lit(lambda x, _: x > 3)}
    for eighths in range(1, 9):
        made[chr(0x2580 + eighths)] = lit(lambda _, y, n=eighths: y >= CELL - n)
        made[chr(0x2590 - eighths)] = lit(lambda x, _, n=eighths: x < n)
    made["\u2588"] = lit(lambda *_: True)
    made["\u2591"] = lit(lambda x, y: (x + 2 * y) % 4 == 0)
    made["\u2593"] = lit(lambda x, y: (x + 2 * y) % 4 != 0)
    made["\u2594"] = lit(lambda _, y: y == 0)
    made["\u2595"] = lit(lambda x, _: x == CELL - 1)
    # Quadrants: bit 0 upper left, 1 upper right, 2 lower left, 3 lower right (U+2596 ff.).
    for code, quarters in enumerate((4, 8, 1, 13, 9, 7, 11, 2, 6, 14), start=0x2596):
        made[chr(code)] = lit(lambda x, y, q=quarters: bool(q >> (x // 4 + 2 * (y // 4)) & 1))
    made |= boxes()
    for n in range(1, 7):
        made[chr(0x1FB6F + n)] = lit(lambda x, _, n=n: x == n)
        made[chr(0x1FB75 + n)] = lit(lambda _, y, n=n: y == n)
    edges = {0x1FB7C: (0, 7), 0x1FB7D: (0, 0), 0x1FB7E: (7, 0), 0x1FB7F: (7, 7)}
    for code, (column, row) in edges.items():
        made[chr(code)] = lit(lambda x, y, c=column, r=row: x == c or y == r)
    made["\U0001fb80"] = lit(lambda _, y: y in (0, 7))
    made["\U0001fb81"] = lit(lambda _, y: y in (0, 2, 4, 7))
    for code, n in zip(range(0x1FB82, 0x1FB87), (2, 3, 5, 6, 7), strict=True):
        made[chr(code)] = lit(lambda _, y, n=n: y < n)
        made[chr(code + 5)] = lit(lambda x, _, n=n: x >= CELL - n)
    made["\U0001fb8f"] = lit(lambda x, y: y > 3 and (x + y) % 2 == 0)
    made["\u25e2"] = lit(lambda x, y: x + y >= 7)
    made["\u25e3"] = lit(lambda x, y: x <= y)
    made["\u25e4"] = lit(lambda x, y: x + y <= 7)
    made["\u25e5"] = lit(lambda x, y: x >= y)
    return made


def boxes() -> dict[str, Bitmap]:
    """Lines two pixels wide through the middle, and what joins them."""
    arms = {"─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "udr",
            "┤": "udl", "┬": "lrd", "┴": "lru", "┼": "lrud"}  # fmt: skip
    made = {name: lit(lambda x, y, a=reach: _arm(x, y, a)) for name, reach in arms.items()}
    for name, square, corner in (
        ("╭", "┌", (3, 3)),
        ("╮", "┐", (4, 3)),
        ("╯", "┘", (4, 4)),
        ("╰", "└", (3, 4)),
    ):
        rows = [list(row) for row in made[square]]
        rows[corner[1]][corner[0]] = "."
        made[name] = tuple("".join(row) for row in rows)
    made["╱"] = lit(lambda x, y: x + y in (7, 8))
    made["╲"] = lit(lambda x, y: x - y in (0, 1))
    made["╳"] = lit(lambda x, y: x + y in (7, 8) or x - y in (0, 1))
    return made


def _arm(x: int, y: int, reach: str) -> bool:
    across, along = y in (3, 4), x in (3, 4)
    return (
        (across and (("l" in reach and x <= 4) or ("r" in reach and x >= 3)))
        or (along and (("u" in reach and y <= 4) or ("d" in reach and y >= 3)))
    )  # fmt: skip


def composed(bitmaps: dict[str, Bitmap]) -> dict[str, tuple[str, ...]]:
    """What each character is made of: names of bitmaps, more of which are made on the way."""
    for target, source in SAME_SHAPE.items():
        bitmaps.setdefault(target, bitmaps[source])
    for target, (source, row, first, last) in STRUCK.items():
        rows = [list(line) for line in bitmaps[source]]
        rows[row][first:last] = "#" * (last - first)
        bitmaps[target] = tuple("".join(line) for line in rows)
    bitmaps["Ł"] = strike(bitmaps["L"])
    bitmaps["ł"] = strike(bitmaps["l"])
    bitmaps["ſ"] = bitmaps.get("ſ", bitmaps["f"])
    parts = {name: (name,) for name in bitmaps if len(name) == 1}
    for code in (
        *range(0xC0, 0x180),
        *range(0x218, 0x21C),
        *range(0x386, 0x3CF),
        *range(0x400, 0x460),
        *range(0x490, 0x492),
    ):
        char = chr(code)
        if char not in parts and (made := _accented(char, bitmaps)):
            parts[char] = made
    for target, source in SMALL.items():
        base = parts[source]
        bitmaps[target] = squeezed(bitmaps[base[0]]) if len(base) == 1 else bitmaps[base[0]]
        parts[target] = (target, *base[1:])
    parts |= {"Ґ": ("Γ", "dot"), "ґ": ("г", "dot")} | {name: (name,) for name in "ĳĲŀĿŉ"}
    bitmaps["ĳ"] = beside(bitmaps["i"], shifted(bitmaps["j"], 2))
    bitmaps["Ĳ"] = lit(lambda x, y: x in (0, 1, 3, 4, 5, 6) if y == 6 else y < 6 and not 1 < x < 6)
    bitmaps["ŀ"] = beside(bitmaps["l"], lit(lambda x, y: x in (6, 7) and y in (3, 4)))
    bitmaps["Ŀ"] = beside(bitmaps["L"], lit(lambda x, y: x in (4, 5) and y in (2, 3)))
    bitmaps["ŉ"] = beside(shifted(bitmaps["n"], 2), lit(lambda x, y: x < 2 - y // 2))
    parts["¨"] = ("diaeresis",)
    bitmaps["\xad"] = bitmaps["-"]
    parts["\xad"] = ("\xad",)
    return parts


def _accented(char: str, bitmaps: dict[str, Bitmap]) -> tuple[str, ...] | None:
    """Base and marks of a letter that Unicode takes apart."""
    base, *marks = unicodedata.normalize("NFD", char)
    if not marks or base not in bitmaps or any(mark not in MARKS for mark in marks):
        return None
    names = [MARKS[mark] for mark in marks]
    if char in COMMA_RIGHT:
        names = ["commaright"]
    elif char in COMMA_BELOW:
        names = ["commabelow"]
    elif char == "ģ":
        names = ["dot"]
    if any(name not in BELOW for name in names):
        base = DOTLESS.get(base, base)
        if any(pixel == "#" for row in bitmaps[base][:2] for pixel in row):
            small = f"{base}.small"
            bitmaps.setdefault(small, squeezed(bitmaps[base]))
            base = small
    return (base, *names)


def squeezed(bitmap: Bitmap) -> Bitmap:
    """A capital in five rows: of its seven, the two go that leave their neighbours most alike."""
    rows = list(bitmap[:7])
    for _ in range(2):
        costs = [
            (min(_differ(rows[at], rows[at - 1]), _differ(rows[at], rows[at + 1])), abs(at - 3), at)
            for at in range(1, len(rows) - 1)
        ]
        del rows[min(costs)[2]]
    return ("." * CELL, "." * CELL, *rows, bitmap[7])


def _differ(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def beside(one: Bitmap, other: Bitmap) -> Bitmap:
    """Both at once."""
    return lit(lambda x, y: "#" in (one[y][x], other[y][x]))


def shifted(bitmap: Bitmap, by: int) -> Bitmap:
    """The bitmap `by` pixels to the right."""
    return tuple(("." * by + row)[:CELL] for row in bitmap)


def strike(bitmap: Bitmap) -> Bitmap:
    """The letter with the slanting stroke of a Polish l."""
    left = bitmap[3].index("#")
    stroke = {(2, 2), (1, 3), (0, 4), (-1, 4), (-1, 5)}
    return beside(bitmap, lit(lambda x, y: (x - left, y) in stroke))


def outline(bitmap: Bitmap) -> Iterator[list[tuple[int, int]]]:
    """The edges of the lit pixels as closed loops in font units, filled to the right."""
    following: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)

    def is_lit(x: int, y: int) -> bool:
        return 0 <= x < CELL and 0 <= y < CELL and bitmap[y][x] == "#"

    for y in range(CELL):
        for x in range(CELL):
            if not is_lit(x, y):
                continue
            for dx, dy, start, end in (
                (0, -1, (x, y), (x + 1, y)), (1, 0, (x + 1, y), (x + 1, y + 1)),
                (0, 1, (x + 1, y + 1), (x, y + 1)), (-1, 0, (x, y + 1), (x, y)),
            ):  # fmt: skip
                if not is_lit(x + dx, y + dy):
                    following[start].append(end)
    while following:
        start = min(following)
        loop = [start]
        while True:
            ends = following[loop[-1]]
            point = ends.pop()
            if not ends:
                del following[loop[-1]]
            if point == start:
                break
            loop.append(point)
        yield [(x * UNIT, (BASELINE - y) * UNIT) for x, y in _corners(loop)]


def _corners(loop: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The loop without the points that lie on a straight edge."""
    for before, point, after in zip(loop[-1:] + loop[:-1], loop, loop[1:] + loop[:1], strict=True):
        if (before[0] == point[0]) != (point[0] == after[0]):
            yield point


def build(bitmaps: dict[str, Bitmap], parts: dict[str, tuple[str, ...]]) -> FontBuilder:
    """The font: each bitmap a glyph, each accented letter a composite of two."""
    used: list[str] = [" "]
    for names in parts.values():
        used += [name for name in names if name not in used]
    composites = [char for char, names in parts.items() if len(names) > 1]
    glyph = {name: f"g{index}" for index, name in enumerate(used)}
    order = [".notdef", *glyph.values(), *(f"c{index}" for index in range(len(composites)))]
    made = {".notdef": TTGlyphPen(None).glyph()}
    for name in used:
        made[glyph[name]] = _simple(outline(bitmaps[name]))
    cmap = {ord(char): glyph[names[0]] for char, names in parts.items() if len(names) == 1}
    for index, char in enumerate(composites):
        made[f"c{index}"] = _composite([glyph[name] for name in parts[char]])
        cmap[ord(char)] = f"c{index}"
    cmap[0xA0] = glyph[" "]
    builder = FontBuilder(CELL * UNIT, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(made)
    table = builder.font["glyf"]
    # Renderers shift a glyph so that its left edge lies at the bearing.
    lefts = {name: getattr(table[name], "xMin", 0) for name in order}
    builder.setupHorizontalMetrics({name: (CELL * UNIT, lefts[name]) for name in order})
    ascent, descent = BASELINE * UNIT, (CELL - BASELINE) * UNIT
    builder.setupHorizontalHeader(ascent=ascent, descent=-descent)
    builder.setupNameTable({"familyName": "Breathe 64", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ascent, sTypoDescender=-descent, sTypoLineGap=0,
                     usWinAscent=ascent, usWinDescent=descent)  # fmt: skip
    builder.setupPost(keepGlyphNames=False, isFixedPitch=1)
    builder.font["head"].created = builder.font["head"].modified = EPOCH_S
    builder.font.recalcTimestamp = False
    builder.font.flavor = "woff2"
    return builder


def _simple(loops: Iterable[list[tuple[int, int]]]) -> glyf.Glyph:
    pen = TTGlyphPen(None)
    for loop in loops:
        pen.moveTo(loop[0])
        for point in loop[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def _composite(names: list[str]) -> glyf.Glyph:
    pen = TTGlyphPen(dict.fromkeys(names))
    for name in names:
        pen.addComponent(name, (1, 0, 0, 1, 0, 0))
    return pen.glyph()


if __name__ == "__main__":
    sys.exit(main())
