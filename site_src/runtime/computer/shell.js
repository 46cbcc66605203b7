/**
 * The machine at READY: power-on, the author's script typing, the screen editor, and BASIC running
 * a little every picture.
 */
import { Basic } from "./basic.js";
import { CODE, decodeByte } from "./petscii.js";
import { parts, parseScript, typingPauses_ms } from "./script.js";

const MEMORY_TEST_MS = 1900; // the dark second or two before the banner
const BUFFER_KEYS = 10; // as many early keys as the machine remembers
const IDLE_MS = 9000; // after so long without a key the script goes on
const SEARCH_MS = 900;
const LOAD_MS_A_LINE = 700;
const STEPS_A_FRAME = 24;
const BUDGET_MS = 4;
const TERMINAL = 2064; // what the terminal program's SYS calls
const REGISTER = Object.freeze({ border: 53280, background: 53281, ink: 646 });

/**
 * @param {import("./machine.js").Machine} machine
 * @param {() => void} onTerminal the terminal program has been started
 */
export function createShell(machine, onTerminal) {
  const { screen, clock, sound, log, settings } = machine;
  const disk = parts(machine.text["disk.txt"] ?? "");
  const script = parseScript(machine.text["boot.txt"] ?? "");
  const began_ms = Date.now();
  /** @type {string[]} keys that nobody has read yet */
  let buffer = [];
  let ready = false;
  let booting = true;
  let lastKey_ms = -Infinity;
  let inputColumn = 0;
  let pumping = false;
  let heard = "";

  const basic = new Basic({
    print(text) {
      screen.write(text);
      heard = (heard + text).slice(-600);
    },
    column: () => screen.column,
    key: () => buffer.shift() ?? "",
    jiffies: () => Math.floor((Date.now() - began_ms) * 0.06),
    peek: (address) => (address === REGISTER.border ? screen.border
      : address === REGISTER.background ? screen.background
        : address === REGISTER.ink ? screen.colour : 0),
    poke(address, value) {
      if (address === REGISTER.border) screen.border = value & 15;
      if (address === REGISTER.background) screen.background = value & 15;
      if (address === REGISTER.ink) screen.colour = value & 15;
      const cell = address - 1024;
      if (cell >= 0 && cell < screen.glyphs.length) screen.glyphs[cell] = screenCode(value);
      if (cell >= 0 && cell < screen.glyphs.length) screen.reversed[cell] = value >> 7;
    },
    sys(address) {
      if (address !== TERMINAL) return;
      basic.mode = "ready";
      leave();
    },
  });

  function leave() {
    ready = false;
    onTerminal();
  }

  /** Says what BASIC has printed, once it rests. */
  function speak() {
    const lines = heard.split(/[\r\n]/).map((line) => line.replace(/[\x00-\x1f\x80-\x9f]/g, ""));
    log.say(lines.slice(-8));
    heard = "";
  }

  /** Runs BASIC until it wants something. */
  function pump() {
    if (pumping) return;
    pumping = true;
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
        pumping = false;
      }
    });
  }

  /** @param {AbortSignal} signal */
  async function load(signal) {
    const asked = basic.wanted.toUpperCase();
    const found = asked === "$" ? "$" : [...disk.keys()].find((name) => matches(asked, name));
    const source = found === "$" ? directory(disk) : found ? (disk.get(found) ?? null) : null;
    screen.write(`\rSEARCHING FOR ${asked}\r`);
    machine.paint();
    const drive_ms = machine.pace(SEARCH_MS + (source ? source.split("\n").length * LOAD_MS_A_LINE : 0));
    sound.drive(drive_ms / 1000);
    log.say(source === null ? `${asked} is not on the disk.` : `Loading ${found}.`);
    await clock.sleep(Math.min(drive_ms, machine.pace(SEARCH_MS)), signal);
    if (source !== null && basic.mode === "load") {
      screen.write("LOADING");
      machine.paint();
      await clock.sleep(drive_ms - machine.pace(SEARCH_MS), signal);
    }
    if (basic.mode === "load") basic.loaded(source);
  }

  /** Waits until the visitor leaves the keyboard alone. @param {AbortSignal} signal */
  async function handsOff(signal) {
    while (performance.now() - lastKey_ms < IDLE_MS || basic.mode !== "ready" || screen.logicalLine()) {
      await clock.sleep(250, signal);
      if (basic.mode === "ready" && screen.logicalLine() === "READY.") screen.write("\r");
    }
  }

  /** @param {string} text @param {AbortSignal} signal */
  async function typeLine(text, signal) {
    for (;;) {
      await handsOff(signal);
      const started_ms = performance.now();
      const pauses = typingPauses_ms(text);
      let done = 0;
      for (const char of text) {
        await clock.sleep(machine.pace(pauses[done]), signal);
        if (lastKey_ms > started_ms) break;
        type(char);
        done++;
      }
      if (lastKey_ms > started_ms) {
        // The visitor reached for the keyboard: the half-typed word goes, their key stays.
        continue;
      }
      await clock.sleep(machine.pace(280), signal);
      enter();
      return;
    }
  }

  /** @param {string} char */
  function type(char) {
    sound.key();
    screen.write([screen.lower ? char : char.toUpperCase()]);
    machine.paint();
  }

  function enter() {
    const line = screen.logicalLine();
    sound.key();
    screen.write("\r");
    if (basic.mode === "input") basic.answer([...line].slice(inputColumn).join(""));
    else if (line === "READY.") screen.write("\r?OUT OF DATA ERROR\r\rREADY.\r");
    else basic.enter(line);
    pump();
    machine.paint();
  }

  /** The visitor's key, once the machine listens. @param {string} code */
  function press(code) {
    if (code === CODE.return) enter();
    else if (code >= " " && (code < "\x7f" || code > "\x9f")) type(code);
    else {
      sound.key();
      screen.write(code);
      machine.paint();
    }
  }

  return {
    get cursor() {
      return ready && (basic.mode === "ready" || basic.mode === "input");
    },
    get typing() {
      return true;
    },
    /** Switches the machine on and lets the script run. @param {AbortSignal} signal */
    async start(signal) {
      screen.border = screen.background = 0;
      screen.write(CODE.upper);
      screen.resetPen();
      screen.clear();
      machine.show([]);
      machine.keys([
        { cap: "NEWS", code: CODE.return, label: "Go on to the news" },
        { cap: "STOP", code: CODE.stop, label: "RUN/STOP" },
      ]);
      machine.paint();
      await clock.sleep(machine.pace(MEMORY_TEST_MS), signal);
      screen.border = settings.border;
      screen.background = settings.background;
      const first = script.findIndex((step) => !("print" in step));
      const banner = script.slice(0, first < 0 ? undefined : first);
      for (const step of banner) if ("print" in step) screen.write(`${step.print}\r`);
      log.say(screen.lines());
      this.prompt();
      booting = false;
      for (const step of script.slice(banner.length)) {
        if ("wait_s" in step) await clock.sleep(machine.pace(step.wait_s * 1000), signal);
        else if ("print" in step) screen.write(`${step.print}\r`);
        else await typeLine(step.type, signal);
      }
    },
    /** READY., and what was typed too early. */
    prompt() {
      screen.write(`${screen.column ? "\r" : ""}READY.\r`);
      ready = true;
      machine.paint();
      for (const code of buffer.splice(0)) press(code);
    },
    /** @param {string} code @returns {boolean} */
    key(code) {
      if (code === CODE.stop) {
        const broke = basic.break();
        machine.paint();
        if (broke) speak();
        return broke;
      }
      const idle = performance.now() - lastKey_ms > IDLE_MS;
      if (booting || !ready) {
        if (code === " " || code === CODE.return) clock.hurry();
        else if (buffer.length < BUFFER_KEYS) {
          buffer.push(code);
          lastKey_ms = performance.now();
        }
        return true;
      }
      if (basic.mode === "load") return clock.hurry();
      if (basic.mode === "run") {
        if (buffer.length < BUFFER_KEYS) buffer.push(code);
        return true;
      }
      if (idle && (code === " " || code === CODE.return) && basic.mode === "ready") {
        clock.hurry();
        return true;
      }
      if (idle && basic.mode === "ready") {
        // Whatever the script had typed so far makes way for the visitor.
        for (let left = [...screen.logicalLine()].length; left > 0 && screen.column > 0; left--) {
          screen.write(CODE.delete);
        }
      }
      lastKey_ms = performance.now();
      press(code);
      return true;
    },
  };
}

/** True when the disk's `name` answers to `asked`: * and ? as on the drive. @param {string} asked @param {string} name */
function matches(asked, name) {
  const wanted = asked.replace(/^0?:/, "");
  const star = wanted.indexOf("*");
  const head = star < 0 ? wanted : wanted.slice(0, star);
  if (star < 0 && head.length !== name.length) return false;
  return [...head].every((char, index) => char === "?" || char === name[index]);
}

/** The disk's directory, as the BASIC program that the drive makes of it. @param {Map<string, string>} disk */
function directory(disk) {
  const files = [...disk].map(([name, source]) => {
    const blocks = Math.ceil(source.length / 254);
    return `${blocks} ${" ".repeat(4 - String(blocks).length)}"${name}"${" ".repeat(Math.max(1, 17 - name.length))}PRG`;
  });
  return [`0 \x12"BREATHING ROOM  " 64 2A\x92`, ...files, `${664 - files.length} BLOCKS FREE.`].join("\n");
}

/** A code of screen memory as a character; bit 7 is reverse. @param {number} value */
function screenCode(value) {
  const code = value & 127;
  return decodeByte(code < 32 ? code + 64 : code < 64 ? code : code < 96 ? code + 128 : code + 64) || " ";
}

