/**
 * What fills the window above and below (or beside) a picture that must not be cut further: the
 * picture's own edge, mirrored, stretched and blurred. Redrawn seldom; it holds nothing sharp.
 */

/** @typedef {import("./layout.js").Rect} Rect */

const LONG_SIDE = 40;
const INTERVAL_MS = 500;
/** How much of the picture's edge is stretched over the gap. */
const STRIP = 0.16;

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
      const { naturalWidth, naturalHeight, width, height } = /** @type {any} */ (picture);
      const [wide, high] = [naturalWidth ?? width, naturalHeight ?? height];
      const below = rect.top + rect.height;
      const beside = rect.left + rect.width;
      const [stripX, stripY] = [wide * STRIP, high * STRIP];
      const [windowWide, windowHigh] = [canvas.width / unit, canvas.height / unit];
      const upright = rect.height < windowHigh;
      // Flipped about the picture's edge, so that colours meet there.
      context.setTransform(unit, 0, 0, unit, 0, 0);
      context.drawImage(picture, rect.left, rect.top, rect.width, rect.height);
      if (upright) {
        context.setTransform(unit, 0, 0, -unit, 0, rect.top * unit);
        context.drawImage(picture, 0, 0, wide, stripY, rect.left, 0, rect.width, rect.top);
        context.setTransform(unit, 0, 0, -unit, 0, windowHigh * unit);
        context.drawImage(
          picture,
          0,
          high - stripY,
          wide,
          stripY,
          rect.left,
          0,
          rect.width,
          windowHigh - below,
        );
      } else {
        context.setTransform(-unit, 0, 0, unit, rect.left * unit, 0);
        context.drawImage(picture, 0, 0, stripX, high, 0, rect.top, rect.left, rect.height);
        context.setTransform(-unit, 0, 0, unit, windowWide * unit, 0);
        context.drawImage(
          picture,
          wide - stripX,
          0,
          stripX,
          high,
          0,
          rect.top,
          windowWide - beside,
          rect.height,
        );
      }
    },
  };
}
