/**
 * The author's boot script (site_src/text/boot.txt), as steps. Pure.
 *
 *   # a comment                    {do: nothing}
 *   ~ 1.5                          {wait_s: 1.5}
 *   > LOAD"NEWS",8,1               {type: 'LOAD"NEWS",8,1'}   typed by hand, then Return
 *   anything else                  {print: "anything else"}   the banner, {light green} allowed
 */
import { mnemonics } from "./petscii.js";

/** @typedef {{print: string} | {wait_s: number} | {type: string}} Step */

const LONGEST_WAIT_S = 60;

/** @param {string} source @returns {Step[]} */
export function parseScript(source) {
  /** @type {Step[]} */
  const steps = [];
  for (const line of source.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n")) {
    const wait = /^~\s*([\d.]+)\s*$/.exec(line);
    if (line.startsWith("#")) continue;
    if (wait) steps.push({ wait_s: Math.min(LONGEST_WAIT_S, Number(wait[1]) || 0) });
    else if (line.startsWith(">")) steps.push({ type: line.slice(1).trim() });
    else steps.push({ print: mnemonics(line) });
  }
  return steps;
}

/**
 * How long a person waits before each key of `text`: two-finger typing, slower at a line's start,
 * after a comma and for a shifted sign, quicker inside a word. The same text always gets the same
 * rhythm.
 * @param {string} text
 * @returns {number[]} one pause in ms for every character
 */
export function typingPauses_ms(text) {
  let seed = 17;
  return [...text].map((char, index) => {
    seed = (seed * 75 + 74 + char.charCodeAt(0)) % 65537;
    const hunt = seed / 65537;
    const shifted = /["$%&'()!*:]/.test(char) ? 110 : 0;
    return Math.round((index === 0 ? 260 : 70) + shifted + hunt * hunt * 170);
  });
}
