/**
 * What a key or a typed line means on each page of the board. Pure.
 */
import { BAUDS } from "../modem.js";
import { route } from "../routes.js";
import { neighbours } from "./board.js";

/** @typedef {import("../routes.js").Route} Route */
/** @typedef {{go: Route} | {sheet: number} | {open: string} | {baud: number} | {sorry: string}} Choice */

/** Keys that lead somewhere from every page. @type {Record<string, import("../routes.js").PageName>} */
const EVERYWHERE = {
  m: "menu",
  s: "stories",
  a: "areas",
  e: "days",
  b: "bulletin",
  c: "callers",
  v: "speed",
  q: "bye",
  "/": "search",
};

/** @param {Route} where @returns {boolean} letters are text here, not commands */
export const takesWords = (where) => where.page === "search" && !where.query;

/**
 * A key pressed while nothing is typed yet; null when it is the start of a line.
 * @param {Route} where @param {string} key @param {import("./board.js").Board} board @param {number} sheets
 * @returns {Choice | null}
 */
export function byKey(where, key, board, sheets) {
  if (takesWords(where)) return null;
  const letter = key.toLowerCase();
  const story = where.page === "story" ? where.number : 0;
  if (letter === "o" && story) return { open: board.news.stories[story - 1]?.url ?? "" };
  if (letter === "n" || letter === "p") {
    if (!story) return turn(where, board, sheets, letter === "n" ? 1 : -1);
    const { next, previous } = neighbours(story, board);
    const to = letter === "n" ? next : previous;
    return to
      ? { go: route("story", to) }
      : { sorry: letter === "n" ? "The last one." : "The first one." };
  }
  if (letter === "l") return { go: board.from };
  if (letter === "e" && !board.archive) return null;
  return Object.hasOwn(EVERYWHERE, letter) ? { go: route(EVERYWHERE[letter]) } : null;
}

/** @param {Route} where @param {import("./board.js").Board} board @param {number} sheets @param {1|-1} by @returns {Choice} */
function turn(where, board, sheets, by) {
  const sheet = (where.page === "stories" ? Math.max(0, where.number - 1) : board.sheet) + by;
  if (sheet < 0 || sheet >= sheets) return { sorry: by > 0 ? "The last page." : "The first page." };
  return where.page === "stories" ? { go: route("stories", sheet + 1) } : { sheet };
}

/**
 * A line, after Return.
 * @param {Route} where @param {string} line @param {import("./board.js").Board} board @param {number} sheets
 * @returns {Choice | null} null: nothing to do
 */
export function byLine(where, line, board, sheets) {
  const text = line.trim();
  if (takesWords(where)) return { go: text ? route("search", 0, text) : route("menu") };
  if (!text) return onReturn(where, board, sheets);
  if (!/^\d{1,4}$/.test(text)) return byKey(where, text, board, sheets) ?? { sorry: "Pardon?" };
  const number = Number(text);
  if (where.page === "speed")
    return BAUDS[number - 1] ? { baud: BAUDS[number - 1] } : { sorry: "1 to 7." };
  if (where.page === "areas")
    return board.news.areas[number - 1]
      ? { go: route("area", number) }
      : { sorry: "No such area." };
  if (where.page === "days") {
    const day = board.news.days[number - 1];
    return day ? { go: route("day", day.date) } : { sorry: "No such day." };
  }
  return board.news.stories[number - 1]
    ? { go: route("story", number) }
    : { sorry: "No such story." };
}

/** @param {Route} where @param {import("./board.js").Board} board @param {number} sheets @returns {Choice | null} */
function onReturn(where, board, sheets) {
  switch (where.page) {
    case "story":
      if (board.sheet + 1 < sheets) return { sheet: board.sheet + 1 };
      return onward(neighbours(where.number, board).next, board);
    case "stories":
    case "area":
    case "day":
    case "search": {
      const choice = turn(where, board, sheets, 1);
      return "sorry" in choice ? null : choice;
    }
    case "areas":
    case "days": {
      const choice = turn(where, board, sheets, 1);
      return "sorry" in choice ? { go: route("menu") } : choice;
    }
    case "menu":
      return { go: route("stories") };
    default:
      return { go: route("menu") };
  }
}

/** @param {number} next @param {import("./board.js").Board} board @returns {Choice} */
const onward = (next, board) => ({ go: next ? route("story", next) : board.from });

/** Where Escape leads back to; null: out of the board. @param {Route} where @param {Route} from the list before @returns {Route | null} */
export function back(where, from) {
  switch (where.page) {
    case "story":
      return from;
    case "menu":
      return null;
    case "area":
      return route("areas");
    case "day":
      return route("days");
    case "bye":
      return null;
    default:
      return route("menu");
  }
}
