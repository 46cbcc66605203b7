/**
 * Nothing that is shown flashes more than three times a second, whatever a program does. Pure.
 *
 *   const guard = createFlashGuard();
 *   guard.admit(light, now_ms)  // 0: show it. 250: show what stood before, ask again in 250 ms
 *
 * WCAG 2.3.1 calls a flash a pair of opposing changes in relative luminance by a tenth or more, the
 * darker state below 0.8, over a quarter of any 10 degrees of the field of view; no more than three
 * in any second. generator/vision/flash.py measures clips by the same rule. Here it is stricter:
 *
 *   change  0.07, since the room's light and the glow of the letters are not in `light`
 *   field   8 x 5 cells; 10 degrees (341 x 256 CSS px) are more on any text under 1700 px wide
 *   pause   the screen may turn twice at once, then every 330 ms: five turns a second, which leaves
 *           one for pictures that come late
 *
 * The screen turns when any field changes against the last change of any: what flashes by turns adds
 * up, and a page that fills row by row turns once. The border counts as a field of its own. What
 * moves counts as what flashes: fast scrolling is shown in steps.
 */
import { COLUMNS, ROWS } from "./screen.js";

const STEP = 0.07;
const BRIGHT = 0.85; // what is brighter than this at its darkest does not flash
const TOGETHER_MS = 100; // cells that change within this time change together
const PAUSE_MS = 330;
const WIDE = 8;
const HIGH = 5;
const NEEDED = 9; // cells of a field, of its 40
const CELLS = COLUMNS * ROWS;

/** The upper left cells of overlapping fields, half their size apart. */
const FIELDS = [...Array(CELLS).keys()].filter((cell) => {
  const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
  return row % 2 === 0 && row <= ROWS - HIGH && column % 4 === 0 && column <= COLUMNS - WIDE;
});

export function createFlashGuard() {
  const low = new Float32Array(CELLS + 1).fill(Infinity);
  const high = new Float32Array(CELLS + 1).fill(-Infinity);
  /** 1 up, -1 down: the way each cell last changed, and when. */
  const heading = new Int8Array(CELLS + 1);
  const changed_ms = new Float64Array(CELLS + 1).fill(-Infinity);
  /** The way each cell would change now. */
  const turns = new Int8Array(CELLS + 1);
  let screenHeading = 0;
  let due_ms = -Infinity;
  /** When a field last rose, and fell. */
  let rose_ms = -Infinity;
  let fell_ms = -Infinity;

  /** Which cells turn with this light. @param {Float32Array} light @returns {boolean} some do */
  function findTurns(light) {
    let some = false;
    for (let cell = 0; cell <= CELLS; cell++) {
      const now = light[cell];
      const floor = Math.min(low[cell], now);
      const ceiling = Math.max(high[cell], now);
      const up = heading[cell] <= 0 && now - floor >= STEP && floor < BRIGHT;
      const down = heading[cell] >= 0 && ceiling - now >= STEP && now < BRIGHT;
      turns[cell] = up ? 1 : down ? -1 : 0;
      some ||= up || down;
    }
    return some;
  }

  /** @param {Float32Array} light @param {number} now_ms */
  function keep(light, now_ms) {
    for (let cell = 0; cell <= CELLS; cell++) {
      const now = light[cell];
      const turn = turns[cell];
      low[cell] = turn ? now : Math.min(low[cell], now);
      high[cell] = turn ? now : Math.max(high[cell], now);
      if (!turn) continue;
      heading[cell] = turn;
      changed_ms[cell] = now_ms;
    }
  }

  /** Whether enough of a field turns one way now. @param {1 | -1} way @param {number} since_ms */
  function turnsIn(way, since_ms) {
    const isTurning = (/** @type {number} */ cell) =>
      (turns[cell] || (changed_ms[cell] > since_ms && heading[cell])) === way;
    return FIELDS.some((first) => {
      let count = 0;
      for (let row = first; row < first + HIGH * COLUMNS; row += COLUMNS)
        for (let cell = row; cell < row + WIDE; cell++) if (isTurning(cell)) count++;
      return count >= NEEDED;
    });
  }

  return {
    /**
     * Whether the screen may be shown now; if so, it is taken as shown.
     * @param {Float32Array} light as `glow` gives it
     * @param {number} now_ms
     * @returns {number} 0, or in how many ms it may be
     */
    admit(light, now_ms) {
      if (findTurns(light)) {
        const since_ms = now_ms - TOGETHER_MS;
        const rises = turns[CELLS] > 0 || turnsIn(1, Math.max(since_ms, rose_ms));
        const falls = turns[CELLS] < 0 || turnsIn(-1, Math.max(since_ms, fell_ms));
        const way = rises && screenHeading <= 0 ? 1 : falls && screenHeading >= 0 ? -1 : 0;
        if (way) {
          if (due_ms - PAUSE_MS > now_ms) return due_ms - PAUSE_MS - now_ms;
          due_ms = Math.max(due_ms, now_ms) + PAUSE_MS;
          screenHeading = way;
        }
        // What falls while the screen turns to rise is not over: it counts in the next picture.
        if (rises && way >= 0) rose_ms = now_ms;
        if (falls && way <= 0) fell_ms = now_ms;
      }
      keep(light, now_ms);
      return 0;
    },
  };
}
