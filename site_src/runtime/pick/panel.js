/**
 * The panel beside the picture: what to do next, the loupe, the numbers, and what to do with them.
 */

import { NAMES } from "./quad.js";

/** The arrow keys, for those who have none. */
// biome-ignore format: a table
const STEPS = [["left", "←"], ["up", "↑"], ["down", "↓"], ["right", "→"]];

/**
 * @typedef {object} PanelActions
 * @property {(corner: number, axis: number, value: number) => void} number a coordinate was typed,
 *   as a fraction
 * @property {(corner: number) => void} select
 * @property {(frame: number) => void} frame
 * @property {(clip: string) => void} clip
 * @property {(name: string) => void} command one of the buttons, by its name
 */

/**
 * @param {object} options
 * @param {HTMLElement} options.room
 * @param {boolean} options.saves whether there is a dev server to save to
 * @param {PanelActions} options.actions
 */
export function createPanel({ room, saves, actions }) {
  const root = element("aside", { id: "pick", ariaLabel: "Pick the screen" });
  const todo = element("p", { className: "todo" });
  todo.setAttribute("role", "status");
  const loupe = /** @type {HTMLCanvasElement} */ (element("canvas", { className: "loupe" }));
  loupe.setAttribute("aria-hidden", "true");
  const modes = bar(["corners", "edges", "track"], "mode");
  const inputs = NAMES.map((name, corner) =>
    ["x", "y"].map((axis, k) => {
      const input = /** @type {HTMLInputElement} */ (
        element("input", {
          type: "number",
          step: "0.001",
          ariaLabel: `${name}, ${axis} in percent`,
        })
      );
      input.addEventListener("focus", () => actions.select(corner));
      input.addEventListener("change", () => {
        if (Number.isFinite(input.valueAsNumber))
          actions.number(corner, k, input.valueAsNumber / 100);
      });
      return input;
    }),
  );
  const numbers = element("div", { className: "numbers" });
  NAMES.forEach((name, corner) => {
    numbers.append(element("span", { textContent: `${corner + 1} ${name}` }), ...inputs[corner]);
  });
  const clip = /** @type {HTMLSelectElement} */ (element("select", { ariaLabel: "Clip" }));
  for (const name of ["ambient", "walkin"]) {
    clip.append(element("option", { value: name, textContent: name }));
  }
  clip.addEventListener("change", () => actions.clip(clip.value));
  const scrub = /** @type {HTMLInputElement} */ (
    element("input", { type: "range", min: "0", step: "1", ariaLabel: "Frame" })
  );
  scrub.addEventListener("input", () => actions.frame(scrub.valueAsNumber));
  const frameNumber = element("output", {});
  const film = element("div", { className: "film" });
  film.append(clip, button("previous frame", "‹"), scrub, button("next frame", "›"), frameNumber);
  const tools = element("div", { className: "tools" });
  tools.append(
    button("card", "Card", true),
    button("grid", "Grid", true),
    button("undo", "Undo"),
    button("redo", "Redo"),
    button("adopt", "Load the scene’s"),
    button("clear", "Start over"),
  );
  const steps = element("div", { className: "steps" });
  steps.append(...STEPS.map(([name, sign]) => button(name, sign)));
  const warnings = element("ul", { className: "warnings" });
  warnings.setAttribute("role", "status");
  const text = element("pre", { className: "toml", tabIndex: 0 });
  const ends = element("div", { className: "ends" });
  if (saves) ends.append(button("save", "Save"));
  ends.append(button("copy", "Copy TOML"));
  ends.append(element("a", { className: "leave", href: "?at=bbs", textContent: "See the page" }));
  const said = element("pre", { className: "said" });
  said.setAttribute("role", "status");
  root.append(todo, loupe, modes, steps, numbers, film, tools, warnings, said, text, ends);
  root.addEventListener("click", (event) => {
    const pressed = /** @type {Element} */ (event.target).closest("button");
    if (pressed?.dataset.command) actions.command(pressed.dataset.command);
  });
  room.append(root);

  return {
    root,
    loupe,

    /**
     * @param {object} state
     * @param {string} state.todo
     * @param {string} state.mode
     * @param {readonly (readonly [number, number])[]} state.fractions
     * @param {number} state.selected
     * @param {string} state.clip
     * @param {number} state.frame
     * @param {number} state.frame_count
     * @param {readonly string[]} state.warnings
     * @param {string} state.text
     * @param {Readonly<Record<string, boolean>>} state.enabled by command
     * @param {Readonly<Record<string, boolean>>} state.pressed by command
     */
    show(state) {
      if (todo.textContent !== state.todo) todo.textContent = state.todo;
      root.dataset.mode = state.mode;
      for (const [corner, pair] of inputs.entries()) {
        for (const [axis, input] of pair.entries()) {
          const value = state.fractions[corner]?.[axis];
          input.disabled = value === undefined;
          input.classList.toggle("selected", corner === state.selected);
          if (document.activeElement !== input || value === undefined) {
            input.value = value === undefined ? "" : (value * 100).toFixed(3);
          }
        }
      }
      clip.value = state.clip;
      scrub.max = String(state.frame_count - 1);
      scrub.value = String(state.frame);
      frameNumber.textContent = `${state.frame} of ${state.frame_count - 1}`;
      warnings.replaceChildren(
        ...state.warnings.map((words) => element("li", { textContent: words })),
      );
      text.textContent = state.text;
      for (const [name, enabled] of Object.entries(state.enabled)) {
        find(name)?.toggleAttribute("disabled", !enabled);
      }
      for (const [name, pressed] of Object.entries(state.pressed)) {
        find(name)?.setAttribute("aria-pressed", String(pressed));
      }
    },

    /** @param {string} words @param {boolean} [wrong] */
    say(words, wrong = false) {
      said.textContent = words;
      said.classList.toggle("wrong", wrong);
      if (words) said.scrollIntoView({ block: "nearest" });
    },

    dispose() {
      root.remove();
    },
  };

  /** @param {string} name */
  function find(name) {
    return root.querySelector(`button[data-command="${name}"]`);
  }
}

/** @param {string[]} names @param {string} kind */
function bar(names, kind) {
  const row = element("div", { className: `bar ${kind}` });
  row.setAttribute("role", "group");
  row.append(...names.map((name) => button(name, name[0].toUpperCase() + name.slice(1), true)));
  return row;
}

/** @param {string} name @param {string} label @param {boolean} [toggles] */
function button(name, label, toggles = false) {
  const made = element("button", { type: "button", textContent: label, title: name });
  made.dataset.command = name;
  if (label.length === 1) made.setAttribute("aria-label", name);
  if (toggles) made.setAttribute("aria-pressed", "false");
  return made;
}

/** @param {string} tag @param {object} properties @returns {HTMLElement} */
function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
