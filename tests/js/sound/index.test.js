import assert from "node:assert/strict";
import { test } from "node:test";

import { createSound } from "../../../site_src/runtime/sound/index.js";

/** @param {Record<string, string>} [items] */
function memory(items = {}) {
  const kept = new Map(Object.entries(items));
  return /** @type {Storage} */ (
    /** @type {unknown} */ ({
      getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) =>
        void kept.set(key, value),
    })
  );
}

/** @param {ReturnType<typeof createSound>} sound */
function captionsOf(sound) {
  /** @type {string[]} */
  const heard = [];
  sound.captions.addEventListener("caption", (event) => {
    heard.push(/** @type {CustomEvent<{text: string}>} */ (event).detail.text);
  });
  return heard;
}

test("without an AudioContext every sound is silent, lengths and captions stay", () => {
  const sound = createSound();
  const heard = captionsOf(sound);
  sound.unlock();
  sound.setPlace("walkin", 0.5);
  sound.power(true);
  sound.key();
  sound.drive(2);
  sound.dialTone(1);
  assert.ok(sound.dtmf("555-0164") > 1);
  sound.ring();
  assert.ok(sound.handshake({ baud: 2400, payload: "HELLO" }) > 4);
  sound.carrier(true);
  sound.bell();
  sound.carrier(false);
  sound.hangup();
  sound.busy();
  sound.power(false);
  sound.setPaused(true);
  sound.setPaused(false);
  sound.dispose();
  assert.deepEqual(heard, [
    "[switch clicks, the picture tube thumps]",
    "[disk drive chatters]",
    "[dial tone]",
    "[dials 555-0164]",
    "[ringing]",
    "[modems sing to each other]",
    "[bell]",
    "[line hangs up]",
    "[busy signal]",
    "[switch clicks, the tube crackles out]",
  ]);
});

test("a handshake takes as long as its headline is", () => {
  const sound = createSound();
  const length_s = (/** @type {string} */ payload) => sound.handshake({ baud: 300, payload });
  assert.ok(Math.abs(length_s("x".repeat(40)) - length_s("x".repeat(10)) - 1) < 1e-9);
  assert.equal(length_s("x".repeat(500)), length_s("x".repeat(80)));
});

test("the choice to be quiet is remembered", () => {
  const storage = memory();
  createSound({ storage }).setMuted(true);
  assert.equal(createSound({ storage }).muted, true);
  createSound({ storage }).setMuted(false);
  assert.equal(createSound({ storage }).muted, false);
});

test("a page asked to be quiet is, whatever is remembered", () => {
  assert.equal(createSound({ muted: true, storage: memory({ "breathe.muted": "0" }) }).muted, true);
});

test("a pause is no choice to be quiet", () => {
  const storage = memory();
  createSound({ storage }).setPaused(true);
  assert.equal(createSound({ storage }).muted, false);
});

test("a storage that refuses is only a page that forgets", () => {
  const refuse = () => {
    throw new Error("SecurityError");
  };
  const storage = /** @type {Storage} */ (
    /** @type {unknown} */ ({ getItem: refuse, setItem: refuse })
  );
  const sound = createSound({ storage });
  sound.setMuted(true);
  assert.equal(sound.muted, true);
});

test("a browser that gives out no more contexts leaves a silent room", () => {
  const scope = /** @type {Record<string, unknown>} */ (globalThis);
  scope.AudioContext = class {
    constructor() {
      throw new Error("NotSupportedError");
    }
  };
  try {
    const sound = createSound();
    sound.unlock();
    sound.power(true);
    sound.dispose();
  } finally {
    delete scope.AudioContext;
  }
});
