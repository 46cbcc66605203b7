import assert from "node:assert/strict";
import { test } from "node:test";

import { tubeOutline } from "../../site_src/runtime/outline.js";

const GLASS = /** @type {any} */ ([
  [-27, -65],
  [661, -65],
  [661, 454],
  [-27, 454],
]);

test("the tube's edge is rounded at the corners and bulges a little between them", () => {
  const outline = tubeOutline(GLASS);
  const farthest = (/** @type {number} */ axis, /** @type {1 | -1} */ sign) =>
    Math.max(...outline.map((point) => sign * point[axis]));
  assert.ok(farthest(0, 1) > 661 && farthest(0, 1) < 661 * 1.02);
  assert.ok(farthest(1, 1) > 454 && farthest(1, 1) < 454 * 1.03);
  const nearest = Math.min(...outline.map(([x, y]) => Math.hypot(x - -27, y - -65)));
  assert.ok(nearest > 15 && nearest < 40);
});

test("the outline covers the whole text area", () => {
  const outline = tubeOutline(GLASS);
  for (const [x, y] of [
    [0, 0],
    [640, 0],
    [640, 400],
    [0, 400],
  ]) {
    const held = outline.every(([x0, y0], index) => {
      const [x1, y1] = outline[(index + 1) % outline.length];
      return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0;
    });
    assert.ok(held, `${x}, ${y}`);
  }
});
