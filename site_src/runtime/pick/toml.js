/**
 * Corners in words: percentages to read out, and the TOML to paste. Pure.
 */

import { NAMES } from "./quad.js";

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Size} Size */

/**
 * @param {readonly Point[]} points px of the frame
 * @param {Size} frame
 * @returns {[number, number][]} fractions, 1e-5 steps as in track.json
 */
export function fractions(points, { width, height }) {
  return points.map(([x, y]) => [round(x / width), round(y / height)]);
}

/**
 * @param {readonly Point[]} points px of the frame
 * @param {Size} frame
 */
export function percentages(points, frame) {
  return fractions(points, frame)
    .map(([x, y], k) => `${NAMES[k].padEnd(12)} ${percent(x)} ${percent(y)}`)
    .join("\n");
}

/**
 * @param {readonly Point[]} points px of the frame
 * @param {Size} frame
 * @param {string} clip
 * @param {number} number of the master's frame
 */
export function toml(points, frame, clip, number) {
  const rows = fractions(points, frame).map(
    ([x, y], k) => `  [${x.toFixed(5)}, ${y.toFixed(5)}], # ${NAMES[k]}`,
  );
  return ["[screen]", `clip = "${clip}"`, `frame = ${number}`, "corners = [", ...rows, "]"].join(
    "\n",
  );
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 1e5) / 1e5;
}

/** @param {number} value */
function percent(value) {
  return `${(value * 100).toFixed(2)}%`.padStart(7);
}
