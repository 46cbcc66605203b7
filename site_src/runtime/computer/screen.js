/**
 * The screen: 40 x 25 cells. Screen text (petscii.js) in, cells out; pure.
 *
 *   const screen = new Screen(); screen.write("HELLO\r"); screen.rowText(0) // "HELLO      ..."
 *
 * Behaves like the real editor: the 40th character joins its row to the next one, so that a
 * logical line may be 80 characters long; the cursor moves freely; Return reads the line under it.
 */
import { CODE, COLOUR_CODES, linkOf } from "./petscii.js";

export const COLUMNS = 40;
export const ROWS = 25;
const CELLS = COLUMNS * ROWS;

export class Screen {
  /** @param {{text?: number, background?: number, border?: number}} [colours] 0 to 15 */
  constructor({ text = 1, background = 6, border = 14 } = {}) {
    this.ink = text;
    this.background = background;
    this.border = border;
    /** One grapheme a cell. @type {string[]} */
    this.glyphs = Array(CELLS).fill(" ");
    this.colours = new Uint8Array(CELLS).fill(text);
    this.reversed = new Uint8Array(CELLS);
    this.links = new Uint16Array(CELLS);
    /** 1 where a row goes on from the row above it. */
    this.joined = new Uint8Array(ROWS);
    this.column = 0;
    this.row = 0;
    this.colour = text;
    this.reverse = 0;
    this.link = 0;
    this.lower = false;
  }

  /** Writes screen text. @param {Iterable<string>} text characters, or graphemes */
  write(text) {
    for (const char of text) this.put(char);
  }

  /** Writes one character, or obeys one control code. @param {string} char */
  put(char) {
    const link = linkOf(char);
    if (link >= 0) this.link = link;
    else if (!this.#obey(char)) this.#show(char);
  }

  /** The 40 characters of a row. @param {number} row */
  rowText(row) {
    return this.glyphs.slice(row * COLUMNS, (row + 1) * COLUMNS).join("");
  }

  /** The whole screen as lines, without trailing blanks. */
  lines() {
    return Array.from({ length: ROWS }, (_, row) => this.rowText(row).trimEnd());
  }

  /** The logical line under the cursor, without trailing blanks. */
  logicalLine() {
    let first = this.row;
    while (first > 0 && this.joined[first]) first--;
    let text = this.rowText(first);
    for (let row = first + 1; row < ROWS && this.joined[row]; row++) text += this.rowText(row);
    return text.trimEnd();
  }

  /** Puts the cursor somewhere. @param {number} column @param {number} row */
  moveTo(column, row) {
    this.column = Math.min(COLUMNS - 1, Math.max(0, column));
    this.row = Math.min(ROWS - 1, Math.max(0, row));
  }

  /** Blanks the screen; the pen keeps its colour. */
  clear() {
    this.#blank(0, CELLS);
    this.joined.fill(0);
    this.column = this.row = 0;
  }

  /** The state of the pen as it is after power-on. */
  resetPen() {
    this.colour = this.ink;
    this.reverse = this.link = 0;
  }

  /** @param {string} char @returns {boolean} it was a control code */
  #obey(char) {
    const colour = COLOUR_CODES.indexOf(char);
    if (colour >= 0) {
      this.colour = colour;
      return true;
    }
    switch (char) {
      case CODE.return:
      case "\x8d":
      case "\n":
        this.#newLine();
        return true;
      case CODE.reverse:
        this.reverse = 1;
        return true;
      case CODE.plain:
        this.reverse = 0;
        return true;
      case CODE.clear:
        this.clear();
        return true;
      case CODE.home:
        this.moveTo(0, 0);
        return true;
      case CODE.lower:
        this.lower = true;
        return true;
      case CODE.upper:
        this.lower = false;
        return true;
      case CODE.up:
        this.moveTo(this.column, this.row - 1);
        return true;
      case CODE.down:
        this.#down();
        return true;
      case CODE.left:
        this.#left();
        return true;
      case CODE.right:
        if (this.column < COLUMNS - 1) this.column++;
        else {
          this.column = 0;
          this.#down();
        }
        return true;
      case CODE.delete:
        this.#delete();
        return true;
      case CODE.insert:
        this.#insert();
        return true;
      default: {
        const code = char.charCodeAt(0);
        return code < 0x20 || (code > 0x7e && code < 0xa0);
      }
    }
  }

  /** @param {string} char */
  #show(char) {
    const cell = this.row * COLUMNS + this.column;
    this.glyphs[cell] = char;
    this.colours[cell] = this.colour;
    this.reversed[cell] = this.reverse;
    this.links[cell] = this.link;
    if (this.column < COLUMNS - 1) {
      this.column++;
      return;
    }
    this.column = 0;
    this.#down();
    // A logical line is at most two rows long, as on the machine.
    this.joined[this.row] = this.row > 0 && !this.joined[this.row - 1] ? 1 : 0;
  }

  #newLine() {
    this.column = 0;
    this.reverse = 0;
    do this.#down();
    while (this.row < ROWS - 1 && this.joined[this.row]);
    this.joined[this.row] = 0;
  }

  #down() {
    if (this.row < ROWS - 1) this.row++;
    else this.#scroll();
  }

  #left() {
    if (this.column > 0) this.column--;
    else if (this.row > 0) this.moveTo(COLUMNS - 1, this.row - 1);
  }

  #scroll() {
    this.glyphs.splice(0, COLUMNS);
    for (let i = 0; i < COLUMNS; i++) this.glyphs.push(" ");
    for (const plane of [this.colours, this.reversed, this.links]) plane.copyWithin(0, COLUMNS);
    this.joined.copyWithin(0, 1);
    this.joined[ROWS - 1] = 0;
    this.#blank(CELLS - COLUMNS, CELLS);
  }

  #delete() {
    if (this.column === 0 && this.row === 0) return;
    this.#left();
    const end = this.#lineEnd();
    this.#shift(this.row * COLUMNS + this.column, end, 1);
  }

  #insert() {
    const start = this.row * COLUMNS + this.column;
    const end = this.#lineEnd();
    if (this.glyphs[end - 1] === " ") this.#shift(start, end, -1);
  }

  /** The cell after the logical line that the cursor is on. */
  #lineEnd() {
    const next = this.row + 1;
    return (next < ROWS && this.joined[next] ? next + 1 : next) * COLUMNS;
  }

  /** Moves cells [start, end) by one to the left (1) or right (-1). @param {number} start @param {number} end @param {1|-1} by */
  #shift(start, end, by) {
    for (const plane of [this.glyphs, this.colours, this.reversed, this.links]) {
      if (by > 0) plane.copyWithin(start, start + 1, end);
      else plane.copyWithin(start + 1, start, end - 1);
    }
    const gap = by > 0 ? end - 1 : start;
    this.#blank(gap, gap + 1);
  }

  /** @param {number} start @param {number} end */
  #blank(start, end) {
    this.glyphs.fill(" ", start, end);
    this.colours.fill(this.colour, start, end);
    this.reversed.fill(0, start, end);
    this.links.fill(0, start, end);
  }
}
