import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { back, byKey, byLine } from "../../../site_src/runtime/computer/bbs/choices.js";
import { pageOf } from "../../../site_src/runtime/computer/bbs/pages.js";
import { welcomePage } from "../../../site_src/runtime/computer/bbs/rooms.js";
import { cut, width, wrap } from "../../../site_src/runtime/computer/bbs/paper.js";
import { cells } from "../../../site_src/runtime/computer/transliterate.js";
import { readNews, withArchive } from "../../../site_src/runtime/computer/news.js";
import { PALETTE } from "../../../site_src/runtime/computer/glow.js";
import { parseRoute, route } from "../../../site_src/runtime/computer/routes.js";
import { COLUMNS, ROWS, Screen } from "../../../site_src/runtime/computer/screen.js";

const TEXT = new URL("../../../site_src/text/", import.meta.url);
const text = Object.fromEntries(
  readdirSync(TEXT).map((name) => [name, readFileSync(new URL(name, TEXT), "utf8")]),
);
const PAGES = [
  "#stories",
  "#stories-2",
  "#menu",
  "#areas",
  "#area-1",
  "#days",
  "#day-20260705",
  "#day-20260704",
  "#story-24",
  "#bulletin",
  "#callers",
  "#search",
  "#search-story",
  "#search-zzz",
  "#speed",
  "#bye",
  "#story-1",
  "#story-2",
  "#story-3",
];

const LONG = `${"Sentence with some words in it. ".repeat(60)}\n\nEnd.`;
const STORIES = [
  {
    title: "A story about a curtain that moved while nobody at all was looking at it, twice",
    content_text: LONG,
    url: "https://example.org/1",
    tags: ["ai"],
  },
  {
    title: "\x93\x05\ue001{clr}<script>alert(1)</script>",
    content_text: "\x12\x1c\ue002",
    url: "javascript:alert(1)",
    tags: ["ai"],
  },
  {
    title: `${"W".repeat(200)} ${"語".repeat(90)}`,
    content_text: "語".repeat(900),
    url: `https://${"a".repeat(60)}.example/`,
    tags: ["t".repeat(99)],
  },
  ...Array.from({ length: 20 }, (_, index) => ({
    title: `Story ${index + 4}`,
    content_text: "Short.",
    url: `https://example.org/${index + 4}`,
  })),
].map((item, index) => ({
  ...item,
  date_published: new Date(Date.UTC(2026, 6, 12) - index * 3_600_000).toISOString(),
  _breathe: { feed_title: index % 2 ? "Wire" : "Workbench of the very long name" },
}));

/** Nine stories of one earlier day and one of the day before. */
const ARCHIVE = Array.from({ length: 10 }, (_, index) => ({
  title: index === 1 ? "\x93\x05{clr}<b>Steered?" : `Old story ${index + 1}`,
  content_text: LONG,
  url: `https://example.org/old/${index + 1}`,
  date_published: new Date(2026, 6, index === 9 ? 4 : 5, 12).toISOString(),
  _breathe: { feed_title: "Wire" },
}));

/** @returns {import("../../../site_src/runtime/computer/bbs/board.js").Board} */
function board(change = {}) {
  return {
    news: withArchive(readNews({ items: STORIES }), readNews({ items: ARCHIVE }).stories),
    archive: true,
    text,
    name: "THE BREATHING ROOM",
    baud: 2400,
    now_ms: Date.UTC(2026, 6, 12, 12),
    online_ms: 65_000,
    calls: 3,
    lastCall_ms: Date.UTC(2026, 6, 11, 22),
    offline: false,
    search: "",
    sheet: 0,
    from: route("stories"),
    ...change,
  };
}

/**
 * What is on the screen after a page has been sent to a used one.
 * @param {import("../../../site_src/runtime/computer/bbs/paper.js").Page} page
 */
function shown(page) {
  const screen = new Screen();
  screen.write("\x12OLD".repeat(400));
  screen.resetPen();
  screen.write(cells(page.text));
  return screen;
}

