/**
 * What is known of four clicked corners: whether they make a screen, which one is meant, how the
 * rectangle they stand for is shaped.
 *
 *     problems(quad, { width: 1280, height: 704 }, 1.6)  // [] or words for a person
 *
 * Pure. Points are px of the frame, order TL TR BR BL.
 */

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Quad} Quad */
/** @typedef {import("../homography.js").Size} Size */

export const NAMES = ["top left", "top right", "bottom right", "bottom left"];

/** A shape further than this from the plane's own is worth a word. */
const ASPECT_TOLERANCE = 0.25;
/** Opposite sides that differ by less are as good as parallel. */
const FLAT = 0.02;

/**
 * @param {readonly Point[]} points
 * @param {Point} point
 * @returns {number} the index of the nearest, -1 of none
 */
export function nearest(points, [x, y]) {
  let best = -1;
  let least = Infinity;
  points.forEach((candidate, index) => {
    const distance = Math.hypot(candidate[0] - x, candidate[1] - y);
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

/**
 * @param {Quad} quad
 * @param {Size} frame
 * @param {number} aspect width over height that the plane has
 * @returns {string[]} what is wrong with these corners, or doubtful
 */
export function problems(quad, frame, aspect) {
  const outside = quad.findIndex(([x, y]) => x < 0 || y < 0 || x > frame.width || y > frame.height);
  if (outside >= 0) return [`The ${NAMES[outside]} corner lies outside the picture.`];
  const turns = quad.map((_, k) => turn(quad[k], quad[(k + 1) % 4], quad[(k + 2) % 4]));
  if (turns.every((value) => value < 0)) {
    return ["The corners run the wrong way round: top left, top right, bottom right, bottom left."];
  }
  if (!turns.every((value) => value > 0)) {
    return ["These corners cross or fold in: go round the screen, starting at the top left."];
  }
  if (quad[0][1] >= quad[3][1] || quad[1][1] >= quad[2][1] || quad[0][0] >= quad[1][0]) {
    return ["The first corner is not the top left one: the text would stand on its side."];
  }
  const seen = seenAspect(quad, frame);
  if (seen !== null && Math.abs(Math.log(seen / aspect)) > ASPECT_TOLERANCE) {
    const words = seen < aspect ? "narrower" : "wider";
    return [
      `This looks like ${seen.toFixed(2)}:1, ${words} than the text’s ${aspect.toFixed(2)}:1.`,
    ];
  }
  return [];
}

/**
 * The shape of the real rectangle whose picture the quad is, seen by a camera with square pixels
 * that points at the frame's centre. Zhang and He, "Whiteboard scanning and image enhancement"
 * (2003), equations 10, 19 and 20.
 *
 * @param {Quad} quad
 * @param {Size} frame
 * @returns {number | null} width over height; null where the view is too flat to tell
 */
export function seenAspect(quad, { width, height }) {
  const centred = quad.map(([x, y]) => [x - width / 2, y - height / 2, 1]);
  const [m1, m2, m4, m3] = centred; // theirs: m1 TL, m2 TR, m3 BL, m4 BR
  const k2 = dot(cross(m1, m4), m3) / dot(cross(m2, m4), m3);
  const k3 = dot(cross(m1, m4), m2) / dot(cross(m3, m4), m2);
  const n2 = m2.map((value, axis) => k2 * value - m1[axis]);
  const n3 = m3.map((value, axis) => k3 * value - m1[axis]);
  const isFlat = [k2, k3].map((k) => Math.abs(k - 1) < FLAT);
  // No perspective to speak of: lengths in the picture are lengths.
  if (isFlat[0] && isFlat[1]) return Math.hypot(n2[0], n2[1]) / Math.hypot(n3[0], n3[1]);
  // Two sides parallel, two not: how far they run away depends on a lens that nobody knows.
  if (isFlat[0] || isFlat[1]) return null;
  const focal2 = -(n2[0] * n3[0] + n2[1] * n3[1]) / (n2[2] * n3[2]);
  if (!(focal2 > 0)) return null;
  const length2 = (/** @type {number[]} */ n) => (n[0] ** 2 + n[1] ** 2) / focal2 + n[2] ** 2;
  return Math.sqrt(length2(n2) / length2(n3));
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {Point} c
 * @returns {number} positive where the way a b c turns clockwise as seen
 */
function turn([ax, ay], [bx, by], [cx, cy]) {
  return (bx - ax) * (cy - by) - (by - ay) * (cx - bx);
}

/** @param {number[]} a @param {number[]} b */
function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** @param {number[]} a @param {number[]} b */
function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
