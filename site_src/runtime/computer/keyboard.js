/**
 * Keys in, codes out: what the machine hears of a keyboard event. Pure.
 *
 * Tab, browser shortcuts and function keys are never taken. Escape is RUN/STOP.
 */
import { CODE } from "./petscii.js";

/** @type {Record<string, string>} */
const NAMED = {
  Enter: CODE.return,
  Backspace: CODE.delete,
  Delete: CODE.delete,
  Insert: CODE.insert,
  ArrowUp: CODE.up,
  ArrowDown: CODE.down,
  ArrowLeft: CODE.left,
  ArrowRight: CODE.right,
  Home: CODE.home,
  PageDown: CODE.down,
  PageUp: CODE.up,
  Escape: CODE.stop,
};

/**
 * @typedef {object} Press the part of a KeyboardEvent that matters
 * @property {string} key
 * @property {boolean} [ctrlKey]
 * @property {boolean} [altKey]
 * @property {boolean} [metaKey]
 * @property {boolean} [shiftKey]
 * @property {boolean} [isComposing]
 * @property {(name: string) => boolean} [getModifierState]
 */

/**
 * The code of a key press, or null when it is not the computer's business.
 * @param {Press} press
 * @returns {string | null}
 */
export function codeOf(press) {
  if (press.isComposing || press.metaKey) return null;
  const altGraph = press.getModifierState?.("AltGraph") ?? false;
  if ((press.ctrlKey || press.altKey) && !altGraph) return null;
  if (Object.hasOwn(NAMED, press.key)) {
    return press.key === "Home" && press.shiftKey ? CODE.clear : NAMED[press.key];
  }
  // "a", "é", "£": one grapheme; "Tab", "F5", "Shift", "Dead" have names of two letters or more.
  return [...press.key].length === 1 && press.key >= " " ? press.key : null;
}
