/**
 * The visible edge of the tube: a rounded, slightly bulging outline inside the glass's corners.
 *
 * Pure. Points are made in (s, t) from -1 to 1 over the glass and carried to the plane.
 */

import { project, rectToQuad } from "./homography.js";

/** @typedef {import("./homography.js").Point} Point */
/** @typedef {import("./homography.js").Quad} Quad */

/** Corner radius and bulge of a 1980s tube, as fractions of the glass's height and half size. */
const RADIUS = 0.105;
const BULGE = 0.012;
const STEPS_PER_CORNER = 10;

/**
 * @param {Quad} glass_plane_px outer corners of the tube, in the text plane's px
 * @returns {Point[]} a closed outline in the same px, clockwise from the top left
 */
export function tubeOutline(glass_plane_px) {
  const [[left, top], [right], , [, bottom]] = glass_plane_px;
  const aspect = (right - left) / (bottom - top);
  const toPlane = rectToQuad({ width: 2, height: 2 }, glass_plane_px);
  const radius = { s: (2 * RADIUS) / aspect, t: 2 * RADIUS };
  // biome-ignore format: a quad, clockwise
  const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  return corners.flatMap(([cs, ct], corner) =>
    Array.from({ length: STEPS_PER_CORNER + 1 }, (_, step) => {
      const angle = ((corner + step / STEPS_PER_CORNER) * Math.PI) / 2 + Math.PI;
      const s = cs * (1 - radius.s) + radius.s * Math.cos(angle);
      const t = ct * (1 - radius.t) + radius.t * Math.sin(angle);
      const bulged_s = s * (1 + BULGE * (1 - t * t));
      const bulged_t = t * (1 + BULGE * (1 - s * s));
      return project(toPlane, [bulged_s + 1, bulged_t + 1]);
    }),
  );
}
