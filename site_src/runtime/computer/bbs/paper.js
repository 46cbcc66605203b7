/**
 * One page of the board while it is being written: 25 rows of screen text, its links and what a
 * screen reader hears. Pure.
 */
import { cells } from "../transliterate.js";
import { CODE, COLOUR_CODES, linkCode } from "../petscii.js";
import { COLUMNS, ROWS } from "../screen.js";

/** @typedef {{href: string, label: string, rel?: string}} Link */
/** @typedef {{text: string, links: Link[], spoken: string[], keys: KeyCap[], sheets: number}} Page */
/** A key of the on-screen row. @typedef {{cap: string, code: string, label: string}} KeyCap */

export const INK = Object.freeze({
  white: 1,
  cyan: 3,
  blue: 6,
  yellow: 7,
  green: 13,
  sky: 14,
  grey: 15,
});

/** The codes of the inks that pages use. */
export const PEN = Object.freeze({
  white: COLOUR_CODES[1],
  cyan: COLOUR_CODES[3],
  yellow: COLOUR_CODES[7],
  green: COLOUR_CODES[13],
});

/** How many cells a piece of screen text takes. @param {string} text */
export const width = (text) => cells(text).length;

/** Cuts to `room` cells, with … when something is lost. @param {string} text @param {number} room */
export function cut(text, room) {
  const all = cells(text);
  return all.length <= room
    ? text
    : `${all
        .slice(0, room - 1)
        .join("")
        .trimEnd()}…`;
}

/**
 * Breaks text into lines of at most `room` cells, at spaces where it can.
 * @param {string} text @param {number} room @param {number} [first] room on the first line
 */
export function wrap(text, room, first = room) {
  /** @type {string[]} */
  const lines = [];
  /** @type {string[]} */
  let line = [];
  for (const word of text.split(/ +/).filter(Boolean)) {
    let rest = cells(word);
    const limit = () => (lines.length ? room : first);
    if (line.length && line.length + 1 + rest.length > limit()) {
      lines.push(line.join(""));
      line = [];
    }
    while (rest.length > limit()) {
      lines.push(rest.slice(0, limit()).join(""));
      rest = rest.slice(lines.length > 1 ? room : first);
    }
    line = line.length ? [...line, " ", ...rest] : rest;
  }
  return line.length ? [...lines, line.join("")] : lines;
}

export class Paper {
  constructor() {
    /** @type {string[]} */
    this.rows = [];
    /** @type {Link[]} */
    this.links = [];
    /** @type {string[]} */
    this.spoken = [];
    /** @type {KeyCap[]} */
    this.keys = [];
  }

  /** Rows that are still free above the two at the foot. */
  get room() {
    return ROWS - 2 - this.rows.length;
  }

  /** Adds a row. @param {string} [text] screen text of at most 40 cells @param {number} [ink] */
  row(text = "", ink = INK.white) {
    this.rows.push(COLOUR_CODES[ink] + text + CODE.plain);
    return this;
  }

  /** Makes text a link. @param {Link} link @param {string} text @param {number} [index] of an earlier link */
  link(link, text, index = this.links.push(link)) {
    return linkCode(index) + text + linkCode(0);
  }

  /** A reversed bar with something at either end. @param {string} left @param {string} right */
  bar(left, right) {
    const short = cut(left, COLUMNS - 3 - width(right));
    const gap = " ".repeat(COLUMNS - 2 - width(short) - width(right));
    return this.row(`${CODE.reverse} ${short}${gap}${right} `, INK.grey);
  }

  /**
   * The foot: what can be done, as keys, links and caps for the on-screen row; then the prompt.
   * @param {{key: string, name: string, href?: string}[]} commands
   * @param {string} prompt
   */
  foot(commands, prompt) {
    while (this.rows.length < ROWS - 2) this.row();
    const shown = commands.map(({ key, name, href }) => {
      const text = `[${key}]${name.startsWith(key) ? name.slice(1) : name}`;
      this.keys.push({ cap: name, code: key.toLowerCase(), label: name });
      return href ? this.link({ href, label: name }, text) : text;
    });
    this.row(` ${shown.join(" ")}`, INK.cyan);
    this.row(` ${prompt}`, INK.white);
    return this;
  }

  /** @param {number} [sheets] @returns {Page} */
  page(sheets = 1) {
    const text = this.rows
      .slice(0, ROWS)
      .map((row, index) => {
        // The cursor has gone on by itself after the 40th cell.
        const full = width(row.replace(/[\x00-\x1f\x80-\x9f\ue000-\uf8ff]/g, "")) >= COLUMNS;
        return row + (full || index === ROWS - 1 ? "" : "\r");
      })
      .join("");
    return {
      text: CODE.lower + CODE.clear + text,
      links: this.links,
      spoken: this.spoken,
      keys: this.keys,
      sheets,
    };
  }
}
