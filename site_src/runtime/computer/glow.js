/**
 * How much light each cell of the screen gives: the sixteen colours, and how much of a cell a
 * character covers. Pure.
 */
import { FONT_RANGES } from "./transliterate.js";
import { COLUMNS, ROWS } from "./screen.js";

/**
 * The sixteen colours: close to a PAL machine's, with cyan and light grey lifted so that words in
 * them read at 4.5:1 in the room's dimmest light too. styles/main.css has the same as c0 to c15.
 */
export const PALETTE = [
  "#000000",
  "#ffffff",
  "#813338",
  "#a0f0e8",
  "#8e3c97",
  "#56ac4d",
  "#2e2c9b",
  "#edf171",
  "#8e5029",
  "#553800",
  "#c46c71",
  "#4a4a4a",
  "#7b7b7b",
  "#a9ff9f",
  "#706deb",
  "#e0e0e0",
];

/** Red, green and blue of a colour as light, 0 to 1. @param {string} colour #rrggbb */
export const linear = (colour) =>
  [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

/** Relative luminance of the sixteen (WCAG 2.2). */
const LUMINANCE = PALETTE.map((colour) => {
  const [red, green, blue] = linear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
});

/**
 * How much of its cell each character of FONT_RANGES covers, in that order: "0" nothing, "P" all.
 * Measured on the font; tests/browser/test_flashes.py measures again.
 */
const COVERED =
  "066A<;<377:73327@:<<<>>:@>457678@?A;?>;>@;:>:AA?>@@>:><A>:<979443:=9=:9<<89<8=::;;799:9<" +
  "9<988846;<=>6<2@;:53A47:863<?226::>=>8===>==><>>>>;;;;@?===>=:B<<<<:=><<<=<<<:<<<<8888=>" +
  "<<<=<5<<<<<>=>>==<@<;;;;::;;=>@>>=><<;?<><<><>:>?>>:A><:<:;8<9:6?@::?=::8::<<<:::><B<><>" +
  "B<>==<?>>;>9A8>9>;>;>:>;:::<;:>>>><<<<>>@<?>:>:<;;:<;8>:::=>>;=:>9?A:=><@@;><AA:?@><::?>" +
  "A@;:>;>8><@9<9<<?6::<9<:<:8;7::9;<8<<<>><>;;:?@A:@>@=A>>>A@?@>;:;?>><BB<A=<D@:>=8<:<;<>:" +
  ":=<:<;98<@9;9>?:<:9><<9988>:84483=8:8:888888;;;;>888888>@48<@DHLPLHD@<84@8@H44888H@HH8@H" +
  "B@D@D@JBBBBC@D@<844444444444488888@8<DHL8<DHL88";
const UNKNOWN = 0.4; // a letter of the visitor's own font

/** @type {Map<string, number>} */
const COVERAGE = new Map();
for (const [first, last] of FONT_RANGES) {
  for (let code = first; code <= last; code++) {
    const share = (COVERED.charCodeAt(COVERAGE.size) - 48) / 32;
    COVERAGE.set(String.fromCodePoint(code), share);
  }
}

/** The share of its cell that a character lights, 0 to 1. @param {string} glyph */
export const coverage = (glyph) => COVERAGE.get(glyph) ?? UNKNOWN;

/**
 * The mean relative luminance of every cell, row by row, and of the border, which comes last.
 * @param {import("./screen.js").Screen} screen
 * @param {number} cursor the cell of the lit cursor, or -1
 * @param {Float32Array} light filled in: COLUMNS * ROWS + 1 values
 */
export function glow(screen, cursor, light) {
  const { glyphs, colours, reversed } = screen;
  const paper = LUMINANCE[screen.background];
  for (let cell = 0; cell < COLUMNS * ROWS; cell++) {
    const inked = coverage(glyphs[cell]);
    const share = reversed[cell] ^ Number(cell === cursor) ? 1 - inked : inked;
    light[cell] = paper + (LUMINANCE[colours[cell]] - paper) * share;
  }
  light[COLUMNS * ROWS] = LUMINANCE[screen.border];
  return light;
}
