/**
 * Where the frame lies on the page while picking: whole, beside the panel or above it.
 */

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Size} Size */

/** A panel that takes more of the window's height than this stands beside the picture. */
const BESIDE = 0.7;

/**
 * @param {object} options
 * @param {HTMLElement} options.room
 * @param {HTMLElement} options.stage the rectangle that the picture fills
 * @param {HTMLElement} options.panel
 * @param {Size} options.frame
 */
export function createViewport({ room, stage, panel, frame }) {
  return {
    /** Lay the frame out anew. */
    fit() {
      const { width, height } = room.getBoundingClientRect();
      const aside = panel.getBoundingClientRect();
      const isBeside = aside.height > height * BESIDE;
      const free = {
        width: isBeside ? width - aside.width : width,
        height: isBeside ? height : height - aside.height,
      };
      const scale = Math.min(free.width / frame.width, free.height / frame.height);
      const size = {
        width: Math.floor(frame.width * scale),
        height: Math.floor(frame.height * scale),
      };
      const left = Math.max(0, Math.floor((free.width - size.width) / 2));
      const top = Math.max(0, Math.floor((free.height - size.height) / 2));
      for (const [name, value] of Object.entries({ left, top, ...size })) {
        stage.style.setProperty(name, `${value}px`);
      }
    },

    /** @param {MouseEvent} event @returns {Point} px of the frame */
    place({ clientX, clientY }) {
      const { left, top, width, height } = stage.getBoundingClientRect();
      return [((clientX - left) / width) * frame.width, ((clientY - top) / height) * frame.height];
    },

    /** Px of the frame in one CSS px. */
    get perCssPx() {
      return frame.width / stage.getBoundingClientRect().width;
    },
  };
}
