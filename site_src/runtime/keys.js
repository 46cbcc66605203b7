/**
 * Who owns a key: by what is in view, what has focus and what runs. Pure; docs/keys.md is the rule
 * as a table.
 *
 *     ownerOf(event, { phase: "bbs", paused: false, inView: true, focus: "page" }); // "computer"
 *
 * What the owner has no use for stays the browser's. An Escape that nobody here has used is, in a
 * frame, the way back to the site (host.js).
 */

import { codeOf, isShortcut } from "./computer/keyboard.js";

/** @typedef {"browser" | "hud" | "start" | "walk" | "pause" | "chair" | "computer"} Owner */
/**
 * @typedef {object} Where
 * @property {import("./phases.js").Phase} phase
 * @property {boolean} paused
 * @property {boolean} inView the room fills the better half of the window
 * @property {Focus} focus
 * @typedef {"page" | "control" | "field" | "news"} Focus what would hear the key without us
 */

/** Keys with which an input method or an accent begins: they need the computer's own field. */
const COMPOSING = ["Dead", "Process"];

/**
 * @param {import("./computer/keyboard.js").Press} press
 * @param {Where} where
 * @returns {Owner}
 */
export function ownerOf(press, { phase, paused, inView, focus }) {
  const { key } = press;
  const isEscape = key === "Escape";
  if (key === "F2" && !isShortcut(press)) return "hud";
  if (!inView || focus === "news") return "browser";
  if (codeOf(press) === null && !COMPOSING.includes(key)) return "browser";
  if (focus === "field" && !isEscape) return "browser";
  if (focus === "control" && (key === "Enter" || key === " ")) return "browser";
  if (paused) return isEscape ? "pause" : "browser";
  if (phase === "idle") return isEscape ? "browser" : "start";
  if (phase === "walkin") return "walk";
  if (phase === "ambient") return isEscape ? "browser" : "chair";
  return "computer";
}

/**
 * @param {EventTarget | null} target of a key event
 * @returns {Focus}
 */
export function focusOf(target) {
  if (!(target instanceof Element)) return "page";
  if (target.closest("#news")) return "news";
  if (target.closest("input, textarea, select")) return "field";
  return target.closest("a, button, summary") ? "control" : "page";
}
