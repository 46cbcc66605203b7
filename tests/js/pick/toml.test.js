import assert from "node:assert/strict";
import { test } from "node:test";

import { fractions, percentages, toml } from "../../../site_src/runtime/pick/toml.js";

const FRAME = { width: 1280, height: 704 };
const QUAD = /** @type {[number, number][]} */ ([
  [128, 70.4],
  [640, 70.4],
  [640, 352],
  [127.99, 352],
]);

test("fractions keep five digits", () => {
  assert.deepEqual(fractions(QUAD, FRAME), [
    [0.1, 0.1],
    [0.5, 0.1],
    [0.5, 0.5],
    [0.09999, 0.5],
  ]);
});

test("percentages name the corners that are there so far", () => {
  assert.equal(
    percentages(QUAD.slice(0, 2), FRAME),
    "top left      10.00%  10.00%\ntop right     50.00%  10.00%",
  );
});

test("the TOML is a whole [screen] table in the scene's own form", () => {
  assert.equal(
    toml(QUAD, FRAME, "ambient", 7),
    `[screen]
clip = "ambient"
frame = 7
corners = [
  [0.10000, 0.10000], # top left
  [0.50000, 0.10000], # top right
  [0.50000, 0.50000], # bottom right
  [0.09999, 0.50000], # bottom left
]`,
  );
});
