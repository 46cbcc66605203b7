import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cells,
  clean,
  inFont,
  transliterate,
} from "../../../site_src/runtime/computer/transliterate.js";

/** The flag of Scotland. */
const TAGGED = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";

const SPELLED = [
  [
    "typographic quotes become straight ones",
    "“It’s ‘fine’,” he said „so“ «yes»",
    '"It\'s \'fine\'," he said "so" "yes"',
  ],
  ["dashes keep their length", "a‐b‑c – d — e − f", "a-b-c – d — e - f"],
  ["accents stay", "Ångström naïve Łódź İstanbul ő ț", "Ångström naïve Łódź İstanbul ő ț"],
  ["a letter and its mark become one letter", "e\u0301 u\u0308", "é ü"],
  ["Greek and Cyrillic stay", "Ελλάδα, Привіт", "Ελλάδα, Привіт"],
  [
    "smileys are spelled as they were then",
    "Nice 🙂 great 😀 sad 😢 wink 😉",
    "Nice :-) great :-D sad :-( wink ;-)",
  ],
  ["skin tones and presentation marks make no difference", "👍🏽 ❤️ ⭐️", "(+1) ♥ *"],
  ["other emoji ask for their text form", "🚀", "🚀\ufe0e"],
  ["a family stays one sign", "👩‍👩‍👧", "👩‍👩‍👧"],
  ["a joined emoji stays whole, but for its tone", "👩🏽‍🔬 ❤️‍🔥 🏳️‍🌈", "👩‍🔬 ❤️‍🔥 🏳️‍🌈"],
  ["a flag stays one sign", "🇫🇷🇩🇪", "🇫🇷🇩🇪"],
  ["so do those that are spelt with tags", `${TAGGED} x`, `${TAGGED} x`],
  ["Chinese, Japanese and Korean stay", "语言模型 カーテン 커튼", "语言模型 カーテン 커튼"],
  ["wide Latin becomes narrow", "ＡＢＣ１２３", "ABC123"],
  ["ligatures come apart", "ﬁne ﬂow", "fine flow"],
  ["fractions and powers of the font stay, others are spelled", "½ x² 10⁶", "½ x² 10^6"],
  ["arrows and bullets", "→ ⇒ • ● ✓ ✔", "→ → • • ✓ ✓"],
  ["signs in words", "5 °C ± 1 ≤ 6 ≠ 7 €9 £3 ™", "5 °C ± 1 <= 6 != 7 €9 £3 (TM)"],
  ["odd spaces are spaces", "a\u00a0b\u2009c\u3000d\te", "a b c d e"],
  ["line breaks are line breaks", "a\r\nb\rc\u2028d", "a\nb\nc\nd"],
];

for (const [what, text, spelled] of SPELLED) {
  test(`transliterate: ${what}`, () => assert.equal(transliterate(text), spelled));
}

const HOSTILE = [
  ["bidi overrides and isolates", "a\u202eb\u202dc\u2066d\u2069e\u200ff\u061cg", "abcdefg"],
  ["control codes of the screen", "a\x93b\x05c\x12d\x1be\x07f\x9bg", "abcdefg"],
  ["link codes and other private characters", "a\ue001b\uf8ffc\u{f0000}d\u{10fffd}e", "abcde"],
  ["invisible characters", "a\u200bb\u2060c\ufeffd\xade\u3164f", "abcdef"],
  ["tags and noncharacters", "a\u{e0041}b\uffffc\ufffed", "abcd"],
  ["tags behind a flag that spell no country", "🏴\u{e0070}\u{e0077}\u{e006e}\u{e007f}!", "🏴!"],
  ["half of a surrogate pair", "a\ud800b\udc00c", "abc"],
  ["a mark with nothing to stand on", "\u0301a \u0301b", "a b"],
];

for (const [what, text, cleaned] of HOSTILE) {
  test(`clean drops ${what}`, () => assert.equal(clean(text), cleaned));
}

test("flags and joined emoji are one cell, with a segmenter and without", async () => {
  const parts = ["a", "🇫🇷", "🇩🇪", TAGGED, "👩🏽‍🔬", "🏳️‍🌈", "1️⃣", "q\u0323", "世", " ", "🚀"];
  const Segmenter = Intl.Segmenter;
  Reflect.deleteProperty(Intl, "Segmenter");
  const path = "../../../site_src/runtime/computer/transliterate.js?without";
  const bare = await import(path);
  Reflect.set(Intl, "Segmenter", Segmenter);
  for (const cut of [cells, bare.cells]) assert.deepEqual(cut(parts.join("")), parts);
});

test("a tower of marks is cut to three", () => {
  const cleaned = clean(`a${"\u0321".repeat(50)}`);
  assert.equal(cleaned.length, 4);
});

test("every cell holds one grapheme", () => {
  assert.deepEqual(cells("né🚀\ufe0e语"), ["n", "é", "🚀\ufe0e", "语"]);
  assert.deepEqual(cells("👩‍👩‍👧x"), ["👩‍👩‍👧", "x"]);
  assert.deepEqual(cells("\x05A\ue001B"), ["\x05", "A", "\ue001", "B"]);
});

test("transliterating twice changes nothing more", () => {
  for (const [, text] of SPELLED)
    assert.equal(transliterate(transliterate(text)), transliterate(text));
});

test("the font is asked for single characters only", () => {
  assert.ok(inFont("A") && inFont("é") && inFont("▒") && inFont("🭰") && inFont("я"));
  assert.ok(!inFont("语") && !inFont("é\u0301") && !inFont("") && !inFont("🚀"));
});
