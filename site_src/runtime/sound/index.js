/**
 * The sound of the room and of the computer in it, all of it synthesised.
 *
 * Every call works without an AudioContext too: lengths are returned and captions sent all the
 * same, only nothing is heard.
 */

import { createDesk } from "./desk.js";
import { play } from "./player.js";
import * as score from "./score.js";

/** @typedef {import("./score.js").Note} Note */

const STORAGE_KEY = "breathe.muted";
const AHEAD_S = 0.015;

/**
 * @param {object} options
 * @param {boolean} [options.muted] true: start muted, whatever is remembered
 * @param {import("../storage.js").Store | null} [options.storage] remembers the choice
 * @param {AudioContext} [options.context] used instead of one of our own
 * @param {keyof typeof score.REGIONS} [options.region] whose telephone network it is
 */
export function createSound({ muted = false, storage = null, context, region: name = "us" } = {}) {
  const region = score.REGIONS[name] ?? score.REGIONS.us;
  const captions = new EventTarget();
  /** @type {ReturnType<typeof createDesk> | null} */
  let desk = context ? createDesk(context, region) : null;
  /** @type {{ stop: (time_s: number) => void } | null} */
  let call = null;
  /** @type {{ stop: (time_s: number) => void } | null} */
  let tube = null;
  let isMuted = muted || remembered(storage);
  let isPaused = false;
  let isWanted = false;
  let keys = 0;
  let birds = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let birdTimer;
  let mix = score.roomMix("idle", 0);

  function open() {
    if (!isWanted || isMuted || isPaused) return;
    if (!context && typeof AudioContext === "function") {
      try {
        context = new AudioContext();
      } catch {
        return; // no audio device, or too many contexts: the room stays silent
      }
    }
    if (!context || context.state === "closed") return;
    // It may stay pending until a gesture, and that is fine.
    if (context.state !== "running") context.resume().catch(() => {});
    if (desk) return;
    desk = createDesk(context, region);
    desk.place(mix, 0.01);
    birdTimer = setTimeout(sing, 1200);
  }

  function sing() {
    const next_s =
      isSounding() && context && desk ? desk.bird(birds++, context.currentTime + AHEAD_S) : 4;
    birdTimer = setTimeout(sing, next_s * 1000);
  }

  const isSounding = () => context?.state === "running" && !isMuted;

  /** @param {"machine" | "line"} way @param {Note[]} notes */
  function sound(way, notes) {
    // A suspended context would keep them all for the moment it wakes.
    if (!context || !desk || context.state !== "running") return null;
    return play(context, desk[way], notes, context.currentTime + AHEAD_S);
  }

  /** What is on the line replaces what was there. @param {Note[]} notes @param {string} [caption] */
  function dial(notes, caption) {
    call?.stop(context?.currentTime ?? 0);
    call = sound("line", notes);
    say(caption);
    return score.duration_s(notes);
  }

  /** @param {string} [text] */
  function say(text) {
    if (text) captions.dispatchEvent(new CustomEvent("caption", { detail: { text: `[${text}]` } }));
  }

  function silenceTube() {
    tube?.stop(context?.currentTime ?? 0);
    tube = null;
  }

  return {
    captions,

    get muted() {
      return isMuted;
    },

    /** Call it in a gesture; again does no harm. */
    unlock() {
      isWanted = true;
      open();
    },

    /** The visitor's choice, remembered. @param {boolean} on */
    setMuted(on) {
      isMuted = on;
      try {
        storage?.setItem(STORAGE_KEY, on ? "1" : "0");
      } catch {
        // A full or forbidden storage forgets; the choice holds for this visit.
      }
      desk?.mute(on);
      open();
    },

    /** Hold everything where it is, and go on from there. @param {boolean} on */
    setPaused(on) {
      isPaused = on;
      if (on) context?.suspend().catch(() => {});
      else open();
    },

    /** Where the visitor is. @param {string} phase @param {number} [progress] of the walk-in */
    setPlace(phase, progress = 0) {
      mix = score.roomMix(phase, progress);
      desk?.place(mix);
    },

    /** @param {boolean} on */
    power(on) {
      silenceTube();
      const started = sound("machine", on ? score.powerOn(region) : score.powerOff(region));
      if (on) tube = started;
      say(on ? "switch clicks, the picture tube thumps" : "switch clicks, the tube crackles out");
    },

    key() {
      sound("machine", score.keyClick(keys++));
    },

    /** @param {number} seconds */
    drive(seconds) {
      sound("machine", score.drive(seconds));
      say("disk drive chatters");
    },

    /** @param {number} seconds */
    dialTone: (seconds) => void dial(score.dialTone(region, seconds), "dial tone"),

    /** @param {string} digits @returns {number} its length in seconds */
    dtmf: (digits) => dial(score.dtmf(digits), `dials ${digits}`),

    ring: () => void dial(score.ring(region), "ringing"),

    busy: () => void dial(score.busy(region), "busy signal"),

    /** @param {{ baud: number, payload: string }} options @returns {number} its length in seconds */
    handshake: (options) => dial(score.handshake(options), "modems sing to each other"),

    /** The open line. @param {boolean} on */
    carrier: (on) => void dial(on ? score.openLine() : []),

    hangup: () => void dial(score.hangUp(), "line hangs up"),

    bell() {
      sound("machine", score.bell());
      say("bell");
    },

    dispose() {
      clearTimeout(birdTimer);
      desk?.dispose();
      desk = null;
      context?.close().catch(() => {});
    },
  };
}

/** @param {import("../storage.js").Store | null} storage */
function remembered(storage) {
  try {
    return storage?.getItem(STORAGE_KEY) === "1";
  } catch {
    return false;
  }
}
