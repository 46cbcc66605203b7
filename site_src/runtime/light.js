/**
 * The room's light round the screen: sixteen by sixteen cells over the tube and a margin, of which
 * only those beside the glass count. Reflections on black glass say nothing about the room.
 *
 * Pure. `generator/vision/sampling.py` does the same sums for light.json; both are held against
 * tests/fixtures/light.json. All sums are in linear light.
 */

import { boundingBox } from "./layout.js";

/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {import("./layout.js").Bounds} Bounds */
/** @typedef {Readonly<{ luminance: number, warmth: number }>} PatchLight */

export const CELLS = 16;
/** Cells stay so far outside the glass, as a multiple of it: its edge is soft. */
const GUARD = 1.03;

/** sRGB decoding, IEC 61966-2-1. */
const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/**
 * The upright box that the cells cover.
 *
 * @param {Quad} glass outer corners of the tube, any unit
 * @param {number} patch how many times the glass's own box it is
 * @returns {Bounds}
 */
export function patchBox(glass, patch) {
  const { left, top, right, bottom } = boundingBox([glass]);
  const wide = ((right - left) * (patch - 1)) / 2;
  const high = ((bottom - top) * (patch - 1)) / 2;
  return { left: left - wide, top: top - high, right: right + wide, bottom: bottom + high };
}

/**
 * What each cell counts: 1 where neither its corners nor its middle lie on the glass, else 0.
 *
 * @param {Quad} glass
 * @param {Bounds} box
 * @returns {Uint8Array} row by row
 */
export function cellWeights(glass, box) {
  const guarded = grown(glass, GUARD);
  const x = (/** @type {number} */ column) => box.left + (column / CELLS) * (box.right - box.left);
  const y = (/** @type {number} */ row) => box.top + (row / CELLS) * (box.bottom - box.top);
  const side = CELLS + 1;
  const corners = Uint8Array.from({ length: side * side }, (_, index) =>
    Number(inside(guarded, x(index % side), y(Math.floor(index / side)))),
  );
  return Uint8Array.from({ length: CELLS * CELLS }, (_, index) => {
    const column = index % CELLS;
    const row = Math.floor(index / CELLS);
    const first = row * side + column;
    const touched =
      corners[first] | corners[first + 1] | corners[first + side] | corners[first + side + 1];
    return touched || inside(guarded, x(column + 0.5), y(row + 0.5)) ? 0 : 1;
  });
}

/**
 * @param {ArrayLike<number>} rgba sixteen by sixteen cells, row by row, sRGB bytes
 * @param {Uint8Array} weights
 * @returns {PatchLight} luminance 0 to 1; warmth (R - B) / (R + B); zeros where no cell counts
 */
export function patchLight(rgba, weights) {
  let red = 0;
  let green = 0;
  let blue = 0;
  let count = 0;
  for (let cell = 0; cell < weights.length; cell += 1) {
    if (weights[cell] === 0) continue;
    red += LINEAR[rgba[cell * 4]];
    green += LINEAR[rgba[cell * 4 + 1]];
    blue += LINEAR[rgba[cell * 4 + 2]];
    count += 1;
  }
  return {
    luminance: (0.2126 * red + 0.7152 * green + 0.0722 * blue) / Math.max(count, 1),
    warmth: red + blue > 0 ? (red - blue) / (red + blue) : 0,
  };
}

/**
 * One step of an exponential smoother.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} elapsed_s
 * @param {number} constant_s time constant; 0 follows at once
 */
export function smoothed(from, to, elapsed_s, constant_s) {
  return constant_s > 0 ? to + (from - to) * Math.exp(-elapsed_s / constant_s) : to;
}

/**
 * @param {Quad} quad
 * @param {number} factor
 * @returns {Quad} grown about its centroid
 */
function grown(quad, factor) {
  const cx = quad.reduce((sum, [x]) => sum + x, 0) / 4;
  const cy = quad.reduce((sum, [, y]) => sum + y, 0) / 4;
  return /** @type {any} */ (
    quad.map(([x, y]) => [cx + (x - cx) * factor, cy + (y - cy) * factor])
  );
}

/**
 * @param {Quad} quad convex, clockwise on the screen
 * @param {number} x
 * @param {number} y
 */
function inside(quad, x, y) {
  return quad.every(([x0, y0], corner) => {
    const [x1, y1] = quad[(corner + 1) % 4];
    return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0;
  });
}
