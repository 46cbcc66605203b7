/**
 * What sounds when: events to notes, as plain values.
 *
 *     dtmf("5") → [{ kind: "tone", time_s: 0, duration_s: 0.09, hz: [770, 1336], gain: 0.042 }]
 */

import * as modem from "./modem.js";

/**
 * @typedef {object} Note
 * @property {"tone" | "noise" | "keyed" | "scrambled"} kind
 * @property {number} time_s from the event
 * @property {number} duration_s Infinity for what sounds until it is stopped
 * @property {number[]} hz tones: all at once; noise: the filter's middle; keyed: [mark, space];
 *   scrambled: the carrier
 * @property {number} gain peak amplitude of each of `hz`
 * @property {number} [to_hz] tones glide here
 * @property {number} [attack_s] default 0.004
 * @property {boolean} [decay] dies away instead of holding its level
 * @property {number} [q] of the noise's filter
 * @property {number} [baud] keyed, scrambled
 * @property {number[]} [bits] keyed: 1 is mark
 */

/**
 * @typedef {object} Region the tones of a telephone network and its mains
 * @property {number[]} dial
 * @property {number[]} ring
 * @property {number[]} busy
 * @property {number[]} ringOn_s bursts and gaps of one ring
 * @property {number} busy_s on, and off
 * @property {number} line_hz how often a picture tube draws a line
 * @property {number} mains_hz
 */

/** North America: the precise tone plan. Europe: ITU-T E.180. Britain: BT SIN 350.
 * @type {Record<string, Region>} */
export const REGIONS = {
  us: {
    dial: [350, 440],
    ring: [440, 480],
    busy: [480, 620],
    ringOn_s: [2],
    busy_s: 0.5,
    line_hz: 15734,
    mains_hz: 60,
  },
  eu: {
    dial: [425],
    ring: [425],
    busy: [425],
    ringOn_s: [1],
    busy_s: 0.5,
    line_hz: 15625,
    mains_hz: 50,
  },
  uk: {
    dial: [350, 440],
    ring: [400, 450],
    busy: [400],
    ringOn_s: [0.4, 0.2, 0.4],
    busy_s: 0.375,
    line_hz: 15625,
    mains_hz: 50,
  },
};

const DTMF_ROWS_HZ = [697, 770, 852, 941];
const DTMF_COLUMNS_HZ = [1209, 1336, 1477, 1633];
const DTMF_KEYS = "123A456B789C*0#D";
const DIGIT_S = 0.09;
const DIGIT_GAP_S = 0.07;

/** @param {number} time_s @param {number} duration_s @param {number[]} hz @param {number} gain
 *  @param {Partial<Note>} [more] @returns {Note} */
const tone = (time_s, duration_s, hz, gain, more) => ({
  kind: "tone",
  time_s,
  duration_s,
  hz,
  gain,
  ...more,
});

/** @param {number} time_s @param {number} duration_s @param {number} hz @param {number} gain
 *  @param {Partial<Note>} [more] @returns {Note} */
const noise = (time_s, duration_s, hz, gain, more) => ({
  kind: "noise",
  time_s,
  duration_s,
  hz: [hz],
  gain,
  attack_s: 0.001,
  decay: true,
  ...more,
});

/**
 * Numbers in 0..1 that look random and are the same every time (mulberry32, shortened).
 *
 * @param {number} seed
 */
export function chance(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    return ((mixed ^ (mixed >>> 14)) >>> 8) / 0x1000000;
  };
}

/** How long `notes` last, what never ends left out. @param {Note[]} notes */
export const duration_s = (notes) =>
  notes.reduce(
    (end, note) => (note.duration_s < 1e6 ? Math.max(end, note.time_s + note.duration_s) : end),
    0,
  );

/** The switch, the tube's thump, its crackle, and the line whistle that stays. @param {Region} region */
export const powerOn = ({ line_hz, mains_hz }) => [
  noise(0, 0.02, 2600, 0.5, { q: 1.5 }),
  noise(0.04, 0.03, 1500, 0.18, { q: 1.5 }),
  tone(0.09, 0.4, [74], 0.26, { to_hz: 36, decay: true, attack_s: 0.008 }),
  noise(0.09, 0.25, 190, 0.3, { q: 0.7 }),
  tone(0.1, 1.1, [2 * mains_hz], 0.05, { decay: true, attack_s: 0.03 }),
  noise(0.16, 0.9, 6500, 0.05, { q: 0.6, attack_s: 0.05 }),
  tone(0.3, Infinity, [line_hz], 0.0016, { attack_s: 1.2 }),
];

