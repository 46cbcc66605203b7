/**
 * One visit: from the poster through the door to the chair, and on to the computer.
 *
 * Holds what the buttons, keys and the address can ask for; the picture, the computer and the sound
 * do the work. A clip that the browser refuses is passed over: the still stays, the computer works.
 */

import { seated, skipTarget } from "./phases.js";

/** @typedef {import("./phases.js").Phase} Phase */

/** A breath in the chair before the machine is switched on. */
const SETTLE_MS = 1400;
const SOUND_STEP_FRAMES = 4;

/**
 * @typedef {object} VisitOptions
 * @property {ReturnType<typeof import("./picture.js").createPicture>} picture
 * @property {() => ReturnType<typeof import("./computer/index.js").createComputer>} computer the one that is on the desk now
 * @property {ReturnType<typeof import("./sound/index.js").createSound>} sound
 * @property {number} walk_frames length of the walk-in
 * @property {boolean} still reduced motion: no clip plays, the chair's first frame stands
 * @property {() => void} showStill put the seated still where the clip would be
 * @property {(phase: Phase) => void} onPhase
 * @property {(paused: boolean) => void} onPause
 */

/** @param {VisitOptions} options */
export function createVisit({
  picture,
  computer,
  sound,
  walk_frames,
  still,
  showStill,
  onPhase,
  onPause,
}) {
  /** @type {Phase} */
  let phase = "idle";
  let paused = false;
  let timer = 0;

  /** @param {Phase} next */
  function enter(next) {
    if (next === phase) return;
    phase = next;
    sound.setPlace(phase, seated(phase) ? 1 : 0);
    onPhase(phase);
  }

  async function walkIn() {
    clearTimeout(timer);
    resume();
    if (still) return sit();
    enter("walkin");
    await picture.walkIn().catch(() => sit());
  }

  /** Take the chair now, whatever was on show. */
  async function sit() {
    arrive();
    if (still) return showStill();
    await picture.sit().catch(showStill);
  }

  function arrive() {
    enter("ambient");
    clearTimeout(timer);
    timer = setTimeout(powerOn, SETTLE_MS);
  }

  function powerOn() {
    clearTimeout(timer);
    if (phase === "ambient") computer().powerOn();
  }

  /** @param {"boot" | "dial" | "bbs" | "off"} next */
  function land(next) {
    clearTimeout(timer);
    computer().land(next);
  }

  function resume() {
    if (!paused) return;
    paused = false;
    computer().resume();
    onPause(paused);
    if (phase === "ambient") arrive();
  }

  return {
    get phase() {
      return phase;
    },

    get paused() {
      return paused;
    },

    /** The one gesture. */
    async start() {
      if (phase === "idle") await walkIn();
    },

    /**
     * Straight to a phase, as `?at=` asks.
     *
     * @param {Phase} wish
     */
    async jump(wish) {
      if (wish === "idle") return;
      if (wish === "walkin") return walkIn();
      await sit();
      if (wish === "boot") powerOn();
      else if (wish !== "ambient") land(wish);
    },

    /**
     * One more picture of the walk: the room's sound follows.
     *
     * @param {import("./picture.js").Frame} frame
     */
    walked({ walkin }) {
      if (phase === "walkin" && walkin !== null && walkin % SOUND_STEP_FRAMES === 0) {
        sound.setPlace(phase, walkin / walk_frames);
      }
    },

    /** The crossfade is over. */
    arrived() {
      if (phase === "walkin") arrive();
    },

    /** The computer says where it is. @param {Phase} next */
    report(next) {
      enter(next);
    },

    async skip() {
      const target = skipTarget(phase);
      resume();
      if (target === "ambient") await sit();
      else if (target === "bbs") land("bbs");
    },

    async replay() {
      if (seated(phase)) computer().land("off");
      await walkIn();
    },

    togglePause() {
      if (phase === "idle") return;
      if (paused) {
        if (!still) picture.resume().catch(showStill);
        resume();
        return;
      }
      paused = true;
      clearTimeout(timer);
      picture.pause();
      computer().pause();
      onPause(paused);
    },

    powerOn,

    dispose() {
      clearTimeout(timer);
      computer().dispose();
      picture.dispose();
      sound.dispose();
    },
  };
}
