/**
 * Captions: what the sound says, in words, for as long as it takes to read them.
 */

const SHOWN_MS = 3200;

/**
 * @param {{ element: HTMLElement, source: EventTarget | null }} options `source` sends "caption"
 *   events with `detail.text`
 */
export function createCaptions({ element, source }) {
  let timer = 0;

  /** @param {Event} event */
  const onCaption = (event) => {
    element.textContent = /** @type {CustomEvent<{ text: string }>} */ (event).detail.text;
    clearTimeout(timer);
    timer = setTimeout(() => element.replaceChildren(), SHOWN_MS);
  };
  source?.addEventListener("caption", onCaption);

  return {
    /** @param {boolean} on */
    show(on) {
      element.hidden = !on;
    },

    dispose() {
      clearTimeout(timer);
      source?.removeEventListener("caption", onCaption);
    },
  };
}
