/**
 * What the board knows when it writes a page, and the words that many pages share. Pure.
 */
import { mnemonics } from "../petscii.js";
import { ageText } from "../news.js";
import { hrefOf, route } from "../routes.js";

/** @typedef {import("../routes.js").Route} Route */
/** @typedef {import("./paper.js").Paper} Paper */
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
 * @property {boolean} archive there are earlier days to be had
 * @property {number} sheet which sheet of a long story or list, from 0
 * @property {Route} from the list that the visitor came from
 */

/** The indices of the stories that a list page shows. @param {Route} where @param {Board} board @returns {number[]} */
export function listed(where, board) {
  const { stories, today, areas } = board.news;
  if (where.page === "area") return areas[where.number - 1]?.stories ?? [];
  if (where.page === "day") return dayOf(where.number, board)?.stories ?? [];
  const all = stories.map((_, index) => index);
  if (where.page !== "search") return all.slice(0, today);
  const words = where.query.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((index) => {
    const { title, paragraphs, source, tags } = stories[index];
    const text = [title, source, ...tags, ...paragraphs].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** An earlier day. @param {number} date 20260711 @param {Board} board */
export const dayOf = (date, board) => board.news.days.find((day) => day.date === date);

/**
 * The list that a story is read from: where the visitor comes from, if it is on that one.
 * @param {number} number of the story @param {Board} board @returns {Route}
 */
export function trailOf(number, board) {
  if (listed(board.from, board).includes(number - 1)) return board.from;
  const day = board.news.days.find(({ stories }) => stories.includes(number - 1));
  return day ? route("day", day.date) : route("stories");
}

/**
 * The stories before and after one, on the list that it was opened from; 0 where there is none.
 * @param {number} number of the story @param {Board} board
 */
export function neighbours(number, board) {
  const all = listed(trailOf(number, board), board);
  const at = all.indexOf(number - 1);
  return { previous: (all[at - 1] ?? -1) + 1, next: (all[at + 1] ?? -1) + 1 };
}

/** @param {Board} board */
export function newsLine({ news, now_ms, offline }) {
  const what = offline ? "COPY" : "NEWS";
  return news.fetched_ms ? `${what} OF ${ageText(now_ms - news.fetched_ms)}` : what;
}

/** @param {Board} board @param {Route} where @returns {string} */
export const href = (board, where) => hrefOf(where, board.search);

/** Writes an author's file; {name}, {news}, {calls} and {baud} are filled in. @param {Paper} paper @param {Board} board @param {string} file */
export function art(paper, board, file) {
  const filled = (board.text[file] ?? "")
    .replace(/\{name\}/g, board.name)
    .replace(/\{news\}/g, newsLine(board))
    .replace(/\{calls\}/g, String(board.calls))
    .replace(/\{baud\}/g, String(board.baud));
  for (const line of filled.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n")) {
    if (paper.room > 0 && !line.startsWith("#")) paper.row(mnemonics(line));
  }
}

/** An author's file without comments and colours. @param {string} source */
export function plainLines(source) {
  return mnemonics(source)
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/[\x00-\x1f\x80-\x9f]|\p{So}|[─-▟]/gu, "").trim())
    .filter(Boolean);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** An earlier day in words. @param {number} date 20260711 */
export function dayText(date) {
  const day = new Date(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100);
  return `${WEEKDAYS[day.getDay()]} ${day.getDate()} ${MONTHS[day.getMonth()]} ${day.getFullYear()}`;
}

/** A date in a list: the time today, else the day. @param {number} date_ms @param {number} now_ms */
export function dateText(date_ms, now_ms) {
  if (!date_ms) return "";
  const date = new Date(date_ms);
  if (date.toDateString() === new Date(now_ms).toDateString()) return clockText(date);
  const year =
    date.getFullYear() === new Date(now_ms).getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${MONTHS[date.getMonth()]}${year}`;
}

/** @param {number} date_ms */
export function longDate(date_ms) {
  if (!date_ms) return "";
  const date = new Date(date_ms);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}, ${clockText(date)}`;
}

/** @param {Date} date */
const clockText = (date) =>
  `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
