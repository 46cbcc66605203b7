/**
 * What is being picked, and what each gesture makes of it: four corners, points along four edges,
 * or a correction of the track. Pure; the page's side of it is `index.js`.
 *
 *     const session = createSession({ frame, luma: () => null });
 *     session.press([10, 10], 60); session.release([10, 10]); // the first corner
 *
 * Points are px of the frame, corners in the order TL TR BR BL.
 */

import { createHistory } from "./history.js";
import { SIDES, corners, distanceTo, fitLine, refineLine } from "./edges.js";
import { NAMES, nearest } from "./quad.js";

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Size} Size */
/** @typedef {"corners" | "edges" | "track"} Mode */

export const NUDGE_PX = 0.1;
export const COARSE_PX = 1;
/** Steps of the crosshair, before a corner is there to be nudged. */
const AIM_PX = 4;
const FAR_PX = 40;
/** A track comes back in steps of 1e-5 of the frame. */
const NEGLIGIBLE_PX = 0.02;
/** Two points make a line. */
const POINTS_A_SIDE = 2;

/**
 * Never changed in place. In the track's history `points` are offsets.
 *
 * @typedef {object} Work
 * @property {readonly Point[]} points
 * @property {readonly (readonly Point[])[]} sides points along the four SIDES
 */

/** @type {Work} */
const NOTHING = { points: [], sides: [[], [], [], []] };

/**
 * @param {object} options
 * @param {Size} options.frame
 * @param {() => import("./edges.js").Luma | null} options.luma the picture, for edges to move onto
 */
