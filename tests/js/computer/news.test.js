import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ageText, readNews, safeUrl } from "../../../site_src/runtime/computer/news.js";

const items = (/** @type {unknown[]} */ ...all) => readNews({ items: all }).stories;

for (const url of ["https://example.org/a", "http://example.org/", "mailto:a@example.org"]) {
  test(`${url} may be followed`, () => assert.equal(safeUrl(url), url));
}

for (const url of [
  "javascript:alert(1)",
  " java\nscript:alert(1)",
  "data:text/html,x",
  "file:///etc/passwd",
  "blob:https://x/y",
  "vbscript:x",
  "//example.org",
  "/a",
  "",
  5,
  null,
  undefined,
  {},
  "https://",
]) {
  test(`${JSON.stringify(url)} may not be followed`, () => assert.equal(safeUrl(url), ""));
}

for (const feed of [
  null,
  undefined,
  5,
  "text",
  [],
  {},
  { items: 5 },
  { items: [null, 5, "x", [], {}] },
  { items: [{ title: {} }] },
]) {
  test(`${JSON.stringify(feed)} is no news, and no crash`, () => {
    assert.deepEqual(readNews(feed), {
      stories: [],
      today: 0,
      fetched_ms: 0,
      areas: [],
      days: [],
    });
  });
}

test("a story is transliterated for the screen and kept clean for the ear", () => {
  const [story] = items({
    title: " “Big”\nnews\u202e ",
    content_text: "One.\n\nTwo \u{1f642}\x93",
    url: "https://example.org/1",
    date_published: "2026-07-12T18:00:00Z",
    tags: ["ai", 5, ""],
    _breathe: { feed_title: "The Wire" },
  });
  assert.equal(story.title, '"Big" news');
  assert.equal(story.spoken, "“Big” news");
  assert.deepEqual(story.paragraphs, ["One.", "Two :-)"]);
  assert.equal(story.date_ms, Date.UTC(2026, 6, 12, 18));
  assert.deepEqual([story.source, story.tags], ["The Wire", ["ai"]]);
});

test("markup is the build's to read, and a story without a title borrows its first words", () => {
  const [story, ...none] = items(
    { content_html: "<p>Two", summary: "Hello <b> there!\nTwo &unknown;" },
    { content_html: "<p>Hello" },
  );
  assert.equal(story.title, "Hello <b> there!");
  assert.deepEqual(story.paragraphs, ["Hello <b> there!", "Two &unknown;"]);
  assert.equal(story.url, "");
  assert.deepEqual(none, []);
});

test("an address for good is kept, and an id is a link only in a feed of somebody else's", () => {
  const [ours, theirs] = items(
    { id: "https://example.org/1", title: "A", _breathe: { feed: "a.xml", address: "story-b" } },
    { id: "https://example.org/1", title: "A" },
  );
  assert.deepEqual([ours.url, ours.address], ["", "story-b"]);
  assert.deepEqual([theirs.url, theirs.address], ["https://example.org/1", ""]);
});

test("a story's number, which is its address, is its place among those that the build numbered", () => {
  const root = new URL("../../../", import.meta.url);
  const read = (/** @type {string} */ path) =>
    JSON.parse(readFileSync(new URL(path, root), "utf8"));
  const feed = read(read("assets/baked.lock").stages.news.outputs.news.path);
  assert.ok(feed.items.length > 9);
  const places = readNews(feed).stories.map((story) => story.spoken);
  for (const { title, _breathe } of feed.items) assert.equal(places[_breathe.number - 1], title);
});

test("the age counts from the fetch, or from the newest story", () => {
  const item = { title: "A", date_published: "2026-07-12T18:00:00Z" };
  assert.equal(readNews({ items: [item] }).fetched_ms, Date.UTC(2026, 6, 12, 18));
  const feed = { _breathe: { fetched: "2026-07-13T00:00:00Z" }, items: [item] };
  assert.equal(readNews(feed).fetched_ms, Date.UTC(2026, 6, 13));
  assert.equal(readNews({ items: [{ title: "A", date_published: "soon" }] }).fetched_ms, 0);
});

test("areas are the feeds, then the tags that several stories share", () => {
  const story = (/** @type {string} */ feed_title, /** @type {string[]} */ ...tags) => ({
    title: "x",
    tags,
    _breathe: { feed_title },
  });
  const { areas } = readNews({ items: [story("B", "ai", "one"), story("A", "AI"), story("B")] });
  assert.deepEqual(areas, [
    { name: "B", stories: [0, 2] },
    { name: "A", stories: [1] },
    { name: "AI", stories: [0, 1] },
  ]);
});

for (const [minutes, words] of [
  [-5, "JUST NOW"],
  [0, "JUST NOW"],
  [12, "12 MIN AGO"],
  [59, "59 MIN AGO"],
  [60, "1 H AGO"],
  [47 * 60, "47 H AGO"],
  [49 * 60, "2 DAYS AGO"],
]) {
  test(`news of ${minutes} minutes is "${words}"`, () =>
    assert.equal(ageText(Number(minutes) * 60_000), words));
}
