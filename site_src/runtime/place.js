/**
 * The place in a visit across a reload: phase, moment of the clip, and whether it was paused.
 *
 * Only the dev server's client leaves one behind.
 */

const KEY = "breathing-room:place";

/** @typedef {Readonly<{ phase: import("./phases.js").Phase, media_s: number, paused: boolean }>} Place */

/** @returns {Place | null} the place that was left, once */
export function takePlace() {
  try {
    const left = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return left === null ? null : JSON.parse(left);
  } catch {
    return null;
  }
}

/**
 * @param {Place} place
 * @param {{ togglePause(): void }} visit already in the place's phase
 */
export function returnTo({ phase, media_s, paused }, visit) {
  const name = phase === "walkin" ? "walkin" : "ambient";
  const video = /** @type {HTMLVideoElement | null} */ (
    document.querySelector(`video[data-clip="${name}"]`)
  );
  if (video) video.currentTime = media_s;
  if (paused) visit.togglePause();
}
