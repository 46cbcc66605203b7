/**
 * The on-screen key row, for those without a keyboard: the page's own keys, the digits, and a field
 * that brings up the phone's keyboard. Dead keys and input methods compose in the field, too: a
 * browser gives them nowhere else.
 */

/** @typedef {import("./bbs/paper.js").KeyCap} KeyCap */

/** @type {KeyCap[]} */
const DIGITS = [..."1234567890"].map((digit) => ({ cap: digit, code: digit, label: digit }));
/** @type {KeyCap[]} */
const EDITING = [
  { cap: "⏎", code: "\r", label: "Return" },
  { cap: "⌫", code: "\x14", label: "Delete" },
];

/**
 * @param {HTMLElement} container
 * @param {(code: string) => void} press
 */
export function createKeycaps(container, press) {
  const [own, digits, editing] = ["own", "digits", "editing"].map((name) =>
    Object.assign(document.createElement("div"), { className: name }),
  );
  const field = document.createElement("input");
  Object.assign(field, {
    type: "text",
    className: "typing",
    placeholder: "ABC",
    autocomplete: "off",
    spellcheck: false,
  });
  field.setAttribute("aria-label", "Type on the computer");
  field.autocapitalize = "off";
  field.setAttribute("autocorrect", "off");
  const events = new AbortController();
  const { signal } = events;

  /** @param {Event} event */
  const capOf = ({ target }) => (target instanceof Element ? target.closest("button") : null);
  // A tapped cap takes no focus, or the next Return from a keyboard would press it again.
  container.addEventListener("pointerdown", (event) => capOf(event) && event.preventDefault(), {
    signal,
  });
  container.addEventListener(
    "click",
    (event) => {
      for (const code of capOf(event)?.value ?? "") press(code);
    },
    { signal },
  );
  editing.append(...EDITING.map(button), field);

  /** What of the field's text has been pressed. */
  let pressed = "";
  const forget = () => {
    if (pressed) field.value = pressed = "";
  };

  // A word that is still being composed, corrected or swapped for another reaches the machine as it
  // stands: what no longer holds is taken back, the rest is typed.
  field.addEventListener(
    "input",
    () => {
      const before = [...pressed];
      const now = [...field.value.normalize("NFC")];
      let same = 0;
      while (same < before.length && before[same] === now[same]) same++;
      pressed = now.join("");
      const typed = pressed; // until a page of its own makes the field forget
      for (let i = same; i < before.length; i++) press("\x14");
      for (const char of now.slice(same)) if (pressed === typed) press(char);
    },
    { signal },
  );
  field.addEventListener(
    "beforeinput",
    (event) => {
      const isBreak = event.inputType === "insertLineBreak";
      if (!isBreak && (event.inputType !== "deleteContentBackward" || field.value)) return;
      event.preventDefault();
      press(isBreak ? "\r" : "\x14");
      forget();
    },
    { signal },
  );
  container.replaceChildren(own, digits, editing);

  let shown = "";
  return {
    /** @param {KeyCap[]} caps the page's own */
    show(caps) {
      const wanted = JSON.stringify(caps);
      forget();
      if (wanted === shown) return;
      shown = wanted;
      const named = DIGITS.map((one) => caps.find(({ code }) => code === one.code) ?? one);
      own.replaceChildren(...caps.filter((cap) => !named.includes(cap)).map(button));
      digits.replaceChildren(...named.map(button));
    },
    field,
    /** The field, for those who have a keyboard that composes. */
    reveal() {
      container.dataset.typing = "";
      field.focus();
    },
    dispose() {
      delete container.dataset.typing;
      events.abort();
      container.replaceChildren();
    },
  };
}

/** @param {KeyCap} cap */
function button({ cap, code, label }) {
  const element = document.createElement("button");
  element.type = "button";
  element.value = code;
  element.textContent = cap;
  if (label !== cap) element.setAttribute("aria-label", label);
  return element;
}
