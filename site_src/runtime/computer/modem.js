/**
 * The modem, as a pure state machine: events in, effects out.
 *
 *   modem(idle(2400), {type: "line", text: "ATDT 555-0164"})
 *   // -> {state: {mode: "dialling", ...}, effects: [{do: "fetch"}, {do: "dialTone"}]}
 *
 * Effects run one after the other. When the last one is of those that take time, whoever runs them
 * sends {type: "done"} after it.
 * The line rings until the news has been fetched, so that an answer is an honest answer.
 */

/** @typedef {"command"|"dialling"|"ringing"|"handshake"|"online"|"escaped"} Mode */
/** @typedef {"waiting"|"ok"|"busy"|"dead"} Answer what became of the fetch */
/** @typedef {{mode: Mode, baud: number, number: string, rings: number, answer: Answer}} ModemState */
/**
 * @typedef {{type: "line", text: string} | {type: "done"} | {type: "news", answer: Answer}
 *   | {type: "escape"} | {type: "hangup"}} ModemEvent
 */
/**
 * @typedef {{do: "print", text: string} | {do: "fetch"} | {do: "dialTone"}
 *   | {do: "digits", digits: string} | {do: "ring"} | {do: "busy"} | {do: "silence"}
 *   | {do: "handshake", baud: number} | {do: "online"} | {do: "resume"}
 *   | {do: "drop"}} Effect
 */

export const BAUDS = [300, 1200, 2400, 9600, 14400, 33600, 57600];
const MOST_RINGS = 5;

/** The nearest speed that the modem has. @param {number} baud */
export function nearestBaud(baud) {
  return BAUDS.reduce((best, one) => (Math.abs(one - baud) < Math.abs(best - baud) ? one : best));
}

/** @param {number} baud @returns {ModemState} */
export const idle = (baud) => ({ mode: "command", baud, number: "", rings: 0, answer: "waiting" });

/** @param {string} text @returns {Effect} */
const print = (text) => ({ do: "print", text });

/**
 * @param {ModemState} state
 * @param {ModemEvent} event
 * @returns {{state: ModemState, effects: Effect[]}}
 */
export function modem(state, event) {
  switch (event.type) {
    case "line":
      return command(state, event.text.trim().toUpperCase());
    case "news":
      return { state: { ...state, answer: event.answer }, effects: [] };
    case "escape":
      return state.mode === "online"
        ? { state: { ...state, mode: "escaped" }, effects: [print("OK")] }
        : { state, effects: [] };
    case "hangup":
      return hangUp(state);
    case "done":
      return proceed(state);
  }
}

/** @param {ModemState} state @param {string} line */
function command(state, line) {
  const dial = /^ATD[TP]?\s*([\d\s()+-]*)$/.exec(line);
  const speed = /^ATB\s*(\d+)$/.exec(line);
  if (dial && state.mode === "command") {
    const number = dial[1].trim() || state.number;
    if (!number) return say(state, "ERROR");
    /** @type {ModemState} */
    const next = { ...state, mode: "dialling", number, rings: 0, answer: "waiting" };
    return {
      state: next,
      effects: /** @type {Effect[]} */ ([{ do: "fetch" }, { do: "dialTone" }]),
    };
  }
  if (speed) return say({ ...state, baud: nearestBaud(Number(speed[1])) }, "OK");
  if (/^ATH0?$/.test(line)) return state.mode === "escaped" ? hangUp(state) : say(state, "OK");
  if (line === "ATO" && state.mode === "escaped") {
    return {
      state: /** @type {ModemState} */ ({ ...state, mode: "online" }),
      effects: [print(`CONNECT ${state.baud}`), /** @type {Effect} */ ({ do: "resume" })],
    };
  }
  if (/^ATI\d?$/.test(line)) return say(state, `BREATHE MODEM ${state.baud}`);
  return say(state, /^AT([ZEMLQVX&]\w*)*$/.test(line) ? "OK" : "ERROR");
}

/** @param {ModemState} state @param {string} text */
const say = (state, text) => ({ state, effects: [print(text)] });

/** @param {ModemState} state @returns {{state: ModemState, effects: Effect[]}} */
function hangUp(state) {
  if (state.mode === "command") return { state, effects: [] };
  return { state: { ...state, mode: "command" }, effects: [{ do: "drop" }, print("NO CARRIER")] };
}

/** The timed effect before has ended. @param {ModemState} state @returns {{state: ModemState, effects: Effect[]}} */
function proceed(state) {
  switch (state.mode) {
    case "dialling":
      if (state.rings === 0) {
        return {
          state: { ...state, rings: 1 },
          effects: [{ do: "digits", digits: state.number.replace(/\D/g, "") }],
        };
      }
      if (state.answer === "busy") return fail(state, { do: "busy" }, "BUSY");
      return { state: { ...state, mode: "ringing" }, effects: [print("RINGING"), { do: "ring" }] };
    case "ringing":
      if (state.answer === "ok") {
        return {
          state: { ...state, mode: "handshake" },
          effects: [{ do: "handshake", baud: state.baud }],
        };
      }
      if (state.answer === "busy") return fail(state, { do: "busy" }, "BUSY");
      if (state.answer === "dead" || state.rings >= MOST_RINGS) {
        return fail(state, { do: "silence" }, "NO CARRIER");
      }
      return { state: { ...state, rings: state.rings + 1 }, effects: [{ do: "ring" }] };
    case "handshake":
      return {
        state: { ...state, mode: "online" },
        effects: [print(`CONNECT ${state.baud}`), { do: "online" }],
      };
    default:
      return { state, effects: [] };
  }
}

/** @param {ModemState} state @param {Effect} sound @param {string} word @returns {{state: ModemState, effects: Effect[]}} */
const fail = (state, sound, word) => ({
  state: { ...state, mode: "command" },
  effects: [sound, { do: "drop" }, print(word)],
});
