/**
 * Pages on the line: a page arrives at the modem's pace, and all at once when a key asks for it.
 */
import { cells } from "../transliterate.js";

const BITS_A_CHARACTER = 10; // one start bit, eight data bits, one stop bit

/** @param {import("../machine.js").Machine} machine */
export function createSender(machine) {
  const { screen } = machine;
  /** @type {string[]} what the modem still has to send */
  let pending = [];

  /** Everything that is still on the line, now. @returns {boolean} there was something */
  function flush() {
    const some = pending.length > 0;
    screen.write(pending);
    pending = [];
    if (some) machine.paint();
    return some;
  }

  return {
    flush,
    /**
     * @param {import("./paper.js").Page} page
     * @param {number} baud
     * @param {AbortSignal} signal
     * @param {boolean} [atOnce]
     */
    async send(page, baud, signal, atOnce = machine.reducedMotion) {
      screen.resetPen();
      machine.show(page.links);
      machine.keys(page.keys);
      machine.log.say(page.spoken);
      pending = cells(page.text);
      if (atOnce) flush();
      let last_ms = 0;
      let credit = 0;
      while (pending.length) {
        const now_ms = await machine.clock.picture(signal);
        credit += last_ms ? ((now_ms - last_ms) / 1000) * (baud / BITS_A_CHARACTER) : 1;
        last_ms = now_ms;
        screen.write(pending.splice(0, Math.floor(credit)));
        credit -= Math.floor(credit);
        machine.paint();
      }
    },
  };
}
