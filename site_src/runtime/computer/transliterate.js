/**
 * Unicode in, what the screen can show out, without losing meaning. Pure; docs/computer.md has the
 * rules and the reasons.
 *
 *   transliterate("“It’s 5 °C” 😀")  // "\"It's 5 °C\" :-D"
 *
 * What the font draws stays. Signs that a home computer never had get its own spelling (quotes,
 * arrows, smileys). Everything else (other scripts, other emoji) stays as it is, and the painter
 * shows it in the visitor's own fonts, one cell a character.
 */

/** What breathe64.woff2 draws, as ranges; assets/font/make_font.py checks that it does. */
export const FONT_RANGES = [
  [0x20, 0x7e],
  [0xa1, 0x17f],
  [0x218, 0x21b],
  [0x386, 0x386],
  [0x388, 0x38a],
  [0x38c, 0x38c],
  [0x38e, 0x3a1],
  [0x3a3, 0x3ce],
  [0x401, 0x401],
  [0x404, 0x407],
  [0x40e, 0x40e],
  [0x410, 0x44f],
  [0x451, 0x451],
  [0x454, 0x457],
  [0x45e, 0x45e],
  [0x490, 0x491],
  [0x2013, 0x2014],
  [0x2022, 0x2022],
  [0x2026, 0x2026],
  [0x20ac, 0x20ac],
  [0x2190, 0x2193],
  [0x2500, 0x2500],
  [0x2502, 0x2502],
  [0x250c, 0x250c],
  [0x2510, 0x2510],
  [0x2514, 0x2514],
  [0x2518, 0x2518],
  [0x251c, 0x251c],
  [0x2524, 0x2524],
  [0x252c, 0x252c],
  [0x2534, 0x2534],
  [0x253c, 0x253c],
  [0x256d, 0x2573],
  [0x2580, 0x259f],
  [0x25a0, 0x25a0],
  [0x25b2, 0x25b2],
  [0x25b6, 0x25b6],
  [0x25bc, 0x25bc],
  [0x25c0, 0x25c0],
  [0x25cb, 0x25cb],
  [0x25cf, 0x25cf],
  [0x25e2, 0x25e5],
  [0x2660, 0x2660],
  [0x2663, 0x2663],
  [0x2665, 0x2666],
  [0x266a, 0x266a],
  [0x2713, 0x2713],
  [0x1fb70, 0x1fb8c],
  [0x1fb8f, 0x1fb8f],
];

/** True when the computer's own font draws it. @param {string} grapheme */
export function inFont(grapheme) {
  const code = grapheme.codePointAt(0) ?? 0;
  if (grapheme.length !== (code > 0xffff ? 2 : 1)) return false;
  if (code < 0x7f) return code >= 0x20;
  return FONT_RANGES.some(([first, last]) => code >= first && code <= last);
}

/** Signs with a spelling of their own on this screen: what is replaced, then by what. */
const SPELLINGS = new Map(
  Object.entries({
    '"': "“”„‟«»″〝〞＂",
    "'": "‘’‚‛′´ʹʼ＇`",
    "-": "‐‑‒−﹣－⁃",
    "─": "―─━",
    "<": "‹〈⟨",
    ">": "›〉⟩",
    "/": "⁄∕",
    "*": "∗⋆★☆⭐✨🌟✦✱",
    "·": "‧∙⋅・",
    "•": "●◦▪■◾‣",
    "→": "➔➜➡⇒⟶▸►▶",
    "←": "⬅⇐◀",
    "↑": "⬆⇑",
    "↓": "⬇⇓",
    "✓": "✔✅☑",
    x: "✗✘❌✖",
    "♥": "❤💙💚💛💜🧡🖤💖💕♡",
    "♪": "🎵🎶♫♬",
    ":-)": "🙂😊☺😃😄😁",
    ":-D": "😀😆",
    ":'-D": "😂🤣",
    ";-)": "😉",
    ":-(": "🙁☹😞😟😢",
    ":'-(": "😭",
    ":-P": "😛😜😝",
    ":-O": "😮😯😲😱",
    "8-)": "😎",
    ":-/": "😕🤔",
    ":-|": "😐😑",
    ":-*": "😘😗",
    "(+1)": "👍",
    "(-1)": "👎",
    "!": "❗❕",
    "?": "❓❔",
    "(!)": "⚠",
    "(TM)": "™",
    "(R)": "®",
    "No.": "№",
    "<=": "≤",
    ">=": "≥",
    "!=": "≠",
    "~": "≈∼",
    oo: "∞",
    "..": "‥",
  }).flatMap(([spelling, signs]) => Array.from(signs, (sign) => [sign, spelling])),
);

