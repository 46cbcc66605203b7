/**
 * The browser's storage, made safe to use: it may be missing, full or forbidden, and then forgets.
 * A visit without memory is a visit all the same. Pure, apart from what `open` gives.
 *
 *     openStorage().setItem("key", "value"); // never throws
 */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

/**
 * @param {() => Store} [open] may throw: some browsers refuse even a look at the property
 * @returns {Readonly<Store>}
 */
export function openStorage(open = () => localStorage) {
  /**
   * @template T
   * @param {(store: Store) => T} work
   */
  function attempt(work) {
    try {
      return work(open());
    } catch {
      return null;
    }
  }
  return Object.freeze({
    getItem: (key) => attempt((store) => store.getItem(key)),
    setItem: (key, value) => void attempt((store) => store.setItem(key, value)),
    removeItem: (key) => void attempt((store) => store.removeItem(key)),
  });
}
