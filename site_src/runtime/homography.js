/**
 * The projective solve: four corner pairs → eight coefficients → `matrix3d`.
 *
 *     const plane = rectToQuad({ width: 640, height: 400 }, corners_px);
 *     element.style.transform = toMatrix3d(plane);
 *
 * Pure. A homography is nine numbers, row major, with the last one 1; it maps column vectors
 * (x, y, 1). After P. Heckbert, "Fundamentals of Texture Mapping and Image Warping" (1989), 2.2.3,
 * and Franklin Ta's write-up of the same solve for CSS (2014).
 */

/** @typedef {readonly [number, number]} Point */
/** @typedef {readonly [Point, Point, Point, Point]} Quad order TL TR BR BL */
/** @typedef {readonly number[]} Homography nine numbers, row major */
/** @typedef {Readonly<{ width: number, height: number }>} Size */

/**
 * The homography that carries a rectangle at the origin onto a quad.
 *
 * @param {Size} size
 * @param {Quad} quad in the unit the result should have
 * @returns {Homography}
 * @throws {RangeError} when three corners lie on one line
 */
export function rectToQuad(size, quad) {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = quad;
  const dx1 = x1 - x2;
  const dy1 = y1 - y2;
  const dx2 = x3 - x2;
  const dy2 = y3 - y2;
  const sx = x0 - x1 + x2 - x3;
  const sy = y0 - y1 + y2 - y3;
  const determinant = dx1 * dy2 - dx2 * dy1;
  if (Math.abs(determinant) < 1e-12) {
    throw new RangeError(`corners: got ${quad.join(" ")}; expected no three on one line`);
  }
  const g = (sx * dy2 - dx2 * sy) / determinant;
  const h = (dx1 * sy - sx * dy1) / determinant;
  const { width, height } = size;
  // biome-ignore format: rows of a matrix
  return [
    (x1 - x0 + g * x1) / width, (x3 - x0 + h * x3) / height, x0,
    (y1 - y0 + g * y1) / width, (y3 - y0 + h * y3) / height, y0,
    g / width, h / height, 1,
  ];
}

/**
 * First `inner`, then `outer`.
 *
 * @param {Homography} outer
 * @param {Homography} inner
 * @returns {Homography} scaled so that its last number is 1
 */
export function compose(outer, inner) {
  const product = new Array(9).fill(0);
  for (let row = 0; row < 3; row += 1) {
    for (let column = 0; column < 3; column += 1) {
      for (let k = 0; k < 3; k += 1) {
        product[row * 3 + column] += outer[row * 3 + k] * inner[k * 3 + column];
      }
    }
  }
  return product.map((value) => value / product[8]);
}

/**
 * @param {Homography} homography
 * @param {Point} point
 * @returns {Point}
 */
export function project([a, b, c, d, e, f, g, h, i], [x, y]) {
  const w = g * x + h * y + i;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
}

/**
 * The CSS transform, for an element whose `transform-origin` is its top left corner.
 *
 * With exponents: Chromium reads plain decimals of a transform by a short cut that keeps seven
 * places, which moves a corner by up to 0.07 px where the perspective is a ten-thousandth a pixel.
 *
 * @param {Homography} homography
 * @returns {string}
 */
export function toMatrix3d([a, b, c, d, e, f, g, h, i]) {
  const columns = [a, d, 0, g, b, e, 0, h, 0, 0, 1, 0, c, f, 0, i];
  return `matrix3d(${columns.map((value) => value.toExponential()).join()})`;
}
