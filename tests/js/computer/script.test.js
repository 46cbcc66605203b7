import assert from "node:assert/strict";
import { test } from "node:test";

import { find, readDisk } from "../../../site_src/runtime/computer/disk.js";
import { parseScript, typingPauses_ms } from "../../../site_src/runtime/computer/script.js";

test("a boot script is a banner, waits and typed lines", () => {
  assert.deepEqual(parseScript('# note\n  BANNER {white}\n\n~ 1.5\n> LOAD"X",8\n>RUN\n'), [
    { print: "  BANNER \x05" },
    { print: "" },
    { wait_s: 1.5 },
    { type: 'LOAD"X",8' },
    { type: "RUN" },
  ]);
});

test("a wait that no visitor would sit through is cut to a minute", () => {
  assert.deepEqual(parseScript("~ 99999"), [{ wait_s: 60 }]);
});

test("typing has a human rhythm: uneven, slow to begin, and the same every time", () => {
  const pauses = typingPauses_ms('LOAD"NEWS",8,1');
  assert.equal(pauses.length, 14);
  assert.ok(pauses.every((ms) => ms >= 60 && ms <= 600));
  assert.ok(pauses[0] > 250 && new Set(pauses).size > 7);
  assert.deepEqual(pauses, typingPauses_ms('LOAD"NEWS",8,1'));
});

const DISK = readDisk("words\n== NEWS\n10 REM A\n20 SYS 2064\n\n== maze\n10 GOTO 10\n");

for (const [wanted, first] of [
  ["NEWS", "10 REM A"],
  ["*", "10 REM A"],
  ["M*", "10 GOTO 10"],
  ["M?ZE", "10 GOTO 10"],
  ["0:MAZE", "10 GOTO 10"],
]) {
  test(`the disk answers to ${wanted}`, () =>
    assert.equal(find(DISK, wanted)?.split("\n")[0], first));
}

for (const wanted of ["NEW", "NEWSX", "", "MAZE2", "?"]) {
  test(`the disk does not have ${wanted || "a file without a name"}`, () =>
    assert.equal(find(DISK, wanted), null));
}

test("the directory names every program, as lines of BASIC", () => {
  const lines = find(DISK, "$")?.split("\n") ?? [];
  assert.match(lines[1], /^1 +"NEWS" +PRG$/);
  assert.match(lines[2], /^1 +"MAZE" +PRG$/);
  assert.match(lines[3], /^662 BLOCKS FREE\.$/);
});
