/**
 * Taking over a build: the page fetches itself, compares the two documents, and swaps styles, news
 * and scene data in place. Anything else is a reload that comes back to the same phase and moment.
 */

import { tryOut } from "./trial.js";

const PLACE = "breathing-room:place";

/** @type {{ refresh(scene: object): Promise<void> } | null} */
let page = null;
document.addEventListener("breathe:ready", (event) => {
  page = /** @type {CustomEvent} */ (event).detail;
});

/** The document as it came, before any script touched it. */
let pristine = document;

export async function begin() {
  pristine = (await fetchPage()) ?? document;
}

let taking = /** @type {Promise<object | null>} */ (Promise.resolve(null));

/** @returns {Promise<object | null>} what is wrong with the new page, which then stays out */
export function takeOver() {
  taking = taking.then(compare, compare);
  return taking;
}

async function compare() {
  const next = await fetchPage();
  if (!next) return null;
  if (mustReload(next)) {
    const problem = await tryOut();
    if (!problem) reload();
    return problem;
  }
  await swapStyles(next);
  const news = next.querySelector("#news");
  const standing = document.querySelector("#news");
  if (news && standing && news.innerHTML !== standing.innerHTML) {
    standing.replaceChildren(...[...news.childNodes].map((node) => document.adoptNode(node)));
  }
  const old = document.querySelector("#scene");
  const data = sceneText(next);
  if (old && old.textContent !== data) {
    old.textContent = data;
    const scene = JSON.parse(data);
    await page?.refresh(scene);
    document.dispatchEvent(new CustomEvent("breathe:scene", { detail: scene }));
  }
  return null;
}

/** @returns {Promise<Document | null>} null where the server has none */
async function fetchPage() {
  try {
    const reply = await fetch(location.pathname, { cache: "no-store" });
    return reply.ok ? new DOMParser().parseFromString(await reply.text(), "text/html") : null;
  } catch {
    return null; // the server is gone; the line is asked for again
  }
}

/** @param {Document} next */
function mustReload(next) {
  const [old, fresh] = [sceneOf(document), sceneOf(next)];
  if (head(next) !== head(pristine) || differ(old?.size_px, fresh?.size_px)) return true;
  // Who is picking looks at one frame and has clicked on it: nothing else is worth losing that.
  if (document.querySelector("[data-pick]")) return false;
  return body(next) !== body(pristine) || differ(clips(old), clips(fresh));
}

/** @param {any} one @param {any} other */
function differ(one, other) {
  return JSON.stringify(one) !== JSON.stringify(other);
}

/** @param {Document} page the parts of its head that cannot be swapped in place */
function head(page) {
  return [...page.head.children]
    .filter(({ tagName }) => tagName !== "LINK") // styles are swapped, the rest follows from them
    .map((node) => node.outerHTML)
    .join("\n");
}

/** @param {Document} page the parts of its body that cannot be swapped in place */
function body(page) {
  const copy = /** @type {Element} */ (page.body.cloneNode(true));
  for (const node of copy.querySelectorAll("#news, #scene")) node.remove();
  return copy.innerHTML;
}

/** @param {any} scene the clips that it plays */
function clips(scene) {
  return [scene?.clips.walkin.sources, scene?.clips.ambient.sources];
}

/** @param {Document} page */
function sceneText(page) {
  return page.querySelector("#scene")?.textContent ?? "null";
}

/** @param {Document} page */
function sceneOf(page) {
  return JSON.parse(sceneText(page));
}

/**
 * Every sheet that has another address now; done when the new ones apply and the old are gone.
 *
 * @param {Document} next
 */
async function swapStyles(next) {
  const own = (/** @type {Document} */ page) =>
    /** @type {HTMLLinkElement[]} */ ([...page.querySelectorAll('link[rel="stylesheet"]')]).filter(
      (link) =>
        !link.getAttribute("href")?.includes("__breathe") && !link.hasAttribute("data-demand"),
    );
  const fresh = own(next);
  await Promise.all(own(document).map((old, k) => swapSheet(old, fresh[k]?.getAttribute("href"))));
}

/** @param {HTMLLinkElement} old @param {string | null | undefined} href */
function swapSheet(old, href) {
  if (!href || href === old.getAttribute("href")) return;
  const link = /** @type {HTMLLinkElement} */ (old.cloneNode());
  link.href = href;
  const settled = new Promise((resolve) => {
    link.addEventListener("load", () => resolve(old));
    link.addEventListener("error", () => resolve(link));
  });
  old.after(link);
  return settled.then(async (leaving) => {
    // The sheet's fonts have another address too. Until they are there, the old sheet has them.
    await Promise.allSettled([...document.fonts].map((face) => face.load()));
    leaving.remove();
  });
}

function reload() {
  const { phase } = document.documentElement.dataset;
  const clip = phase === "walkin" ? "walkin" : "ambient";
  const video = /** @type {HTMLVideoElement | null} */ (
    document.querySelector(`video[data-clip="${clip}"]`)
  );
  const paused = document.querySelector("#room")?.hasAttribute("data-paused") ?? false;
  const place = { phase, media_s: video?.currentTime ?? 0, paused };
  sessionStorage.setItem(PLACE, JSON.stringify(place));
  location.reload();
}
