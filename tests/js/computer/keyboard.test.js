import assert from "node:assert/strict";
import { test } from "node:test";

import { codeOf } from "../../../site_src/runtime/computer/keyboard.js";

const TAKEN = [
  ["a", "a"],
  ["A", "A"],
  ["é", "é"],
  ["£", "£"],
  [" ", " "],
  ["Enter", "\r"],
  ["Backspace", "\x14"],
  ["Escape", "\x03"],
  ["ArrowUp", "\x91"],
  ["ArrowLeft", "\x9d"],
  ["Home", "\x13"],
  ["PageDown", "\x11"],
];

for (const [key, code] of TAKEN) {
  test(`${key} is the computer's`, () => assert.equal(codeOf({ key }), code));
}

for (const key of [
  "Tab",
  "F1",
  "F5",
  "F12",
  "Shift",
  "Control",
  "Alt",
  "Meta",
  "CapsLock",
  "Dead",
  "Process",
  "Unidentified",
  "ContextMenu",
  "End",
]) {
  test(`${key} stays the browser's`, () => assert.equal(codeOf({ key }), null));
}

test("shortcuts stay the browser's", () => {
  for (const held of ["ctrlKey", "altKey", "metaKey"])
    assert.equal(codeOf({ key: "r", [held]: true }), null);
  assert.equal(codeOf({ key: "a", isComposing: true }), null);
});

test("what AltGr writes is text", () => {
  const press = {
    key: "@",
    ctrlKey: true,
    altKey: true,
    getModifierState: (/** @type {string} */ name) => name === "AltGraph",
  };
  assert.equal(codeOf(press), "@");
});

test("shifted Home is CLR", () => assert.equal(codeOf({ key: "Home", shiftKey: true }), "\x93"));
