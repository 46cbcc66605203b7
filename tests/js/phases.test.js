import assert from "node:assert/strict";
import { test } from "node:test";

import { PHASES, seated, skipTarget, wishedPhase } from "../../site_src/runtime/phases.js";

test("?at names any phase, and nothing else", () => {
  for (const phase of PHASES) assert.equal(wishedPhase(new URLSearchParams({ at: phase })), phase);
  assert.equal(wishedPhase(new URLSearchParams({ at: "roof" })), null);
  assert.equal(wishedPhase(new URLSearchParams()), null);
});

test("skip leads to the chair, from there to the stories, and then nowhere", () => {
  assert.deepEqual(PHASES.map(skipTarget), [
    "ambient",
    "ambient",
    "bbs",
    "bbs",
    "bbs",
    null,
    "bbs",
  ]);
});

test("one is seated from the chair on", () => {
  assert.deepEqual(PHASES.filter(seated), ["ambient", "boot", "dial", "bbs", "off"]);
});