/** @param {Region} region */
export const powerOff = ({ line_hz }) => [
  noise(0, 0.02, 2200, 0.45, { q: 1.5 }),
  tone(0.01, 0.22, [line_hz], 0.0016, { to_hz: 4000, decay: true }),
  tone(0.03, 0.3, [58], 0.2, { to_hz: 30, decay: true, attack_s: 0.006 }),
  noise(0.05, 0.7, 7000, 0.04, { q: 0.6 }),
];

/** One key going down and up; no two sound quite alike. @param {number} count keys so far */
export function keyClick(count) {
  const random = chance(count);
  const hz = 1700 + 900 * random();
  const up_s = 0.055 + 0.03 * random();
  return [
    noise(0, 0.018, hz, 0.16, { q: 1.2 }),
    tone(0, 0.035, [150 + 40 * random()], 0.05, { decay: true, attack_s: 0.002 }),
    noise(up_s, 0.012, hz * 1.35, 0.06, { q: 1.2 }),
  ];
}

/** A disk drive: its motor, and the head that steps, waits and steps. @param {number} seconds */
export function drive(seconds) {
  const random = chance(7);
  /** @type {Note[]} */
  const notes = [
    noise(0, seconds, 240, 0.035, { q: 1.2, decay: false, attack_s: 0.25 }),
    tone(0, seconds, [75], 0.012, { attack_s: 0.3 }),
  ];
  for (let at = 0.18; at < seconds - 0.1; at += 0.14 + 0.4 * random()) {
    const steps = 1 + Math.floor(9 * random() ** 2);
    for (let i = 0; i < steps && at < seconds - 0.1; i++, at += 0.021) {
      notes.push(noise(at, 0.016, 620 + 260 * (i % 2), 0.24, { q: 2.2 }));
      notes.push(tone(at, 0.02, [118], 0.05, { decay: true, attack_s: 0.002 }));
    }
  }
  return notes;
}

/** @param {Region} region @param {number} seconds */
export const dialTone = ({ dial }, seconds) => [tone(0, seconds, dial, 0.1 / (1 + dial.length))];

/** Touch-tone (ITU-T Q.23); a comma waits, anything else is skipped. @param {string} digits */
export function dtmf(digits) {
  /** @type {Note[]} */
  const notes = [];
  let at = 0;
  for (const digit of digits.toUpperCase()) {
    const key = DTMF_KEYS.indexOf(digit);
    if (digit === ",") at += 0.5;
    if (key < 0) continue;
    notes.push(tone(at, DIGIT_S, [DTMF_ROWS_HZ[key >> 2], DTMF_COLUMNS_HZ[key & 3]], 0.042));
    at += DIGIT_S + DIGIT_GAP_S;
  }
  return notes;
}

/** The far end ringing, once. @param {Region} region */
export function ring({ ring, ringOn_s }) {
  let at = 0;
  return ringOn_s.flatMap((length_s, i) => {
    at += length_s;
    return i % 2
      ? []
      : [tone(at - length_s, length_s, ring, 0.1 / (1 + ring.length), { attack_s: 0.02 })];
  });
}

/** @param {Region} region */
export const busy = ({ busy, busy_s }) =>
  [0, 1, 2, 3].map((i) => tone(2 * i * busy_s, busy_s, busy, 0.1 / (1 + busy.length)));

/**
 * Two modems meeting, in the order in which they do: the answer tone (V.25), the answering side's
 * V.21 at a true 300 baud, carrying `payload` byte for byte, then, for faster lines, V.22's
 * unscrambled and scrambled carriers, first one side, then both.
 *
 * @param {{ baud: number, payload: string }} call
 */
