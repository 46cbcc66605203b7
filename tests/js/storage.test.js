import assert from "node:assert/strict";
import { test } from "node:test";

import { openStorage } from "../../site_src/runtime/storage.js";
import { readHabits, rememberSeat } from "../../site_src/runtime/habits.js";

function refuse() {
  throw new DOMException("no room", "QuotaExceededError");
}

function forgets(storage) {
  assert.equal(storage.setItem("key", "value"), undefined);
  assert.equal(storage.getItem("key"), null);
  assert.equal(storage.removeItem("key"), undefined);
  rememberSeat(storage);
  const view = { matchMedia: () => ({ matches: false }), navigator: {} };
  assert.equal(readHabits(view, storage).returning, false);
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
