import assert from "node:assert/strict";
import { test } from "node:test";

import {
  formatRoute,
  hrefOf,
  isPlace,
  parseRoute,
  route,
} from "../../../site_src/runtime/computer/routes.js";

for (const hash of [
  "#stories",
  "#stories-2",
  "#story-3",
  "#story-bdp6icrc3d",
  "#area-1",
  "#areas",
  "#days",
  "#day-20260711",
  "#menu",
  "#bulletin",
  "#callers",
  "#search",
  "#search-two%20words",
  "#speed",
  "#bye",
]) {
  test(`${hash} is a place and the way back to it`, () =>
    assert.equal(formatRoute(parseRoute(hash)), hash));
}

for (const hash of [
  "",
  "#",
  "#nowhere",
  "#story-",
  "#story-0",
  "#story-abc",
  "#story-0dp6icrc3d",
  "#story-bdp6icrc3d4",
  "#story-BDP6ICRC3D",
  "#area",
  "#day",
  "#day-123456",
  "#story-99999",
  "#__proto__",
  "#constructor-1",
]) {
  test(`${hash || "no fragment"} leads to the stories`, () =>
    assert.deepEqual(parseRoute(hash), route("stories")));
}

test("a broken escape in a search is searched for as it stands", () => {
  assert.equal(parseRoute("#search-100%").query, "100%");
});

test("an address keeps what else the query says", () => {
  assert.equal(hrefOf(route("story", 3), ""), "?at=bbs#story-3");
  assert.equal(hrefOf(route("story", 3), "?at=boot&mute"), "?at=bbs&mute#story-3");
  assert.equal(hrefOf(route("menu"), "?mute&at"), "?at=bbs&mute#menu");
});

test("other parts of the page are no place on the board", () => {
  assert.deepEqual(["", "#story-3", "#news", "#start", "#story-x"].map(isPlace), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
