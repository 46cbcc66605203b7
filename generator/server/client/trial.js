/**
 * A new page is first tried out in a frame that nobody sees; one that does not come up stays there.
 */

import { problemOf, scriptProblem } from "./problems.js";

const MARK = "__breathe-check";
/** A page that has said nothing by then is let in: it may only be slow. */
const PATIENCE_MS = 5000;

/** Whether this page is the one that is being tried out. */
export const isTrial = new URLSearchParams(location.search).has(MARK);

/** @returns {Promise<object | null>} what is wrong with the page as the server has it now */
export async function tryOut() {
  const frame = document.createElement("iframe");
  Object.assign(frame, { hidden: true, title: "check", src: `${location.pathname}?${MARK}` });
  const done = new AbortController();
  const verdict = new Promise((resolve) => {
    const listen = (/** @type {MessageEvent} */ { source, origin, data }) => {
      if (source !== frame.contentWindow || origin !== location.origin) return;
      if ("breatheCheck" in (data ?? {})) resolve(data.breatheCheck);
    };
    addEventListener("message", listen, { signal: done.signal });
    setTimeout(() => resolve(null), PATIENCE_MS);
  });
  document.body.append(frame);
  const problem = await verdict;
  done.abort();
  frame.remove();
  return problem;
}

/** In the hidden frame: tell what the new page's modules say, or that it has come up. */
export function reportTrial() {
  const tell = (/** @type {object | null} */ problem) =>
    parent.postMessage({ breatheCheck: problem }, location.origin);
  addEventListener("error", async (event) => tell(await scriptProblem(event)), true);
  addEventListener("unhandledrejection", ({ reason }) => tell(problemOf(String(reason))));
  const room = document.querySelector("#room");
  if (!room) return tell(problemOf("no #room in the page", "templates/index.html.j2"));
  const look = () => room.hasAttribute("data-ready") && tell(null);
  new MutationObserver(look).observe(room, { attributes: true });
  look();
}
