/**
 * The mixing desk: the room's own sound, and the ways in for the machine and its telephone line.
 */

import { noiseSource, play } from "./player.js";
import { birdsong, chance } from "./score.js";

/** @typedef {import("./score.js").RoomMix} RoomMix */

const MASTER_GAIN = 1.6;
const GLIDE_S = 0.7;
const LINE_BAND_HZ = [300, 3400];
const MACHINE_PAN = -0.12;

/**
 * Nodes on `context`, sounding as soon as it runs.
 *
 * @param {BaseAudioContext} context
 * @param {{ mains_hz: number }} region
 */
export function createDesk(context, { mains_hz }) {
  const master = context.createGain();
  master.gain.value = MASTER_GAIN;
  master.connect(context.destination);

  const machine = panned(MACHINE_PAN, master);
  // A telephone line passes the voice's band and nothing else.
  const line = filtered("highpass", LINE_BAND_HZ[0]);
  line.connect(filtered("lowpass", LINE_BAND_HZ[1])).connect(machine);

  const window_ = panned(0, master);
  const garden = gain(0, window_);
  const breeze = gain(0, window_);
  const breath = filtered("lowpass", 500);
  const wind = noiseSource(context);
  wind.connect(breath).connect(breeze);
  // Two slow waves that never meet twice: gusts.
  const gusts = [0.071, 0.113].map((hz) => osc(hz, gain(0, breeze.gain)));
  const hum = gain(0, machine);
  const hums = [mains_hz, 2 * mains_hz, 4 * mains_hz].map((hz, i) =>
    osc(hz, gain(1 / (i + 1), hum)),
  );
  wind.start();

  /** @param {number} value @param {AudioNode | AudioParam} to */
  function gain(value, to) {
    const node = context.createGain();
    node.gain.value = value;
    node.connect(/** @type {AudioNode} */ (to));
    return node;
  }

  /** @param {number} pan @param {AudioNode} to */
  function panned(pan, to) {
    const node = context.createStereoPanner();
    node.pan.value = pan;
    node.connect(to);
    return node;
  }

  /** @param {BiquadFilterType} type @param {number} hz */
  function filtered(type, hz) {
    const node = context.createBiquadFilter();
    node.type = type;
    node.frequency.value = hz;
    return node;
  }

  /** @param {number} hz @param {GainNode} to */
  function osc(hz, to) {
    const node = context.createOscillator();
    node.frequency.value = hz;
    node.connect(to);
    node.start();
    return { node, depth: to.gain };
  }

  return {
    machine,
    line,

    /** Move to where `mix` is heard. @param {RoomMix} mix @param {number} [glide_s] */
    place(mix, glide_s = GLIDE_S) {
      const now_s = context.currentTime;
      const to = (/** @type {AudioParam} */ param, /** @type {number} */ value) =>
        param.setTargetAtTime(value, now_s, glide_s);
      to(breeze.gain, mix.breeze);
      for (const { depth } of gusts) to(depth, mix.breeze * 0.35);
      to(garden.gain, mix.birds);
      to(hum.gain, mix.hum);
      to(window_.pan, mix.pan);
      to(breath.frequency, mix.cutoff_hz);
    },

    /** A bird sings; returns the seconds until one might again. @param {number} seed @param {number} time_s */
    bird(seed, time_s) {
      play(context, garden, birdsong(seed), time_s);
      return 2.5 + 7 * chance(seed + 0.5)();
    },

    /** @param {boolean} on */
    mute(on) {
      master.gain.setTargetAtTime(on ? 0 : MASTER_GAIN, context.currentTime, 0.02);
    },

    dispose() {
      for (const { node } of [...gusts, ...hums]) node.stop();
      wind.stop();
      master.disconnect();
    },
  };
}
