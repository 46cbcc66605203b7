import assert from "node:assert/strict";
import { test } from "node:test";

import {
  blendQuads,
  frameAt,
  quadFrom,
  readLight,
  readTrack,
} from "../../site_src/runtime/timeline.js";

const clock = { fps: 16, frame_count: 126 };

test("a frame's own timestamp gives that frame, also when rounded to whole milliseconds", () => {
  for (let frame = 0; frame < clock.frame_count; frame += 1) {
    assert.equal(frameAt(frame / 16, clock), frame);
    assert.equal(frameAt(Math.floor((frame * 1000) / 16) / 1000, clock), frame);
  }
});

test("times outside the clip stay on its first and last frame", () => {
  assert.equal(frameAt(-1, clock), 0);
  assert.equal(frameAt(99, clock), 125);
});

const FROM = quadFrom([0, 0, 1, 0, 1, 1, 0, 1]);
const TO = quadFrom([0.5, 0.5, 1.5, 0.5, 1.5, 1.5, 0.5, 1.5]);

test("quads blend with the pictures' weights, corner by corner", () => {
  assert.deepEqual(
    blendQuads(FROM, TO, 0.5),
    quadFrom([0.25, 0.25, 1.25, 0.25, 1.25, 1.25, 0.25, 1.25]),
  );
  assert.equal(blendQuads(FROM, TO, 0), FROM);
  assert.equal(blendQuads(FROM, TO, 1), TO);
});

test("where one of two blending clips has no place for the screen, there is none", () => {
  assert.equal(blendQuads(null, TO, 0.5), null);
  assert.equal(blendQuads(null, TO, 1), TO);
});

test("a track gives one quad a frame, and null where the screen could not be followed", () => {
  const track = readTrack({
    schema: 1,
    fps: 16,
    frame_count: 2,
    corners: [null, [0, 0, 1, 0, 1, 1, 0, 1]],
  });
  assert.deepEqual(track.corners, [null, FROM]);
});

test("rows before the first frame that can be believed are no place for the screen", () => {
  const row = [0, 0, 1, 0, 1, 1, 0, 1];
  const track = readTrack({
    schema: 1,
    fps: 16,
    frame_count: 3,
    reliable_from_frame: 2,
    corners: [row, row, row],
  });
  assert.deepEqual(track.corners, [null, null, FROM]);
});

test("timelines of another schema or length are refused by name", () => {
  assert.throws(
    () => readTrack({ schema: 2, frame_count: 0, corners: [] }),
    /track\.json: got schema 2/,
  );
  assert.throws(() => readTrack(null), /track\.json/);
  const short = { schema: 1, frame_count: 2, brightness: [1, 1], warmth: [0] };
  assert.throws(() => readLight(short), /light\.json: .* 1 rows; expected schema 1 with 2/);
});
