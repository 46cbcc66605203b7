/**
 * Reads the room's light off the drawn picture and hands it to the phosphor, as
 * `--room-brightness` (1 on the reference frame) and `--room-warmth` (0 there) on `#room`.
 *
 * Where the canvas may not be read, the baked light.json serves; where both are there, it says what
 * the reference frame is, because decoders differ a little in colour.
 */

import { CELLS, cellWeights, patchBox, patchLight, smoothed } from "./light.js";

/** @typedef {import("./homography.js").Quad} Quad */
/** @typedef {import("./timeline.js").Light} Light */

/**
 * @typedef {object} SamplerOptions
 * @property {HTMLElement} room
 * @property {{ patch: number, smooth_s: number }} settings
 * @property {Light | null} baked
 */

/**
 * The picture is first drawn this small with plain interpolation, then to the cells with area means:
 * within 0.01 of a true mean, at half the cost of asking for area means at once.
 */
const HALFWAY = CELLS * 8;

/** @param {SamplerOptions} options */
export function createSampler({ room, settings, baked }) {
  const halfway = smallCanvas(HALFWAY, { alpha: false });
  const cells = smallCanvas(CELLS, { alpha: false, willReadFrequently: true });
  if (cells) cells.imageSmoothingQuality = "medium";
  let readable = Boolean(halfway && cells);
  /** @type {{ luminance: number, warmth: number } | null} */
  let reference = null;
  let brightness = 1;
  let warmth = 0;
  let shown = "";
  let last_ms = NaN;

  /**
   * @param {HTMLCanvasElement} picture
   * @param {Quad} glass
   */
  function measure(picture, glass) {
    if (!readable || !halfway || !cells) return null;
    const { width, height } = picture;
    const box = patchBox(glass, settings.patch);
    try {
      halfway.drawImage(
        picture,
        box.left * width,
        box.top * height,
        (box.right - box.left) * width,
        (box.bottom - box.top) * height,
        0,
        0,
        HALFWAY,
        HALFWAY,
      );
      cells.drawImage(halfway.canvas, 0, 0, CELLS, CELLS);
      return patchLight(cells.getImageData(0, 0, CELLS, CELLS).data, cellWeights(glass, box));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      readable = false;
      return null;
    }
  }

  return {
    /**
     * @param {HTMLCanvasElement | null} picture null where only bare videos are on show
     * @param {number} frame of the ambient clip
     * @param {Quad} glass outer corners of the tube on that frame, fractions of the picture
     * @param {number} now_ms
     * @returns {{ brightness: number, warmth: number }} this frame's own, before smoothing
     */
    update(picture, frame, glass, now_ms) {
      const known = {
        brightness: baked?.brightness[frame] ?? 1,
        warmth: baked?.warmth[frame] ?? 0,
      };
      const seen = picture && measure(picture, glass);
      if (seen && !reference) {
        reference = {
          luminance: seen.luminance / known.brightness,
          warmth: seen.warmth - known.warmth,
        };
      }
      const light =
        seen && reference?.luminance
          ? {
              brightness: seen.luminance / reference.luminance,
              warmth: seen.warmth - reference.warmth,
            }
          : known;
      const elapsed_s = Number.isNaN(last_ms) ? Infinity : (now_ms - last_ms) / 1000;
      last_ms = now_ms;
      brightness = smoothed(brightness, light.brightness, elapsed_s, settings.smooth_s);
      warmth = smoothed(warmth, light.warmth, elapsed_s, settings.smooth_s);
      const next = `${brightness.toFixed(3)} ${warmth.toFixed(4)}`;
      if (next !== shown) {
        shown = next;
        room.style.setProperty("--room-brightness", brightness.toFixed(3));
        room.style.setProperty("--room-warmth", warmth.toFixed(4));
      }
      return light;
    },
  };
}

/**
 * @param {number} size
 * @param {CanvasRenderingContext2DSettings} settings
 */
function smallCanvas(size, settings) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  return canvas.getContext("2d", settings);
}
