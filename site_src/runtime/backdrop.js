/**
 * What fills the window above and below (or beside) a picture that must not be cut further: the
 * picture's own edge, mirrored, stretched and blurred. Redrawn seldom; it holds nothing sharp.
 */

/** @typedef {import("./layout.js").Rect} Rect */

const LONG_SIDE = 40;
const INTERVAL_MS = 500;
/** How much of the picture's edge is stretched over the gap. */
const STRIP = 0.1;

/** @param {{ canvas: HTMLCanvasElement }} options */
export function createBackdrop({ canvas }) {
  const context = canvas.getContext("2d", { alpha: false });
  let drawn_ms = -Infinity;
  let needed = false;
  let rect = { left: 0, top: 0, width: 1, height: 1 };
  let unit = 1;

  return {
    /**
     * @param {Rect} next where the picture lies
     * @param {{ width: number, height: number }} viewport
     */
    resize(next, viewport) {
      rect = next;
      needed = rect.height < viewport.height || rect.width < viewport.width;
      canvas.hidden = !needed;
      if (!needed) return;
      unit = LONG_SIDE / Math.max(viewport.width, viewport.height);
      const width = Math.round(viewport.width * unit);
      const height = Math.round(viewport.height * unit);
      if (canvas.width !== width || canvas.height !== height)
        Object.assign(canvas, { width, height });
      drawn_ms = -Infinity;
    },

    /**
     * @param {CanvasImageSource} picture
     * @param {number} now_ms
     */
    update(picture, now_ms) {
      if (!needed || !context || now_ms - drawn_ms < INTERVAL_MS) return;
      drawn_ms = now_ms;
      context.imageSmoothingQuality = "high";
      const edge = (/** @type {number} */ value_px) => Math.round(value_px * unit);
      const [left, top] = [edge(rect.left), edge(rect.top)];
      const [right, below] = [edge(rect.left + rect.width), edge(rect.top + rect.height)];
      const { width, height } = canvas;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(picture, left, top, right - left, below - top);
      // Flipped about the picture's edge, so that colours meet there; from what has been drawn,
      // since a still does not tell its own pixels.
      if (rect.height * unit < height) {
        const strip = STRIP * (below - top);
        context.setTransform(1, 0, 0, -1, 0, top);
        context.drawImage(canvas, 0, top, width, strip, 0, 0, width, top);
        context.setTransform(1, 0, 0, -1, 0, height);
        context.drawImage(canvas, 0, below - strip, width, strip, 0, 0, width, height - below);
      } else {
        const strip = STRIP * (right - left);
        context.setTransform(-1, 0, 0, 1, left, 0);
        context.drawImage(canvas, left, 0, strip, height, 0, 0, left, height);
        context.setTransform(-1, 0, 0, 1, width, 0);
        context.drawImage(canvas, right - strip, 0, strip, height, 0, 0, width - right, height);
      }
    },
  };
}
