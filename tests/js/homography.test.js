import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { compose, project, rectToQuad, toMatrix3d } from "../../site_src/runtime/homography.js";

const url = new URL("../fixtures/homography.json", import.meta.url);
const { cases, tolerance } = JSON.parse(readFileSync(url, "utf8"));

for (const { name, size, corners, points, projected, coefficients } of cases) {
  test(`the solve finds the eight coefficients again: ${name}`, () => {
    const found = rectToQuad({ width: size[0], height: size[1] }, corners);
    found.forEach((value, index) => {
      assert.ok(
        Math.abs(value - coefficients[index]) <=
          tolerance.coefficients * Math.max(1, Math.abs(value)),
      );
    });
    for (const [index, point] of points.entries()) {
      const [x, y] = project(found, point);
      assert.ok(
        Math.hypot(x - projected[index][0], y - projected[index][1]) <= tolerance.projected_px,
      );
    }
  });
}

test("three corners on one line are refused, with the corners in the message", () => {
  assert.throws(
    () =>
      rectToQuad({ width: 1, height: 1 }, [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
    /0,0 1,1/,
  );
});

test("composing two maps does one after the other", () => {
  const outer = rectToQuad({ width: 640, height: 400 }, [
    [3, 4],
    [90, 8],
    [80, 70],
    [5, 66],
  ]);
  const inner = [2, 0, 10, 0, 3, 20, 0, 0, 1];
  const [x, y] = project(compose(outer, inner), [7, 9]);
  const [expected_x, expected_y] = project(outer, project(inner, [7, 9]));
  assert.ok(Math.hypot(x - expected_x, y - expected_y) < 1e-9);
});

test("the CSS matrix is column major, with the plane's own depth left alone", () => {
  const [, inside = ""] =
    /^matrix3d\((.*)\)$/.exec(toMatrix3d([1, 2, 3, 4, 5, 6, 7, 8e-7, 1])) ?? [];
  const columns = inside.split(",").map(Number);
  assert.deepEqual(columns, [1, 4, 0, 7, 2, 5, 0, 8e-7, 0, 0, 1, 0, 3, 6, 0, 1]);
  assert.ok(
    inside.split(",").every((value) => value.includes("e")),
    "Chromium cuts plain decimals",
  );
});
