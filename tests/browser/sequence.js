/**
 * The whole call, rendered offline with the page's own desk, player and score: what the tests
 * measure and the sound file is made of.
 */

import { createDesk } from "./sound/desk.js";
import { play } from "./sound/player.js";
import * as score from "./sound/score.js";

/**
 * @param {typeof OfflineAudioContext} Context
 * @param {{ payload: string, baud: number, region: string, rate_hz?: number, room?: boolean, only?: string[] }} options
 *   `only` these events; all when empty
 */
export async function renderSequence(
  Context,
  { payload, baud, region: name, rate_hz = 48000, room = true, only = [] },
) {
  const region = score.REGIONS[name];
  /** @type {[string, "machine" | "line", import("./sound/score.js").Note[], number][]} */
  const events = [
    ["power", "machine", score.powerOn(region), 2.6],
    [
      "keys",
      "machine",
      Array.from({ length: 9 }, (_, i) =>
        score.keyClick(i).map((note) => ({ ...note, time_s: note.time_s + 0.13 * i })),
      ).flat(),
      1.6,
    ],
    ["drive", "machine", score.drive(3.2), 3.5],
    ["dialTone", "line", score.dialTone(region, 1.2), 1.25],
    ["dtmf", "line", score.dtmf("0123456789*#ABCD"), 2.8],
    ["ring", "line", score.ring(region), 2.4],
    ["handshake", "line", score.handshake({ baud, payload }), 0.4],
    ["openLine", "line", score.openLine(), 0],
    ["bell", "machine", score.bell(), 1.4],
  ];
  const marks = [];
  let at_s = room ? 4 : 0.2;
  for (const [event, way, notes, wait_s] of events) {
    if (only.length && !only.includes(event)) continue;
    const length_s = score.duration_s(notes);
    marks.push({ event, way, notes, at_s, duration_s: length_s });
    at_s += event === "handshake" ? length_s : wait_s;
  }
  const context = new Context(2, Math.ceil((at_s + 0.5) * rate_hz), rate_hz);
  const desk = createDesk(context, region);
  if (room) {
    desk.place(score.roomMix("walkin", 0), 0.01);
    for (const [time_s, phase] of /** @type {[number, string][]} */ ([
      [1.5, "ambient"],
      [4, "boot"],
    ])) {
      context.suspend(time_s).then(() => {
        desk.place(score.roomMix(phase, 1));
        context.resume();
      });
    }
    for (let i = 0; i * 4.2 < at_s; i++) desk.bird(i, 0.6 + i * 4.2);
  }
  for (const { way, notes, at_s } of marks) play(context, desk[way], notes, at_s);
  const audio = await context.startRendering();
  return {
    rate_hz,
    marks: marks.map(({ event, at_s, duration_s, notes }) => ({
      event,
      at_s,
      duration_s,
      notes: notes.map((note) => ({
        ...note,
        bits: undefined,
        duration_s: Math.min(note.duration_s, 1e9),
      })),
    })),
    channels: [0, 1].map((i) => base64(audio.getChannelData(i))),
  };
}

/** @param {Float32Array} samples */
function base64(samples) {
  const bytes = new Uint8Array(samples.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
