/**
 * What is known of a visitor before they do anything: what they prefer, as their browser tells, and
 * whether they have sat at the desk before.
 *
 *     readPreferences(window, openStorage()); // { reducedMotion: false, saveData: false, ... }
 */

const SEATED_KEY = "breathing-room:seated";

/**
 * @typedef {object} Preferences
 * @property {boolean} reducedMotion the still room, the whole text
 * @property {boolean} saveData the still room, and the computer as ever
 * @property {boolean} returning they know the way: straight to the desk
 */

/**
 * @param {object} browser `window` has it all
 * @param {(query: string) => { matches: boolean }} browser.matchMedia
 * @param {object} browser.navigator where the browser has it, with `connection`
 * @param {import("./storage.js").Store | null} storage
 * @returns {Readonly<Preferences>}
 */
export function readPreferences(browser, storage) {
  const prefers = (/** @type {string} */ query) => browser.matchMedia(query).matches;
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (browser.navigator);
  return Object.freeze({
    reducedMotion: prefers("(prefers-reduced-motion: reduce)"),
    saveData: connection?.saveData === true || prefers("(prefers-reduced-data: reduce)"),
    returning: storage?.getItem(SEATED_KEY) === "yes",
  });
}

/** They have sat down and the machine is on. @param {import("./storage.js").Store | null} storage */
export function rememberSeat(storage) {
  storage?.setItem(SEATED_KEY, "yes");
}
