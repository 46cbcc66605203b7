import assert from "node:assert/strict";
import { test } from "node:test";

import {
  corners,
  distanceTo,
  fitLine,
  lumaOf,
  meet,
  refineLine,
} from "../../../site_src/runtime/pick/edges.js";

/** @typedef {import("../../../site_src/runtime/pick/edges.js").Line} Line */

const SIZE = { width: 200, height: 120 };
const FINE = 8;

/** @param {number} x @param {number} y @param {number} angle_rad @returns {Line} */
function lineThrough(x, y, angle_rad) {
  const [a, b] = [-Math.sin(angle_rad), Math.cos(angle_rad)];
  return { a, b, c: a * x + b * y };
}

/** Dark on the one side of the line and bright on the other, each pixel averaged over its square. */
function edgeImage(/** @type {Line} */ line, grain = 0) {
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647 - 0.5;
  };
  const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height);
  for (let row = 0; row < SIZE.height; row += 1) {
    for (let column = 0; column < SIZE.width; column += 1) {
      let bright = 0;
      for (let k = 0; k < FINE * FINE; k += 1) {
        const x = column + ((k % FINE) + 0.5) / FINE;
        const y = row + (Math.floor(k / FINE) + 0.5) / FINE;
        if (line.a * x + line.b * y > line.c) bright += 1;
      }
      const value = 30 + (150 * bright) / FINE ** 2 + grain * random();
      data.set([value, value, value, 255], 4 * (row * SIZE.width + column));
    }
  }
  return { data, ...SIZE };
}

test("the line through points on a line is that line", () => {
  for (const angle of [0, 0.4, Math.PI / 2, 2.5]) {
    const truth = lineThrough(50, 40, angle);
    const points = [-30, -5, 12, 40].map(
      (t) => /** @type {[number, number]} */ ([50 + t * Math.cos(angle), 40 + t * Math.sin(angle)]),
    );
    const fitted = fitLine(points);
    assert.ok(points.every((point) => distanceTo(fitted, point) < 1e-9));
    assert.ok(Math.abs(Math.abs(fitted.a * truth.a + fitted.b * truth.b) - 1) < 1e-9);
  }
});

for (const { name, grain } of [
  { name: "clean", grain: 0 },
  { name: "grainy", grain: 12 },
]) {
  test(`clicks two pixels off land on a ${name} edge to 0.05 px`, () => {
    for (const angle of [0.03, -0.11, 0.35]) {
      const truth = lineThrough(100.37, 60.21, angle);
      const points = [-70, 0, 70].map(
        (t, k) =>
          /** @type {[number, number]} */ ([
            100.37 + t * Math.cos(angle) + truth.a * 2 * (k - 1),
            60.21 + t * Math.sin(angle) + truth.b * 2 * (k - 1),
          ]),
      );
      const refined = refineLine(fitLine(points), points, lumaOf(edgeImage(truth, grain)));
      for (const t of [-70, 0, 70]) {
        const on = /** @type {[number, number]} */ ([
          100.37 + t * Math.cos(angle),
          60.21 + t * Math.sin(angle),
        ]);
        const off_px = distanceTo(refined, on);
        assert.ok(off_px < 0.05, `${off_px.toFixed(3)} px off at angle ${angle}, ${t} along`);
      }
    }
  });
}

test("where the picture shows no edge the line stays", () => {
  const line = fitLine([
    [20, 60],
    [180, 62],
  ]);
  assert.equal(
    refineLine(
      line,
      [
        [20, 60],
        [180, 62],
      ],
      () => 90,
    ),
    line,
  );
});

test("four lines meet in the corners, parallel ones nowhere", () => {
  const [top, bottom] = [
    fitLine([
      [0, 10],
      [50, 10],
    ]),
    fitLine([
      [0, 80],
      [50, 80],
    ]),
  ];
  const [left, right] = [
    fitLine([
      [5, 0],
      [5, 50],
    ]),
    fitLine([
      [90, 0],
      [90, 50],
    ]),
  ];
  const quad = corners([top, right, bottom, left]);
  assert.ok(quad);
  [
    [5, 10],
    [90, 10],
    [90, 80],
    [5, 80],
  ].forEach(([x, y], k) => {
    assert.ok(Math.hypot(quad[k][0] - x, quad[k][1] - y) < 1e-9);
  });
  assert.equal(meet(top, bottom), null);
  assert.equal(corners([top, bottom, top, bottom]), null);
});

test("brightness is interpolated between the centres of pixels", () => {
  const luma = lumaOf({ data: [0, 0, 0, 255, 100, 100, 100, 255], width: 2, height: 1 });
  assert.equal(luma(0.5, 0.5), 0);
  assert.ok(Math.abs(luma(1, 0.5) - 50) < 1e-9);
  assert.ok(Math.abs(luma(9, 9) - 100) < 1e-9);
});
