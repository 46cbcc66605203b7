/**
 * Where in the board the visitor is, as the part of the URL after #. Pure.
 *
 *   parseRoute("#story-3")           // {page: "story", number: 3, query: ""}
 *   parseRoute("#story-bdp6icrc3d")  // {page: "story", number: 0, query: "story-bdp6icrc3d"}
 */

/** @typedef {"stories"|"menu"|"areas"|"area"|"days"|"day"|"story"|"bulletin"|"callers"|"search"|"speed"|"bye"} PageName */
/** @typedef {{page: PageName, number: number, query: string}} Route */

const NUMBERED = new Set(["stories", "area", "day", "story"]);
const PAGES = new Set([
  ...NUMBERED,
  "menu",
  "areas",
  "days",
  "bulletin",
  "callers",
  "search",
  "speed",
  "bye",
]);

/** @param {PageName} page @param {number} [number] @param {string} [query] @returns {Route} */
export const route = (page, number = 0, query = "") => ({ page, number, query });

/** The route of a fragment; anything unknown leads to the stories. @param {string} hash @returns {Route} */
export function parseRoute(hash) {
  const text = hash.replace(/^#/, "");
  const search = /^search-(.*)$/s.exec(text);
  if (search) return route("search", 0, decode(search[1]));
  // A story's address for good, as the build gives it; its number changes from day to day.
  if (/^story-[a-z][a-z2-7]{9}$/.test(text)) return route("story", 0, text);
  const match = /^([a-z]+)(?:-(\d{1,4}|\d{8}))?$/.exec(text);
  if (!match || !PAGES.has(match[1])) return route("stories");
  const page = /** @type {PageName} */ (match[1]);
  const number = NUMBERED.has(page) ? Number(match[2] ?? 0) : 0;
  if (!number && NUMBERED.has(page)) return route("stories");
  return route(page, number);
}

/** True when a fragment is a place on the board, and not some other part of the page. @param {string} hash */
export const isPlace = (hash) => hash === "" || formatRoute(parseRoute(hash)) === hash;

/** @param {Route} where @returns {string} the fragment, with its # */
export function formatRoute({ page, number, query }) {
  if (page === "story" && query) return `#${query}`;
  if (page === "search" && query) return `#search-${encodeURIComponent(query)}`;
  return number ? `#${page}-${number}` : `#${page}`;
}

/**
 * The address of a route on the page that is open at `search`: `?at=bbs#story-3`.
 * @param {Route} where @param {string} search location.search
 */
export function hrefOf(where, search) {
  const others = search
    .replace(/^\?/, "")
    .split("&")
    .filter((pair) => pair && !/^at(=|$)/.test(pair));
  return `?${["at=bbs", ...others].join("&")}${formatRoute(where)}`;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % that somebody typed
  }
}
