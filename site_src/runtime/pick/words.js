/**
 * What to do next, in words. Pure.
 */

import { NAMES } from "./quad.js";

/**
 * @param {Pick<import("./session.js").Session, "mode" | "points" | "isFull" | "openSide">} session
 * @param {boolean} saves whether there is a server to save to
 * @param {boolean} [keys] whether there is likely a keyboard
 */
export function todo({ mode, points, isFull, openSide }, saves, keys = true) {
  if (mode === "track") {
    return isFull
      ? "Find a frame where the card slides off the screen. Drag it right, or nudge a corner, and save: the correction fades out on both sides."
      : "There is no track for this clip yet.";
  }
  if (mode === "edges") {
    return openSide
      ? `Click two points or more along the ${openSide} edge of the screen.`
      : "The lines are on the picture’s own edges. More points make them surer; or go on with Corners.";
  }
  if (!isFull)
    return `Click where the text’s ${NAMES[points.length]} corner belongs, a little inside the glass.`;
  const last = saves ? "then save." : "then copy the lines.";
  const finely = keys ? "press 1 to 4 and the arrow keys" : "move it finely by the arrows";
  return `The pale rim is the border, and belongs on the glass. Drag a corner, or ${finely}; ${last}`;
}
