/**
 * The computer on the desk: boots, dials, and reads the news. Fills `#screen`, speaks through the
 * log, and tells the page which phase it is in.
 *
 *   const computer = createComputer(options); computer.powerOn();
 *
 * This much is all that the page loads at first. The machine itself comes with the first gesture,
 * while the visitor still walks through the room. When it does not come, each gesture tries again; in
 * the end the page is marked broken, and its plain news stays to be read.
 */

import { createArrival } from "./arrival.js";
import { codeOf } from "./keyboard.js";

/** @typedef {"boot" | "dial" | "bbs" | "off"} Phase */
/** @typedef {{border: number, background: number, text: number, baud: number, phone: string, bbs_name: string}} Settings */
/**
 * @typedef {object} Sound what the computer needs of sound/index.js
 * @property {(on: boolean) => void} power
 * @property {() => void} key
 * @property {(seconds: number) => void} drive
 * @property {(seconds: number) => void} dialTone
 * @property {(digits: string) => number} dtmf its length in seconds
 * @property {() => void} ring
 * @property {() => void} busy
 * @property {(call: {baud: number, payload: string}) => number} handshake its length in seconds
 * @property {(on: boolean) => void} carrier
 * @property {() => void} hangup
 * @property {() => void} bell
 */
/**
 * @typedef {object} ComputerOptions
 * @property {HTMLElement} glass carries the warp; gets --border and --paper
 * @property {EventTarget} film says "picture" for each picture that it shows behind the glass
 * @property {HTMLElement} screen the text area: filled with 25 rows
 * @property {HTMLElement} log visually hidden, role=log
 * @property {HTMLElement} keys where the on-screen key row goes
 * @property {Settings} settings the scene's [computer]
 * @property {Record<string, string>} text the author's files
 * @property {() => Promise<unknown>} fetchNews JSON Feed 1.1; rejects when it fails
 * @property {(() => Promise<unknown>) | null} fetchArchive the same of earlier days; null: none kept
 * @property {unknown} bakedNews JSON Feed of the build, or null
 * @property {Sound} sound
 * @property {boolean} reducedMotion
 * @property {(phase: Phase) => void} onPhase
 * @property {import("../storage.js").Store | null} storage
 */

/**
 * Browsers keep a failed import for good, so each further try has an address of its own.
 *
 * @param {number} tried
 * @returns {Promise<typeof import("./machine.js")>}
 */
function importMachine(tried) {
  return tried === 0
    ? import("./machine.js")
    : import(new URL(`?again=${tried}`, new URL("./machine.js", import.meta.url)).href);
}

/** @param {ComputerOptions} options */
export function createComputer(options) {
  const life = new AbortController();
  const { signal } = life;
  const arrival = createArrival({
    fetch: importMachine,
    accept: ({ createMachine }) => (signal.aborted ? null : createMachine(options)),
    lose(error) {
      document.documentElement.dataset.broken = "";
      console.error(error);
    },
  });
  const { when } = arrival;

  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, arrival.request, { signal, capture: true });
  }

  return {
    powerOn: () => when((there) => there.powerOn()),
    /** Straight to a phase. @param {Phase} phase */
    land: (phase) => when((there) => there.land(phase)),
    /**
     * A key that is the computer's (keys.js).
     * @param {KeyboardEvent} event
     * @returns {boolean} it had a use for it
     */
    key(event) {
      if (arrival.thing) return arrival.thing.key(event);
      const code = arrival.isComing && codeOf(event);
      if (code) when((there) => there.press(code));
      return Boolean(code);
    },
    pause: () => when((there) => there.pause()),
    resume: () => when((there) => there.resume()),
    dispose() {
      life.abort();
      arrival.thing?.dispose();
    },
  };
}
