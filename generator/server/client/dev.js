/**
 * The dev server's half of the page: takes over what changed, shows errors, keeps the place.
 *
 * The server says only that a build is done. The page fetches itself, compares the two documents,
 * and swaps styles, news and scene data in place; anything else is a reload that comes back to the
 * same phase and moment.
 */

const PLACE = "breathing-room:place";
const RETRY_MS = 600;
const checking = new URLSearchParams(location.search).has("__breathe-check");

/** @param {string} tag @param {object} [properties] @param {Node[]} children */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/* --- the line to the server ------------------------------------------------------------------ */

let revision = 0;

function connect() {
  const socket = new WebSocket(`ws://${location.host}/__breathe/live`);
  const protocols = ["http://livereload.com/protocols/official-7"];
  socket.addEventListener("open", () => socket.send(JSON.stringify({ command: "hello", protocols })));
  socket.addEventListener("message", ({ data }) => hear(JSON.parse(data)));
  socket.addEventListener("close", () => setTimeout(connect, RETRY_MS));
}

/** @param {any} message */
async function hear(message) {
  if (message.command === "reload") return reload();
  if (message.command !== "breathe") return;
  showProblem(message.problem);
  showState(message);
  const restarted = message.revision < revision;
  if (message.problem || (message.event === "state" && message.revision === revision)) return;
  const first = revision === 0;
  revision = message.revision;
  if (document.body.classList.contains("breathe-waiting")) {
    if (message.event === "built" || message.revision > 0) await leaveWaiting();
  } else if (!first || restarted || message.event === "built") {
    await takeOver();
  }
}

async function leaveWaiting() {
  const reply = await fetch(location.href, { cache: "no-store" });
  if (reply.ok) location.reload();
}

/** @type {{ refresh(scene: object): Promise<object> } | null} */
let page = null;
document.addEventListener("breathe:ready", (event) => {
  page = /** @type {CustomEvent} */ (event).detail;
});

/* --- taking over a build --------------------------------------------------------------------- */

let taking = Promise.resolve();

function takeOver() {
  taking = taking.then(compare, compare);
  return taking;
}

async function compare() {
  const reply = await fetch(location.pathname, { cache: "no-store" });
  if (!reply.ok) return;
  const next = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (shape(next) !== shape(document)) return reloadIfSound();
  await swapStyles(next);
  const news = next.querySelector("#news");
  const standing = document.querySelector("#news");
  if (news && standing && news.innerHTML !== standing.innerHTML) {
    standing.replaceChildren(...[...news.childNodes].map((node) => document.adoptNode(node)));
  }
  const data = next.querySelector("#scene")?.textContent ?? "null";
  const old = document.querySelector("#scene");
  if (old && old.textContent !== data) {
    old.textContent = data;
    const scene = JSON.parse(data);
    const timelines = await page?.refresh(scene);
    document.dispatchEvent(new CustomEvent("breathe:scene", { detail: { scene, timelines } }));
  }
  document.dispatchEvent(new CustomEvent("breathe:taken", { detail: { revision } }));
}

/**
 * The parts of a document that cannot be swapped in place, as text.
 *
 * @param {Document} page
 */
function shape(page) {
  const source = page === document ? pristine : page;
  const head = [...source.head.children]
    .filter(({ tagName }) => tagName !== "LINK") // styles are swapped, the rest follows from them
    .map((node) => node.outerHTML);
  const body = /** @type {Element} */ (source.body.cloneNode(true));
  for (const node of body.querySelectorAll("#news, #scene")) node.remove();
  return head.join("\n") + body.innerHTML;
}

/** The document as it came, before any script touched it. */
let pristine = document;

/**
 * Every sheet that has another address now; done when the new ones apply and the old are gone.
 *
 * @param {Document} next
 */
