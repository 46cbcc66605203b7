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
 * True for a shortcut, which stays the browser's. AltGr is none: it writes €, [ and more. On a Mac
 * Option does the same, and some systems only tell of Ctrl and Alt; so Alt with a sign that is
 * neither a plain letter nor a digit writes, too.
 * @param {Press} press
 */
export function isShortcut(press) {
  const { key, ctrlKey, altKey, metaKey } = press;
  if (metaKey) return true;
  if (key === "Dead" || !(ctrlKey || altKey) || press.getModifierState?.("AltGraph")) return false;
  return !altKey || [...key].length > 1 || /^[a-z0-9 ]$/i.test(key);
}

/**
 * The code of a key press, or null when it is not the computer's business.
 * @param {Press} press
 * @returns {string | null}
 */
export function codeOf(press) {
  if (press.isComposing || isShortcut(press)) return null;
  if (Object.hasOwn(NAMED, press.key)) {
    return press.key === "Home" && press.shiftKey ? CODE.clear : NAMED[press.key];
  }
  // "a", "é", "£": one grapheme; "Tab", "F5", "Shift", "Dead" have names of two letters or more.
  return [...press.key].length === 1 && press.key >= " " ? press.key : null;
}
