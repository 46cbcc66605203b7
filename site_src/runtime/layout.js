/**
 * Where the picture lies in the window: one rectangle in whole CSS px for video, canvas and plane.
 *
 *     pictureRect({ width: 390, height: 844 }, { width: 1280, height: 704 }, monitor);
 *
 * Pure. Like `object-fit: cover`, but never cutting what must stay in view; and whole px, because
 * browsers round an object-fit's size and origin apart and would part picture and overlay by up to
 * 0.57 px.
 */

/** @typedef {import("./homography.js").Size} Size */
/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {Readonly<{ left: number, top: number, right: number, bottom: number }>} Bounds */
/** @typedef {Readonly<{ left: number, top: number, width: number, height: number }>} Rect */

const COLUMNS = 40;

/**
 * @param {Size} viewport CSS px
 * @param {Size} picture its own px
 * @param {Bounds | null} keep what must stay in view, fractions of the picture
 * @param {{ pixelRatio?: number, bottom_px?: number }} [window] device px per CSS px, and CSS px at
 *   the lower edge where nothing important may lie
 * @returns {Rect} whole CSS px, on whole device px too where `pixelStep` finds a way
 */
export function pictureRect(viewport, picture, keep, { pixelRatio = 1, bottom_px = 0 } = {}) {
  const { width: wide, height: high } = viewport;
  const cover = Math.max(wide / picture.width, high / picture.height);
  const room = Math.max(high - bottom_px, high / 2);
  const scale = keep
    ? Math.min(
        cover,
        wide / ((keep.right - keep.left) * picture.width),
        room / ((keep.bottom - keep.top) * picture.height),
      )
    : cover;
  const step = pixelStep(pixelRatio);
  const width = stepUp(picture.width * scale, step);
  const height = stepUp(picture.height * scale, step);
  return {
    left: origin(wide, wide, width, keep && [keep.left, keep.right], step),
    top: origin(high, room, height, keep && [keep.top, keep.bottom], step),
    width,
    height,
  };
}

/**
 * The fewest whole CSS px that are whole device px as well: 4 at a ratio of 1.25. On half a device
 * pixel a browser snaps the picture but not the plane, and parts them.
 *
 * @param {number} pixelRatio
 * @returns {number} 1 where no step up to 20 will do
 */
export function pixelStep(pixelRatio) {
  for (let step = 1; step <= 20; step += 1) {
    if (Math.abs(step * pixelRatio - Math.round(step * pixelRatio)) < 0.02) return step;
  }
  return 1;
}

/**
 * @param {number} value
 * @param {number} step
 */
function stepUp(value, step) {
  return Math.ceil(value / step - 1e-6) * step;
}

/**
 * Where the picture begins along one axis: centred, then moved no more than it takes to bring
 * `keep` into view, and never so far that a gap opens which need not.
 *
 * @param {number} window px
 * @param {number} room px of it that are free
 * @param {number} length px of the picture
 * @param {readonly [number, number] | null} keep fractions of the length
 * @param {number} step px
 */
function origin(window, room, length, keep, step) {
  const onStep = (/** @type {number} */ value) => Math.round(value / step) * step;
  if (length < window) return onStep(Math.max(0, (room - length) / 2));
  let start = (window - length) / 2;
  if (keep) {
    start = Math.min(start, room - keep[1] * length);
    start = Math.max(start, -keep[0] * length);
  }
  start = onStep(start);
  return Math.min(0, start < window - length ? start + step : start);
}

/**
 * On the way from one framing to another.
 *
 * @param {Rect} from
 * @param {Rect} to
 * @param {number} progress 0 to 1
 * @returns {Rect} whole CSS px
 */
export function blendRects(from, to, progress) {
  const eased = progress * progress * (3 - 2 * progress);
  const mix = (/** @type {number} */ a, /** @type {number} */ b) => Math.round(a + (b - a) * eased);
  return {
    left: mix(from.left, to.left),
    top: mix(from.top, to.top),
    width: mix(from.width, to.width),
    height: mix(from.height, to.height),
  };
}

/**
 * The rectangle moved sideways and up or down by no more than it takes to bring `keep` into view.
 *
 * @param {Rect} rect
 * @param {Size} viewport CSS px
 * @param {Bounds} keep fractions of the rectangle
 * @returns {Rect}
 */
export function shownWhole(rect, { width: wide, height: high }, keep) {
  const shift = (
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {number} */ room,
  ) => Math.round(Math.max(-start, 0) || Math.min(room - end, 0));
  const { left, top, width, height } = rect;
  return {
    ...rect,
    left: left + shift(left + keep.left * width, left + keep.right * width, wide),
    top: top + shift(top + keep.top * height, top + keep.bottom * height, high),
  };
}

/**
 * The box round some quads.
 *
 * @param {readonly Quad[]} quads
 * @param {number} [margin] added on every side, same unit
 * @returns {Bounds}
 */
export function boundingBox(quads, margin = 0) {
  const xs = quads.flatMap((quad) => quad.map(([x]) => x));
  const ys = quads.flatMap((quad) => quad.map(([, y]) => y));
  return {
    left: Math.min(...xs) - margin,
    top: Math.min(...ys) - margin,
    right: Math.max(...xs) + margin,
    bottom: Math.max(...ys) + margin,
  };
}

/**
 * Layout px per nominal px of the plane, so that the warped text is crisp: about 1.45 times its
 * width on the screen (1.25 where pixels are small), in steps of whole device px per character cell.
 *
 * @param {number} textWidth_px on the screen, CSS px
 * @param {number} pixelRatio
 * @param {number} planeWidth_px nominal
 */
export function planeUnit(textWidth_px, pixelRatio, planeWidth_px) {
  const crisp = pixelRatio >= 1.75 ? 1.25 : 1.45;
  const cell_px = Math.max(4, Math.round((textWidth_px * pixelRatio * crisp) / COLUMNS));
  return (cell_px * COLUMNS) / pixelRatio / planeWidth_px;
}
