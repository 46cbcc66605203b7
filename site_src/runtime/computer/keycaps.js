/**
 * The on-screen key row, for those without a keyboard: the page's own keys, the digits, and a field
 * that brings up the phone's keyboard. Dead keys and input methods compose in the field, too: a
 * browser gives them nowhere else.
 */

/** @typedef {import("./bbs/paper.js").KeyCap} KeyCap */

/** @type {KeyCap[]} */
const ALWAYS = [
  ..."1234567890".split("").map((digit) => ({ cap: digit, code: digit, label: digit })),
  { cap: "⏎", code: "\r", label: "Return" },
  { cap: "⌫", code: "\x14", label: "Delete" },
];

/**
 * @param {HTMLElement} container
 * @param {(code: string) => void} press
 */
export function createKeycaps(container, press) {
  const row = document.createElement("div");
  row.className = "caps";
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

  // A tapped cap takes no focus, or the next Return from a keyboard would press it again.
  row.addEventListener("pointerdown", (event) => event.preventDefault(), { signal });
  row.addEventListener(
    "click",
    (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      for (const code of button?.value ?? "") press(code);
    },
    { signal },
  );
  /** What of the field's text has been pressed. */
  let pressed = "";
  const forget = () => (field.value = pressed = "");

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
  container.replaceChildren(row, field);

  let shown = "";
  return {
    /** @param {KeyCap[]} caps the page's own */
    show(caps) {
      const wanted = JSON.stringify(caps);
      forget();
      if (wanted === shown) return;
      shown = wanted;
      row.replaceChildren(
        ...[...caps, ...ALWAYS.filter((one) => !caps.some((cap) => cap.code === one.code))].map(
          button,
        ),
      );
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
