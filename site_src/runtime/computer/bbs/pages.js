/**
 * Every page of the board, from its route. Pure: the same board and route give the same page.
 *
 *   pageOf(parseRoute("#story-3"), board).text   // what the modem sends
 */
import { transliterate } from "../transliterate.js";
import { hostOf } from "../news.js";
import { CODE } from "../petscii.js";
import { route } from "../routes.js";
import { COLUMNS } from "../screen.js";
import { dateText, dayOf, dayText, href, listed, longDate, neighbours, newsLine } from "./board.js";
import { INK, PEN, Paper, cut, width, wrap } from "./paper.js";
import {
  areasPage,
  byePage,
  callersPage,
  daysPage,
  menuPage,
  searchPage,
  speedPage,
  textPage,
} from "./rooms.js";

/** @typedef {import("../routes.js").Route} Route */
/** @typedef {import("./board.js").Board} Board */
/** @typedef {import("./paper.js").Page} Page */

const STORIES_A_PAGE = 7;
const TITLE_ROOM = 35;

/** @param {Route} where @param {Board} board @returns {Page} */
export function pageOf(where, board) {
  switch (where.page) {
    case "story":
      return board.news.stories[where.number - 1]
        ? storyPage(where, board)
        : storiesPage(route("stories"), board);
    case "area":
      return storiesPage(where, board);
    case "day":
      return storiesPage(dayOf(where.number, board) ? where : route("stories"), board);
    case "days":
      return board.news.days.length ? daysPage(board) : storiesPage(route("stories"), board);
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

/** @param {Route} where @param {Board} board @returns {Page} */
function storiesPage(where, board) {
  const paper = new Paper();
  const indices = listed(where, board);
  const sheets = Math.max(1, Math.ceil(indices.length / STORIES_A_PAGE));
  const sheet = Math.min(
    sheets - 1,
    where.page === "stories" ? Math.max(0, where.number - 1) : board.sheet,
  );
  const name = nameOf(where, board);
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

/** @param {Route} where a list @param {Board} board */
function nameOf({ page, number, query }, board) {
  if (page === "area") return board.news.areas[number - 1]?.name ?? "AREA";
  if (page === "day") return dayText(number);
  return page === "search" ? `"${transliterate(query)}"` : "STORIES";
}

/**
 * One story of a list: two rows, one link. The date has columns of its own: on the tilted screen it
 * reaches up to the row before.
 * @param {Paper} paper @param {Board} board @param {number} index
 */
function storyRows(paper, board, index) {
  const story = board.news.stories[index];
  const when = dateText(story.date_ms, board.now_ms);
  const label = `${index + 1}. ${story.spoken}`;
  const link = { href: href(board, route("story", index + 1)), label };
  const at = paper.links.push(link);
  const isNew = board.lastCall_ms > 0 && story.date_ms > board.lastCall_ms;
  const room = TITLE_ROOM - (when ? width(when) + 2 : 0);
  const [head, ...more] = wrap(story.title, room);
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
  const notes = [story.source, when, isNew && "new"].filter(Boolean);
  paper.spoken.push(`${label}. ${notes.join(", ")}.`);
}

/** @param {Route} where @param {Board} board @returns {Page} */
function storyPage(where, board) {
  const { stories, today } = board.news;
  const story = stories[where.number - 1];
  const paper = new Paper();
  const last = where.number > today ? stories.length : today;
  paper.bar(`STORY ${where.number}/${last}`, cut(story.source.toUpperCase(), 22));
  paper.row();
  const lines = [
    ...wrap(story.title, COLUMNS - 2).map((text) => ({ text, ink: INK.yellow })),
    { text: "", ink: INK.white }, // on the tilted screen the date would run into the title
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
    const link = {
      href: story.url,
      label: `Read it at ${place}: ${story.spoken}`,
      rel: "noopener",
    };
    paper.row(paper.link(link, ` → Read it at ${cut(place, 24)}`), INK.green);
  } else paper.row(" (The feed gave no address.)", INK.grey);
  if (isMore) paper.keys.push({ cap: "More", code: CODE.return, label: "More" });
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
