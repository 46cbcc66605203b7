/**
 * A JSON Feed as the board reads it: every field checked again, and transliterated for the screen. Pure.
 */
import { clean, transliterate } from "./transliterate.js";

/**
 * @typedef {object} Story
 * @property {string} title transliterated, one line
 * @property {string} spoken the title as the feed wrote it, for the screen reader
 * @property {string[]} paragraphs transliterated
 * @property {string[]} spokenParagraphs
 * @property {string} address its fragment for good; "" when the feed is not of our making
 * @property {string} url http, https or mailto; "" when the feed has none that is safe
 * @property {number} date_ms since the epoch; 0 when unknown
 * @property {string} source the feed's name
 * @property {string[]} tags
 */
/** @typedef {{date: number, stories: number[]}} Day `date`: 20260711, where the visitor is */
/**
 * @typedef {object} News
 * @property {Story[]} stories today's, then those of earlier days
 * @property {number} today how many of them are today's
 * @property {number} fetched_ms
 * @property {{name: string, stories: number[]}[]} areas of today's
 * @property {Day[]} days newest first; none before the archive has come
 */

const MOST_STORIES = 500;
const LONGEST_TEXT = 20000;
const MOST_AREAS = 16;

/** The address when it is safe to follow, or "". @param {unknown} value */
export function safeUrl(value) {
  if (typeof value !== "string") return "";
  try {
    const url = new URL(value.trim());
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

/** @param {unknown} value @returns {Record<string, unknown>} */
const record = (value) =>
  typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};

/** @param {unknown} value @returns {string} */
const text = (value) => (typeof value === "string" ? value.slice(0, LONGEST_TEXT) : "");

/** @param {unknown} value @returns {number} */
const time_ms = (value) => {
  const parsed = typeof value === "number" ? value * 1000 : Date.parse(text(value));
  return Number.isFinite(parsed) ? parsed : 0;
};

/** @param {unknown} feed JSON Feed 1.1, or anything at all @returns {News} */
export function readNews(feed) {
  const { items, title, _breathe } = record(feed);
  const stories = (Array.isArray(items) ? items : [])
    .slice(0, MOST_STORIES)
    .map((item) => readStory(record(item), text(title)))
    .filter((story) => story.title || story.paragraphs.length);
  const fetched = time_ms(record(_breathe).fetched);
  const newest = Math.max(0, ...stories.map((story) => story.date_ms));
  return {
    stories,
    today: stories.length,
    fetched_ms: fetched || newest,
    areas: areasOf(stories),
    days: [],
  };
}

/** The news with the stories of earlier days behind it. @param {News} news @param {Story[]} archive @returns {News} */
export function withArchive(news, archive) {
  const stories = news.stories.slice(0, news.today);
  /** @type {Map<number, number[]>} */
  const days = new Map();
  for (const story of archive) {
    const when = new Date(story.date_ms);
    const date = (when.getFullYear() * 100 + when.getMonth() + 1) * 100 + when.getDate();
    days.set(date, [...(days.get(date) ?? []), stories.push(story) - 1]);
  }
  return { ...news, stories, days: [...days].map(([date, stories]) => ({ date, stories })) };
}

/** @param {Record<string, unknown>} item @param {string} feedTitle @returns {Story} */
function readStory(item, feedTitle) {
  const own = record(item._breathe);
  // In a feed of ours, a story without an address has none, whatever its id looks like.
  const id = own.feed ? "" : safeUrl(item.id);
  const url = safeUrl(item.url) || safeUrl(item.external_url) || id;
  // Markup is the build's to read: whatever comes in, news.json goes out as text.
  const body = text(item.content_text) || text(item.summary);
  const spokenParagraphs = clean(body)
    .split("\n")
    .map((line) => line.replace(/ +/g, " ").trim())
    .filter(Boolean);
  const title =
    clean(text(item.title)).replace(/\s+/g, " ").trim() || (spokenParagraphs[0] ?? "").slice(0, 80);
  const author = Array.isArray(item.authors) ? text(record(item.authors[0]).name) : "";
  const source = text(own.feed_title) || author || (url ? hostOf(url) : "") || feedTitle;
  return {
    title: transliterate(title),
    spoken: title,
    paragraphs: spokenParagraphs.map(transliterate),
    spokenParagraphs,
    address: text(own.address),
    url,
    date_ms: time_ms(item.date_published) || time_ms(item.date_modified),
    source: transliterate(clean(source).replace(/\s+/g, " ").trim()),
    tags: (Array.isArray(item.tags) ? item.tags : [])
      .map((tag) => transliterate(clean(text(tag)).trim()))
      .filter(Boolean),
  };
}

/** The name of the place a link leads to. @param {string} url */
export function hostOf(url) {
  const { host, protocol, pathname } = new URL(url);
  return protocol === "mailto:" ? pathname : host.replace(/^www\./, "");
}

/** News areas: the feeds, then the tags that more than one story carries. @param {Story[]} stories */
function areasOf(stories) {
  /** @type {Map<string, Set<number>>} */
  const found = new Map();
  for (const names of [
    (/** @type {Story} */ story) => [story.source],
    (/** @type {Story} */ story) => story.tags,
  ]) {
    stories.forEach((story, index) => {
      for (const name of names(story)) {
        const key = name.toUpperCase();
        if (name) found.set(key, (found.get(key) ?? new Set()).add(index));
      }
    });
  }
  const sources = new Set(stories.map((story) => story.source.toUpperCase()));
  return [...found]
    .filter(([name, members]) => sources.has(name) || members.size > 1)
    .slice(0, MOST_AREAS)
    .map(([name, members]) => ({ name, stories: [...members] }));
}

/** How old news is, in words that fit a bar. @param {number} age_ms */
export function ageText(age_ms) {
  const minutes = Math.floor(age_ms / 60_000);
  if (minutes < 1) return "JUST NOW";
  if (minutes < 60) return `${minutes} MIN AGO`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} H AGO`;
  return `${Math.floor(hours / 24)} DAYS AGO`;
}
