/**
 * The terminal program: dials, listens, redials, and hands over to the board when it answers.
 */
import { wrap } from "./bbs/paper.js";
import { cells, transliterate } from "./transliterate.js";
import { CODE, COLOUR_CODES } from "./petscii.js";
import { idle, modem, nearestBaud } from "./modem.js";
import { ageText } from "./news.js";
import { COLUMNS } from "./screen.js";

/** @typedef {import("./modem.js").ModemEvent} ModemEvent */

const DIAL_TONE_S = 1.1;
const RING_MS = 2600;
const BUSY_MS = 2200;
const SILENCE_MS = 1200;
const REDIAL_MS = 4000;
const FETCH_LIMIT_MS = 12_000;
const CARRIER_MS = 3075; // answer tone and silence, before the carrier spells anything
const LETTER_MS = 1000 / 30;
const MOST_LINES = 2; // of the headline

/**
 * @param {import("./machine.js").Machine} machine
 * @param {object} line
 * @param {number} line.baud
 * @param {(how: "welcome" | "resume", offline: boolean) => void} line.onOnline
 * @param {() => void} line.onQuit back to BASIC
 * @param {(baud: number) => void} line.onBaud
 */
export function createTerminal(machine, { baud, onOnline, onQuit, onBaud }) {
  const { screen, clock, sound, log, settings } = machine;
  let state = { ...idle(nearestBaud(baud)), number: settings.phone };
  let typed = "";
  let listening = false;
  let failures = 0;
  let offering = false;
  let isRushed = false;
  /** Settles when it is known whether there is news. */
  let fetching = Promise.resolve();

  /** @param {string} text */
  function print(text) {
    screen.write(`${text}\r`);
    log.say(text);
    machine.paint();
  }

  /** @param {ModemEvent} event @param {AbortSignal} signal */
  async function dispatch(event, signal) {
    /** @type {ModemEvent | null} */
    let next = event;
    while (next) {
      const { state: after, effects } = modem(state, next);
      state = after;
      next = null;
      for (const effect of effects) if (await perform(effect, signal)) next = { type: "done" };
    }
  }

  /** @param {import("./modem.js").Effect} effect @param {AbortSignal} signal @returns {Promise<boolean>} it took time */
  async function perform(effect, signal) {
    switch (effect.do) {
      case "print":
        print(effect.text);
        return false;
      case "fetch":
        fetching = fetchNews(signal);
        return false;
      case "dialTone":
        sound.dialTone(DIAL_TONE_S);
        await clock.sleep(machine.pace(DIAL_TONE_S * 1000), signal);
        return true;
      case "digits":
        await clock.sleep(machine.pace(sound.dtmf(effect.digits) * 1000), signal);
        return true;
      case "ring":
        await ring(signal);
        return true;
      case "handshake": {
        await shakeHands(effect.baud, signal);
        return true;
      }
      case "busy":
        sound.busy();
        await clock.sleep(machine.pace(BUSY_MS), signal);
        return false;
      case "silence":
        await clock.sleep(machine.pace(SILENCE_MS), signal);
        return false;
      case "drop":
        sound.carrier(false);
        sound.hangup();
        return false;
      case "online":
      case "resume":
        sound.carrier(true);
        onOnline(effect.do === "online" ? "welcome" : "resume", false);
        return false;
    }
  }

  /** One ring. Who hurries still gets an honest answer, so waits for it here. @param {AbortSignal} signal */
  async function ring(signal) {
    isRushed = machine.reducedMotion;
    sound.ring();
    await clock.sleep(machine.pace(RING_MS), signal);
    if (isRushed && state.answer === "waiting") await fetching;
    signal.throwIfAborted();
  }

  /**
   * The modems sing. What the carrier spells at 300 baud is the top headline; a listener with a
   * modem of their own could read along, and so can everybody else.
   * @param {number} baud @param {AbortSignal} signal
   */
  async function shakeHands(baud, signal) {
    const payload = machine.headline();
    const left_ms = sound.handshake({ baud, payload }) * 1000 - CARRIER_MS;
    const lines = wrap(transliterate(payload).toUpperCase(), COLUMNS - 1).slice(0, MOST_LINES);
    const letters = cells(lines.join("\r"));
    isRushed = machine.reducedMotion;
    await clock.sleep(machine.pace(CARRIER_MS), signal);
    screen.write(COLOUR_CODES[3]);
    const began_ms = await clock.picture(signal);
    for (let shown = 0; !isRushed && shown < letters.length; ) {
      const now_ms = await clock.picture(signal);
      const due = Math.floor((now_ms - began_ms) / LETTER_MS);
      screen.write(letters.slice(shown, due));
      shown = Math.max(shown, due);
      machine.paint();
    }
    screen.write(`${screen.column ? "\r" : ""}${COLOUR_CODES[settings.text]}`);
    await clock.sleep(machine.pace(Math.max(0, left_ms - letters.length * LETTER_MS)), signal);
  }

  /** The call is a call for the news: the line answers when the news is here. @param {AbortSignal} signal */
  function fetchNews(signal) {
    const limit = new Promise((_, reject) => {
      setTimeout(() => reject(new Error("timeout")), FETCH_LIMIT_MS);
    });
    return Promise.race([machine.fetchNews(), limit])
      .then(
        () => /** @type {const} */ ("ok"),
        (error) => (error instanceof TypeError || error?.message === "timeout" ? "dead" : "busy"),
      )
      .then((answer) => {
        if (!signal.aborted) state = modem(state, { type: "news", answer }).state;
      });
  }

  /** Dials, and once more when the line is busy. @param {AbortSignal} signal */
  async function dial(signal) {
    listening = offering = false;
    typed = "";
    if (state.mode === "escaped") await dispatch({ type: "hangup" }, signal);
    for (;;) {
      print(`ATDT ${settings.phone}`);
      await dispatch({ type: "line", text: `ATDT ${settings.phone}` }, signal);
      if (state.mode === "online") return;
      failures++;
      if (failures > 1) break;
      print("REDIAL IN A MOMENT, ANY KEY: NOW");
      await clock.sleep(machine.pace(REDIAL_MS), signal);
    }
    offer();
  }

  /** What can be done when nobody answers. */
  function offer() {
    const age_ms = machine.savedNews() ? Date.now() - (machine.savedNews()?.fetched_ms ?? 0) : 0;
    print("");
    print("NOBODY ANSWERS.");
    print("R       DIAL AGAIN");
    if (machine.savedNews()) print(`RETURN  READ THE COPY OF ${ageText(age_ms)}`);
    listening = offering = true;
    machine.keys([
      { cap: "Redial", code: "r", label: "Redial" },
      ...(machine.savedNews() ? [{ cap: "Read copy", code: CODE.return, label: "Read copy" }] : []),
    ]);
    machine.paint();
  }

  /** @param {string} line */
  function command(line) {
    screen.write("\r");
    /** @type {ModemEvent} */
    const event = { type: "line", text: line };
    // Not every ATD is a call: there are wrong numbers, and lines that are still open.
    const isCall = modem(state, event).state.mode === "dialling";
    if (isCall) listening = offering = false;
    machine.spawn(async (signal) => {
      await dispatch(event, signal);
      if (/^\s*ATB/i.test(line)) onBaud(state.baud);
      if (isCall && state.mode === "command") offer();
    });
  }

  return {
    get cursor() {
      return listening;
    },
    get baud() {
      return state.baud;
    },
    /** @param {AbortSignal} signal */
    async start(signal) {
      screen.border = settings.border;
      screen.background = settings.background;
      screen.resetPen();
      machine.show([]);
      machine.keys([{ cap: "Faster", code: CODE.return, label: "Faster" }]);
      screen.write(`${CODE.upper}${CODE.clear}`);
      const speed = `${state.baud} BAUD 8-N-1 `;
      screen.write(`${CODE.reverse} BREATHE TERM${speed.padStart(COLUMNS - 13)}${CODE.plain}\r`);
      machine.paint();
      await clock.sleep(machine.pace(500), signal);
      print("ATZ");
      await clock.sleep(machine.pace(350), signal);
      print("OK");
      await clock.sleep(machine.pace(450), signal);
      await dial(signal);
    },
    /** +++ was typed on the board: the line is still open. @param {number} baud the speed that it has now */
    resume(baud) {
      typed = "";
      listening = true;
      offering = false;
      failures = 0;
      screen.resetPen();
      screen.write(`${CODE.upper}\r`);
      machine.show([]);
      state = { ...state, mode: "online", baud: nearestBaud(baud) };
      machine.spawn((signal) => dispatch({ type: "escape" }, signal));
      machine.keys([
        { cap: "ATO", code: "ATO\r", label: "ATO, back to the board" },
        { cap: "ATH", code: "ATH\r", label: "ATH, hang up" },
      ]);
      machine.paint();
    },
    /** @param {string} code @returns {boolean} */
    key(code) {
      if (code === CODE.stop) {
        sound.carrier(false);
        sound.hangup();
        onQuit();
        return true;
      }
      if (!listening) {
        isRushed = true;
        clock.hurry();
        return true;
      }
      sound.key();
      // Who hurried has typed a space or two.
      const choice = offering && !typed.trim() ? code.toLowerCase() : "";
      if (choice === "r") machine.spawn(dial);
      else if (choice === CODE.return) {
        if (machine.savedNews()) onOnline("welcome", true);
      } else if (code === CODE.return) {
        const line = typed;
        typed = "";
        command(line);
      } else if (code === CODE.delete) {
        if (typed) screen.write(CODE.delete);
        typed = typed.slice(0, -1);
      } else if (code >= " " && code < "\x7f" && typed.length < 36) {
        typed += code.toUpperCase();
        screen.write(code.toUpperCase());
      } else return false;
      machine.paint();
      return true;
    },
  };
}
