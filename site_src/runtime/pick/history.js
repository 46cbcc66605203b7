/**
 * Undo and redo over values that are never changed in place. Pure.
 *
 *     const history = createHistory([]);
 *     history.push([1]); history.undo(); // []
 */

/**
 * @template T
 * @param {T} first
 */
export function createHistory(first) {
  let past = [first];
  let at = 0;

  return {
    get now() {
      return past[at];
    },
    get canUndo() {
      return at > 0;
    },
    get canRedo() {
      return at < past.length - 1;
    },
    /** @param {T} value */
    push(value) {
      past = [...past.slice(0, at + 1), value];
      at = past.length - 1;
      return value;
    },
    undo() {
      at = Math.max(0, at - 1);
      return past[at];
    },
    redo() {
      at = Math.min(past.length - 1, at + 1);
      return past[at];
    },
  };
}
