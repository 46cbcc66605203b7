/**
 * The visitor's own buttons: pause, skip, replay, sound and captions. They are plain HTML buttons,
 * always there; this module gives them their meaning and keeps their state readable.
 */

/**
 * @typedef {object} ControlsOptions
 * @property {HTMLElement} bar holds `button[data-control]`
 * @property {Record<ControlName, () => void>} actions
 * @typedef {"pause" | "skip" | "replay" | "sound" | "captions" | "effects"} ControlName
 */

/** @param {ControlsOptions} options */
export function createControls({ bar, actions }) {
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    const name = /** @type {ControlName | undefined} */ (button?.dataset.control);
    if (name) actions[name]();
  };
  bar.addEventListener("click", onClick);
  bar.hidden = false;

  return {
    /**
     * @param {ControlName} name
     * @param {boolean} pressed
     */
    press(name, pressed) {
      const button = find(name);
      button?.setAttribute("aria-pressed", String(pressed));
      if (button) button.title = label(button, pressed);
    },

    /**
     * @param {ControlName} name
     * @param {boolean} enabled
     */
    enable(name, enabled) {
      const button = find(name);
      if (button) button.disabled = !enabled;
    },

    dispose() {
      bar.removeEventListener("click", onClick);
      bar.hidden = true;
    },
  };

  /** @param {ControlName} name */
  function find(name) {
    return /** @type {HTMLButtonElement | null} */ (bar.querySelector(`[data-control="${name}"]`));
  }
}

/**
 * @param {HTMLElement} button
 * @param {boolean} pressed
 */
function label(button, pressed) {
  return (pressed && button.dataset.pressed) || button.getAttribute("aria-label") || "";
}
