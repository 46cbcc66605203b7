import assert from "node:assert/strict";
import { test } from "node:test";

import { openStorage } from "../../site_src/runtime/storage.js";
import { readPreferences, rememberSeat } from "../../site_src/runtime/preferences.js";

/** @returns {never} */
function refuse() {
  throw new DOMException("no room", "QuotaExceededError");
}

/** @param {import("../../site_src/runtime/storage.js").Store} storage */
function forgets(storage) {
  assert.equal(storage.setItem("key", "value"), undefined);
  assert.equal(storage.getItem("key"), null);
  assert.equal(storage.removeItem("key"), undefined);
  rememberSeat(storage);
  const browser = { matchMedia: () => ({ matches: false }), navigator: {} };
  assert.equal(readPreferences(browser, storage).returning, false);
}

test("storage keeps and drops what it is given", () => {
  const kept = new Map();
  const storage = openStorage(() => ({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }));
  storage.setItem("key", "value");
  assert.equal(storage.getItem("key"), "value");
  storage.removeItem("key");
  assert.equal(storage.getItem("key"), null);
});

test("a storage that refuses everything forgets, and never throws", () => {
  forgets(openStorage(() => ({ getItem: refuse, setItem: refuse, removeItem: refuse })));
});

test("a full storage still reads", () => {
  const storage = openStorage(() => ({ getItem: () => "old", setItem: refuse, removeItem() {} }));
  storage.setItem("key", "new");
  assert.equal(storage.getItem("key"), "old");
});

test("a storage that is closed or missing forgets, and never throws", () => {
  forgets(openStorage(refuse));
  forgets(openStorage(() => /** @type {any} */ (null)));
});
