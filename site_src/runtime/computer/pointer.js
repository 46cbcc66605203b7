/**
 * The mouse and the finger on the screen: links of the board's own turn its page.
 */

/**
 * @param {HTMLElement} element the text area
 * @param {object} touch
 * @param {() => void} touch.onPress
 * @param {(isPressed: boolean) => void} touch.hold
 * @param {(hash: string) => boolean} touch.visit says whether there was somebody to go there
 * @param {AbortSignal} signal
 */
export function watchPointer(element, { onPress, hold, visit }, signal) {
  element.addEventListener(
    "click",
    (event) => {
      const anchor = event.target instanceof Element ? event.target.closest("a") : null;
      const href = anchor?.getAttribute("href") ?? "";
      const isPlain =
        event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
      if (!isPlain || !href.startsWith("?")) return;
      if (visit(href.slice(href.indexOf("#")))) event.preventDefault();
    },
    { signal },
  );
  // Rows that change between press and release swallow the click, and fresh news makes it another
  // story's. So while a finger is on it, the screen stands still.
  element.addEventListener(
    "pointerdown",
    () => {
      onPress();
      hold(true);
    },
    { signal },
  );
  const release = () => setTimeout(hold, 0, false); // once the click has been dealt with
  for (const end of ["pointerup", "pointercancel", "blur"])
    addEventListener(end, release, { signal });
}