export function createSession({ frame, luma }) {
  const pick = createHistory(NOTHING);
  let correction = createHistory(NOTHING);
  /** Offsets that the scene has, but the track not yet. @type {readonly Point[]} */
  let stored = [];
  /** @type {Mode} */
  let mode = "corners";
  let selected = -1;
  /** @type {Point | null} */
  let aim = null;
  /** @type {readonly Point[]} */
  let tracked = [];
  /** @type {{ from: Point, start: readonly Point[], which: number } | null} */
  let drag = null;
  /** @type {readonly Point[] | null} */
  let moving = null;

  const history = () => (mode === "track" ? correction : pick);

  /** Corners as they are seen: while dragging, those under the hand. */
  function points() {
    if (moving) return moving;
    const kept = history().now.points;
    if (mode !== "track") return kept;
    return tracked.map(([x, y], k) => at(x + (kept[k]?.[0] ?? 0), y + (kept[k]?.[1] ?? 0)));
  }

  const isFull = () => points().length === NAMES.length;

  /** The side that the next point belongs to, -1 where each has its line. */
  const openSide = () => pick.now.sides.findIndex((marks) => marks.length < POINTS_A_SIDE);

  /** @param {readonly Point[]} next places of all corners */
  function keep(next) {
    if (mode === "track") {
      const offsets = next.map(([x, y], k) => at(x - tracked[k][0], y - tracked[k][1]));
      correction.push({ ...NOTHING, points: offsets });
    } else {
      pick.push({ ...pick.now, points: next });
    }
  }

  /** @param {Point} point a click that took no handle */
  function drop(point) {
    if (mode === "edges") pick.push(withMark(point));
    if (mode !== "corners" || isFull()) return;
    keep([...points(), point]);
    selected = points().length - 1;
  }

  /** The work with one more point on an edge; once all have their lines, the corners move too. */
  function withMark(/** @type {Point} */ point) {
    const { sides, points: before } = pick.now;
    const side = openSide() >= 0 ? openSide() : nearestSide(sides, point);
    const marked = sides.map((marks, k) => (k === side ? [...marks, point] : marks));
    if (marked.some((marks) => marks.length < POINTS_A_SIDE))
      return { points: before, sides: marked };
    const picture = luma();
    const lines = marked.map((marks) => {
      const line = fitLine(marks);
      return picture ? refineLine(line, marks, picture) : line;
    });
    return { points: corners(lines) ?? before, sides: marked };
  }

  return {
    get mode() {
      return mode;
    },
    get selected() {
      return selected;
    },
    get aim() {
      return aim;
    },
    get points() {
      return points();
    },
    get isFull() {
      return isFull();
    },
    /** Whether the next click places something, so that a crosshair helps. */
    get isAiming() {
      return mode === "edges" || !isFull();
    },
    get sides() {
      return pick.now.sides;
    },
    /** @returns {string | null} name of the edge to click along */
    get openSide() {
      return SIDES[openSide()] ?? null;
    },
    /** The corners that were picked, whatever the mode. */
    get picked() {
      return pick.now.points;
    },
    /** Four offsets from the track that the scene does not have yet, or none. */
    get offsets() {
      return without(correction.now.points, stored);
    },
    get canUndo() {
      return history().canUndo;
    },
    get canRedo() {
      return history().canRedo;
    },
    /** The place that deserves a closer look. @returns {Point} */
    get focus() {
      const corner = drag || !this.isAiming ? points()[Math.max(0, drag?.which ?? selected)] : null;
      return corner ?? aim ?? centre();
    },

    /** @param {Mode} next */
    setMode(next) {
      if (next === mode) return;
      drag = moving = null;
      mode = next;
      selected = next === "track" ? 0 : Math.min(selected, points().length - 1);
    },

    /** @param {readonly Point[]} quad the track's corners on the frame that is shown now, or none */
    follow(quad) {
      tracked = quad;
      correction = createHistory(NOTHING);
      stored = [];
      if (mode === "track") drag = moving = null;
    },

    /**
     * The track was made anew: what was corrected stays where it is seen.
     *
     * @param {readonly Point[]} quad the new track's corners on the same frame, or none
     */
    retrack(quad) {
      if (quad.length !== tracked.length) return this.follow(quad);
      const way = without(quad, tracked);
      if (!way.length) return;
      const left = without(correction.now.points, way);
      const open = without(stored, way);
      tracked = quad;
      correction = createHistory(NOTHING);
      if (left.length) correction.push({ ...NOTHING, points: left });
      stored = open;
    },

    /** The scene has these offsets now. */
    store() {
      stored = correction.now.points;
    },

    /** @param {number} corner */
    select(corner) {
      if (corner < points().length) selected = corner;
    },

    /** @param {readonly Point[]} quad to go on from */
    adopt(quad) {
      if (mode === "track") return;
      keep(quad);
      selected = 0;
    },

    /**
     * @param {Point} point
     * @param {number} grasp_px a handle this near is taken
     */
    press(point, grasp_px) {
      const now = points();
      const near = nearest(now, point);
      const isNear =
        near >= 0 && Math.hypot(now[near][0] - point[0], now[near][1] - point[1]) <= grasp_px;
      if (isFull() && mode !== "edges" && isNear) {
        selected = near;
        drag = { from: point, start: now, which: near };
      } else if (isFull() && mode === "track") {
        drag = { from: point, start: now, which: -1 };
      } else {
        aim = point;
      }
    },

    /** @param {Point} point @param {number} [share] of the hand's way that a corner goes */
    move(point, share = 1) {
      if (!drag) {
        aim = point;
        return;
      }
      const { from, start, which } = drag;
      const [dx, dy] = [(point[0] - from[0]) * share, (point[1] - from[1]) * share];
      moving = start.map(([x, y], k) => (which < 0 || k === which ? at(x + dx, y + dy) : at(x, y)));
    },

    /** @param {Point} point */
    release(point) {
      if (drag) {
        const dragged = moving;
        drag = moving = null;
        if (dragged) keep(dragged);
      } else if (aim) {
        drop(point);
      }
    },

    /** The hand is gone: nothing half done stays. */
    cancel() {
      drag = moving = null;
    },

    /** No crosshair, unless a drag goes on. */
    leave() {
      if (!drag) aim = null;
    },

    /** Place a point where the crosshair stands. */
    place() {
      if (this.isAiming) drop(aim ?? centre());
    },

    /** @param {Point} direction @param {boolean} isCoarse */
    nudge([dx, dy], isCoarse) {
      if (isFull() && selected >= 0 && mode !== "edges") {
        const step = isCoarse ? COARSE_PX : NUDGE_PX;
        keep(
          points().map(([x, y], k) =>
            k === selected ? at(x + dx * step, y + dy * step) : at(x, y),
          ),
        );
        return;
      }
      const step = isCoarse ? FAR_PX : AIM_PX;
      const [x, y] = aim ?? centre();
      aim = at(
        Math.max(0, Math.min(frame.width, x + dx * step)),
        Math.max(0, Math.min(frame.height, y + dy * step)),
      );
    },

    /** @param {number} corner @param {0 | 1} axis @param {number} fraction of the frame */
    type(corner, axis, fraction) {
      const value = fraction * (axis === 0 ? frame.width : frame.height);
      keep(
        points().map(([x, y], k) =>
          k !== corner ? at(x, y) : axis === 0 ? at(value, y) : at(x, value),
        ),
      );
    },

    undo() {
      history().undo();
      selected = Math.min(selected, points().length - 1);
    },

    redo() {
      history().redo();
    },

    clear() {
      history().push(NOTHING);
      selected = mode === "track" ? 0 : -1;
    },
  };

  function centre() {
    return at(frame.width / 2, frame.height / 2);
  }
}

/** @typedef {ReturnType<typeof createSession>} Session */

/**
 * @param {readonly Point[]} offsets four, or none for no offset
 * @param {readonly Point[]} less likewise
 * @returns {readonly Point[]} the difference; none where it is not worth a word
 */
function without(offsets, less) {
  const all = NAMES.map((_, k) =>
    at((offsets[k]?.[0] ?? 0) - (less[k]?.[0] ?? 0), (offsets[k]?.[1] ?? 0) - (less[k]?.[1] ?? 0)),
  );
  return all.some(([x, y]) => Math.hypot(x, y) > NEGLIGIBLE_PX) ? all : [];
}

/** @param {readonly (readonly Point[])[]} sides each with its line @param {Point} point */
function nearestSide(sides, point) {
  const far = sides.map((marks) => distanceTo(fitLine(marks), point));
  return far.indexOf(Math.min(...far));
}

/** @param {number} x @param {number} y @returns {Point} */
function at(x, y) {
  return [x, y];
}
