import assert from "node:assert/strict";
import { test } from "node:test";

import { createHistory } from "../../../site_src/runtime/pick/history.js";

test("undo and redo walk over what was pushed and stop at both ends", () => {
  const history = createHistory("a");
  history.push("b");
  history.push("c");
  assert.equal(history.undo(), "b");
  assert.equal(history.undo(), "a");
  assert.equal(history.undo(), "a");
  assert.equal(history.canUndo, false);
  assert.equal(history.redo(), "b");
  assert.equal(history.redo(), "c");
  assert.equal(history.redo(), "c");
  assert.equal(history.canRedo, false);
});

test("a new value after undo takes the place of what was undone", () => {
  const history = createHistory(1);
  history.push(2);
  history.undo();
  history.push(3);
  assert.equal(history.canRedo, false);
  assert.equal(history.undo(), 1);
  assert.equal(history.redo(), 3);
});
