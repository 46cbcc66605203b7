/**
 * The board's other rooms: welcome, menu, areas, bulletin, callers, speed, search and goodbye. Pure.
 */
import { BAUDS } from "../modem.js";
import { ageText } from "../news.js";
import { route } from "../routes.js";
import { COLUMNS } from "../screen.js";
import { art, href, newsLine, plainLines } from "./board.js";
import { INK, PEN, Paper, cut, width, wrap } from "./paper.js";

/** @typedef {import("./board.js").Board} Board */
/** @typedef {import("./paper.js").Page} Page */

/** What the board sends first. @param {Board} board @returns {Page} */
export function welcomePage(board) {
  const paper = new Paper();
  art(paper, board, "welcome.txt");
  paper.spoken.push(`Connected to ${board.name}. ${newsLine(board)}`);
  return paper.page();
}

/** @param {Board} board @returns {Page} */
export function menuPage(board) {
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
export function areasPage(board) {
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
export function textPage(board, title, file) {
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
export function speedPage(board) {
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
  paper.spoken.push(quote, `Time online: ${minutes} minutes. Goodbye.`);
  return paper.page();
}
