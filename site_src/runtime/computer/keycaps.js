/**
 * The on-screen key row, for those without a keyboard: the page's own keys, the digits, and a field
 * that brings up the phone's keyboard.
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
  field.addEventListener(
    "beforeinput",
    (event) => {
      if (event.inputType === "deleteContentBackward") press("\x14");
      else if (event.inputType === "insertLineBreak") press("\r");
      else if (event.data && event.inputType === "insertText")
        for (const char of event.data) press(char);
      else return;
      event.preventDefault();
    },
    { signal },
  );
  // Where a phone's keyboard composes words, they arrive whole.
  field.addEventListener(
    "input",
    () => {
      for (const char of field.value) press(char);
      field.value = "";
    },
    { signal },
  );
  container.replaceChildren(row, field);

  let shown = "";
  return {
    /** @param {KeyCap[]} caps the page's own */
    show(caps) {
      const wanted = JSON.stringify(caps);
      if (wanted === shown) return;
      shown = wanted;
      row.replaceChildren(
        ...[...caps, ...ALWAYS.filter((one) => !caps.some((cap) => cap.code === one.code))].map(
          button,
        ),
      );
    },
    field,
    dispose() {
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
