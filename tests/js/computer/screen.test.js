import assert from "node:assert/strict";
import { test } from "node:test";

import { decode } from "../../../site_src/runtime/computer/petscii.js";
import { COLUMNS, ROWS, Screen } from "../../../site_src/runtime/computer/screen.js";

/** PETSCII bytes in, the top of the screen out. "^" in `cursor` is [column, row]. */
const GOLDEN = [
  { what: "letters stand where the cursor was", bytes: "HELLO", rows: ["HELLO"], cursor: [5, 0] },
  {
    what: "Return goes to the next line",
    bytes: "ONE\rTWO\r",
    rows: ["ONE", "TWO", ""],
    cursor: [0, 2],
  },
  { what: "CLR blanks and goes home", bytes: "OLD\x93NEW", rows: ["NEW"], cursor: [3, 0] },
  { what: "HOME goes home and blanks nothing", bytes: "OLD\x13N", rows: ["NLD"], cursor: [1, 0] },
  {
    what: "the cursor moves without a trace",
    bytes: "A\x11B\x9d\x91C",
    rows: ["AC", " B"],
    cursor: [2, 0],
  },
  {
    what: "right at the edge goes to the next row",
    bytes: `${"\x1d".repeat(40)}X`,
    rows: ["", "X"],
    cursor: [1, 1],
  },
  {
    what: "left at the edge goes to the row above",
    bytes: "\r\x9dX",
    rows: [`${" ".repeat(39)}X`],
    cursor: [0, 1],
  },
  { what: "up at the top stays", bytes: "\x91\x91X", rows: ["X"], cursor: [1, 0] },
  { what: "DEL takes the character before", bytes: "ABCD\x9d\x14", rows: ["ABD"], cursor: [2, 0] },
  { what: "DEL in the first cell does nothing", bytes: "\x14A", rows: ["A"], cursor: [1, 0] },
  {
    what: "DEL joins a wrapped line again",
    bytes: `${"A".repeat(40)}B\x9d\x14`,
    rows: [`${"A".repeat(39)}B`, ""],
    cursor: [39, 0],
  },
  { what: "INST opens a gap", bytes: "AC\x9d\x94B", rows: ["ABC"], cursor: [2, 0] },
  {
    what: "INST into a full line does nothing",
    bytes: `${"A".repeat(79)}B\x13\x94`,
    rows: ["A".repeat(40), `${"A".repeat(39)}B`],
    cursor: [0, 0],
  },
  {
    what: "the 40th character wraps",
    bytes: `${"A".repeat(41)}`,
    rows: ["A".repeat(40), "A"],
    cursor: [1, 1],
  },
  {
    what: "Return leaves a wrapped line whole",
    bytes: `${"A".repeat(45)}\x91\rX`,
    rows: ["A".repeat(40), "AAAAA", "X"],
    cursor: [1, 2],
  },
  {
    what: "graphics bytes are graphics",
    bytes: "\xd5\xc0\xc9\xff\xa9\x5c",
    rows: ["╭─╮π◤£"],
    cursor: [6, 0],
  },
  {
    what: "the other set has small letters",
    bytes: "\x0eAB\xc1\x41",
    rows: ["abAa"],
    cursor: [4, 0],
  },
  {
    what: "unknown control codes show nothing",
    bytes: "A\x00\x01\x02\x07\x80\x83B",
    rows: ["AB"],
    cursor: [2, 0],
  },
];

for (const { what, bytes, rows, cursor } of GOLDEN) {
  test(`golden: ${what}`, () => {
    const screen = new Screen();
    screen.write(decode([...bytes].map((char) => char.charCodeAt(0))));
    assert.deepEqual(screen.lines().slice(0, rows.length), rows);
    assert.deepEqual([screen.column, screen.row], cursor);
  });
}

test("a colour code colours what follows, and nothing before", () => {
  const screen = new Screen({ text: 1 });
  screen.write("A\x9eB\x1cC");
  assert.deepEqual([...screen.colours.slice(0, 3)], [1, 7, 2]);
});

test("reverse lasts until it is switched off, or to the end of the line", () => {
  const screen = new Screen();
  screen.write("\x12A\x92B\x12C\rD");
  assert.deepEqual([...screen.reversed.slice(0, 3)], [1, 0, 1]);
  assert.equal(screen.reversed[COLUMNS], 0);
});

test("the screen scrolls by one row when the last one is full, colours and links with it", () => {
  const screen = new Screen();
  screen.write("TOP\r\x9e\ue001SECOND\ue000\x05\r");
  screen.write("\r".repeat(ROWS - 3));
  assert.equal(screen.row, ROWS - 1);
  screen.write("\r");
  assert.equal(screen.lines()[0], "SECOND");
  assert.equal(screen.colours[0], 7);
  assert.equal(screen.links[0], 1);
  assert.equal(screen.glyphs.length, COLUMNS * ROWS);
});

test("a logical line is what was typed, even over two rows", () => {
  const screen = new Screen();
  const line = `10 PRINT "${"X".repeat(50)}"`;
  screen.write(`READY.\r${line}`);
  assert.equal(screen.logicalLine(), line);
  screen.moveTo(3, 1);
  assert.equal(screen.logicalLine(), line);
  screen.moveTo(0, 0);
  assert.equal(screen.logicalLine(), "READY.");
});

test("links cover the cells written between their codes", () => {
  const screen = new Screen();
  screen.write("A\ue003BC\ue000D");
  assert.deepEqual([...screen.links.slice(0, 4)], [0, 3, 3, 0]);
});

test("any bytes at all leave a whole screen with the cursor on it", () => {
  const screen = new Screen();
  let seed = 1;
  for (let i = 0; i < 60_000; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    screen.write(decode([(seed >> 8) & 255]));
    assert.ok(
      screen.column >= 0 && screen.column < COLUMNS && screen.row >= 0 && screen.row < ROWS,
    );
  }
  assert.equal(screen.glyphs.length, COLUMNS * ROWS);
  assert.ok(screen.lines().every((line) => [...line].length <= COLUMNS));
});