export function handshake({ baud, payload }) {
  const bits = modem.v21Bits(modem.payloadBytes(payload));
  const answer_s = 0.4;
  const keyed_s = answer_s + 2.6 + 0.075;
  const bits_s = bits.length / modem.V21_BAUD;
  /** @type {Note[]} */
  const notes = [
    noise(0, 0.015, 1400, 0.16, { q: 1 }),
    tone(answer_s, 2.6, [modem.ANSWER_TONE_HZ], 0.026, { attack_s: 0.02 }),
    {
      kind: "keyed",
      time_s: keyed_s,
      duration_s: bits_s,
      hz: modem.ANSWER_HZ,
      baud: modem.V21_BAUD,
      bits,
      gain: 0.034,
    },
    tone(keyed_s + 0.1, bits_s - 0.1, [modem.CALLER_MARK_HZ], 0.009),
  ];
  let at = keyed_s + bits_s;
  if (baud > 300) {
    // Unscrambled ones at 600 baud on 2400 Hz are the two tones 150 below and 450 above it.
    notes.push(tone(at + 0.075, 0.155, [2250, 2850], 0.016));
    at += 0.23;
    notes.push(scrambled(at, 1.3, 1200, 0.024), scrambled(at + 0.45, 0.85, 2400, 0.024));
    notes.push(tone(at + 0.45, 0.85, [1800], 0.008));
    at += 1.3;
  }
  if (baud > 2400) {
    notes.push(
      scrambled(at + 0.06, 0.5, 1800, 0.028, 1200),
      scrambled(at + 0.6, 0.9, 1800, 0.03, 2400),
    );
    at += 1.5;
  }
  notes.unshift(noise(0, at, 1100, 0.01, { q: 0.5, decay: false, attack_s: 0.01 }));
  return notes;
}

/** @param {number} time_s @param {number} duration_s @param {number} hz @param {number} gain
 *  @param {number} [baud] @returns {Note} */
const scrambled = (time_s, duration_s, hz, gain, baud = 600) => ({
  kind: "scrambled",
  time_s,
  duration_s,
  hz: [hz],
  gain,
  baud,
});

/** The open line while text comes in: barely there. */
export const openLine = () => [
  noise(0, Infinity, 1700, 0.006, { q: 0.8, decay: false, attack_s: 0.4 }),
];

export const hangUp = () => [
  noise(0, 0.02, 1100, 0.3, { q: 1 }),
  noise(0.07, 0.03, 500, 0.2, { q: 1 }),
];

export const bell = () => [tone(0, 0.28, [1046], 0.05, { decay: true, attack_s: 0.002 })];

/** A bird outside, saying a few short things. @param {number} seed */
export function birdsong(seed) {
  const random = chance(seed);
  const base_hz = 2600 + 1500 * random();
  const up = random() < 0.5 ? 1.35 : 0.72;
  const count = 2 + Math.floor(4 * random());
  return Array.from({ length: count }, (_, i) => {
    const hz = base_hz * (0.9 + 0.25 * random());
    return tone(i * (0.13 + 0.05 * random()), 0.07 + 0.06 * random(), [hz], 0.03, {
      to_hz: hz * up,
      decay: true,
      attack_s: 0.02,
    });
  });
}

/**
 * @typedef {object} RoomMix
 * @property {number} breeze amplitudes
 * @property {number} birds
 * @property {number} hum
 * @property {number} pan where the window is: -1 left, 1 right
 * @property {number} cutoff_hz how much of the breeze comes through
 */

/**
 * How the room sounds from where you are. The window is on the right, and to the right of the desk.
 *
 * @param {string} phase as in `<html data-phase>`
 * @param {number} progress of the walk-in, 0 to 1
 * @returns {RoomMix}
 */
export function roomMix(phase, progress) {
  const near = phase === "idle" ? 0 : phase === "walkin" ? Math.min(1, Math.max(0, progress)) : 1;
  const isOn = phase === "boot" || phase === "dial" || phase === "bbs";
  // Sitting at a lit screen, one stops hearing the garden.
  const garden = isOn ? 0.6 : 1;
  return {
    breeze: garden * (0.05 + 0.05 * near),
    birds: garden * (0.5 + 0.5 * near),
    hum: isOn ? 0.011 : 0.004 * near,
    pan: 0.2 + 0.45 * near,
    cutoff_hz: 420 + 480 * near,
  };
}
