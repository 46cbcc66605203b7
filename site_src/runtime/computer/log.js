/**
 * What a screen reader hears: clean text, a paragraph an utterance, each thing once.
 */

const KEPT = 80;

/** @param {HTMLElement} element role=log, visually hidden */
export function createLog(element) {
  let last = "";
  return {
    /** @param {string | string[]} words one paragraph, or several at once */
    say(words) {
      const paragraphs = [words].flat().map((text) => text.replace(/\s+/g, " ").trim());
      const spoken = paragraphs.filter((text) => /[\p{L}\p{N}]/u.test(text));
      if (!spoken.length || spoken.join("\n") === last) return;
      last = spoken.join("\n");
      element.append(
        ...spoken.map((text) => {
          const paragraph = document.createElement("p");
          paragraph.textContent = text;
          return paragraph;
        }),
      );
      while (element.childElementCount > KEPT) element.firstElementChild?.remove();
    },
    dispose() {
      element.replaceChildren();
    },
  };
}
