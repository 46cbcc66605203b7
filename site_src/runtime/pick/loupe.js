/**
 * A round magnifier: the px of the frame about one point, unsmoothed, with the lines drawn on it.
 */

/** @typedef {import("../homography.js").Point} Point */

export const ZOOMS = [4, 6, 8];

/**
 * @param {object} options
 * @param {HTMLCanvasElement} options.canvas where the loupe is drawn
 * @param {HTMLCanvasElement} options.picture the frame
 */
export function createLoupe({ canvas, picture }) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let zoom = ZOOMS[1];

  return {
    get zoom() {
      return zoom;
    },
    /** @param {number} step -1 or 1 */
    turn(step) {
      const next = ZOOMS.indexOf(zoom) + step;
      zoom = ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, next))];
    },
    /**
     * @param {Point} centre px of the frame
     * @param {readonly Point[]} points the corners so far; joined where there are two or more
     */
    draw([x, y], points) {
      const side = canvas.clientWidth || canvas.width;
      const ratio = devicePixelRatio;
      canvas.width = canvas.height = Math.round(side * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.imageSmoothingEnabled = false;
      const span = side / zoom;
      context.drawImage(picture, x - span / 2, y - span / 2, span, span, 0, 0, side, side);
      const place = (/** @type {Point} */ [px, py]) => [
        (px - x) * zoom + side / 2,
        (py - y) * zoom + side / 2,
      ];
      context.lineWidth = 1.5;
      context.strokeStyle = "#ffd24d";
      context.beginPath();
      points.forEach((point, k) => {
        const [px, py] = place(point);
        if (k === 0) context.moveTo(px, py);
        else context.lineTo(px, py);
      });
      if (points.length > 2) context.closePath();
      context.stroke();
      context.strokeStyle = "#ffffff";
      context.lineWidth = 1;
      const middle = side / 2;
      context.beginPath();
      context.moveTo(middle - 14, middle);
      context.lineTo(middle - 3, middle);
      context.moveTo(middle + 3, middle);
      context.lineTo(middle + 14, middle);
      context.moveTo(middle, middle - 14);
      context.lineTo(middle, middle - 3);
      context.moveTo(middle, middle + 3);
      context.lineTo(middle, middle + 14);
      context.stroke();
    },
  };
}
