/**
 * The room as it is seen: lays picture and plane out in the window, and for every picture shown
 * puts the glass in its place and the room's light on it.
 */

import { blendQuads } from "./timeline.js";
import { blendRects, boundingBox, pictureRect, shownWhole } from "./layout.js";
import { createBackdrop } from "./backdrop.js";
import { createGlass } from "./glass.js";
import { createSampler } from "./sampler.js";

/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {import("./picture.js").Frame} Frame */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").Timelines} Timelines */

/** Kept in view round the tube, as a fraction of the picture: some of the monitor's own bezel. */
const BEZEL = 0.012;

/**
 * @typedef {object} ViewElements
 * @property {HTMLElement} room
 * @property {HTMLElement} stage the one rectangle that poster, videos, canvas and plane fill
 * @property {HTMLImageElement} poster
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLCanvasElement} backdrop
 * @property {HTMLElement} glass
 * @property {HTMLElement} tube
 * @property {HTMLElement} screen
 * @property {HTMLElement} keys
 */

/**
 * What one picture meant, for whoever listens to "picture" on `#room`.
 *
 * @typedef {Readonly<Frame & { corners: Quad | null, brightness: number, warmth: number }>} Shown
 */

/**
 * @param {ViewElements} elements
 * @param {Scene} scene
 * @param {Timelines} timelines
 */
export function createView(elements, scene, { walkin, ambient, light }) {
  const { room, stage, poster, canvas, keys } = elements;
  const { plane_px, glass_plane_px, reflection } = scene.screen;
  const picture = { width: scene.size_px[0], height: scene.size_px[1] };
  const glass = createGlass({ ...elements, plane_px, glass_plane_px, reflection });
  const backdrop = createBackdrop({ canvas: elements.backdrop });
  const places = ambient.corners.filter((quad) => quad !== null);
  const tubes = places.map((quad) => glass.outerCorners(quad));
  const door = walkin?.corners[0];
  const keepSeated = boundingBox(tubes, BEZEL);
  const keepWide = door ? boundingBox([glass.outerCorners(door)], BEZEL) : null;
  const textWidth = Math.max(...places.map((quad) => widest(quad, picture)));
  const sampler = createSampler({ room, settings: scene.light, baked: light });

  /** @type {Frame} */
  let frame = Object.freeze({ walkin: null, ambient: null, weight: 0 });
  let wide = pictureRect(picture, picture, null);
  let seated = wide;
  let rect = wide;

  Object.assign(canvas, picture);
  room.style.setProperty("--light-strength", String(scene.light.strength));

  function resize() {
    const viewport = { width: room.clientWidth, height: room.clientHeight };
    const pixelRatio = devicePixelRatio;
    wide = pictureRect(viewport, picture, keepWide, { pixelRatio });
    seated = pictureRect(viewport, picture, keepSeated, {
      pixelRatio,
      bottom_px: keys.offsetHeight,
    });
    glass.resize(textWidth * seated.width, pixelRatio);
    rect = { left: NaN, top: NaN, width: NaN, height: NaN };
    place(performance.now());
  }

  /** @param {number} now_ms */
  function place(now_ms) {
    const quad = corners();
    const window = { width: room.clientWidth, height: room.clientHeight };
    let next = blendRects(wide, seated, progress());
    if (quad && frame.weight < 1) {
      next = shownWhole(next, window, boundingBox([glass.outerCorners(quad)], BEZEL));
    }
    if (
      Object.entries(next).some(([side, value]) => rect[/** @type {"left"} */ (side)] !== value)
    ) {
      rect = next;
      for (const [side, value] of Object.entries(rect)) stage.style.setProperty(side, `${value}px`);
      backdrop.resize(rect, window);
      const beside = rect.width < window.width ? "beside" : "";
      room.dataset.gap = rect.height < window.height ? "above" : beside;
    }
    glass.place(quad, rect);
    const still = poster.complete && poster.naturalWidth > 0 ? poster : null;
    const source = canvas.dataset.live === undefined ? still : canvas;
    if (source) backdrop.update(source, now_ms);
  }

  /** How far the walk has come, 0 at the door and 1 at the chair. */
  function progress() {
    if (frame.weight === 1) return 1;
    const last = scene.clips.walkin.frame_count - 1;
    return frame.walkin === null ? 0 : Math.min(1, frame.walkin / last);
  }

  /** @returns {Quad | null} */
  function corners() {
    const from = frame.walkin === null ? null : (walkin?.corners[frame.walkin] ?? null);
    const to = frame.ambient === null ? null : ambient.corners[frame.ambient];
    return blendQuads(from, to, frame.weight);
  }

  const observer = new ResizeObserver(resize);
  observer.observe(room);
  observer.observe(keys);
  poster.addEventListener("load", resize);

  return {
    /**
     * Everything that must change together with one picture. Called in the turn that draws it.
     *
     * @param {Frame} next
     * @param {boolean} readable whether the canvas holds the picture
     */
    show(next, readable) {
      frame = next;
      const now_ms = performance.now();
      place(now_ms);
      const quad = corners();
      let lit = { brightness: 1, warmth: 0 };
      if (quad && frame.weight === 1 && frame.ambient !== null) {
        const source = readable ? canvas : null;
        lit = sampler.update(source, frame.ambient, glass.outerCorners(quad), now_ms);
      }
      const shown = Object.freeze({ ...frame, corners: quad, ...lit });
      room.dispatchEvent(new CustomEvent("picture", { detail: shown }));
    },

    dispose() {
      observer.disconnect();
      poster.removeEventListener("load", resize);
    },
  };
}

/**
 * @param {Quad} quad fractions
 * @param {{ width: number, height: number }} picture
 * @returns {number} the longer of its top and bottom edge, as a fraction of the picture's width
 */
function widest([tl, tr, br, bl], { width, height }) {
  const aspect = height / width;
  return Math.max(
    Math.hypot(tr[0] - tl[0], (tr[1] - tl[1]) * aspect),
    Math.hypot(br[0] - bl[0], (br[1] - bl[1]) * aspect),
  );
}
