/**
 * The author's script at the keyboard: types for the visitor, makes way for them, and stays away once
 * they have typed a line of their own.
 */
import { CODE } from "./petscii.js";
import { typingPauses_ms } from "./script.js";

const IDLE_MS = 9000; // after so long without a key the script goes on
const LOOK_MS = 250; // how often it looks whether it may
const ENTER_MS = 280;
const OFFER = "TYPE NEWS AND RETURN FOR THE NEWS.";

/**
 * @param {import("./machine.js").Machine} machine
 * @param {import("./basic.js").Basic} basic
 * @param {object} keyboard
 * @param {(char: string) => void} keyboard.type
 * @param {() => void} keyboard.enter
 */
export function createTypist(machine, basic, { type, enter }) {
  const { screen, clock, log } = machine;
  let lastKey_ms = -Infinity;
  let isPlaying = false;
  /** The visitor has typed a line of their own. */
  let isTheirs = false;
  /** How many characters on this line the script has typed. */
  let typed = 0;

  const idle_ms = () => performance.now() - lastKey_ms;

  /**
   * Waits until nobody types and nothing runs.
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} false: the script is not to go on
   */
  async function isWelcome(signal) {
    for (;;) {
      if (basic.mode === "ready") {
        if (basic.failed && !isTheirs) return false;
        if (idle_ms() >= IDLE_MS && !(isTheirs && screen.logicalLine())) return !isTheirs;
      }
      await clock.sleep(LOOK_MS, signal);
    }
  }

  /**
   * @param {string} text @param {AbortSignal} signal
   * @returns {Promise<boolean>} false: the visitor reached for the keyboard meanwhile
   */
  async function typeLine(text, signal) {
    while (screen.logicalLine()) screen.write(CODE.return);
    const started_ms = performance.now();
    const pauses = typingPauses_ms(text);
    const letters = [...text];
    for (const [index, char] of letters.entries()) {
      await clock.sleep(machine.pace(pauses[index]), signal);
      if (lastKey_ms > started_ms) return false;
      type(char);
      typed++;
    }
    await clock.sleep(machine.pace(ENTER_MS), signal);
    if (lastKey_ms > started_ms) return false;
    typed = 0;
    enter();
    return true;
  }

  return {
    /** It is typing or about to, and the visitor has not touched anything. */
    get isWaiting() {
      return isPlaying && basic.mode === "ready" && idle_ms() > IDLE_MS;
    },
    /** It has something left to do, and may. */
    get isAtWork() {
      return isPlaying && !isTheirs;
    },

    /**
     * Plays the script to its end. Where the visitor has taken over, or a step has failed, it only
     * says how to go on.
     * @param {import("./script.js").Step[]} steps @param {AbortSignal} signal
     */
    async play(steps, signal) {
      isPlaying = true;
      for (const step of steps) {
        if ("wait_s" in step) await clock.sleep(machine.pace(step.wait_s * 1000), signal);
        else if ("print" in step) screen.write(`${step.print}\r`);
        else {
          let isTyped = false;
          while (!isTyped && (await isWelcome(signal))) isTyped = await typeLine(step.type, signal);
          if (isTyped) continue;
          screen.write(`${OFFER}\r`);
          log.say(OFFER);
          machine.paint();
          break;
        }
      }
      isPlaying = false;
    },

    /** A key of the visitor's: what the script had typed makes way. @param {string} code */
    yieldTo(code) {
      screen.write(CODE.delete.repeat(typed));
      typed = 0;
      lastKey_ms = performance.now();
      isTheirs ||= code === CODE.return;
    },
    /** Goes on now, whoever typed last. */
    goOn() {
      lastKey_ms = -Infinity;
      clock.hurry();
    },
    /** Its work is done: the visitor has been on the line, and is back. */
    retire() {
      isTheirs = true;
      isPlaying = false;
      typed = 0;
    },
  };
}
