/**
 * What the dev server lays over the page: what is wrong, what is being made, and the author's tools.
 */

/** What a stage does, for the line about it: `track:ambient` → `Tracking ambient`. */
const WORK = /** @type {Record<string, string>} */ ({
  draft: "Drafting the room",
  render: "Rendering",
  finish: "Encoding",
  track: "Tracking",
  light: "Measuring the light of",
  news: "Reading the news",
});

/** @param {string} tag @param {object} [properties] @param {(Node | string)[]} children */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** @param {string} id @param {HTMLElement | null} box the new one, or none */
function place(id, box) {
  const old = document.getElementById(id);
  if (!box) old?.remove();
  else if (old) old.replaceWith(box);
  else document.body.append(box);
}

/** @param {any} problem as `codeframe.py` describes it, or null */
export function showProblem(problem) {
  const id = "breathe-problem";
  if (!problem) return place(id, null);
  const list = element("dl");
  for (const part of ["got", "expected", "remedy"]) {
    if (problem[part]) {
      list.append(
        element("dt", { textContent: part }),
        element("dd", { textContent: problem[part] }),
      );
    }
  }
  const box = element("section", { id }, element("h2", { textContent: problem.subject }), list);
  box.setAttribute("role", "alert");
  if (problem.frame?.length) {
    const rows = problem.frame.map((/** @type {any} */ { number, text, hit }) =>
      element(
        "div",
        { className: hit ? "hit" : "" },
        element("span", { className: "number", textContent: number }),
        text || " ",
      ),
    );
    box.append(element("pre", {}, ...rows));
  }
  if (problem.detail) box.append(element("pre", { textContent: problem.detail }));
  box.append(
    element("footer", {
      textContent: "The last good page is underneath. This goes when it is mended.",
    }),
  );
  place(id, box);
}

/**
 * @param {object} state
 * @param {{ stage: string, step: string, done: number }[]} state.doing
 * @param {string[]} state.stale stages to be made here
 * @param {string[]} state.waiting stages that the author must run elsewhere, each in words
 */
export function showState({ doing, stale, waiting }) {
  const id = "breathe-state";
  const rows = doing.map(({ stage, step, done }) =>
    element(
      "div",
      {},
      element("span", { textContent: words(stage) }),
      element("small", { textContent: step.replace(stage, "").trim() }),
      element("progress", { value: done, max: 1, ariaLabel: words(stage) }),
    ),
  );
  const begun = new Set(doing.map(({ stage }) => stage));
  const later = stale.map((reason) => reason.split(": ")[0]).filter((stage) => !begun.has(stage));
  if (rows.length && later.length) {
    rows.push(
      element("p", {
        textContent: `then ${later.length} more`,
        title: later.map(words).join(", "),
      }),
    );
  }
  rows.push(...waiting.map((line) => element("p", { className: "waiting", textContent: line })));
  if (!rows.length) return place(id, null);
  const box = element("section", { id, ariaLabel: "Work in progress" }, ...rows);
  place(id, box);
}

/** @param {string} stage */
function words(stage) {
  const [kind, clip] = stage.split(":");
  if (clip === "poster") return "Making posters";
  return [WORK[kind] ?? kind, clip].filter(Boolean).join(" ");
}

/** The way to the author's tools, which a visitor's page does not have. */
export function showTools() {
  if (new URLSearchParams(location.search).has("pick")) return;
  const tools = element(
    "nav",
    { id: "breathe-tools", ariaLabel: "Author’s tools" },
    element("a", {
      href: "?pick",
      textContent: "Pick",
      title: "Click the four corners of the screen",
    }),
    element("a", {
      href: "?hud",
      textContent: "HUD",
      title: "Frames, track and light, as numbers; also F2",
    }),
  );
  document.body.append(tools);
}
