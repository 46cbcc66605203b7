/**
 * The room's light round the screen: sixteen by sixteen cells over the tube and a margin, of which
 * only those beside the glass count. Reflections on black glass say nothing about the room.
 *
 * Pure. `generator/vision/sampling.py` does the same sums for light.json; both are held against
 * tests/fixtures/light.json. All sums are in linear light.
 */

import { boundingBox } from "./layout.js";

/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {import("./layout.js").Box} Box */
/** @typedef {Readonly<{ luminance: number, warmth: number }>} PatchLight */

export const CELLS = 16;
/** The ring begins a little outside the glass, where its glare ends. */
const INNER = 1.03;
const SAMPLES = 4;

/** sRGB decoding, IEC 61966-2-1. */
const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/**
 * Which part of the picture the cells cover, and what each of them counts.
 *
 * @param {Quad} glass outer corners of the tube, fractions of the picture
 * @param {number} patch outer edge of the ring, as a multiple of the glass
 * @returns {{ box: Box, weights: Float32Array }} row by row, summing to 1
 */
export function ringWeights(glass, patch) {
  const outer = grown(glass, patch);
  const inner = grown(glass, INNER);
  const box = boundingBox([outer]);
  const weights = new Float32Array(CELLS * CELLS);
  const step = 1 / (CELLS * SAMPLES);
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      let ring = 0;
      let glassy = false;
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample += 1) {
        const u = (column * SAMPLES + (sample % SAMPLES) + 0.5) * step;
        const v = (row * SAMPLES + Math.floor(sample / SAMPLES) + 0.5) * step;
        const x = box.left + u * (box.right - box.left);
        const y = box.top + v * (box.bottom - box.top);
        if (inside(inner, x, y)) glassy = true;
        else if (inside(outer, x, y)) ring += 1;
      }
      if (!glassy) weights[row * CELLS + column] = ring;
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { box, weights: weights.map((weight) => weight / total) };
}

/**
 * @param {Uint8ClampedArray} rgba sixteen by sixteen cells, row by row, sRGB
 * @param {Float32Array} weights summing to 1
 * @returns {PatchLight} luminance 0 to 1; warmth (R - B) / (R + B)
 */
export function patchLight(rgba, weights) {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let cell = 0; cell < weights.length; cell += 1) {
    const weight = weights[cell];
    if (weight === 0) continue;
    red += weight * LINEAR[rgba[cell * 4]];
    green += weight * LINEAR[rgba[cell * 4 + 1]];
    blue += weight * LINEAR[rgba[cell * 4 + 2]];
  }
  return {
    luminance: 0.2126 * red + 0.7152 * green + 0.0722 * blue,
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
  return /** @type {any} */ (quad.map(([x, y]) => [cx + (x - cx) * factor, cy + (y - cy) * factor]));
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
