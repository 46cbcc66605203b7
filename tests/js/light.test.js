import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  CELLS,
  cellWeights,
  patchBox,
  patchLight,
  smoothed,
} from "../../site_src/runtime/light.js";

const url = new URL("../fixtures/light.json", import.meta.url);
const { cases, tolerance } = JSON.parse(readFileSync(url, "utf8"));

/** @param {any} param0 */
function rgbaOf({ weights, cells }) {
  const colours = weights.flatMap((/** @type {string} */ row) =>
    [...row].map((mark, column) =>
      mark === "." ? cells.glass : column < CELLS / 2 ? cells.left : cells.right,
    ),
  );
  return colours.flatMap((/** @type {number[]} */ colour) => [...colour, 255]);
}

for (const one of cases) {
  test(`cells beside the glass count, cells on it do not: ${one.name}`, () => {
    const box = patchBox(one.glass, one.patch);
    const [x, y, width, height] = one.box;
    for (const [found, wanted] of [
      [box.left, x],
      [box.top, y],
      [box.right, x + width],
      [box.bottom, y + height],
    ])
      assert.ok(Math.abs(found - wanted) < 1e-9);
    const marks = [...cellWeights(one.glass, box)].map((weight) => (weight ? "#" : "."));
    const rows = Array.from({ length: CELLS }, (_, row) =>
      marks.slice(row * CELLS, (row + 1) * CELLS).join(""),
    );
    assert.deepEqual(rows, one.weights);
  });

  test(`brightness and warmth are sums in linear light: ${one.name}`, () => {
    const weights = cellWeights(one.glass, patchBox(one.glass, one.patch));
    const light = patchLight(rgbaOf(one), weights);
    assert.ok(Math.abs(light.luminance - one.luminance) < tolerance);
    assert.ok(Math.abs(light.warmth - one.warmth) < tolerance);
  });
}

test("a patch with no cell beside the glass is dark and neutral, not NaN", () => {
  assert.deepEqual(patchLight(new Uint8Array(1024).fill(200), new Uint8Array(256)), {
    luminance: 0,
    warmth: 0,
  });
});

test("after one time constant the smoother has gone 63 % of the way; with none it follows at once", () => {
  assert.ok(Math.abs(smoothed(0, 1, 0.5, 0.5) - (1 - Math.exp(-1))) < 1e-12);
  assert.equal(smoothed(0, 1, 0.01, 0), 1);
});
