import assert from "node:assert/strict";
import { test } from "node:test";

import { createSession } from "../../../site_src/runtime/pick/session.js";
import { todo } from "../../../site_src/runtime/pick/words.js";

/** @typedef {import("../../../site_src/runtime/homography.js").Point} Point */

const FRAME = { width: 1280, height: 704 };
const GRASP_PX = 40;
/** @type {Point[]} */
const QUAD = [
  [400, 200],
  [720, 200],
  [720, 400],
  [400, 400],
];

/** @param {import("../../../site_src/runtime/pick/session.js").Session} session @param {Point} point */
function click(session, point) {
  session.press(point, GRASP_PX);
  session.release(point);
}

function full() {
  const session = createSession({ frame: FRAME, luma: () => null });
  for (const point of QUAD) click(session, point);
  return session;
}

test("four clicks are the four corners, and a fifth far away is none", () => {
  const session = full();
  assert.deepEqual(session.picked, QUAD);
  click(session, [100, 600]);
  assert.deepEqual(session.picked, QUAD);
  assert.equal(session.isAiming, false);
});

test("a drag moves the nearest corner by what the hand moves, wherever it took hold", () => {
  const session = full();
  session.press([730, 410], GRASP_PX);
  session.move([740, 415]);
  session.release([740, 415]);
  assert.deepEqual(session.points, [QUAD[0], QUAD[1], [730, 405], QUAD[3]]);
  session.press([730, 405], GRASP_PX);
  session.move([830, 405], 0.2);
  assert.deepEqual(session.points[2], [750, 405]);
  session.cancel();
  assert.deepEqual(session.points[2], [730, 405]);
});

test("arrow keys move the chosen corner by a tenth of a pixel, with Shift by one", () => {
  const session = full();
  session.select(1);
  for (let k = 0; k < 3; k += 1) session.nudge([1, 0], false);
  session.nudge([0, -1], true);
  const [x, y] = session.points[1];
  assert.ok(Math.abs(x - 720.3) < 1e-9);
  assert.equal(y, 199);
});

test("undo takes back the last gesture, redo brings it again, typing counts as one", () => {
  const session = full();
  session.type(0, 0, 0.25);
  assert.deepEqual(session.points[0], [320, 200]);
  session.undo();
  assert.deepEqual(session.points, QUAD);
  session.redo();
  assert.deepEqual(session.points[0], [320, 200]);
  session.clear();
  assert.deepEqual(session.points, []);
  session.undo();
  assert.equal(session.isFull, true);
});

test("without a pointer the crosshair walks from the middle and Enter places", () => {
  const session = createSession({ frame: FRAME, luma: () => null });
  session.nudge([-1, 0], true);
  session.nudge([0, 1], false);
  session.place();
  assert.deepEqual(session.points, [[600, 356]]);
});

test("two points along each edge give the corners where the lines meet", () => {
  const session = createSession({ frame: FRAME, luma: () => null });
  session.setMode("edges");
  const asked = [];
  for (const point of /** @type {Point[]} */ ([
    [450, 200],
    [700, 200],
    [720, 220],
    [720, 380],
    [700, 400],
    [450, 400],
    [400, 380],
    [400, 220],
  ])) {
    asked.push(session.openSide);
    click(session, point);
  }
  assert.deepEqual(asked, ["top", "top", "right", "right", "bottom", "bottom", "left", "left"]);
  for (const [k, [x, y]] of session.points.entries())
    assert.ok(Math.hypot(x - QUAD[k][0], y - QUAD[k][1]) < 1e-6);
  click(session, [600, 203]);
  assert.equal(session.sides[0].length, 3, "a further point goes to the nearest edge");
  session.undo();
  session.undo();
  assert.deepEqual(session.points, [], "one step takes back the point and what came of it");
});

test("a correction is an offset from the track, and is gone with the frame", () => {
  const session = full();
  session.follow(QUAD);
  session.setMode("track");
  session.select(2);
  session.nudge([1, 0], true);
  assert.deepEqual(session.offsets, [
    [0, 0],
    [0, 0],
    [1, 0],
    [0, 0],
  ]);
  session.press([560, 300], GRASP_PX);
  session.move([565, 300]);
  session.release([565, 300]);
  assert.deepEqual(
    session.offsets,
    [
      [5, 0],
      [5, 0],
      [6, 0],
      [5, 0],
    ],
    "far from a handle all go along",
  );
  assert.deepEqual(session.picked, QUAD, "the picked corners stay");
  session.store();
  assert.deepEqual(session.offsets, [], "what is saved is not saved again");
  session.select(0);
  session.nudge([0, 1], true);
  assert.deepEqual(
    session.offsets,
    [
      [0, 1],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    "only what came since",
  );
  const seen = session.points;
  session.retrack(QUAD);
  assert.deepEqual(session.points, seen, "another stage was made; the track is as it was");
  session.retrack(QUAD.map(([x, y], k) => [x + (k === 2 ? 6 : 5), y]));
  assert.deepEqual(session.points, seen, "the track has come; nothing moves under the hand");
  assert.deepEqual(session.offsets, [
    [0, 1],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  session.follow(QUAD.map(([x, y]) => [x + 3, y]));
  assert.deepEqual(session.offsets, []);
  assert.deepEqual(session.points[0], [403, 200]);
});

test("words say the next step", () => {
  const session = createSession({ frame: FRAME, luma: () => null });
  assert.match(todo(session, true), /top left corner belongs, a little inside the glass/);
  for (const point of QUAD) click(session, point);
  assert.match(todo(session, true), /save/);
  assert.match(todo(session, false), /copy/);
  session.setMode("edges");
  assert.match(todo(session, true), /top edge/);
  session.setMode("track");
  assert.match(todo(session, true), /no track/);
});