async function swapStyles(next) {
  const own = (/** @type {Document} */ page) =>
    /** @type {HTMLLinkElement[]} */ ([...page.querySelectorAll('link[rel="stylesheet"]')]).filter(
      (link) => !link.getAttribute("href")?.includes("__breathe") && !link.hasAttribute("data-demand"),
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
  return settled.then((leaving) => leaving.remove());
}

/* --- reloading ------------------------------------------------------------------------------- */

/** Reload once the new page has come up in a frame nobody sees; else say what is wrong with it. */
async function reloadIfSound() {
  const frame = /** @type {HTMLIFrameElement} */ (
    element("iframe", { hidden: true, title: "check", src: `${location.pathname}?__breathe-check` })
  );
  const verdict = new Promise((resolve) => {
    const listen = (/** @type {MessageEvent} */ event) => {
      if (event.source !== frame.contentWindow || event.origin !== location.origin) return;
      if (!("breatheCheck" in (event.data ?? {}))) return;
      removeEventListener("message", listen);
      resolve(event.data.breatheCheck);
    };
    addEventListener("message", listen);
    setTimeout(() => resolve(null), 5000);
  });
  document.body.append(frame);
  const problem = await verdict;
  frame.remove();
  if (problem) showProblem(problem);
  else reload();
}

function reload() {
  keepPlace();
  location.reload();
}

function keepPlace() {
  const { phase } = document.documentElement.dataset;
  const clip = phase === "walkin" ? "walkin" : "ambient";
  const video = /** @type {HTMLVideoElement | null} */ (
    document.querySelector(`video[data-clip="${clip}"]`)
  );
  const paused = document.querySelector("#room")?.hasAttribute("data-paused") ?? false;
  const place = { phase, media_s: video?.currentTime ?? 0, paused };
  sessionStorage.setItem(PLACE, JSON.stringify(place));
}

/** In the hidden frame: report what the new page's modules say, then nothing. */
function reportCheck() {
  const tell = (/** @type {object | null} */ problem) =>
    parent.postMessage({ breatheCheck: problem }, location.origin);
  addEventListener("error", async (event) => tell(await scriptProblem(event)), true);
  addEventListener("unhandledrejection", ({ reason }) => tell(problemOf(String(reason), "", 0)));
  const ready = () => document.querySelector("#room")?.hasAttribute("data-ready");
  const wait = setInterval(() => {
    if (!ready()) return;
    clearInterval(wait);
    tell(null);
  }, 20);
}

/* --- what is shown --------------------------------------------------------------------------- */

/** @param {ErrorEvent} event */
async function scriptProblem({ message, filename, lineno, target }) {
  const source = target instanceof HTMLScriptElement ? target.src : filename;
  if (!source) return problemOf(message || "a module did not load", "", 0);
  const file = new URL(source).pathname.replace(/^.*\/runtime\.[0-9a-f]+\//, "site_src/runtime/");
  const problem = problemOf(message || "it did not load", file, lineno ?? 0);
  try {
    const lines = (await (await fetch(source)).text()).split("\n");
    problem.frame = lines
      .map((text, k) => ({ number: k + 1, text, hit: k + 1 === lineno }))
      .slice(Math.max(0, lineno - 4), lineno + 3);
  } catch {
    // The words alone must do.
  }
  return problem;
}

/** @param {string} words @param {string} file @param {number} line */
function problemOf(words, file, line) {
  return {
    subject: file ? `${file}${line ? `:${line}` : ""}` : "a module of the page",
    got: words,
    expected: "",
    remedy: "",
    detail: "",
    file,
    line,
    frame: /** @type {{ number: number, text: string, hit: boolean }[]} */ ([]),
  };
}

/** @param {any} problem */
function showProblem(problem) {
  document.querySelector("#breathe-problem")?.remove();
  if (!problem) return;
  const list = element("dl");
  for (const part of ["got", "expected", "remedy"]) {
    if (problem[part]) {
      list.append(element("dt", { textContent: part }), element("dd", { textContent: problem[part] }));
    }
  }
  const box = element("section", { id: "breathe-problem" }, element("h2", { textContent: problem.subject }), list);
  box.setAttribute("role", "alert");
  if (problem.frame?.length) {
    const rows = problem.frame.map((/** @type {any} */ { number, text, hit }) =>
      element("div", { className: hit ? "hit" : "" },
        element("span", { className: "number", textContent: number }), new Text(text || " ")),
    );
    box.append(element("pre", {}, ...rows));
  }
  if (problem.detail) box.append(element("pre", { textContent: problem.detail }));
  box.append(element("footer", { textContent: "The last good page is underneath. This goes when it is mended." }));
  document.body.append(box);
}

/** @param {any} state */
function showState({ baking, stale = [], waiting = [] }) {
  document.querySelector("#breathe-state")?.remove();
  const lines = [
    ...(baking && stale.length ? [`Working on ${stale.map(nameOf).join(", ")} …`] : []),
    ...waiting,
  ];
  if (!lines.length || checking) return;
  const box = element("p", { id: "breathe-state", textContent: lines.join("\n") });
  box.setAttribute("role", "status");
  document.body.append(box);
}

/** The way to the author's tools, which a visitor's page does not have. */
function showTools() {
  if (new URLSearchParams(location.search).has("pick")) return;
  const tools = element("nav", { id: "breathe-tools", ariaLabel: "Author’s tools" },
    element("a", { href: "?pick", textContent: "Pick", title: "Click the four corners of the screen" }),
    element("a", { href: "?hud", textContent: "HUD", title: "Frames, track and light, as numbers; also F2" }),
  );
  document.body.append(tools);
}

/** `track:ambient: corners changed` → `track:ambient`. @param {string} reason */
function nameOf(reason) {
  return reason.slice(0, reason.indexOf(": "));
}

/* --- beginning ------------------------------------------------------------------------------- */

if (checking) {
  reportCheck();
} else {
  addEventListener("error", async (event) => {
    if (event.filename?.includes("/runtime")) showProblem(await scriptProblem(event));
  });
  const source = await (await fetch(location.pathname, { cache: "no-store" })).text();
  pristine = new DOMParser().parseFromString(source, "text/html");
  if (!document.body.classList.contains("breathe-waiting")) showTools();
  connect();
}
