import assert from "node:assert/strict";
import { test } from "node:test";

import { codeOf, isShortcut } from "../../../site_src/runtime/computer/keyboard.js";

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
  assert.equal(isShortcut({ key: "Dead", altKey: true }), false);
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

for (const [
  what,
  press,
] of /** @type {[string, import("../../../site_src/runtime/computer/keyboard.js").Press][]} */ ([
  ["Option and L on a German Mac", { key: "@", altKey: true }],
  ["Ctrl and Alt where nobody says AltGraph", { key: "€", ctrlKey: true, altKey: true }],
  ["a sign past the first plane", { key: "🮋", altKey: true }],
])) {
  test(`${what} writes`, () => assert.equal(codeOf(press), press.key));
}

for (const [
  what,
  press,
] of /** @type {[string, import("../../../site_src/runtime/computer/keyboard.js").Press][]} */ ([
  ["Ctrl and a sign", { key: "+", ctrlKey: true }],
  ["Alt and a letter", { key: "f", altKey: true }],
  ["Alt and a digit", { key: "1", altKey: true }],
  ["Alt and an arrow", { key: "ArrowLeft", altKey: true }],
  ["Alt and F4", { key: "F4", altKey: true }],
  ["Ctrl, Alt and a letter", { key: "T", ctrlKey: true, altKey: true }],
  ["Meta and Alt", { key: "@", metaKey: true, altKey: true }],
])) {
  test(`${what} stays a shortcut`, () => {
    assert.equal(isShortcut(press), true);
    assert.equal(codeOf(press), null);
  });
}

test("shifted Home is CLR", () => assert.equal(codeOf({ key: "Home", shiftKey: true }), "\x93"));
