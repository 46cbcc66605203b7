/**
 * Baked timelines: which row of track.json or light.json belongs to a moment of a playing clip.
 *
 *     const track = readTrack(json);
 *     track.corners[frameAt(metadata.mediaTime, track)];
 *
 * Pure. The clips move in whole frames, so nothing is interpolated between them; only while two
 * clips blend do their rows blend, with the pictures' own weights.
 */

/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {import("./homography.js").Point} Point */

/**
 * @typedef {Readonly<{ fps: number, frame_count: number }>} Clock
 * @typedef {Clock & Readonly<{ loop?: string, corners: readonly (Quad | null)[] }>} Track
 *   one row per playing frame, fractions of the frame; null where the screen could not be followed
 * @typedef {Clock & Readonly<{ brightness: readonly number[], warmth: readonly number[] }>} Light
 */

const SCHEMA = 1;

/**
 * The frame on show, 0-based. Rounded, never floored: WebM timestamps are whole milliseconds.
 *
 * @param {number} mediaTime_s
 * @param {Clock} clock
 */
export function frameAt(mediaTime_s, { fps, frame_count }) {
  return Math.min(Math.max(Math.round(mediaTime_s * fps), 0), frame_count - 1);
}

/**
 * @param {any} json a parsed track.json
 * @returns {Track}
 * @throws {TypeError} for another schema, or rows that do not fit
 */
export function readTrack(json) {
  const rows = checked(json, "track.json", json?.corners);
  const from = json.reliable_from_frame ?? 0;
  return Object.freeze({
    fps: json.fps,
    frame_count: json.frame_count,
    loop: json.loop,
    corners: rows.map((/** @type {number[] | null} */ row, /** @type {number} */ frame) =>
      row && frame >= from ? quadFrom(row) : null,
    ),
  });
}

/**
 * @param {any} json a parsed light.json
 * @returns {Light}
 * @throws {TypeError} for another schema, or rows that do not fit
 */
export function readLight(json) {
  checked(json, "light.json", json?.brightness);
  checked(json, "light.json", json?.warmth);
  return Object.freeze(json);
}

/**
 * @param {Quad | null} from
 * @param {Quad | null} to
 * @param {number} weight 0 gives `from`, 1 gives `to`
 * @returns {Quad | null} null unless both have a place
 */
export function blendQuads(from, to, weight) {
  if (weight <= 0) return from;
  if (weight >= 1) return to;
  if (!from || !to) return null;
  const blend = from.map(([x, y], corner) => [
    x + (to[corner][0] - x) * weight,
    y + (to[corner][1] - y) * weight,
  ]);
  return /** @type {any} */ (blend);
}

/**
 * @param {readonly number[]} row eight numbers, x y of TL TR BR BL
 * @returns {Quad}
 */
export function quadFrom([x0, y0, x1, y1, x2, y2, x3, y3]) {
  // biome-ignore format: a quad
  return [[x0, y0], [x1, y1], [x2, y2], [x3, y3]];
}

/**
 * @param {any} json
 * @param {string} subject
 * @param {any} rows
 */
function checked(json, subject, rows) {
  if (json?.schema !== SCHEMA || rows?.length !== json.frame_count) {
    throw new TypeError(
      `${subject}: got schema ${json?.schema} with ${rows?.length} rows; ` +
        `expected schema ${SCHEMA} with ${json?.frame_count}`,
    );
  }
  return rows;
}
