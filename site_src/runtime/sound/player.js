/**
 * Notes to sound: the voices that a WebAudio context plays them with, live or offline.
 */

import { scrambledCarrier } from "./modem.js";
import { chance } from "./score.js";

/** @typedef {import("./score.js").Note} Note */

const RELEASE_S = 0.006;
const NOISE_S = 4;
/** @type {WeakMap<BaseAudioContext, AudioBuffer>} */
const noises = new WeakMap();

/**
 * Schedule `notes` from `start_s` on.
 *
 * @param {BaseAudioContext} context
 * @param {AudioNode} output
 * @param {Note[]} notes
 * @param {number} start_s on the context's clock
 * @returns {{ stop: (time_s: number) => void }} fades out whatever still sounds
 */
export function play(context, output, notes, start_s) {
  const fader = context.createGain();
  fader.connect(output);
  const sources = notes.flatMap((note) => voice(context, fader, note, start_s + note.time_s));
  return {
    stop(time_s) {
      fader.gain.setTargetAtTime(0, time_s, 0.012);
      for (const source of sources) source.stop(time_s + 0.1);
    },
  };
}

/**
 * White noise without end, one copy a context.
 *
 * @param {BaseAudioContext} context
 */
export function noiseSource(context) {
  let buffer = noises.get(context);
  if (!buffer) {
    buffer = context.createBuffer(1, NOISE_S * context.sampleRate, context.sampleRate);
    const random = chance(1);
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < samples.length; i++) samples[i] = 2 * random() - 1;
    noises.set(context, buffer);
  }
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.loop = true;
  return source;
}

/**
 * @param {BaseAudioContext} context
 * @param {AudioNode} output
 * @param {Note} note
 * @param {number} at_s
 * @returns {AudioScheduledSourceNode[]}
 */
function voice(context, output, note, at_s) {
  const envelope = context.createGain();
  const level = envelope.gain;
  const end_s = at_s + note.duration_s;
  const peak_s = at_s + (note.attack_s ?? 0.004);
  level.setValueAtTime(0, at_s);
  level.linearRampToValueAtTime(note.gain, peak_s);
  if (note.decay) level.exponentialRampToValueAtTime(note.gain / 1000, end_s);
  else if (end_s < Infinity) {
    level.setValueAtTime(note.gain, Math.max(peak_s, end_s - RELEASE_S));
    level.linearRampToValueAtTime(0, end_s);
  }
  envelope.connect(output);
  const sources = SOURCES[note.kind](context, envelope, note, at_s);
  if (end_s < Infinity) for (const source of sources) source.stop(end_s);
  sources[0].onended = () => envelope.disconnect();
  return sources;
}

/** @type {Record<Note["kind"], (context: BaseAudioContext, output: AudioNode, note: Note, at_s: number) => AudioScheduledSourceNode[]>} */
const SOURCES = {
  tone: (context, output, { hz, to_hz, duration_s }, at_s) =>
    hz.map((from_hz) => {
      const source = oscillator(context, output, from_hz, at_s);
      if (to_hz) source.frequency.exponentialRampToValueAtTime(to_hz, at_s + duration_s);
      return source;
    }),

  keyed(context, output, { hz: [mark_hz, space_hz], bits = [], baud = 300 }, at_s) {
    const source = oscillator(context, output, mark_hz, at_s);
    bits.forEach((bit, i) => {
      if (bit !== (i ? bits[i - 1] : 1)) {
        source.frequency.setValueAtTime(bit ? mark_hz : space_hz, at_s + i / baud);
      }
    });
    return [source];
  },

  noise(context, output, { hz, q = 1 }, at_s) {
    const source = noiseSource(context);
    const filter = context.createBiquadFilter();
    filter.type = "bandpass";
    filter.frequency.value = hz[0];
    filter.Q.value = q;
    source.connect(filter).connect(output);
    source.start(at_s, (7.3 * at_s) % NOISE_S); // not the same noise every time
    return [source];
  },

  scrambled(context, output, { hz, duration_s, baud }, at_s) {
    const source = context.createBufferSource();
    const samples = scrambledCarrier(hz[0], duration_s, context.sampleRate, baud);
    source.buffer = context.createBuffer(1, samples.length, context.sampleRate);
    source.buffer.copyToChannel(samples, 0);
    source.connect(output);
    source.start(at_s);
    return [source];
  },
};

/** @param {BaseAudioContext} context @param {AudioNode} output @param {number} hz @param {number} at_s */
function oscillator(context, output, hz, at_s) {
  const source = context.createOscillator();
  source.frequency.setValueAtTime(hz, at_s);
  source.connect(output);
  source.start(at_s);
  return source;
}
