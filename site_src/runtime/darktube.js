/**
 * A tube that is off, laid over a glass that the photo shows lit, pale or busy: the text lights up on
 * it as on dark glass. It fades in when the computer is switched on, so that one sees the screen
 * being taken over.
 */

/** @typedef {import("./homography.js").Point} Point */

/**
 * @typedef {object} Reflection
 * @property {readonly [number, number, number]} rgb what the room's light makes of it, sRGB 0 to 255
 * @property {readonly [number, number]} at where it is brightest, fractions of the glass
 */

/** The photo's own picture ends softly: so much further out, as a share of the tube. */
const BLEED = 0.012;

/**
 * @param {HTMLElement} glass the element that it lies under
 * @param {Reflection} reflection
 */
export function createDarkTube(glass, { rgb, at }) {
  const element = document.createElement("div");
  element.className = "dark-tube";
  element.setAttribute("aria-hidden", "true");
  element.style.setProperty("--reflection", `rgb(${rgb.join(" ")})`);
  element.style.setProperty("--at", at.map((share) => `${share * 100}%`).join(" "));
  glass.before(element);
  return {
    element,

    /** @param {{ width: number, height: number, outline: readonly Point[] }} layout CSS px of #glass */
    resize({ width, height, outline }) {
      const middle = [width / 2, height / 2];
      const points = outline.map((point) =>
        point.map((value, axis) => {
          const grown = middle[axis] + (value - middle[axis]) * (1 + 2 * BLEED);
          return `${grown.toFixed(1)}px`;
        }),
      );
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      element.style.clipPath = `polygon(${points.map((point) => point.join(" ")).join()})`;
    },
  };
}
