/**
 * Every page of the board, from its route. Pure: the same board and route give the same page.
 *
 *   pageOf(parseRoute("#story-3"), board).text   // what the modem sends
 */
import { mnemonics } from "../petscii.js";
import { BAUDS } from "../modem.js";
import { ageText, hostOf } from "../news.js";
import { hrefOf, route } from "../routes.js";
import { COLUMNS } from "../screen.js";
import { INK, PEN, Paper, cut, width, wrap } from "./paper.js";

/** @typedef {import("../routes.js").Route} Route */
/** @typedef {import("./paper.js").Page} Page */
/**
 * @typedef {object} Board everything a page may depend on
 * @property {import("../news.js").News} news
 * @property {Record<string, string>} text the author's files
 * @property {string} name
 * @property {number} baud
 * @property {number} now_ms
 * @property {number} online_ms
 * @property {number} calls how often this visitor has called
 * @property {number} lastCall_ms 0 when never
 * @property {boolean} offline the news is the copy that came with the page
 * @property {string} search location.search
 * @property {number} sheet which sheet of a long story or list, from 0
 * @property {Route} from the list that the visitor came from
 */

const STORIES_A_PAGE = 7;
const TITLE_ROOM = 35;

/** The indices of the stories that a list page shows. @param {Route} where @param {Board} board @returns {number[]} */
export function listed(where, board) {
  const { stories, areas } = board.news;
  if (where.page === "area") return areas[where.number - 1]?.stories ?? [];
  const all = stories.map((_, index) => index);
  if (where.page !== "search") return all;
  const words = where.query.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((index) => {
    const { title, paragraphs, source, tags } = stories[index];
    const text = [title, source, ...tags, ...paragraphs].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/**
 * The stories before and after one, on the list that it was opened from; 0 where there is none.
 * @param {number} number of the story @param {Board} board
 */
export function neighbours(number, board) {
  const trail = listed(board.from, board);
  const all = trail.includes(number - 1) ? trail : listed(route("stories"), board);
  const at = all.indexOf(number - 1);
  return { previous: (all[at - 1] ?? -1) + 1, next: (all[at + 1] ?? -1) + 1 };
}

/** @param {Route} where @param {Board} board @returns {Page} */
export function pageOf(where, board) {
  switch (where.page) {
    case "story":
      return board.news.stories[where.number - 1]
        ? storyPage(where, board)
        : storiesPage(route("stories"), board);
    case "area":
      return storiesPage(where, board);
    case "search":
      return where.query ? storiesPage(where, board) : searchPage(board);
    case "areas":
      return areasPage(board);
    case "menu":
      return menuPage(board);
    case "bulletin":
      return textPage(board, "BULLETIN", "bulletin.txt");
    case "callers":
      return callersPage(board);
    case "speed":
      return speedPage(board);
    case "bye":
      return byePage(board);
    default:
      return storiesPage(where, board);
  }
}

/** What the board sends first. @param {Board} board @returns {Page} */
export function welcomePage(board) {
  const paper = new Paper();
  art(paper, board, "welcome.txt");
  paper.spoken.push(`Connected to ${board.name}. ${newsLine(board)}`);
  return paper.page();
}

/** @param {Board} board */
function newsLine({ news, now_ms, offline }) {
  const what = offline ? "COPY" : "NEWS";
  return news.fetched_ms ? `${what} OF ${ageText(now_ms - news.fetched_ms)}` : what;
}

/** @param {Board} board @param {Route} where @returns {string} */
const href = (board, where) => hrefOf(where, board.search);

/** Writes an author's file; {name}, {news}, {calls} and {baud} are filled in. @param {Paper} paper @param {Board} board @param {string} file */
function art(paper, board, file) {
  const filled = (board.text[file] ?? "")
    .replace(/\{name\}/g, board.name)
    .replace(/\{news\}/g, newsLine(board))
    .replace(/\{calls\}/g, String(board.calls))
    .replace(/\{baud\}/g, String(board.baud));
  for (const line of filled.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n")) {
    if (paper.room > 0 && !line.startsWith("#")) paper.row(mnemonics(line));
  }
}

/** @param {Route} where @param {Board} board @returns {Page} */
function storiesPage(where, board) {
  const paper = new Paper();
  const indices = listed(where, board);
  const sheets = Math.max(1, Math.ceil(indices.length / STORIES_A_PAGE));
  const sheet = Math.min(
    sheets - 1,
    where.page === "stories" ? Math.max(0, where.number - 1) : board.sheet,
  );
  const name =
    where.page === "area"
      ? (board.news.areas[where.number - 1]?.name ?? "AREA")
      : where.page === "search"
        ? `"${where.query}"`
        : "STORIES";
  const shown = indices.slice(sheet * STORIES_A_PAGE, (sheet + 1) * STORIES_A_PAGE);
  const first = sheet * STORIES_A_PAGE + 1;
  const range = indices.length ? ` ${first}-${first + shown.length - 1}/${indices.length}` : "";
  paper.bar(name.toUpperCase() + range, newsLine(board));
  paper.spoken.push(`${name}${range}. ${newsLine(board)}.`);
  paper.row();
  if (!shown.length)
    paper.row(` ${where.page === "search" ? "Nothing found." : "No news today. It happens."}`);
  shown.forEach((index, at) => {
    if (at > 0) paper.row();
    storyRows(paper, board, index);
  });
  const turn = (/** @type {number} */ to) =>
    where.page === "stories" ? href(board, route("stories", to)) : undefined;
  paper.foot(
    [
      ...(sheet + 1 < sheets ? [{ key: "N", name: "Next", href: turn(sheet + 2) }] : []),
      ...(sheet > 0 ? [{ key: "P", name: "Prev", href: turn(sheet) }] : []),
      { key: "M", name: "Menu", href: href(board, route("menu")) },
      { key: "/", name: "Search", href: href(board, route("search")) },
      { key: "Q", name: "Quit", href: href(board, route("bye")) },
    ],
    "Story number, then RETURN: ",
  );
  paper.spoken.push("Type a story's number and Enter to open it, or M for the menu.");
  return paper.page(sheets);
}

/** One story of a list: two rows, one link. @param {Paper} paper @param {Board} board @param {number} index */
function storyRows(paper, board, index) {
  const story = board.news.stories[index];
  const when = dateText(story.date_ms, board.now_ms);
  const label = `${index + 1}. ${story.spoken}`;
  const link = { href: href(board, route("story", index + 1)), label };
  const at = paper.links.push(link);
  const isNew = board.lastCall_ms > 0 && story.date_ms > board.lastCall_ms;
  const [head, ...more] = wrap(story.title, TITLE_ROOM);
  const room = TITLE_ROOM - width(when) - 1;
  const tail = cut(more.length ? more.join(" ") : story.source, room);
  const gap = " ".repeat(TITLE_ROOM - width(tail) - width(when));
  const { yellow, green, white, cyan } = PEN;
  paper.row(
    paper.link(
      link,
      `${yellow}${String(index + 1).padStart(3)}${green}${isNew ? "•" : " "}${white}${head}`,
      at,
    ),
  );
  paper.row(paper.link(link, `    ${more.length ? white : cyan}${tail}${gap}${cyan}${when}`, at));
  paper.spoken.push(`${label}. ${story.source}${when ? `, ${when}` : ""}${isNew ? ", new" : ""}.`);
}

/** @param {Route} where @param {Board} board @returns {Page} */
function storyPage(where, board) {
  const { stories } = board.news;
  const story = stories[where.number - 1];
  const paper = new Paper();
  paper.bar(`STORY ${where.number}/${stories.length}`, cut(story.source.toUpperCase(), 22));
  paper.row();
  const lines = [
    ...wrap(story.title, COLUMNS - 2).map((text) => ({ text, ink: INK.yellow })),
    { text: longDate(story.date_ms), ink: INK.cyan },
    { text: "", ink: INK.white },
    ...story.paragraphs.flatMap((paragraph) => [
      ...wrap(paragraph, COLUMNS - 2).map((text) => ({ text, ink: INK.white })),
      { text: "", ink: INK.white },
    ]),
  ];
  while (lines.at(-1)?.text === "") lines.pop();
  const depth = paper.room - 3;
  const sheets = Math.max(1, Math.ceil(lines.length / depth));
  const sheet = Math.min(board.sheet, sheets - 1);
  for (const { text, ink } of lines.slice(sheet * depth, (sheet + 1) * depth))
    paper.row(` ${text}`, ink);
  while (paper.room > 2) paper.row();
  const isMore = sheet + 1 < sheets;
  paper.row(
    isMore ? `${"─".repeat(11)} RETURN: more, ${sheet + 1}/${sheets} ${"─".repeat(10)}` : "",
    INK.cyan,
  );
  if (story.url) {
    const place = hostOf(story.url);
    const link = { href: story.url, label: `Read “${story.spoken}” at ${place}`, rel: "noopener" };
    paper.row(paper.link(link, ` → Read it at ${cut(place, 24)}`), INK.green);
  } else paper.row(" (The feed gave no address.)", INK.grey);
  const { previous, next } = neighbours(where.number, board);
  const to = (/** @type {number} */ number) => href(board, route("story", number));
  paper.foot(
    [
      ...(next ? [{ key: "N", name: "Next", href: to(next) }] : []),
      ...(previous ? [{ key: "P", name: "Prev", href: to(previous) }] : []),
      { key: "L", name: "List", href: href(board, board.from) },
      ...(story.url ? [{ key: "O", name: "Open" }] : []),
    ],
    "> ",
  );
  if (board.sheet === 0) {
    paper.spoken.push(
      story.spoken,
      `${story.source}. ${longDate(story.date_ms)}`,
      ...story.spokenParagraphs,
    );
    if (story.url)
      paper.spoken.push(`O opens the story at ${hostOf(story.url)}. N next, P previous, L list.`);
  }
  return paper.page(sheets);
}

/** @param {Board} board @returns {Page} */
function menuPage(board) {
  const paper = new Paper();
  paper.bar("MAIN MENU", newsLine(board));
  art(paper, board, "menu.txt");
  const minutes = Math.floor(board.online_ms / 60_000);
  paper.spoken.push("Main menu.");
  for (const [
    key,
    name,
    page,
    note,
  ] of /** @type {[string, string, import("../routes.js").PageName, string][]} */ ([
    ["S", "Stories", "stories", `${board.news.stories.length} today`],
    ["A", "Areas", "areas", `${board.news.areas.length} of them`],
    ["/", "Search", "search", ""],
    ["B", "Bulletin", "bulletin", "from the sysop"],
    ["C", "Callers", "callers", "who was here"],
    ["V", "Speed", "speed", `${board.baud} baud`],
    ["Q", "Log off", "bye", minutes ? `online ${minutes} min` : "just got here"],
  ])) {
    const link = { href: href(board, route(page)), label: name };
    paper.row(
      paper.link(
        link,
        `      ${PEN.yellow}[${key}]  ${PEN.white}${name.padEnd(12)}${PEN.cyan}${note}`,
      ),
    );
    if (paper.room > 1) paper.row();
    paper.spoken.push(`${key}: ${name}. ${note}`);
    paper.keys.push({ cap: name, code: key.toLowerCase(), label: name });
  }
  while (paper.room > 0) paper.row();
  paper.row();
  paper.row(" Your choice: ");
  return paper.page();
}

/** @param {Board} board @returns {Page} */
function areasPage(board) {
  const paper = new Paper();
  paper.bar("NEWS AREAS", newsLine(board));
  paper.row();
  paper.spoken.push("News areas.");
  board.news.areas.slice(0, paper.room - 1).forEach(({ name, stories }, index) => {
    const count = `${stories.length} ${stories.length === 1 ? "story" : "stories"}`;
    const link = {
      href: href(board, route("area", index + 1)),
      label: `${index + 1}. ${name}, ${count}`,
    };
    const shown = cut(name, 22);
    paper.row(
      paper.link(
        link,
        `${PEN.yellow}${String(index + 1).padStart(3)}${PEN.white}  ${shown}${" ".repeat(24 - width(shown))}${PEN.cyan}${count}`,
      ),
    );
    paper.spoken.push(link.label);
  });
  paper.foot(
    [
      { key: "S", name: "Stories", href: href(board, route("stories")) },
      { key: "M", name: "Menu", href: href(board, route("menu")) },
    ],
    "Area number, then RETURN: ",
  );
  return paper.page();
}

/** @param {Board} board @param {string} title @param {string} file @returns {Page} */
function textPage(board, title, file) {
  const paper = new Paper();
  paper.bar(title, board.name);
  art(paper, board, file);
  paper.spoken.push(`${title}.`, ...plainLines(board.text[file] ?? ""));
  paper.foot(
    [
      { key: "S", name: "Stories", href: href(board, route("stories")) },
      { key: "M", name: "Menu", href: href(board, route("menu")) },
    ],
    "> ",
  );
  return paper.page();
}

/** @param {Board} board @returns {Page} */
function callersPage(board) {
  const paper = new Paper();
  paper.bar("LAST CALLERS", board.name);
  art(paper, board, "callers.txt");
  const before = board.lastCall_ms
    ? `last call ${ageText(board.now_ms - board.lastCall_ms).toLowerCase()}`
    : "first call, welcome!";
  const line = ` ♥ You           ${before}`;
  paper.row();
  paper.row(cut(line, COLUMNS - 1), INK.yellow);
  paper.row(`   call no. ${board.calls} at ${board.baud} baud`, INK.cyan);
  paper.spoken.push(
    "Last callers.",
    ...plainLines(board.text["callers.txt"] ?? ""),
    `You: ${before}.`,
  );
  paper.foot(
    [
      { key: "S", name: "Stories", href: href(board, route("stories")) },
      { key: "M", name: "Menu", href: href(board, route("menu")) },
    ],
    "> ",
  );
  return paper.page();
}

/** @param {Board} board @returns {Page} */
function speedPage(board) {
  const paper = new Paper();
  paper.bar("MODEM SPEED", `NOW ${board.baud}`);
  paper.row();
  paper.spoken.push(`Modem speed, now ${board.baud} baud.`);
  BAUDS.forEach((baud, index) => {
    paper.row();
    paper.row(
      `${PEN.yellow}  ${index + 1}${PEN.white}  ${String(baud).padStart(6)} baud   ${PEN.cyan}${String(baud / 10).padStart(4)} signs/s${baud === board.baud ? " ←" : ""}`,
    );
    paper.spoken.push(`${index + 1}: ${baud} baud`);
    paper.keys.push({ cap: String(index + 1), code: String(index + 1), label: `${baud} baud` });
  });
  paper.foot(
    [{ key: "M", name: "Menu", href: href(board, route("menu")) }],
    "Speed, then RETURN: ",
  );
  return paper.page();
}

/** @param {Board} board @returns {Page} */
function searchPage(board) {
  const paper = new Paper();
  paper.bar("SEARCH", `${board.news.stories.length} STORIES`);
  paper.row();
  paper.row(" Words to look for, then RETURN.");
  paper.spoken.push("Search. Type words to look for, then Enter.");
  paper.foot([{ key: "M", name: "Menu", href: href(board, route("menu")) }], "Look for: ");
  return paper.page();
}

/** @param {Board} board @returns {Page} */
function byePage(board) {
  const paper = new Paper();
  const quotes = (board.text["quotes.txt"] ?? "")
    .split(/\n\s*\n/)
    .map((text) => plainLines(text).join(" "))
    .filter(Boolean);
  const quote = quotes[board.calls % Math.max(1, quotes.length)] ?? "";
  const minutes = Math.max(1, Math.round(board.online_ms / 60_000));
  paper.bar("GOODBYE", board.name);
  for (let i = 0; i < 4; i++) paper.row();
  for (const line of wrap(quote, 32)) paper.row(`    ${line}`, INK.yellow);
  paper.row();
  paper.row(`    Time online: ${minutes} min.`, INK.cyan);
  paper.row("    The curtain moves. Call again.", INK.cyan);
  paper.spoken.push(quote, `Time online: ${minutes} minutes. Goodbye.`);
  return paper.page();
}

/** An author's file without comments and colours. @param {string} source */
function plainLines(source) {
  return mnemonics(source)
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/[\x00-\x1f\x80-\x9f]|\p{So}|[─-▟]/gu, "").trim())
    .filter(Boolean);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A date in a list: the time today, else the day. @param {number} date_ms @param {number} now_ms */
function dateText(date_ms, now_ms) {
  if (!date_ms) return "";
  const date = new Date(date_ms);
  if (date.toDateString() === new Date(now_ms).toDateString()) return clockText(date);
  const year =
    date.getFullYear() === new Date(now_ms).getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${MONTHS[date.getMonth()]}${year}`;
}

/** @param {number} date_ms */
function longDate(date_ms) {
  if (!date_ms) return "";
  const date = new Date(date_ms);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}, ${clockText(date)}`;
}

/** @param {Date} date */
const clockText = (date) =>
  `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
