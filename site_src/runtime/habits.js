/**
 * What is known of a visitor before they do anything: what they asked their browser for, and whether
 * they have sat at the desk before.
 *
 *     readHabits(window, openStorage()); // { calm: false, thrifty: false, returning: true }
 */

const SEATED_KEY = "breathing-room:seated";

/**
 * @typedef {object} Habits
 * @property {boolean} calm they asked for less motion: the still room, the whole text
 * @property {boolean} thrifty they asked for less data: the still room, and the computer as ever
 * @property {boolean} returning they know the way: straight to the desk
 */

/**
 * @param {Pick<Window, "matchMedia"> & { navigator: Navigator }} view
 * @param {import("./storage.js").Store | null} storage
 * @returns {Readonly<Habits>}
 */
export function readHabits(view, storage) {
  const asked = (/** @type {string} */ query) => view.matchMedia(query).matches;
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (view.navigator);
  return Object.freeze({
    calm: asked("(prefers-reduced-motion: reduce)"),
    thrifty: connection?.saveData === true || asked("(prefers-reduced-data: reduce)"),
    returning: storage?.getItem(SEATED_KEY) === "yes",
  });
}

/** They have sat down and the machine is on. @param {import("./storage.js").Store | null} storage */
export function rememberSeat(storage) {
  storage?.setItem(SEATED_KEY, "yes");
}