/**
 * Nothing of a feed may steer the screen or the reader's eye: control codes, bidi controls,
 * invisible and private-use characters, and what is not a character at all.
 */
const UNWELCOME =
  // eslint-disable-next-line no-control-regex
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\u{e0000}-\u{e0fff}]|\p{Co}|\p{Cn}|\p{Cs}/gu;
/** The flags of England, Scotland and Wales, which are spelt with what is invisible elsewhere. */
const TAGGED_FLAG =
  /\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/u;
const UNLESS_FLAG = new RegExp(`(${TAGGED_FLAG.source})|${UNWELCOME.source}`, "gu");
const SPACES = /[\p{Zs}\t]/gu;
const BREAKS = /\r\n?|\n|\x85|\u2028|\u2029/g;
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;
const PLAIN = /^[\x20-\x5f\x61-\x7e\n]*$/;

/** The text without anything that could steer the screen; line breaks become \n. @param {string} text */
export function clean(text) {
  return text
    .replace(BREAKS, "\n")
    .replace(UNLESS_FLAG, "$1")
    .replace(SPACES, " ")
    .replace(STACKED_MARKS, "$1")
    .replace(/(^|[\n ])[\p{M}\u200c\u200d]+/gu, "$1");
}

/** What a segmenter would cut, where a browser has none: flags, joined emoji, letters with marks. */
const GRAPHEME =
  /\p{RI}{2}|.(?:[\p{M}\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]|\u200d(?=\p{Extended_Pictographic}).)*/gsu;
const segmenter = typeof Intl === "object" && Intl.Segmenter && new Intl.Segmenter();

/** Splits screen text into what each cell holds: graphemes, and control codes. @param {string} text @returns {string[]} */
export function cells(text) {
  // Latin text, box drawing and codes need no segmenter, and it is slow.
  if (!/[\p{M}\u200d\u{1f1e6}-\u{1faff}\u1100-\u11ff]/u.test(text)) return [...text];
  if (!segmenter) return text.match(GRAPHEME) ?? [];
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** Feed text as screen text: one line a paragraph. @param {string} text */
export function transliterate(text) {
  if (PLAIN.test(text)) return text;
  let written = "";
  for (const grapheme of cells(clean(text).normalize("NFC"))) written += transliterateOne(grapheme);
  return written;
}

/** @param {string} grapheme */
function transliterateOne(grapheme) {
  const bare = grapheme.replace(/[\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu, "");
  const spelling = SPELLINGS.get(bare);
  if (spelling !== undefined) return spelling;
  if (grapheme === "\n" || inFont(grapheme)) return grapheme;
  if (inFont(bare)) return bare;
  const compatible = bare.normalize("NFKC");
  if (compatible !== bare && [...compatible].every(inFont)) {
    return /[\u2070-\u207f]/.test(bare) ? `^${compatible}` : compatible;
  }
  // A joined emoji is one sign only as it was written: taken apart, it would be two.
  if (grapheme.includes("\u200d")) return grapheme.replace(/[\u{1f3fb}-\u{1f3ff}]/gu, "");
  // Text style, where the visitor's fonts have it: one colour, as on a tube.
  return /^\p{Extended_Pictographic}$/u.test(bare) ? `${bare}\ufe0e` : bare || grapheme;
}