for (const hash of PAGES) {
  test(`${hash} fills one screen, never scrolls it, and ends at its prompt`, () => {
    for (const sheet of [0, 1, 9]) {
      const page = pageOf(parseRoute(hash), board({ sheet }));
      const screen = shown(page);
      assert.equal(screen.reversed[0], 1, "the bar is still in the first row");
      assert.ok(hash === "#bye" || screen.row === ROWS - 1);
      assert.ok(screen.lines().every((line) => width(line) <= COLUMNS));
      assert.ok(!screen.lines().join("").includes("OLD"));
    }
  });
  test(`every link of ${hash} goes somewhere safe and has a name`, () => {
    for (const { href, label } of pageOf(parseRoute(hash), board()).links) {
      assert.match(href, /^(\?at=bbs#[a-z]|https?:|mailto:)/);
      assert.ok(label.trim());
    }
  });
  test(`a screen reader hears ${hash} in clean words`, () => {
    const { spoken } = pageOf(parseRoute(hash), board());
    assert.ok(spoken.length > 0);
    // eslint-disable-next-line no-control-regex
    assert.ok(spoken.every((words) => !/[\x00-\x09\x0b-\x1f\x80-\x9f\ue000-\uf8ff]/.test(words)));
  });
}

test("the welcome fits on the screen and says how old the news is", () => {
  const screen = shown(welcomePage(board()));
  assert.match(screen.lines().join("\n"), /NEWS OF 12 H AGO/);
  assert.equal(screen.lines()[0], "");
});

test("the list numbers the stories, links both rows of each, and marks what is new", () => {
  const screen = shown(pageOf(route("stories"), board()));
  assert.match(screen.lines()[2], /^ {2}1•A story about a curtain/);
  assert.deepEqual([...new Set(screen.links.slice(2 * COLUMNS, 4 * COLUMNS))].filter(Boolean), [1]);
  assert.match(screen.lines()[11], /^ {2}4 Story 4/);
});

test("a story shows a real link to where it came from, on each of its sheets", () => {
  for (const sheet of [0, 1, 2]) {
    const page = pageOf(route("story", 1), board({ sheet }));
    assert.equal(page.links[0].href, "https://example.org/1");
    assert.match(shown(page).lines().join("\n"), /→ Read it at example\.org/);
  }
});

test("the key row has a key for the next sheet while there is one", () => {
  const { sheets } = pageOf(route("story", 1), board());
  const caps = (/** @type {number} */ sheet) => pageOf(route("story", 1), board({ sheet })).keys;
  assert.deepEqual(caps(0)[0], { cap: "More", code: "\r", label: "More" });
  assert.ok(caps(sheets - 1).every(({ cap }) => cap !== "More"));
  assert.ok(pageOf(route("story", 4), board()).keys.every(({ cap }) => cap !== "More"));
});

test("one of a kind is spoken of as one", () => {
  const single = board({ news: readNews({ items: STORIES.slice(3, 4) }) });
  assert.ok(pageOf(route("menu"), single).spoken.includes("A: Areas. only one"));
  assert.ok(pageOf(route("menu"), board()).spoken.includes("A: Areas. 3 of them"));
  const goodbye = (/** @type {number} */ online_ms) =>
    pageOf(route("bye"), board({ online_ms })).spoken.at(-1);
  assert.equal(goodbye(20_000), "Time online: 1 minute. Goodbye.");
  assert.equal(goodbye(120_000), "Time online: 2 minutes. Goodbye.");
});

test("a story without a safe address has no link out", () => {
  const { links } = pageOf(route("story", 2), board());
  assert.ok(links.every(({ href }) => href.startsWith("?at=bbs#")));
});

test("nothing is lost between the sheets of a long story", () => {
  const { sheets } = pageOf(route("story", 1), board());
  let read = "";
  for (let sheet = 0; sheet < sheets; sheet++) {
    read += ` ${shown(pageOf(route("story", 1), board({ sheet })))
      .lines()
      .slice(2, 21)
      .join(" ")}`;
  }
  const words = read.replace(/\s+/g, " ");
  assert.equal(words.match(/Sentence/g)?.length, 60);
  assert.match(words, /End\./);
});

test("a search in the address cannot steer the screen", () => {
  const screen = shown(pageOf(parseRoute("#search-%C2%93%05%EE%80%81x"), board()));
  assert.match(screen.lines()[0], /^ "X"/);
});

test("a story that is not there leads to the list", () => {
  assert.match(shown(pageOf(route("story", 999), board())).lines()[0], /STORIES 1-7\/23/);
});

test("without any news the board says so", () => {
  const empty = board({ news: readNews(null) });
  for (const hash of PAGES) assert.ok(pageOf(parseRoute(hash), empty).text);
  assert.match(shown(pageOf(route("stories"), empty)).lines()[2], /No news/);
});

/** @typedef {import("../../../site_src/runtime/computer/bbs/choices.js").Choice} Choice */
/** @type {[string, string, string, Choice | null][]} */
const CHOICES = [
  ["a number opens its story", "#stories", "3", { go: route("story", 3) }],
  ["a number past the end is refused", "#stories", "99", { sorry: "No such story." }],
  ["zero is refused", "#stories", "0", { sorry: "No such story." }],
  ["Return turns the list", "#stories", "", { go: route("stories", 2) }],
  ["Return at the end of the list does nothing", "#stories-4", "", null],
  ["Return turns the sheet of a long story", "#story-1", "", { sheet: 1 }],
  ["Return after a short story goes to the next", "#story-4", "", { go: route("story", 5) }],
  ["Return after the last story goes to the list", "#story-23", "", { go: route("stories") }],
  ["a number opens another story from a story", "#story-1", "2", { go: route("story", 2) }],
  ["a number chooses an area", "#areas", "1", { go: route("area", 1) }],
  ["a number chooses the speed", "#speed", "4", { baud: 9600 }],
  ["words are searched for", "#search", " two words ", { go: route("search", 0, "two words") }],
  ["no words lead back to the menu", "#search", "", { go: route("menu") }],
  ["nonsense is answered", "#menu", "xyzzy", { sorry: "Pardon?" }],
];

for (const [what, hash, line, choice] of CHOICES) {
  test(`line: ${what}`, () => {
    const where = parseRoute(hash);
    assert.deepEqual(byLine(where, line, board(), pageOf(where, board()).sheets), choice);
  });
}

/** @type {[string, string, Choice | null][]} */
const KEYS = [
  ["#stories", "n", { go: route("stories", 2) }],
  ["#stories", "p", { sorry: "The first page." }],
  ["#stories-2", "P", { go: route("stories", 1) }],
  ["#story-1", "n", { go: route("story", 2) }],
  ["#story-1", "p", { sorry: "The first one." }],
  ["#story-1", "o", { open: "https://example.org/1" }],
  ["#story-1", "l", { go: route("stories") }],
  ["#stories", "m", { go: route("menu") }],
  ["#menu", "q", { go: route("bye") }],
  ["#menu", "/", { go: route("search") }],
  ["#search", "m", null],
  ["#stories", "3", null],
  ["#stories", "z", null],
];

for (const [hash, key, choice] of KEYS) {
  test(`key ${key} on ${hash}`, () => {
    const where = parseRoute(hash);
    assert.deepEqual(byKey(where, key, board(), pageOf(where, board()).sheets), choice);
  });
}

test("next and previous stay on the list that the story was opened from", () => {
  const from = route("area", 1);
  assert.deepEqual(byKey(route("story", 1), "n", board({ from }), 1), { go: route("story", 3) });
  assert.deepEqual(byKey(route("story", 2), "n", board({ from }), 1), { go: route("story", 3) });
});

test("Escape leads from story to list to menu and out", () => {
  assert.deepEqual(back(route("story", 3), route("area", 1)), route("area", 1));
  assert.deepEqual(back(route("area", 1), route("area", 1)), route("areas"));
  assert.deepEqual(back(route("areas"), route("stories")), route("menu"));
  assert.equal(back(route("menu"), route("stories")), null);
});

test("earlier days are listed by day, newest first, and typed by number", () => {
  const screen = shown(pageOf(route("days"), board()));
  assert.match(screen.lines()[2], /^ {2}1 {2}Sun 5 Jul 2026 +9 stories/);
  assert.match(screen.lines()[4], /^ {2}2 {2}Sat 4 Jul 2026 +1 story/);
  assert.deepEqual(byLine(route("days"), "2", board(), 1), { go: route("day", 20260704) });
  assert.deepEqual(byLine(route("days"), "3", board(), 1), { sorry: "No such day." });
});

test("sixty earlier days can all be reached, sheet by sheet", () => {
  const from_ms = Date.UTC(2026, 6, 5, 12);
  const news = {
    ...board().news,
    days: Array.from({ length: 60 }, (_, index) => {
      const day = new Date(from_ms - index * 86_400_000);
      return {
        date: (day.getUTCFullYear() * 100 + day.getUTCMonth() + 1) * 100 + day.getUTCDate(),
        stories: [0],
      };
    }),
  };
  const days = route("days");
  /** @type {number[]} */
  const seen = [];
  const { sheets } = pageOf(days, board({ news }));
  for (let sheet = 0; sheet < sheets; sheet++) {
    const here = board({ news, sheet });
    const lines = shown(pageOf(days, here)).lines();
    seen.push(
      ...lines.map((line) => Number(/^ +(\d+) {2}\w{3} \d/.exec(line)?.[1])).filter(Boolean),
    );
    const onward = sheet + 1 < sheets ? { sheet: sheet + 1 } : { sorry: "The last page." };
    assert.deepEqual(byKey(days, "n", here, sheets), onward);
    assert.equal(lines.join("").includes("[N]ext"), sheet + 1 < sheets);
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
  assert.deepEqual(byLine(days, "", board({ news }), sheets), { sheet: 1 });
  assert.deepEqual(byLine(days, "", board({ news, sheet: sheets - 1 }), sheets), {
    go: route("menu"),
  });
});

test("an earlier day lists its own stories, page by page, and today's list none of them", () => {
  const day = route("day", 20260705);
  const first = shown(pageOf(day, board())).lines();
  assert.match(first[0], /SUN 5 JUL 2026 1-7\/9/);
  assert.match(first[2], /^ 24.Old story 1/);
  assert.match(shown(pageOf(day, board({ sheet: 1 }))).lines()[2], /^ 31.Old story 8/);
  const today = shown(pageOf(route("stories", 4), board())).lines();
  assert.match(today[0], /STORIES 22-23\/23/);
  assert.ok(!today.join("").includes("Old story"));
});

test("a story of an earlier day stays on its day, wherever the visitor came from", () => {
  const loose = board({ from: route("stories") });
  assert.deepEqual(byKey(route("story", 24), "n", loose, 1), { go: route("story", 25) });
  assert.deepEqual(byKey(route("story", 24), "p", loose, 1), { sorry: "The first one." });
  assert.deepEqual(byKey(route("story", 23), "n", loose, 1), { sorry: "The last one." });
  assert.deepEqual(byKey(route("story", 32), "n", loose, 1), { sorry: "The last one." });
  assert.deepEqual(back(route("day", 20260705), route("stories")), route("days"));
  assert.deepEqual(back(route("days"), route("stories")), route("menu"));
});

test("a search finds what the archive holds, too", () => {
  const lines = shown(pageOf(route("search", 0, "old story 10"), board())).lines();
  assert.match(lines[2], /^ 33.Old story 10/);
});

test("without an archive there is no way to it, and its addresses lead to the list", () => {
  const bare = board({ archive: false, news: readNews({ items: STORIES }) });
  assert.ok(
    !shown(pageOf(route("menu"), bare))
      .lines()
      .join("")
      .includes("Earlier"),
  );
  assert.ok(
    shown(pageOf(route("menu"), board()))
      .lines()
      .join("")
      .includes("[E]  Earlier days"),
  );
  assert.equal(byKey(route("menu"), "e", bare, 1), null);
  assert.deepEqual(byKey(route("menu"), "e", board(), 1), { go: route("days") });
  for (const hash of ["#days", "#day-20260705", "#story-24"])
    assert.match(shown(pageOf(parseRoute(hash), bare)).lines()[0], /STORIES/);
});

test("text wraps at spaces, breaks what is too long, and cuts with a sign", () => {
  assert.deepEqual(wrap("one two three", 8), ["one two", "three"]);
  assert.deepEqual(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
  assert.deepEqual(wrap("", 8), []);
  assert.deepEqual(wrap("語".repeat(5), 2), ["語語", "語語", "語"]);
  assert.equal(cut("abcdef", 4), "abc…");
  assert.equal(cut("abcd", 4), "abcd");
});

/** WCAG 2.2 relative luminance of "#rrggbb" under CSS `brightness(light)`. */
function luminance(/** @type {string} */ colour, /** @type {number} */ light) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Math.min(1, (Number.parseInt(colour.slice(at, at + 2), 16) / 255) * light);
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const STYLES = readFileSync(new URL("../../../site_src/styles/main.css", import.meta.url), "utf8");

for (const light of [0.72, 1, 1.12]) {
  test(`every colour that the board writes words in reads at 4.5:1 on the blue at light ${light}`, () => {
    const ground = luminance(PALETTE[6], light);
    for (const hash of PAGES) {
      const screen = shown(pageOf(parseRoute(hash), board()));
      screen.glyphs.forEach((glyph, cell) => {
        if (!/[\p{L}\p{N}]/u.test(glyph)) return;
        const ratio = (luminance(PALETTE[screen.colours[cell]], light) + 0.05) / (ground + 0.05);
        assert.ok(
          ratio >= 4.5,
          `${hash}: ${screen.rowText(Math.floor(cell / COLUMNS))}: ${ratio.toFixed(2)}`,
        );
      });
    }
  });
}

test("the style sheet and the painter agree on the sixteen colours", () => {
  const inks = [...STYLES.matchAll(/\.c(\d+) \{ --ink: (#\w+); \}/g)];
  assert.equal(inks.length, 16);
  for (const [, index, ink] of inks) {
    const whole = ink.length === 4 ? ink.replace(/\w/g, "$&$&") : ink;
    assert.equal(whole, PALETTE[Number(index)]);
  }
});

test("in a list the date has columns of its own, on the rows of its story and beside them", () => {
  const lines = shown(pageOf(route("stories"), board())).lines();
  const dates = lines.flatMap((line, row) => {
    const at = line.search(/\d{1,2} [A-Z][a-z]{2}( \d{4})?$|\d\d:\d\d$/);
    return row > 0 && row < 23 && at >= 0 ? [{ row, at }] : [];
  });
  assert.ok(dates.length > 3);
  for (const { row, at } of dates) {
    assert.equal(lines[row].slice(at - 2, at), "  ");
    for (const next of [row - 1, row + 1])
      assert.ok((lines[next] ?? "").length <= at - 2, lines[next]);
  }
});

test("a title and the date below it are not on neighbouring rows", () => {
  const lines = shown(pageOf(route("story", 1), board())).lines();
  const date = lines.findIndex((line) => /^ \d{1,2} [A-Z][a-z]{2} \d{4}, /.test(line));
  assert.ok(date > 2);
  assert.equal(lines[date - 1], "");
});

const plain = (/** @type {string} */ text) =>
  text
    .replace(/[[\]]/g, "")
    .replace(/[^\p{L}\p{N}\s]/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();

test("every link's name has in it what is seen of the link", () => {
  for (const hash of PAGES) {
    const page = pageOf(parseRoute(hash), board());
    const screen = shown(page);
    for (const [index, { label }] of page.links.entries()) {
      const first = screen.links.indexOf(index + 1);
      const end = (Math.floor(first / 40) + 1) * 40;
      const cellsOfIt = screen.glyphs
        .slice(first, end)
        .filter((_, at) => screen.links[first + at] === index + 1);
      for (const part of cellsOfIt.join("").split("…")) // a long name is cut where it is seen
        assert.ok(plain(label).includes(plain(part)), `${label}: ${part}`);
    }
  }
});

test("the menu says today only of news that is today's", () => {
  const at = (/** @type {number} */ days) =>
    pageOf(
      route("menu"),
      board({ now_ms: board().news.fetched_ms + days * 86_400_000 }),
    ).spoken.join();
  assert.match(at(0), /\d+ today/);
  assert.doesNotMatch(at(3), /today/);
});

test("counts of areas stand under each other", () => {
  const lines = shown(pageOf(route("areas"), board())).lines();
  const ends = lines.map((line) => line.search(/ (story|stories)$/)).filter((at) => at >= 0);
  assert.ok(ends.length > 1);
  assert.equal(new Set(ends).size, 1);
});
