import assert from "node:assert/strict";
import { test } from "node:test";

import { createClock } from "../../../site_src/runtime/computer/clock.js";

globalThis.window = /** @type {any} */ (globalThis);
globalThis.cancelAnimationFrame = () => {}; // nothing here asks for a frame
const { signal } = new AbortController();
const LONG_MS = 60_000;

/** Whether `promise` has settled by the time that everything due has run. @param {Promise<unknown>} promise */
async function isSettled(promise) {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await new Promise((done) => setImmediate(done));
  return settled;
}

test("a picture of the film wakes who waits to draw, and nobody else", async () => {
  const clock = createClock();
  const stop = new AbortController();
  const drawing = clock.picture(signal);
  const sleeping = clock.sleep(LONG_MS, stop.signal);
  assert.equal(await isSettled(drawing), false);
  clock.onPicture();
  assert.equal(await isSettled(drawing), true);
  assert.equal(await isSettled(sleeping), false);
  stop.abort();
});

test("a film that stands still does not hold up the text", async () => {
  const clock = createClock();
  const began_ms = performance.now();
  assert.ok((await clock.picture(signal)) > began_ms);
});

test("a paused clock draws nothing until it goes on", async () => {
  const clock = createClock();
  const drawing = clock.picture(signal);
  clock.pause();
  clock.onPicture();
  assert.equal(await isSettled(drawing), false);
  clock.resume();
  clock.onPicture();
  assert.equal(await isSettled(drawing), true);
});

test("a pause takes no time", async () => {
  const clock = createClock();
  const before_ms = await clock.picture(signal);
  clock.pause();
  await new Promise((done) => setTimeout(done, 400));
  clock.resume();
  assert.ok((await clock.picture(signal)) - before_ms < 400);
});

test("a key wakes who sleeps, and says so only when somebody slept", async () => {
  const clock = createClock();
  const sleeping = clock.sleep(LONG_MS, signal);
  assert.equal(clock.hurry(), true);
  assert.equal(await isSettled(sleeping), true);
  assert.equal(clock.hurry(), false);
});

test("who waits is told when the program ends", async () => {
  const clock = createClock();
  const stop = new AbortController();
  const waiting = [clock.sleep(LONG_MS, stop.signal), clock.picture(stop.signal)];
  stop.abort(new Error("over"));
  for (const wait of waiting) await assert.rejects(wait, /over/);
});
