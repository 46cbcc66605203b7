/**
 * What the computer remembers of a visitor: the modem's speed and the calls. Never throws: storage
 * may be missing, full or forbidden.
 */
import { nearestBaud } from "./modem.js";

const KEY = "breathe.computer";

/** @typedef {{baud: number, count: number, last_ms: number}} Memory */

/** @param {import("../storage.js").Store | null} storage @param {number} baud the scene's own speed @returns {Memory} */
export function recall(storage, baud) {
  let kept;
  try {
    kept = JSON.parse(storage?.getItem(KEY) ?? "{}");
  } catch {
    kept = {}; // blocked, or not ours
  }
  const whole = (/** @type {unknown} */ value) => (Number.isSafeInteger(value) ? Number(value) : 0);
  return {
    baud: nearestBaud(whole(kept?.baud) || baud),
    count: whole(kept?.count),
    last_ms: whole(kept?.last_ms),
  };
}

/** @param {import("../storage.js").Store | null} storage @param {Memory} memory */
export function remember(storage, memory) {
  try {
    storage?.setItem(KEY, JSON.stringify(memory));
  } catch {
    // A visit without memory is a visit all the same.
  }
}
