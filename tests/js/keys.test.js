import assert from "node:assert/strict";
import { test } from "node:test";

import { ownerOf } from "../../site_src/runtime/keys.js";

/** @typedef {import("../../site_src/runtime/keys.js").Where} Where */

/** @type {[string, string, Partial<Where>, import("../../site_src/runtime/keys.js").Owner][]} */
const KEYS = [
  ["any key at the poster", "a", {}, "start"],
  ["an input method's key at the poster", "Process", {}, "start"],
  ["Escape at the poster", "Escape", {}, "browser"],
  ["Tab", "Tab", {}, "browser"],
  ["a function key", "F5", { phase: "bbs" }, "browser"],
  ["F2 wherever one is", "F2", { inView: false }, "hud"],
  ["a key below the room", "PageDown", { inView: false }, "browser"],
  ["Escape below the room", "Escape", { inView: false, phase: "bbs" }, "browser"],
  ["a key in the plain news", " ", { focus: "news" }, "browser"],
  ["Return on a link of the screen", "Enter", { phase: "bbs", focus: "control" }, "browser"],
  ["a letter on a link of the screen", "m", { phase: "bbs", focus: "control" }, "computer"],
  ["a letter in the field", "m", { phase: "bbs", focus: "field" }, "browser"],
  ["a dead key in the field", "Dead", { phase: "bbs", focus: "field" }, "browser"],
  ["a dead key anywhere else", "Dead", { phase: "bbs" }, "computer"],
  ["Escape in the field", "Escape", { phase: "bbs", focus: "field" }, "computer"],
  ["Escape in a pause", "Escape", { phase: "bbs", paused: true }, "pause"],
  ["a letter in a pause", "m", { phase: "bbs", paused: true }, "browser"],
  ["Escape on the walk", "Escape", { phase: "walkin" }, "walk"],
  ["Space on the walk", " ", { phase: "walkin" }, "walk"],
  ["a key in the chair", "a", { phase: "ambient" }, "chair"],
  ["Escape in the chair", "Escape", { phase: "ambient" }, "browser"],
  ["a key at a computer that is off", "a", { phase: "off" }, "computer"],
];

for (const [what, key, where, owner] of KEYS) {
  test(`${what} is for: ${owner}`, () => {
    const at = { phase: "idle", paused: false, inView: true, focus: "page", ...where };
    assert.equal(ownerOf({ key }, /** @type {Where} */ (at)), owner);
  });
}

test("a shortcut and what is being composed stay the browser's", () => {
  /** @type {Where} */
  const at = { phase: "bbs", paused: false, inView: true, focus: "page" };
  assert.equal(ownerOf({ key: "r", ctrlKey: true }, at), "browser");
  assert.equal(ownerOf({ key: "F2", altKey: true }, at), "browser");
  assert.equal(ownerOf({ key: "a", isComposing: true }, at), "browser");
});
