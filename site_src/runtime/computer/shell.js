/**
 * The machine at READY: power-on, the author's script typing, the screen editor, and BASIC running
 * a little every picture.
 */
import { Basic } from "./basic.js";
import { find, readDisk } from "./disk.js";
import { CODE, decodeByte } from "./petscii.js";
import { parseScript } from "./script.js";
import { createTypist } from "./typist.js";

const MEMORY_TEST_MS = 1900; // the dark second or two before the banner
const BUFFER_KEYS = 10; // as many early keys as the machine remembers
const SEARCH_MS = 900;
const LOAD_MS_A_LINE = 700;
const STEPS_A_FRAME = 24;
const BUDGET_MS = 4;
const SPOKEN_LINES = 8;
const TERMINAL = 2064; // what the terminal program's SYS calls
const REGISTER = Object.freeze({ border: 53280, background: 53281, ink: 646 });
const SCREEN_MEMORY = 1024;
const GO_ON = "\x85"; // F1: let the script go on now

/**
 * @param {import("./machine.js").Machine} machine
 * @param {() => void} onTerminal the terminal program has been started
 */
export function createShell(machine, onTerminal) {
  const { screen, clock, sound, log, settings } = machine;
  const disk = readDisk(machine.text["disk.txt"] ?? "");
  const began_ms = Date.now();
  /** @type {string[]} keys that nobody has read yet */
  const buffer = [];
  let listening = false;
  let inputColumn = 0;
  let isPumping = false;
  let unheard = "";

  const basic = new Basic({
    print(text) {
      screen.write(text);
      unheard = (unheard + text).slice(-40 * SPOKEN_LINES);
    },
    column: () => screen.column,
    key: () => buffer.shift() ?? "",
    jiffies: () => Math.floor((Date.now() - began_ms) * 0.06),
    peek,
    poke,
    sys(address) {
      if (address !== TERMINAL) return;
      basic.mode = "ready";
      listening = false;
      onTerminal();
    },
  });

  const typist = createTypist(machine, basic, { type, enter });

  /** @param {number} address */
  function peek(address) {
    if (address === REGISTER.border) return screen.border;
    if (address === REGISTER.background) return screen.background;
    return address === REGISTER.ink ? screen.colour : 0;
  }

  /** @param {number} address @param {number} value */
  function poke(address, value) {
    if (address === REGISTER.border) screen.border = value & 15;
    else if (address === REGISTER.background) screen.background = value & 15;
    else if (address === REGISTER.ink) screen.colour = value & 15;
    const cell = address - SCREEN_MEMORY;
    if (cell < 0 || cell >= screen.glyphs.length) return;
    screen.glyphs[cell] = screenCode(value & 127);
    screen.reversed[cell] = value >> 7;
  }

  /** Says what BASIC has printed, once it rests. */
  function speak() {
    // eslint-disable-next-line no-control-regex
    const lines = unheard.split(/[\r\n]/).map((line) => line.replace(/[\x00-\x1f\x80-\x9f]/g, ""));
    log.say(lines.slice(-SPOKEN_LINES));
    unheard = "";
  }

  /** Runs BASIC until it wants something. */
  function pump() {
    if (isPumping) return;
    isPumping = true;
    machine.spawn(async (signal) => {
      try {
        while (basic.mode === "run" || basic.mode === "load") {
          if (basic.mode === "load") await load(signal);
          const until_ms = performance.now() + BUDGET_MS;
          for (let i = 0; i < STEPS_A_FRAME && basic.mode === "run"; i++) {
            basic.step();
            if (performance.now() > until_ms) break;
          }
          machine.paint();
          if (basic.mode === "run") await clock.frame(signal);
        }
        inputColumn = screen.column;
        speak();
      } finally {
        isPumping = false;
      }
      readOn();
    });
  }

  /** @param {AbortSignal} signal */
  async function load(signal) {
    const name = basic.wanted.toUpperCase();
    const source = find(disk, name);
    const search_ms = machine.pace(SEARCH_MS);
    const load_ms = machine.pace(source === null ? 0 : source.split("\n").length * LOAD_MS_A_LINE);
    screen.write(`\rSEARCHING FOR ${name}\r`);
    log.say(source === null ? `${name} is not on the disk.` : `Loading ${name}.`);
    machine.paint();
    sound.drive((search_ms + load_ms) / 1000);
    await clock.sleep(search_ms, signal);
    if (load_ms && basic.mode === "load") {
      screen.write("LOADING");
      machine.paint();
      await clock.sleep(load_ms, signal);
    }
    if (basic.mode === "load") basic.loaded(source);
  }

  /** @param {string} char */
  function type(char) {
    sound.key();
    screen.write([/[a-zà-öø-þ]/.test(char) ? char.toUpperCase() : char]);
    machine.paint();
  }

  function enter() {
    const line = screen.logicalLine();
    sound.key();
    screen.write(CODE.return);
    if (basic.mode === "input") basic.answer([...line].slice(inputColumn).join(""));
    else if (line === "NEWS") basic.enter(`SYS ${TERMINAL}`);
    else if (line === "READY.")
      screen.write("\r?OUT OF DATA ERROR\r\rREADY.\r"); // READ Y
    else basic.enter(line);
    pump();
    machine.paint();
  }

  /** The visitor's key, once the machine listens. @param {string} code */
  function press(code) {
    typist.yieldTo(code);
    if (code === CODE.return) enter();
    else if (code >= " " && (code < "\x7f" || code > "\x9f")) type(code);
    else {
      sound.key();
      screen.write(code);
      machine.paint();
    }
  }

  function showPrompt() {
    screen.write(`${screen.column ? "\r" : ""}READY.\r`);
    listening = true;
    machine.paint();
    readOn();
  }

  /** The keys that were typed too early, as far as what they start lets them through. */
  function readOn() {
    while (listening && isAsking() && buffer.length) press(/** @type {string} */ (buffer.shift()));
  }

  const isAsking = () => basic.mode === "ready" || basic.mode === "input";

  /** Looks and colours as after power-on. */
  function reset() {
    screen.border = settings.border;
    screen.background = settings.background;
    screen.resetPen();
    screen.write(CODE.upper + CODE.clear);
    machine.show([]);
    machine.keys([
      { cap: "NEWS", code: GO_ON, label: "Go on to the news" },
      { cap: "STOP", code: CODE.stop, label: "RUN/STOP" },
    ]);
  }

  return {
    get cursor() {
      return listening && isAsking();
    },
    /** Switches the machine on and lets the script run. @param {AbortSignal} signal */
    async start(signal) {
      reset();
      screen.border = screen.background = 0;
      machine.paint();
      await clock.sleep(machine.pace(MEMORY_TEST_MS), signal);
      reset();
      const script = parseScript(machine.text["boot.txt"] ?? "");
      const first = script.findIndex((step) => !("print" in step));
      const banner = first < 0 ? script : script.slice(0, first);
      for (const step of banner) if ("print" in step) screen.write(`${step.print}\r`);
      log.say(screen.lines());
      showPrompt();
      await typist.play(script.slice(banner.length), signal);
    },
    /** Back at READY., without a word from the script. */
    wake() {
      typist.retire();
      buffer.length = 0;
      reset();
      screen.write("\r");
      showPrompt();
      log.say("Ready.");
    },
    /** @param {string} code @returns {boolean} */
    key(code) {
      if (code === CODE.stop) {
        buffer.length = 0;
        const broke = basic.break();
        machine.paint();
        if (!broke) return false;
        speak();
        clock.hurry(); // a disk drive that was being waited for
        return true;
      }
      if (code === GO_ON) {
        if (!listening || typist.isAtWork) typist.goOn();
        else {
          basic.break();
          basic.enter(`SYS ${TERMINAL}`);
          pump();
        }
        return true;
      }
      const isRest = code === " " || code === CODE.return;
      if (basic.mode === "load" || (isRest && !buffer.length && (!listening || typist.isWaiting))) {
        clock.hurry();
        return true;
      }
      if (!listening || !isAsking()) {
        if (buffer.length < BUFFER_KEYS) buffer.push(code);
        return true;
      }
      press(code);
      return true;
    },
  };
}

/** A code of screen memory as a character. @param {number} code 0 to 127 */
function screenCode(code) {
  const byte = code < 32 ? code + 64 : code < 64 ? code : code < 96 ? code + 128 : code + 64;
  return decodeByte(byte);
}
