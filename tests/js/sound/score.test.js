import assert from "node:assert/strict";
import { test } from "node:test";

import * as score from "../../../site_src/runtime/sound/score.js";

const { us, eu, uk } = score.REGIONS;

/** ITU-T Q.23, table 1, written out. @type {Record<string, number[]>} */
const Q23_HZ = {
  1: [697, 1209],
  2: [697, 1336],
  3: [697, 1477],
  A: [697, 1633],
  4: [770, 1209],
  5: [770, 1336],
  6: [770, 1477],
  B: [770, 1633],
  7: [852, 1209],
  8: [852, 1336],
  9: [852, 1477],
  C: [852, 1633],
  "*": [941, 1209],
  0: [941, 1336],
  "#": [941, 1477],
  D: [941, 1633],
};

for (const [key, hz] of Object.entries(Q23_HZ)) {
  test(`key ${key} is ${hz.join(" + ")} Hz`, () => {
    assert.deepEqual(
      score.dtmf(key).map((note) => note.hz),
      [hz],
    );
  });
}

test("digits follow each other with gaps a telephone exchange can tell apart", () => {
  const notes = score.dtmf("555-0164");
  assert.equal(notes.length, 7);
  for (const [i, note] of notes.entries()) {
    assert.ok(note.duration_s >= 0.07, "E.161 asks for 65 ms or so");
    if (i) assert.ok(note.time_s - notes[i - 1].time_s - notes[i - 1].duration_s >= 0.05);
  }
});

test("letters that no telephone has are skipped, and a comma waits", () => {
  assert.deepEqual(
    score.dtmf("Call me (now)!").map((note) => note.hz),
    [Q23_HZ.C, Q23_HZ.A],
  );
  assert.ok(score.dtmf("1,1")[1].time_s > score.dtmf("11")[1].time_s + 0.4);
});

test("each region has its own dial, ringing and busy tones", () => {
  const tones = (/** @type {score.Region} */ region) =>
    [score.dialTone(region, 1), score.ring(region), score.busy(region)].map((notes) => notes[0].hz);
  assert.deepEqual(tones(us), [
    [350, 440],
    [440, 480],
    [480, 620],
  ]);
  assert.deepEqual(tones(eu), [[425], [425], [425]]);
  assert.deepEqual(tones(uk), [[350, 440], [400, 450], [400]]);
  assert.equal(score.ring(uk).length, 2);
});

test("a handshake comes in the order of the standards", () => {
  const notes = score.handshake({ baud: 2400, payload: "HELLO" });
  const start = (/** @type {number} */ hz) => {
    const found = notes.find((note) => note.kind !== "noise" && note.hz[0] === hz);
    assert.ok(found, `${hz} Hz`);
    return found.time_s;
  };
  const order = [2100, 1650, 980, 2250, 1200, 2400].map(start);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  const answer = notes.find((note) => note.hz[0] === 2100);
  assert.ok(answer && answer.duration_s >= 2.6 && answer.duration_s <= 4, "V.25");
});

test("a 300 baud line has V.21 only; a fast one trains longer", () => {
  const kinds = (/** @type {number} */ baud) =>
    score.handshake({ baud, payload: "x" }).filter((note) => note.kind === "scrambled").length;
  assert.equal(kinds(300), 0);
  assert.equal(kinds(2400), 2);
  assert.equal(kinds(14400), 4);
});

test("the payload is on the line bit for bit at 300 a second", () => {
  const keyed = score
    .handshake({ baud: 2400, payload: "AB" })
    .find((note) => note.kind === "keyed");
  assert.ok(keyed?.bits);
  assert.deepEqual(keyed.hz, [1650, 1850]);
  assert.equal(keyed.duration_s, keyed.bits.length / 300);
  assert.equal(keyed.bits.filter((bit) => bit === 0).length, 2 + 6 + 6);
});

test("a length counts what ends and nothing else", () => {
  assert.equal(score.duration_s([]), 0);
  assert.equal(score.duration_s(score.openLine()), 0);
  assert.ok(score.duration_s(score.powerOn(us)) < 3);
});

test("the line whistle is the television's own line frequency", () => {
  const whistle = (/** @type {score.Region} */ region) =>
    score.powerOn(region).find((note) => note.duration_s === Infinity)?.hz[0];
  assert.equal(whistle(us), 15734);
  assert.equal(whistle(eu), 15625);
});

test("nothing that sounds together can clip", () => {
  const events = [
    score.powerOn(us),
    score.powerOff(us),
    score.keyClick(3),
    score.drive(5),
    score.busy(us),
    score.dtmf("0123456789"),
    score.ring(us),
    score.handshake({ baud: 57600, payload: "x".repeat(80) }),
    score.hangUp(),
    score.bell(),
    score.birdsong(4),
  ];
  for (const notes of events) {
    for (const note of notes) {
      assert.ok(note.gain > 0 && note.hz.length * note.gain <= 0.5, JSON.stringify(note.hz));
      assert.ok(note.time_s >= 0 && note.duration_s > (note.attack_s ?? 0.004));
    }
  }
});

test("no two key clicks are alike, and the same click always is", () => {
  assert.notDeepEqual(score.keyClick(1), score.keyClick(2));
  assert.deepEqual(score.keyClick(1), score.keyClick(1));
});

test("a drive is heard for as long as it runs and no longer", () => {
  for (const seconds of [0.3, 1, 6]) {
    assert.ok(score.duration_s(score.drive(seconds)) <= seconds + 1e-9);
  }
});

test("birds differ from each other and stay where birds sing", () => {
  const songs = Array.from({ length: 40 }, (_, seed) => score.birdsong(seed));
  assert.ok(new Set(songs.map((song) => song.length)).size > 2);
  for (const note of songs.flat()) {
    const hz = [note.hz[0], note.to_hz ?? 0];
    assert.ok(Math.min(...hz) > 1500 && Math.max(...hz) < 7000, `${hz}`);
  }
});

test("walking in brings the window closer, more to the right and clearer", () => {
  const steps = [0, 0.25, 0.5, 0.75, 1].map((progress) => score.roomMix("walkin", progress));
  for (const name of /** @type {const} */ (["breeze", "birds", "pan", "cutoff_hz", "hum"])) {
    for (let i = 1; i < steps.length; i++) assert.ok(steps[i][name] > steps[i - 1][name], name);
  }
  assert.ok(steps[0].pan > 0, "the window is on the right");
  assert.deepEqual(score.roomMix("walkin", 7), score.roomMix("walkin", 1));
  assert.deepEqual(score.roomMix("ambient", 0), score.roomMix("walkin", 1));
});

test("at the lit screen the machine hums and the garden steps back", () => {
  const seated = score.roomMix("ambient", 1);
  const reading = score.roomMix("bbs", 1);
  assert.ok(reading.hum > seated.hum);
  assert.ok(reading.breeze < seated.breeze && reading.birds < seated.birds);
  assert.ok(score.roomMix("off", 1).hum < reading.hum);
});
