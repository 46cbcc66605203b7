/**
 * PETSCII: bytes in, screen text out.
 *
 * Screen text is a plain string: printable characters are Unicode, control codes keep the value
 * that they have on the real machine (0x05 is WHITE, 0x93 is CLR), and U+E000 + n says "what
 * follows is link n" (n = 0: no link). Text that comes from a feed is transliterated first
 * (transliterate.js) and can hold none of these.
 *
 * Mapping of the graphics: Unicode Technical Note L2/19-025, C64 primary and alternate sets.
 */

export const CODE = Object.freeze({
  stop: "\x03",
  white: "\x05",
  return: "\r",
  lower: "\x0e",
  down: "\x11",
  reverse: "\x12",
  home: "\x13",
  delete: "\x14",
  right: "\x1d",
  upper: "\x8e",
  up: "\x91",
  plain: "\x92",
  clear: "\x93",
  insert: "\x94",
  left: "\x9d",
});

/** The control code of each colour, 0 to 15. */
export const COLOUR_CODES = "\x90\x05\x1c\x9f\x9c\x1e\x1f\x9e\x81\x95\x96\x97\x98\x99\x9a\x9b";

/** What each colour is called in a text file: `{light green}`. */
const COLOUR_NAMES = [
  "black",
  "white",
  "red",
  "cyan",
  "purple",
  "green",
  "blue",
  "yellow",
  "orange",
  "brown",
  "light red",
  "dark grey",
  "grey",
  "light green",
  "light blue",
  "light grey",
];

const LINK_BASE = 0xe000;
const LINK_LIMIT = 0xf8ff;

/** Bytes 0x60-0x7F and 0xC0-0xDF, then 0xA0-0xBF and 0xE0-0xFF, of the upper-case set. */
const GRAPHICS = [..."─♠🭲🭸🭷🭶🭺🭱🭴╮╰╯🭼╲╱🭽🭾●🭻♥🭰╭╳○♣🭵♦┼🮌│π◥"];
const BLOCKS = [..." ▌▄▔▁▏▒▕🮏◤🮇├▗└┐▂┌┴┬┤▎▍🮈🮂🮃▃🭿▖▝┘▘▚"];

/** The code that starts link `index` (0 ends it). @param {number} index */
export const linkCode = (index) => String.fromCharCode(LINK_BASE + index);

/** The link that `char` starts, or -1 when it is no link code. @param {string} char */
export function linkOf(char) {
  const code = char.charCodeAt(0);
  return code >= LINK_BASE && code <= LINK_LIMIT ? code - LINK_BASE : -1;
}

/** True for what moves the cursor or the pen instead of showing. @param {string} char */
export function isControl(char) {
  const code = char.charCodeAt(0);
  return code < 0x20 || (code > 0x7e && code < 0xa0) || linkOf(char) >= 0;
}

/**
 * One byte as screen text.
 * @param {number} byte 0 to 255
 * @param {boolean} [lower] the lower-case set is on
 */
export function decodeByte(byte, lower = false) {
  if (byte < 0x20 || (byte > 0x7f && byte < 0xa0)) return String.fromCharCode(byte);
  if (byte === 0xff) return "π";
  const code = byte >= 0xe0 ? byte - 0x40 : byte >= 0xc0 ? byte - 0x60 : byte;
  if (code >= 0xa0) return lower && code === 0xba ? "✓" : BLOCKS[code - 0xa0];
  if (code >= 0x60) {
    if (lower && code > 0x60 && code < 0x7b) return String.fromCharCode(code - 0x20);
    return GRAPHICS[code - 0x60];
  }
  if (code === 0x5c) return "£";
  if (code === 0x5e) return "↑";
  if (code === 0x5f) return "←";
  const char = String.fromCharCode(code);
  return lower ? char.toLowerCase() : char;
}

/** @param {Iterable<number>} bytes @param {boolean} [lower] */
export function decode(bytes, lower = false) {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x0e || byte === 0x8e) lower = byte === 0x0e;
    text += decodeByte(byte, lower);
  }
  return text;
}

/** The byte of a character in the upper-case set; 63 (?) for one it does not have. @param {string} char @returns {number} */
export function encodeChar(char) {
  for (const byte of [...Array(256).keys()]) if (decodeByte(byte) === char) return byte;
  const upper = char.toUpperCase();
  return upper === char ? 63 : encodeChar(upper);
}

/**
 * Turns the names in an author's text file into codes: `{clr}`, `{rvs on}`, `{light green}`.
 * An unknown name stays as it stands.
 * @param {string} text
 */
export function mnemonics(text) {
  return text.replace(/\{([a-z ]+)\}/gi, (whole, name) => {
    const word = name.toLowerCase().replace("gray", "grey");
    const colour = COLOUR_NAMES.indexOf(word);
    if (colour >= 0) return COLOUR_CODES[colour];
    if (word === "rvs on") return CODE.reverse;
    if (word === "rvs off") return CODE.plain;
    if (word === "clr") return CODE.clear;
    return Object.hasOwn(CODE, word) ? CODE[/** @type {keyof typeof CODE} */ (word)] : whole;
  });
}
