/**
 * The computer on the desk: boots, dials, and reads the news. Fills `#screen`, speaks through the
 * log, and tells the page which phase it is in.
 *
 *   const computer = createComputer(options); computer.powerOn();
 *
 * This much is all that the page loads at first. The machine itself comes with the first gesture,
 * while the visitor still walks through the room.
 */

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
 * @property {HTMLElement} screen the text area: filled with 25 rows
 * @property {HTMLElement} log visually hidden, role=log
 * @property {HTMLElement} keys where the on-screen key row goes
 * @property {Settings} settings the scene's [computer]
 * @property {Record<string, string>} text the author's files
 * @property {() => Promise<unknown>} fetchNews JSON Feed 1.1; rejects when it fails
 * @property {unknown} bakedNews JSON Feed of the build, or null
 * @property {Sound} sound
 * @property {boolean} reducedMotion
 * @property {(phase: Phase) => void} onPhase
 * @property {Storage | null} storage
 */

/** @typedef {ReturnType<typeof import("./machine.js").createMachine>} Machine */

/** @param {ComputerOptions} options */
export function createComputer(options) {
  const life = new AbortController();
  const { signal } = life;
  /** @type {Promise<Machine> | null} */
  let coming = null;
  /** @type {Machine | null} */
  let machine = null;

  function fetchMachine() {
    coming ??= import("./machine.js").then(
      ({ createMachine }) => (machine = createMachine(options)),
    );
    return coming;
  }

  /** Does something with the machine, now or as soon as it is here. @param {(machine: Machine) => void} work */
  function when(work) {
    if (machine) return work(machine);
    return void fetchMachine().then((there) => signal.aborted || work(there));
  }

  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, fetchMachine, { once: true, signal, capture: true });
  }

  return {
    powerOn: () => when((there) => there.powerOn()),
    /** Straight to a phase. @param {Phase} phase */
    land: (phase) => when((there) => there.land(phase)),
    /**
     * A key of the page. Tab, shortcuts, and Enter on a link or button stay the browser's.
     * @param {KeyboardEvent} event
     * @returns {boolean} it was for the computer
     */
    key(event) {
      if (machine) return machine.key(event);
      const code = coming && codeOf(event);
      if (code) when((there) => there.press(code));
      return Boolean(code);
    },
    pause: () => when((there) => there.pause()),
    resume: () => when((there) => there.resume()),
    dispose() {
      life.abort();
      machine?.dispose();
    },
  };
}
