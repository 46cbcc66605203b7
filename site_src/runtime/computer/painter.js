/**
 * The screen on the page: 25 rows of plain text, touched only where something changed.
 *
 * A row is a <div>, or a block <a> when all of it is one link (an inline link misses part of its
 * row under the warp). Colours and reverse are classes: c0 to c15, and r; a run in the row's own
 * colour is a bare text node.
 */
import { inFont } from "./transliterate.js";
import { PALETTE } from "./glow.js";
import { COLUMNS, ROWS } from "./screen.js";

/** @typedef {{href: string, label: string, rel?: string}} Link */
/** @typedef {{text: string, colour: number, reversed: number, link: number, own: boolean, lit: boolean, width: number}} Run `lit`: the cursor */

/**
 * @param {HTMLElement} glass
 * @param {HTMLElement} element the text area
 */
export function createPainter(glass, element) {
  /** @type {HTMLElement[]} */
  const rows = Array.from({ length: ROWS }, () => rowElement(0, []));
  element.replaceChildren(...rows);
  const drawn = new Drawn();
  let border = -1;
  let background = -1;

  return {
    /**
     * @param {import("./screen.js").Screen} screen
     * @param {Link[]} links link n is links[n - 1]
     * @param {boolean} cursor the cursor is in its lit half
     */
    paint(screen, links, cursor) {
      if (screen.border !== border) {
        border = screen.border;
        glass.style.setProperty("--border", PALETTE[border]);
      }
      if (screen.background !== background) {
        background = screen.background;
        glass.style.setProperty("--paper", PALETTE[background]);
      }
      const lit = cursor ? screen.row * COLUMNS + screen.column : -1;
      for (const row of drawn.stale(screen, links, lit)) {
        const runs = runsOf(screen, row, lit - row * COLUMNS);
        let cell = row * COLUMNS;
        const again = runs.map(({ link, width }) => {
          cell += width;
          return link > 0 && screen.links.indexOf(link) < cell - width;
        });
        const whole = wholeLink(runs);
        const fresh = dress(rows[row], whole, links, again[0]);
        if (fresh !== rows[row]) {
          rows[row].replaceWith(fresh);
          rows[row] = fresh;
        }
        fill(fresh, runs, whole, links, again);
      }
    },
    dispose() {
      element.replaceChildren();
      glass.style.removeProperty("--border");
      glass.style.removeProperty("--paper");
    },
  };
}

/** What stands on the page, to tell which rows no longer hold. */
class Drawn {
  /** @type {string[]} */
  #glyphs = [];
  #colours = new Uint8Array(COLUMNS * ROWS);
  #reversed = new Uint8Array(COLUMNS * ROWS);
  #links = new Uint16Array(COLUMNS * ROWS);
  /** @type {Link[]} */
  #places = [];
  #lit = -1;

