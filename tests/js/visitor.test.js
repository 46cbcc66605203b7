import assert from "node:assert/strict";
import { test } from "node:test";

import { readPreferences, rememberSeat } from "../../site_src/runtime/preferences.js";
import { stillSources } from "../../site_src/runtime/stills.js";
import { openStorage } from "../../site_src/runtime/storage.js";

function storage() {
  const kept = new Map();
  return openStorage(() => ({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }));
}

/** @param {{ matching?: string, connection?: { saveData: boolean } }} [asked] */
function browser({ matching = "", connection } = {}) {
  return {
    matchMedia: (/** @type {string} */ query) => ({ matches: query === matching }),
    navigator: { connection },
  };
}

test("a first visitor with a plain browser gets everything", () => {
  assert.deepEqual(readPreferences(browser(), storage()), {
    reducedMotion: false,
    saveData: false,
    returning: false,
  });
});

test("less motion and less data are two wishes", () => {
  const still = browser({ matching: "(prefers-reduced-motion: reduce)" });
  const saving = browser({ matching: "(prefers-reduced-data: reduce)" });
  assert.deepEqual(readPreferences(still, null), {
    reducedMotion: true,
    saveData: false,
    returning: false,
  });
  assert.deepEqual(readPreferences(saving, null), {
    reducedMotion: false,
    saveData: true,
    returning: false,
  });
  assert.equal(readPreferences(browser({ connection: { saveData: true } }), null).saveData, true);
  assert.equal(readPreferences(browser({ connection: { saveData: false } }), null).saveData, false);
});

test("who has sat at the desk knows the way, unless storage is closed to us", () => {
  const kept = storage();
  rememberSeat(kept);
  assert.equal(readPreferences(browser(), kept).returning, true);
  rememberSeat(null);
  assert.equal(readPreferences(browser(), null).returning, false);
});

test("each type of still has one row with all its widths, best type first", () => {
  const still = (/** @type {string} */ type, /** @type {number} */ width) => ({
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
