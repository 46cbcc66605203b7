/**
 * What the generator tells the page: the scene in `<script id="scene">`, and the baked timelines.
 */

import { readLight, readTrack } from "./timeline.js";

/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {import("./homography.js").Point} Point */
/** @typedef {import("./timeline.js").Track} Track */
/** @typedef {import("./timeline.js").Light} Light */
/** @typedef {Readonly<{ src: string, type: string, width?: number, height?: number }>} Source */

/**
 * @typedef {object} SceneClip
 * @property {readonly Source[]} sources best first
 * @property {number} frame_count of the playing clip
 * @property {string | null} track
 * @property {string | null} light
 * @property {Readonly<{ model: string, worst_residual: number }>} [tracked] how well, for the HUD
 * @property {readonly import("./stills.js").Still[]} [poster] stills of its first frame, best first
 */

/**
 * @typedef {object} Scene
 * @property {1} schema
 * @property {string} title
 * @property {number} fps
 * @property {readonly [number, number]} size_px
 * @property {number} handoff_s
 * @property {Readonly<Record<"walkin" | "ambient", SceneClip>>} clips
 * @property {Readonly<{ plane_px: [number, number], glass_plane_px: Quad, clip: string, frame: number,
 *   corners: Quad, reflection: import("./darktube.js").Reflection | null }>} screen
 * @property {Readonly<{ patch: number, smooth_s: number, strength: number }>} light
 * @property {import("./computer/index.js").Settings} computer
 * @property {Readonly<Record<string, string>>} text
 * @property {string} news
 * @property {string | null} archive stories of earlier days, where the build has some
 * @property {string} base_path
 */

/**
 * @typedef {Readonly<{ walkin: Track | null, ambient: Track, light: Light | null }>} Timelines
 */

/** @returns {Scene} */
export function readScene() {
  const element = document.getElementById("scene");
  const scene = JSON.parse(element?.textContent ?? "null");
  if (scene?.schema !== 1) {
    throw new TypeError(`scene: got schema ${scene?.schema}; expected schema 1`);
  }
  return scene;
}

/**
 * A clip's video element, with the scene's sources in it.
 *
 * @param {Scene} scene
 * @param {"walkin" | "ambient"} name
 * @returns {import("./picture.js").Clip}
 */
export function clipOf({ clips, fps }, name) {
  const video = /** @type {HTMLVideoElement | null} */ (
    document.querySelector(`video[data-clip="${name}"]`)
  );
  if (!video) throw new Error(`page: got no video of ${name}; expected one`);
  const { sources, frame_count } = clips[name];
  const standing = [...video.children].map((source) => source.getAttribute("src"));
  if (standing.join() !== sources.map(({ src }) => src).join()) {
    const fresh = sources.map(({ src, type }) =>
      Object.assign(document.createElement("source"), { src, type }),
    );
    video.replaceChildren(...fresh);
    if (standing.length) video.load(); // else it waits until somebody wants it
  }
  return { video, clock: { fps, frame_count } };
}

/**
 * @param {Scene} scene
 * @returns {Promise<Timelines>} without a track of its own, the loop keeps the picked corners
 */
export async function loadTimelines(scene) {
  const { walkin, ambient } = scene.clips;
  const [walkinTrack, ambientTrack, light] = await Promise.all([
    optional(walkin.track, readTrack),
    optional(ambient.track, readTrack),
    optional(ambient.light, readLight),
  ]);
  return { walkin: walkinTrack, ambient: ambientTrack ?? pickedTrack(scene), light };
}

/**
 * @template T
 * @param {string | null} url
 * @param {(json: unknown) => T} read
 * @returns {Promise<T | null>}
 */
async function optional(url, read) {
  if (!url) return null;
  try {
    const reply = await fetch(url);
    return reply.ok ? read(await reply.json()) : null;
  } catch (error) {
    console.error(error);
    return null;
  }
}

/**
 * @param {Scene} scene
 * @returns {Track}
 */
function pickedTrack({ fps, clips, screen }) {
  const { frame_count } = clips.ambient;
  return { fps, frame_count, corners: Array(frame_count).fill(screen.corners) };
}
