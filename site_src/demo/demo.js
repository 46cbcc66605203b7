/**
 * The demo site's own theme picker: light, dark, nostalgia. It knows nothing of the room but one
 * event, with which it marks the theme that the visitor came back to.
 *
 * A plain script in the head, so that a dark page is dark from its first paint.
 */

(() => {
  const KEY = "afternoon-gradient:theme";
  const root = document.documentElement;
  const isKept = (/** @type {string | null} */ theme) => theme === "light" || theme === "dark";

  const chosen = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };

  /** @param {string} theme */
  const choose = (theme) => {
    root.dataset.theme = theme;
    // Nostalgia is a visit, not a habit: a reload comes back to the news, and what falls away is
    // the page in the colours that it had.
    if (!isKept(theme)) return;
    root.dataset.shade = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage may be closed to us; the theme lasts for the page.
    }
  };

  const kept = chosen();
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = kept && isKept(kept) ? kept : dark ? "dark" : "light";
  root.dataset.shade = root.dataset.theme;

  document.addEventListener("DOMContentLoaded", () => {
    const picker = /** @type {HTMLFieldSetElement} */ (document.querySelector(".picker"));
    const mark = () => {
      for (const input of picker.querySelectorAll("input")) {
        input.checked = input.value === root.dataset.theme;
      }
    };
    picker.hidden = false;
    picker.addEventListener("change", ({ target }) =>
      choose(/** @type {HTMLInputElement} */ (target).value),
    );
    new MutationObserver(mark).observe(root, { attributeFilter: ["data-theme"] });
    mark();
  });
})();
