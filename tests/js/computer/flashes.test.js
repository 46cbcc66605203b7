import assert from "node:assert/strict";
import { test } from "node:test";

import { createFlashGuard } from "../../../site_src/runtime/computer/flashes.js";
import { PALETTE, coverage, glow, linear } from "../../../site_src/runtime/computer/glow.js";
import { COLUMNS, ROWS, Screen } from "../../../site_src/runtime/computer/screen.js";

const CELLS = COLUMNS * ROWS;
const FRAME_MS = 1000 / 60;
const SECONDS = 4;

/** @typedef {{time_ms: number, light: Float32Array}} Shown */

/**
 * Runs a program that changes the screen at every picture, and keeps what is shown of it.
 * @param {(screen: Screen, picture: number) => void} program
 * @param {{guarded?: boolean, seconds?: number}} [how]
 */
function watch(program, { guarded = true, seconds = SECONDS } = {}) {
  const screen = new Screen();
  const guard = createFlashGuard();
  /** @type {Shown[]} */
  const shown = [];
  let held = 0;
  let again_ms = 0;
  for (let picture = 0; picture < seconds * 60; picture++) {
    program(screen, picture);
    const time_ms = picture * FRAME_MS;
    if (time_ms < again_ms) {
      held++;
      continue;
    }
    const light = glow(screen, -1, new Float32Array(CELLS + 1));
    const wait_ms = guarded ? guard.admit(light, time_ms) : 0;
    again_ms = time_ms + wait_ms;
    if (wait_ms) held++;
    else shown.push({ time_ms, light });
  }
  return { shown, held, screen, guard };
}

/**
 * The most opposing changes by a tenth that any second of one value holds, counted from scratch.
 * @param {Shown[]} shown @param {(light: Float32Array) => number} value @param {number} [step]
 */
function mostChanges(shown, value, step = 0.1) {
  /** @type {number[]} */
  const times_ms = [];
  let heading = 0;
  let extreme = value(shown[0].light);
  for (const { time_ms, light } of shown) {
    const now = value(light);
    const change = now - extreme;
    if (Math.abs(change) >= step && Math.sign(change) !== heading) {
      heading = Math.sign(change);
      times_ms.push(time_ms);
      extreme = now;
    } else if (heading === 0 || Math.sign(change) === heading) extreme = now;
  }
  return Math.max(
    0,
    ...times_ms.map(
      (first) => times_ms.filter((time) => time >= first && time < first + 1000).length,
    ),
  );
}

/** @param {Float32Array} light */
const meanOfCells = (light) => light.subarray(0, CELLS).reduce((sum, one) => sum + one, 0) / CELLS;
/** @param {Float32Array} light */
const meanOfHalf = (light) => {
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) if (cell % COLUMNS < COLUMNS / 2) sum += light[cell];
  return sum / (CELLS / 2);
};
/** @param {number} cell */
const cellAt = (cell) => (/** @type {Float32Array} */ light) => light[cell];

/** Fills the text with one character. @param {Screen} screen @param {(cell: number) => string} glyph */
function fill(screen, glyph) {
  for (let cell = 0; cell < CELLS; cell++) screen.glyphs[cell] = glyph(cell);
}

/** @type {{what: string, program: (screen: Screen, picture: number) => void, value: (light: Float32Array) => number, step?: number}[]} */
const HOSTILE = [
  {
    what: "POKE 53281 at every picture",
    program: (screen, picture) => (screen.background = picture % 2),
    value: meanOfCells,
  },
  {
    what: "POKE 53280 at every picture",
    program: (screen, picture) => (screen.border = picture % 2),
    value: cellAt(CELLS),
  },
  {
    what: "POKE 53281 five times a second",
    program: (screen, picture) => (screen.background = Math.floor(picture / 6) % 2),
    value: meanOfCells,
  },
  {
    what: "border and background by turns",
    program(screen, picture) {
      screen.border = Math.floor(picture / 4) % 2;
      screen.background = Math.floor((picture + 2) / 4) % 2;
    },
    value: (light) => (meanOfCells(light) + light[CELLS]) / 2,
    step: 0.2,
  },
  {
    what: "a screen filled and cleared",
    program: (screen, picture) => fill(screen, () => (picture % 6 < 3 ? "█" : " ")),
    value: meanOfCells,
  },
  {
    what: "a screen filled bit by bit, then cleared",
    program(screen, picture) {
      if (picture % 10 === 0) screen.clear();
      else screen.write("█".repeat(100));
    },
    value: meanOfCells,
  },
  {
    what: "letters against full stops",
    program: (screen, picture) => fill(screen, () => (picture % 8 < 4 ? "@" : ".")),
    value: meanOfCells,
  },
  {
    what: "a checkerboard that turns over",
    program: (screen, picture) =>
      fill(screen, (cell) =>
        (cell + Math.floor(cell / COLUMNS) + Math.floor(picture / 4)) % 2 ? "█" : " ",
      ),
    value: cellAt(500),
  },
  {
    what: "stripes that turn over",
    program: (screen, picture) =>
      fill(screen, (cell) =>
        (Math.floor(cell / COLUMNS) + Math.floor(picture / 5)) % 2 ? "█" : " ",
      ),
    value: cellAt(500),
  },
  {
    what: "two halves that flash by turns",
    program: (screen, picture) =>
      fill(screen, (cell) =>
        Math.floor(picture / 3) % 4 === (cell % COLUMNS < COLUMNS / 2 ? 0 : 2) ? "█" : " ",
      ),
    value: meanOfHalf,
  },
  {
    what: "a corner of the screen",
    program(screen, picture) {
      for (const row of [0, 1, 2, 3, 4])
        screen.glyphs.fill(picture % 2 ? "█" : " ", row * COLUMNS, row * COLUMNS + 8);
    },
    value: cellAt(2 * COLUMNS + 4),
  },
  {
    what: "reverse video on and off",
    program: (screen, picture) => screen.reversed.fill(picture % 2),
    value: meanOfCells,
  },
];

