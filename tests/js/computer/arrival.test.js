import assert from "node:assert/strict";
import { test } from "node:test";

import { createArrival } from "../../../site_src/runtime/computer/arrival.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * An arrival over a line that fails its first `failures` times.
 * @param {number} failures
 * @param {(parcel: string) => { parcel: string } | null} [accept]
 */
function line(failures, accept = (parcel) => ({ parcel })) {
  /** @type {number[]} */
  const tries = [];
  /** @type {unknown[]} */
  const lost = [];
  const arrival = createArrival({
    async fetch(tried) {
      tries.push(tried);
      if (tries.length <= failures) throw new TypeError("offline");
      return "machine";
    },
    accept,
    lose: (error) => lost.push(error),
  });
  return { arrival, tries, lost };
}

test("what is asked for meanwhile is done when it is here, in order", async () => {
  const { arrival, tries } = line(0);
  /** @type {unknown[]} */
  const done = [];
  arrival.when(() => done.push(1));
  arrival.when(({ parcel }) => done.push(parcel));
  arrival.request();
  assert.equal(arrival.isComing, true);
  await turn();
  assert.deepEqual(done, [1, "machine"]);
  arrival.when(() => done.push(3));
  arrival.request();
  assert.deepEqual(done, [1, "machine", 3]);
  assert.deepEqual(tries, [0]);
});

test("after a failure the next request tries again, and nothing is forgotten", async () => {
  const { arrival, tries, lost } = line(2);
  /** @type {unknown[]} */
  const done = [];
  arrival.when(() => done.push("on"));
  await turn();
  assert.equal(arrival.isComing, false);
  arrival.request();
  await turn();
  arrival.request();
  await turn();
  assert.deepEqual([done, tries, lost], [["on"], [0, 1, 2], []]);
});

test("the last failure is told once, and nothing more is tried", async () => {
  const { arrival, tries, lost } = line(Infinity);
  for (let i = 0; i < 20; i++) {
    arrival.when(() => assert.fail("there is nothing"));
    await turn();
  }
  assert.equal(tries.length, 6);
  assert.equal(lost.length, 1);
});

test("what came and does not work is lost at once", async () => {
  const { arrival, tries, lost } = line(0, () => {
    throw new Error("no screen");
  });
  arrival.request();
  await turn();
  arrival.request();
  await turn();
  assert.deepEqual([tries.length, lost.length, arrival.thing], [1, 1, null]);
});

test("what is no longer wanted is dropped without a word", async () => {
  const { arrival, lost } = line(0, () => null);
  arrival.when(() => assert.fail("not wanted"));
  await turn();
  assert.deepEqual([arrival.thing, lost], [null, []]);
});
