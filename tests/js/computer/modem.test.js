import assert from "node:assert/strict";
import { test } from "node:test";

import { BAUDS, idle, modem, nearestBaud } from "../../../site_src/runtime/computer/modem.js";

/**
 * Plays events against a fresh modem; "." is {type: "done"}, a word of the answers is the news, and
 * anything else is a typed line. Returns everything it did, in order.
 * @param {...string} events
 */
function played(...events) {
  let state = idle(2400);
  const done = [];
  for (const event of events) {
    const turn = modem(state, eventOf(event));
    state = turn.state;
    for (const effect of turn.effects) done.push(effect.do === "print" ? effect.text : effect.do);
  }
  return { done, mode: state.mode, baud: state.baud };
}

/** @param {string} event @returns {import("../../../site_src/runtime/computer/modem.js").ModemEvent} */
function eventOf(event) {
  if (event === ".") return { type: "done" };
  if (event === "+++") return { type: "escape" };
  if (event === "hang up") return { type: "hangup" };
  if (event === "ok" || event === "busy" || event === "dead")
    return { type: "news", answer: event };
  return { type: "line", text: event };
}

const GOLDEN = [
  {
    what: "a call that is answered",
    events: ["ATDT 555-0164", ".", "ok", ".", ".", "."],
    mode: "online",
    done: ["fetch", "dialTone", "digits", "RINGING", "ring", "handshake", "CONNECT 2400", "online"],
  },
  {
    what: "it rings until the news is there",
    events: ["ATDT 1", ".", ".", ".", ".", "ok", ".", "."],
    mode: "online",
    done: [
      "fetch",
      "dialTone",
      "digits",
      "RINGING",
      "ring",
      "ring",
      "ring",
      "handshake",
      "CONNECT 2400",
      "online",
    ],
  },
  {
    what: "busy at once",
    events: ["ATDT 1", ".", "busy", "."],
    mode: "command",
    done: ["fetch", "dialTone", "digits", "busy", "drop", "BUSY"],
  },
  {
    what: "busy after ringing",
    events: ["ATDT 1", ".", ".", "busy", "."],
    mode: "command",
    done: ["fetch", "dialTone", "digits", "RINGING", "ring", "busy", "drop", "BUSY"],
  },
  {
    what: "a dead line",
    events: ["ATDT 1", ".", ".", "dead", "."],
    mode: "command",
    done: ["fetch", "dialTone", "digits", "RINGING", "ring", "silence", "drop", "NO CARRIER"],
  },
  {
    what: "nobody answers for five rings",
    events: ["ATDT 1", ".", ".", ".", ".", ".", ".", "."],
    mode: "command",
    done: [
      "fetch",
      "dialTone",
      "digits",
      "RINGING",
      "ring",
      "ring",
      "ring",
      "ring",
      "ring",
      "silence",
      "drop",
      "NO CARRIER",
    ],
  },
  {
    what: "+++ ATH hangs up",
    events: ["ATDT 1", ".", "ok", ".", ".", ".", "+++", "ATH"],
    mode: "command",
    done: [
      "fetch",
      "dialTone",
      "digits",
      "RINGING",
      "ring",
      "handshake",
      "CONNECT 2400",
      "online",
      "OK",
      "drop",
      "NO CARRIER",
    ],
  },
  {
    what: "+++ ATO goes back",
    events: ["ATDT 1", ".", "ok", ".", ".", ".", "+++", "ATO"],
    mode: "online",
    done: [
      "fetch",
      "dialTone",
      "digits",
      "RINGING",
      "ring",
      "handshake",
      "CONNECT 2400",
      "online",
      "OK",
      "CONNECT 2400",
      "resume",
    ],
  },
  {
    what: "commands",
    events: ["AT", "ATZ", "ATE1M1", "ati", "ATH", "ATO", "HELLO", "ATD"],
    mode: "command",
    done: ["OK", "OK", "OK", "BREATHE MODEM 2400", "OK", "ERROR", "ERROR", "ERROR"],
  },
  { what: "nothing to hang up", events: ["hang up", "+++", "."], mode: "command", done: [] },
];

for (const { what, events, done, mode } of GOLDEN) {
  test(`golden: ${what}`, () => {
    const call = played(...events);
    assert.deepEqual(call.done, done);
    assert.equal(call.mode, mode);
  });
}

test("a call can be cut at every moment of it", () => {
  const call = ["ATDT 1", ".", "ok", ".", ".", "."];
  for (let length = 1; length <= call.length; length++) {
    const { done, mode } = played(...call.slice(0, length), "hang up");
    assert.deepEqual([done.at(-2), done.at(-1), mode], ["drop", "NO CARRIER", "command"]);
  }
});

test("the speed can be chosen, and is one that the modem has", () => {
  assert.equal(played("ATB9600").baud, 9600);
  assert.equal(played("ATB1000").baud, 1200);
  assert.equal(nearestBaud(1e9), 57600);
  assert.ok(BAUDS.every((baud) => nearestBaud(baud) === baud));
});
