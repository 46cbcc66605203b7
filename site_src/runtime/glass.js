/**
 * The plane: `#glass` covers the tube and carries the matrix; `#screen` inside it is the text area
 * whose four corners the track gives.
 */

import { boundingBox, planeUnit } from "./layout.js";
import { compose, project, rectToQuad, toMatrix3d } from "./homography.js";
import { tubeOutline } from "./outline.js";
import { createDarkTube } from "./darktube.js";

/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {import("./homography.js").Size} Size */
/** @typedef {import("./homography.js").Point} Point */

/** Below this many device px a scanline would only shimmer; from twice that on it is seen whole. */
const SCANLINE_PX = 1.6;
const SCANLINES = 200;

/**
 * @typedef {object} GlassOptions
 * @property {HTMLElement} glass
 * @property {HTMLElement} tube the part of it that is clipped to the rounded edge
 * @property {HTMLElement} screen
 * @property {readonly [number, number]} plane_px
 * @property {Quad} glass_plane_px
 * @property {import("./darktube.js").Reflection | null} [reflection] where the photographed glass is
 *   lit, pale or busy: what a dark tube in its place reflects
 */

/** @param {GlassOptions} options */
export function createGlass({ glass, tube, screen, plane_px, glass_plane_px, reflection }) {
  const plane = { width: plane_px[0], height: plane_px[1] };
  const outline = tubeOutline(glass_plane_px);
  const dark = reflection ? createDarkTube(glass, reflection) : null;
  const box = boundingBox([glass_plane_px, /** @type {any} */ (outline)]);
  /** From layout px of #glass to nominal px of the text plane. */
  let toPlane = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  /** @type {string} */
  let transform = "";

  return {
    /**
     * Lay the plane out for the size at which it will be seen.
     *
     * @param {number} textWidth_px of the text area on the screen, CSS px
     * @param {number} pixelRatio
     */
    resize(textWidth_px, pixelRatio) {
      const unit = planeUnit(textWidth_px, pixelRatio, plane.width);
      // Even numbers of device px: on odd or broken ones browsers snap what lies inside.
      const even = (/** @type {number} */ value) =>
        (2 * Math.ceil((value * unit * pixelRatio) / 2)) / pixelRatio;
      const left = even(-box.left);
      const top = even(-box.top);
      const width = left + even(box.right);
      const height = top + even(box.bottom);
      toPlane = [1 / unit, 0, -left / unit, 0, 1 / unit, -top / unit, 0, 0, 1];
      const lines_px = (textWidth_px * plane.height * pixelRatio) / plane.width / SCANLINES;
      const scan = Math.min(1, Math.max(0, lines_px / SCANLINE_PX - 1));
      glass.style.setProperty("--u", `${unit}px`);
      glass.style.setProperty("--scan", scan.toFixed(2));
      Object.assign(glass.style, { width: `${width}px`, height: `${height}px` });
      Object.assign(screen.style, {
        left: `${left}px`,
        top: `${top}px`,
        width: `${plane.width * unit}px`,
        height: `${plane.height * unit}px`,
      });
      const points = outline.map(([x, y]) => `${px(x * unit + left)} ${px(y * unit + top)}`);
      tube.style.clipPath = `polygon(${points.join()})`;
      dark?.resize({
        width,
        height,
        outline: outline.map(([x, y]) => [x * unit + left, y * unit + top]),
      });
    },

    /**
     * Put the text area's corners where the track says; null takes the glass away.
     *
     * @param {Quad | null} corners fractions of the picture
     * @param {Size} picture CSS px of the rectangle that the glass lies in
     */
    place(corners, picture) {
      glass.hidden = !corners;
      if (dark) dark.element.hidden = !corners;
      if (!corners) return;
      const quad = scaled(corners, picture);
      const next = toMatrix3d(compose(rectToQuad(plane, quad), toPlane));
      if (next === transform) return;
      glass.style.transform = transform = next;
      if (dark) dark.element.style.transform = next;
    },

    /**
     * The tube's own corners for a place of the text area.
     *
     * @param {Quad} corners fractions of the picture
     * @returns {Quad} fractions of the picture
     */
    outerCorners(corners) {
      const warp = rectToQuad(plane, corners);
      return /** @type {any} */ (glass_plane_px.map((corner) => project(warp, corner)));
    },
  };
}

/**
 * @param {Quad} quad
 * @param {Size} size
 * @returns {Quad}
 */
function scaled(quad, { width, height }) {
  return /** @type {any} */ (quad.map(([x, y]) => [x * width, y * height]));
}

/** @param {number} value */
function px(value) {
  return `${value.toFixed(1)}px`;
}
