/**
 * What lies over the picture while picking: crosshair, handles, lines, and the warped test card.
 */

import { rectToQuad, toMatrix3d } from "../homography.js";

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Quad} Quad */
/** @typedef {import("../homography.js").Size} Size */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {object} Drawing
 * @property {readonly Point[]} points px of the frame
 * @property {readonly (readonly Point[])[]} marks further points, such as those along the edges
 * @property {readonly Point[]} ghost corners as the scene has them, or none
 * @property {number} selected index of the corner that keys move, -1 for none
 * @property {Point | null} aim where the crosshair stands
 * @property {boolean} card
 * @property {boolean} grid
 */

/**
 * @param {object} options
 * @param {HTMLElement} options.stage the rectangle that the picture fills
 * @param {Size} options.frame
 * @param {readonly [number, number]} options.plane_px
 */
export function createOverlay({ stage, frame, plane_px }) {
  const layer = document.createElement("div");
  layer.className = "pick-layer";
  layer.tabIndex = 0;
  layer.setAttribute("role", "application");
  layer.setAttribute("aria-label", "The picture. Arrow keys move the corner, 1 to 4 choose one.");
  const card = testCard(plane_px);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  layer.append(card, svg);
  stage.append(layer);

  return {
    layer,

    /** @param {Drawing} drawing */
    draw({ points, marks, ghost, selected, aim, card: carded, grid }) {
      const { width, height } = stage.getBoundingClientRect();
      const at = (/** @type {Point} */ [x, y]) => [
        (x / frame.width) * width,
        (y / frame.height) * height,
      ];
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.replaceChildren();
      if (ghost.length && !points.length) svg.append(polygon(ghost.map(at), "ghost"));
      if (points.length > 1)
        svg.append(polygon(points.map(at), points.length > 3 ? "quad" : "open"));
      for (const [x, y] of marks.flat().map(at)) svg.append(circle(x, y, 3, "mark"));
      points.map(at).forEach(([x, y], k) => {
        svg.append(circle(x, y, 9, k === selected ? "handle selected" : "handle"));
        svg.append(circle(x, y, 1.5, "dot"));
      });
      if (aim) {
        const [x, y] = at(aim);
        svg.append(line(0, y, width, y), line(x, 0, x, height));
      }
      const shown = points.length === 4 && (carded || grid);
      card.hidden = !shown;
      if (shown) {
        card.dataset.show = `${carded ? "card" : ""} ${grid ? "grid" : ""}`.trim();
        const quad = /** @type {Quad} */ (/** @type {unknown} */ (points.map(at)));
        try {
          const [planeWidth, planeHeight] = plane_px;
          card.style.transform = toMatrix3d(
            rectToQuad({ width: planeWidth, height: planeHeight }, quad),
          );
        } catch {
          card.hidden = true;
        }
      }
    },

    dispose() {
      layer.remove();
    },
  };
}

/** @param {readonly [number, number]} plane_px */
function testCard([width, height]) {
  const card = document.createElement("div");
  card.className = "pick-card";
  Object.assign(card.style, { width: `${width}px`, height: `${height}px` });
  const words = document.createElement("p");
  words.textContent = "READY.\nTHE QUICK BROWN FOX JUMPS OVER\nTHE LAZY DOG 0123456789";
  const ring = document.createElement("i");
  card.append(words, ring);
  card.hidden = true;
  return card;
}

/** @param {number[][]} points @param {string} name */
function polygon(points, name) {
  const shape = document.createElementNS(SVG, name === "open" ? "polyline" : "polygon");
  shape.setAttribute("points", points.map((point) => point.join()).join(" "));
  shape.setAttribute("class", name);
  return shape;
}

/** @param {number} x @param {number} y @param {number} radius @param {string} name */
function circle(x, y, radius, name) {
  const shape = document.createElementNS(SVG, "circle");
  shape.setAttribute("cx", String(x));
  shape.setAttribute("cy", String(y));
  shape.setAttribute("r", String(radius));
  shape.setAttribute("class", name);
  return shape;
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function line(x1, y1, x2, y2) {
  const shape = document.createElementNS(SVG, "line");
  for (const [key, value] of Object.entries({ x1, y1, x2, y2 }))
    shape.setAttribute(key, String(value));
  shape.setAttribute("class", "cross");
  return shape;
}