  /**
   * The rows to be drawn anew, which are then taken as drawn.
   * @param {import("./screen.js").Screen} screen @param {Link[]} links @param {number} lit the cell of the cursor, or -1
   */
  stale({ glyphs, colours, reversed, links: plane }, links, lit) {
    const moved = links !== this.#places || plane.some((link, cell) => link !== this.#links[cell]);
    /** @type {Set<number>} */
    const rows = new Set();
    const mark = (/** @type {number} */ cell) => rows.add(Math.floor(cell / COLUMNS));
    for (let cell = 0; cell < COLUMNS * ROWS; cell++) {
      if (
        glyphs[cell] !== this.#glyphs[cell] ||
        colours[cell] !== this.#colours[cell] ||
        reversed[cell] !== this.#reversed[cell] ||
        (moved && (plane[cell] || this.#links[cell]))
      )
        mark(cell);
    }
    if (lit !== this.#lit) for (const cell of [lit, this.#lit]) if (cell >= 0) mark(cell);
    this.#glyphs = glyphs.slice();
    this.#colours.set(colours);
    this.#reversed.set(reversed);
    this.#links.set(plane);
    this.#places = links;
    this.#lit = lit;
    return rows;
  }
}

/**
 * The runs of one row: neighbouring cells that look alike. A blank cell looks like any other.
 * @param {import("./screen.js").Screen} screen
 * @param {number} row
 * @param {number} cursor the column of the lit cursor, if that is in this row
 */
function runsOf(screen, row, cursor) {
  /** @type {Run[]} */
  const runs = [];
  for (let column = 0; column < COLUMNS; column++) {
    const cell = row * COLUMNS + column;
    const text = screen.glyphs[cell];
    const colour = screen.colours[cell];
    const lit = column === cursor;
    const reversed = screen.reversed[cell] ^ Number(lit);
    const link = screen.links[cell];
    const own = inFont(text);
    const last = runs.at(-1);
    const blank = text === " " && !reversed && !link;
    if (last && !last.reversed && !last.link && last.own && last.text.trim() === "") {
      // What went before was only blank: it takes on the look of what follows.
      if (!reversed && !link && own) Object.assign(last, { colour });
    }
    if (
      last &&
      (blank
        ? !last.reversed && !last.link && last.own
        : last.colour === colour &&
          last.reversed === reversed &&
          last.link === link &&
          last.own === own &&
          last.lit === lit)
    ) {
      last.text += text;
      last.width++;
    } else runs.push({ text, colour, reversed, link, own, lit, width: 1 });
  }
  return runs;
}

/**
 * The link that all of the row's text belongs to, or 0. The cursor that stands in a row while the
 * row arrives is no text: an element that came and went with it would lose its clicks.
 * @param {Run[]} runs
 */
function wholeLink(runs) {
  const inked = runs.filter(
    (run) => run.link || (run.reversed && !run.lit) || run.text.trim() !== "",
  );
  const link = inked[0]?.link ?? 0;
  return inked.every((run) => run.link === link) ? link : 0;
}

/** @param {number} link @param {Link[]} links */
function rowElement(link, links) {
  const element = document.createElement(links[link - 1] ? "a" : "div");
  element.className = "row";
  return element;
}

/**
 * The row's own element, made anew when it turns from text to link or back.
 * @param {HTMLElement} element @param {number} whole @param {Link[]} links @param {boolean} again
 */
function dress(element, whole, links, again) {
  const link = links[whole - 1];
  if (element instanceof HTMLAnchorElement !== Boolean(link)) element = rowElement(whole, links);
  if (link) point(/** @type {HTMLAnchorElement} */ (element), link, again);
  return element;
}

/** @param {HTMLAnchorElement} anchor @param {Link} link @param {boolean} again its text began above */
function point(anchor, link, again) {
  anchor.href = link.href;
  if (link.rel) anchor.rel = link.rel;
  anchor.tabIndex = again ? -1 : 0;
  if (again) anchor.setAttribute("aria-hidden", "true");
  else {
    anchor.removeAttribute("aria-hidden");
    anchor.setAttribute("aria-label", link.label);
  }
}

/** @param {HTMLElement} row @param {Run[]} runs @param {number} whole @param {Link[]} links @param {boolean[]} again */
function fill(row, runs, whole, links, again) {
  const base = runs[0];
  row.className = `row c${base.colour}`;
  // The log says what a row says; only links in it are worth a stop of their own.
  if (!(row instanceof HTMLAnchorElement)) {
    if (runs.some((run) => links[run.link - 1])) row.removeAttribute("aria-hidden");
    else row.setAttribute("aria-hidden", "true");
  }
  if (runs.length === 1 && base.own && !base.reversed && row.firstChild instanceof Text) {
    row.firstChild.data = base.text;
    while (row.lastChild !== row.firstChild) row.lastChild?.remove();
    return;
  }
  row.replaceChildren(
    ...runs.map((run, index) => {
      const link = run.link === whole ? undefined : links[run.link - 1];
      if (!link && run.own && !run.reversed && run.colour === base.colour) return run.text;
      const node = document.createElement(link ? "a" : "span");
      node.className = `c${run.colour}${run.reversed ? " r" : ""}${run.own ? "" : " w"}`;
      if (!run.own || link) node.style.setProperty("--n", String(run.width));
      if (link) {
        node.classList.add("l");
        point(/** @type {HTMLAnchorElement} */ (node), link, again[index]);
      }
      node.textContent = run.text;
      return node;
    }),
  );
}
