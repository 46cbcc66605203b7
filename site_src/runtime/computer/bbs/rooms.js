/**
 * The board's other rooms: welcome, menu, areas, bulletin, callers, speed, search and goodbye. Pure.
 */
import { BAUDS } from "../modem.js";
import { ageText } from "../news.js";
import { route } from "../routes.js";
import { COLUMNS } from "../screen.js";
import { art, dayText, href, newsLine, plainLines } from "./board.js";
import { INK, PEN, Paper, cut, width, wrap } from "./paper.js";

/** @typedef {import("./board.js").Board} Board */
/** @typedef {import("./paper.js").Page} Page */
/** @typedef {import("../routes.js").Route} Route */

/** What the board sends first. @param {Board} board @returns {Page} */
export function welcomePage(board) {
  const paper = new Paper();
  art(paper, board, "welcome.txt");
  paper.keys.push({ cap: "Faster", code: "\r", label: "Faster" });
  paper.spoken.push(`Connected to ${board.name}. ${newsLine(board)}`);
  return paper.page();
}

/** @param {Board} board @returns {Page} */
export function menuPage(board) {
  const paper = new Paper();
  paper.bar("MAIN MENU", newsLine(board));
  art(paper, board, "menu.txt");
  const minutes = Math.floor(board.online_ms / 60_000);
  const areas = board.news.areas.length;
  paper.spoken.push("Main menu.");
  for (const [
    key,
    name,
    page,
    note,
  ] of /** @type {[string, string, import("../routes.js").PageName, string][]} */ ([
    ["S", "Stories", "stories", storiesText(board)],
    ["A", "Areas", "areas", areas === 1 ? "only one" : `${areas} of them`],
    ...(board.archive ? [["E", "Earlier days", "days", "from the archive"]] : []),
    ["/", "Search", "search", ""],
    ["B", "Bulletin", "bulletin", "from the sysop"],
    ["C", "Callers", "callers", "who was here"],
    ["V", "Speed", "speed", `${board.baud} baud`],
    ["Q", "Log off", "bye", minutes ? `online ${minutes} min` : "just got here"],
  ])) {
    const link = { href: href(board, route(page)), label: `${key} ${name} ${note}`.trim() };
    paper.row(
      paper.link(
        link,
        `      ${PEN.yellow}[${key}]  ${PEN.white}${name.padEnd(13)}${PEN.cyan}${note}`,
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
export const areasPage = (board) =>
  shelf(
    board,
    "News areas",
    "Area",
    board.news.areas.map(({ name, stories }, index) => ({
      name,
      count: stories.length,
      to: route("area", index + 1),
    })),
  );

/** @param {Board} board @returns {Page} */
export const daysPage = (board) =>
  shelf(
    board,
    "Earlier days",
    "Day",
    board.news.days.map(({ date, stories }) => ({
      name: dayText(date),
      count: stories.length,
      to: route("day", date),
    })),
  );

/**
 * A numbered list of lists, on as many sheets as it takes.
 * @param {Board} board @param {string} title @param {string} one what each of them is
 * @param {{name: string, count: number, to: Route}[]} lists
 * @returns {Page}
 */
function shelf(board, title, one, lists) {
  const paper = new Paper();
  paper.bar(title.toUpperCase(), newsLine(board));
  paper.row();
  paper.spoken.push(`${title}.`);
  const most_digits = Math.max(...lists.map(({ count }) => String(count).length));
  const isAiry = 2 * lists.length < paper.room;
  const most = paper.room - 1;
  const sheets = Math.max(1, Math.ceil(lists.length / most));
  const sheet = Math.min(board.sheet, sheets - 1);
  const first = sheet * most;
  lists.slice(first, first + most).forEach(({ name, count, to }, index) => {
    if (isAiry && index > 0) paper.row();
    const note = `${String(count).padStart(most_digits)} ${count === 1 ? "story" : "stories"}`;
    const place = first + index + 1;
    const link = { href: href(board, to), label: `${place}. ${name}, ${note.trim()}` };
    const shown = cut(name, 22);
    const gap = " ".repeat(24 - width(shown));
    const number = String(place).padStart(3);
    paper.row(
      paper.link(link, `${PEN.yellow}${number}${PEN.white}  ${shown}${gap}${PEN.cyan}${note}`),
    );
    paper.spoken.push(link.label);
  });
  const turns = [
    ...(sheet + 1 < sheets ? [{ key: "N", name: "Next" }] : []),
    ...(sheet > 0 ? [{ key: "P", name: "Prev" }] : []),
  ];
  return paper.foot([...turns, ...waysOn(board)], `${one} number, then RETURN: `).page(sheets);
}

/** How many stories there are; of today only where the news is. @param {Board} board */
function storiesText({ news, now_ms }) {
  const isToday = new Date(news.fetched_ms).toDateString() === new Date(now_ms).toDateString();
  return `${news.today} ${isToday ? "today" : "to read"}`;
}

/** What the foot of a quiet room offers. @param {Board} board */
const waysOn = (board) => [
  { key: "S", name: "Stories", href: href(board, route("stories")) },
  { key: "M", name: "Menu", href: href(board, route("menu")) },
];

/** @param {Board} board @param {string} title @param {string} file @returns {Page} */
export function textPage(board, title, file) {
  const paper = new Paper();
  paper.bar(title, board.name);
  art(paper, board, file);
  paper.spoken.push(`${title}.`, ...plainLines(board.text[file] ?? ""));
  return paper.foot(waysOn(board), "> ").page();
}

/** @param {Board} board @returns {Page} */
export function callersPage(board) {
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
  return paper.foot(waysOn(board), "> ").page();
}

/** @param {Board} board @returns {Page} */
export function speedPage(board) {
  const paper = new Paper();
  paper.bar("MODEM SPEED", `NOW ${board.baud}`);
  paper.row();
  paper.spoken.push(`Modem speed, now ${board.baud} baud.`);
  BAUDS.forEach((baud, index) => {
    paper.row();
    paper.row(
      `${PEN.yellow}  ${index + 1}${PEN.white}  ${String(baud).padStart(6)} baud   ${PEN.cyan}${String(baud / 10).padStart(4)} cps${baud === board.baud ? " ←" : ""}`,
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
export function searchPage(board) {
  const paper = new Paper();
  paper.bar("SEARCH", `${board.news.stories.length} STORIES`);
  paper.row();
  paper.row(" Words to look for, then RETURN.");
  paper.spoken.push("Search. Type words to look for, then Enter.");
  paper.foot([{ key: "M", name: "Menu", href: href(board, route("menu")) }], "Look for: ");
  return paper.page();
}

/** @param {Board} board @returns {Page} */
export function byePage(board) {
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
  const unit = minutes === 1 ? "minute" : "minutes";
  paper.spoken.push(quote, `Time online: ${minutes} ${unit}. Goodbye.`);
  return paper.page();
}
