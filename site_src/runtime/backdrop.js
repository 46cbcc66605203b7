/**
 * What fills the window above and below (or beside) a picture that must not be cut further: the
 * picture's own edges, mirrored and blurred. Redrawn seldom; it holds nothing sharp.
 */

/** @typedef {import("./layout.js").Rect} Rect */

const LONG_SIDE = 40;
const INTERVAL_MS = 500;

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
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
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
      for (const [sx, sy] of [[-1, 1], [1, -1], [1, 1]]) {
        const flippedX = sx < 0;
        const flippedY = sy < 0;
        for (const side of flippedX || flippedY ? [-1, 1] : [0]) {
          context.setTransform(unit * sx, 0, 0, unit * sy, 0, 0);
          const x = flippedX ? -rect.left - (side < 0 ? 0 : 2 * rect.width) : rect.left;
          const y = flippedY ? -rect.top - (side < 0 ? 0 : 2 * rect.height) : rect.top;
          context.drawImage(picture, x, y, rect.width, rect.height);
        }
      }
    },
  };
}
