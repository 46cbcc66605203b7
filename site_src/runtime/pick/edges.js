/**
 * Corners from edges: points clicked along each side become lines, the lines are moved onto the
 * steepest step in the picture near them, and their meeting points are the corners.
 *
 *     const lines = SIDES.map((_, side) => fitLine(points[side]));
 *     const refined = lines.map((line, side) => refineLine(line, points[side], luma));
 *     corners(refined)
 *
 * Pure. Points are px of the frame; the centre of the first pixel is (0.5, 0.5).
 */

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Quad} Quad */

/**
 * a x + b y = c with a² + b² = 1.
 *
 * @typedef {Readonly<{ a: number, b: number, c: number }>} Line
 * @typedef {(x: number, y: number) => number} Luma brightness at a place, 0 to 255, interpolated
 */

export const SIDES = ["top", "right", "bottom", "left"];

const SAMPLES = 48;
const REACH_PX = 4;
const STEP_PX = 0.25;
/** A sharp edge is spread so far to each side by the pixels and by looking between them. */
const STEP_WIDTH_PX = 1.75;
/** Steps smaller than this, in levels of 255 a px, are noise. */
const LEAST_STEP = 1.5;
const ROUNDS = 4;

/**
 * The line of least squared distance: the principal axis of the points.
 *
 * @param {readonly Point[]} points at least two
 * @param {readonly number[]} [weights]
 * @returns {Line}
 */
export function fitLine(points, weights = points.map(() => 1)) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let mx = 0;
  let my = 0;
  points.forEach(([x, y], k) => {
    mx += (x * weights[k]) / total;
    my += (y * weights[k]) / total;
  });
  let xx = 0;
  let xy = 0;
  let yy = 0;
  points.forEach(([x, y], k) => {
    xx += weights[k] * (x - mx) ** 2;
    xy += weights[k] * (x - mx) * (y - my);
    yy += weights[k] * (y - my) ** 2;
  });
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  const a = -Math.sin(angle);
  const b = Math.cos(angle);
  return { a, b, c: a * mx + b * my };
}

/**
 * Move a line onto the edge in the picture: at many places along it the steepest step across it is
 * found to a fraction of a px, and the line fitted anew, with less and less say for outliers.
 *
 * @param {Line} line
 * @param {readonly Point[]} points that were clicked: the edge is looked for between them
 * @param {Luma} luma
 * @returns {Line} the same where the picture shows no edge
 */
export function refineLine(line, points, luma) {
  const { a, b, c } = line;
  const along = points.map(([x, y]) => -b * x + a * y);
  const from = Math.min(...along);
  const to = Math.max(...along);
  /** @type {Point[]} */
  const found = [];
  for (let k = 0; k < SAMPLES; k += 1) {
    const t = from + ((to - from) * k) / (SAMPLES - 1);
    const x = a * c - b * t;
    const y = b * c + a * t;
    const offset = steepest((distance) => luma(x + a * distance, y + b * distance));
    if (offset !== null) found.push([x + a * offset, y + b * offset]);
  }
  if (found.length < SAMPLES / 3) return line;
  let fitted = fitLine(found);
  for (let round = 0; round < ROUNDS; round += 1) {
    const far = found.map((point) => distanceTo(fitted, point));
    const scale = Math.max(0.05, 1.4826 * median(far));
    fitted = fitLine(
      found,
      far.map((distance) => 1 / (1 + (distance / (2 * scale)) ** 2)),
    );
  }
  return fitted;
}

/**
 * Where a profile is steepest: the centre of gravity of the step about its peak, which for a step
 * seen through square pixels is the edge itself.
 *
 * @param {(distance_px: number) => number} profile
 * @returns {number | null} px from the middle; null where nothing is steep
 */
function steepest(profile) {
  const last = Math.round(REACH_PX / STEP_PX);
  const slopes = Array.from({ length: 2 * last + 1 }, (_, k) => {
    const distance = (k - last) * STEP_PX;
    return profile(distance + 0.5) - profile(distance - 0.5);
  });
  const steeps = slopes.map(Math.abs);
  const peak = steeps.indexOf(Math.max(...steeps));
  if (steeps[peak] < LEAST_STEP) return null;
  const sign = Math.sign(slopes[peak]);
  const span = Math.min(Math.round(STEP_WIDTH_PX / STEP_PX), peak, 2 * last - peak);
  let weights = 0;
  let moment = 0;
  for (let k = peak - span; k <= peak + span; k += 1) {
    const weight = Math.max(0, sign * slopes[k]);
    weights += weight;
    moment += weight * (k - last) * STEP_PX;
  }
  return moment / weights;
}

/**
 * @param {Line} line
 * @param {Point} point
 * @returns {number} px
 */
export function distanceTo({ a, b, c }, [x, y]) {
  return Math.abs(a * x + b * y - c);
}

/**
 * @param {Line} first
 * @param {Line} second
 * @returns {Point | null} null where they are parallel
 */
export function meet(first, second) {
  const determinant = first.a * second.b - second.a * first.b;
  if (Math.abs(determinant) < 1e-6) return null;
  return [
    (first.c * second.b - second.c * first.b) / determinant,
    (first.a * second.c - second.a * first.c) / determinant,
  ];
}

/**
 * @param {readonly Line[]} lines of the four SIDES
 * @returns {Quad | null} TL TR BR BL; null where two neighbours are parallel
 */
export function corners([top, right, bottom, left]) {
  const tl = meet(left, top);
  const tr = meet(top, right);
  const br = meet(right, bottom);
  const bl = meet(bottom, left);
  return tl && tr && br && bl ? [tl, tr, br, bl] : null;
}

/**
 * Brightness between pixel centres, bilinear.
 *
 * @param {{ data: ArrayLike<number>, width: number, height: number }} image RGBA
 * @returns {Luma}
 */
export function lumaOf({ data, width, height }) {
  const at = (/** @type {number} */ column, /** @type {number} */ row) => {
    const x = Math.max(0, Math.min(width - 1, column));
    const y = Math.max(0, Math.min(height - 1, row));
    const k = 4 * (y * width + x);
    return 0.2126 * data[k] + 0.7152 * data[k + 1] + 0.0722 * data[k + 2];
  };
  return (x, y) => {
    const left = Math.floor(x - 0.5);
    const top = Math.floor(y - 0.5);
    const fx = x - 0.5 - left;
    const fy = y - 0.5 - top;
    const upper = at(left, top) * (1 - fx) + at(left + 1, top) * fx;
    const lower = at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx;
    return upper * (1 - fy) + lower * fy;
  };
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[sorted.length >> 1];
}