for (const { what, program, value, step } of HOSTILE) {
  test(`${what} flashes, and is held to three times a second`, () => {
    const bare = mostChanges(watch(program, { guarded: false }).shown, value, step);
    assert.ok(bare > 6, `${bare} changes a second without the guard: the case tests nothing`);
    const { shown, held } = watch(program);
    const kept = mostChanges(shown, value, step);
    assert.ok(kept <= 6, `${kept} changes in a second`);
    assert.ok(kept >= 2, "what is slow enough is still to be seen");
    assert.ok(held > 0);
  });
}

test("what stands in the end is shown", () => {
  const { screen, guard } = watch((screen, picture) => (screen.background = picture % 2));
  screen.background = 7;
  const light = glow(screen, -1, new Float32Array(CELLS + 1));
  let now_ms = SECONDS * 1000;
  for (let tries = 0; ; tries++) {
    const wait_ms = guard.admit(light, now_ms);
    if (wait_ms === 0) break;
    assert.ok(tries < 3, "asked to wait again and again");
    now_ms += wait_ms;
  }
  assert.ok(now_ms - SECONDS * 1000 < 1000);
});

/** @type {{what: string, program: (screen: Screen, picture: number) => void}[]} */
const CALM = [
  { what: "typing", program: (screen, picture) => void (picture % 5 || screen.write("A")) },
  {
    what: "a page a second at 57600 baud",
    program(screen, picture) {
      if (picture % 60 === 0) screen.clear();
      else if (picture % 60 < 10) screen.write("THE QUICK BROWN FOX ".repeat(5).slice(0, 96));
    },
  },
  {
    what: "a maze that scrolls",
    program: (screen, picture) =>
      screen.write(Array.from("x".repeat(24), (_, at) => ((picture * 7 + at) % 3 ? "╱" : "╲"))),
  },
  {
    what: "a line printed for ever",
    program: (screen) => screen.write("HELLO, WORLD\r"),
  },
  {
    what: "a cursor",
    program: (screen, picture) => (screen.reversed[0] = Math.floor(picture / 20) % 2),
  },
  {
    what: "a wheel of bars in one corner",
    program: (screen, picture) => (screen.glyphs[0] = "─╲│╱"[picture % 4]),
  },
  {
    what: "the border through all its colours, one every half second",
    program: (screen, picture) => (screen.border = Math.floor(picture / 30) % 16),
  },
];

for (const { what, program } of CALM) {
  test(`${what} is shown as it comes`, () => assert.equal(watch(program).held, 0));
}

test("no colour is a saturated red, so there are no red flashes to watch for", () => {
  for (const colour of PALETTE) {
    const [red, green, blue] = linear(colour);
    assert.ok(red < 0.8 * (red + green + blue) || red === 0, colour);
  }
});

test("a character covers as much of its cell as the font draws", () => {
  for (const [glyph, share] of /** @type {[string, number][]} */ ([
    [" ", 0],
    ["█", 1],
    ["▌", 0.5],
    ["▗", 0.25],
    ["🮋", 0.875],
  ])) {
    assert.equal(coverage(glyph), share, glyph);
  }
  assert.ok(coverage(".") < 0.1 && coverage("@") >= 0.5);
  assert.ok(coverage("漢") > 0 && coverage("漢") < 1);
});
