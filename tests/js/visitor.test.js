import assert from "node:assert/strict";
import { test } from "node:test";

import { readHabits, rememberSeat } from "../../site_src/runtime/habits.js";
import { stillSources } from "../../site_src/runtime/stills.js";

function storage() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
}

function view({ matching = "", connection = undefined } = {}) {
  return { matchMedia: (query) => ({ matches: query === matching }), navigator: { connection } };
}

test("a first visitor with a plain browser gets everything", () => {
  assert.deepEqual(readHabits(view(), storage()), {
    calm: false,
    thrifty: false,
    returning: false,
  });
});

test("less motion and less data are two wishes", () => {
  const calm = view({ matching: "(prefers-reduced-motion: reduce)" });
  const thrifty = view({ matching: "(prefers-reduced-data: reduce)" });
  assert.deepEqual(readHabits(calm, null), { calm: true, thrifty: false, returning: false });
  assert.deepEqual(readHabits(thrifty, null), { calm: false, thrifty: true, returning: false });
  assert.equal(readHabits(view({ connection: { saveData: true } }), null).thrifty, true);
  assert.equal(readHabits(view({ connection: { saveData: false } }), null).thrifty, false);
});

test("who has sat at the desk knows the way, unless storage is closed to us", () => {
  const kept = storage();
  rememberSeat(kept);
  assert.equal(readHabits(view(), kept).returning, true);
  rememberSeat(null);
  assert.equal(readHabits(view(), null).returning, false);
});

test("each type of still has one row with all its widths, best type first", () => {
  const still = (type, width) => ({
    src: `${width}.${type}`,
    type: `image/${type}`,
    width,
    height: 9,
  });
  const stills = [still("avif", 640), still("jpeg", 640), still("avif", 1280), still("jpeg", 1280)];
  assert.deepEqual(stillSources(stills), [
    { type: "image/avif", srcset: "640.avif 640w, 1280.avif 1280w" },
    { type: "image/jpeg", srcset: "640.jpeg 640w, 1280.jpeg 1280w" },
  ]);
});
