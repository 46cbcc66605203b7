import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CODE,
  COLOUR_CODES,
  decodeByte,
  encodeChar,
  isControl,
  linkCode,
  linkOf,
  mnemonics,
} from "../../../site_src/runtime/computer/petscii.js";

test("every byte is one character, in both sets", () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const lower of [false, true])
      assert.equal([...decodeByte(byte, lower)].length, 1, `byte ${byte}`);
  }
});

test("a character goes back to the byte that draws it", () => {
  for (let byte = 0x20; byte < 0x80; byte++)
    assert.equal(decodeByte(encodeChar(decodeByte(byte))), decodeByte(byte));
  assert.equal(encodeChar("a"), 65);
  assert.equal(encodeChar("語"), 63);
});

test("sixteen colours have sixteen codes, and none of them shows", () => {
  assert.equal(new Set(COLOUR_CODES).size, 16);
  assert.ok([...COLOUR_CODES, ...Object.values(CODE)].every(isControl));
});

test("links ride on private codes and nothing else does", () => {
  assert.equal(linkOf(linkCode(7)), 7);
  assert.equal(linkOf("A"), -1);
  assert.ok(isControl(linkCode(0)) && !isControl("é") && !isControl("█"));
});

test("an author's names become codes, unknown ones stay as they stand", () => {
  assert.equal(mnemonics("{white}A{rvs on}B{RVS OFF}{light gray}{clr}"), "\x05A\x12B\x92\x9b\x93");
  assert.equal(mnemonics("{teapot} {constructor}"), "{teapot} {constructor}");
});
