/**
 * The dev server's half of the page: hears how things stand, shows it, takes over what changed.
 *
 * The server says only that there is another build, what is wrong, and what is being made. What to
 * do about a build is `takeover.js`'s to say.
 */

import { begin, takeOver } from "./takeover.js";
import { isTrial, reportTrial } from "./trial.js";
import { scriptProblem } from "./problems.js";
import { showProblem, showState, showTools } from "./shown.js";

const RETRY_MS = 600;
const isWaiting = document.body.classList.contains("breathe-waiting");

let revision = 0;
/** What the server found wrong, and what the page did; the server's goes first. */
let problems = /** @type {{ build: object | null, page: object | null }} */ ({
  build: null,
  page: null,
});

/** @param {Partial<typeof problems>} news */
function judge(news) {
  problems = { ...problems, ...news };
  showProblem(problems.build ?? problems.page);
}

function connect() {
  const socket = new WebSocket(`ws://${location.host}/__breathe/live`);
  const protocols = ["http://livereload.com/protocols/official-7"];
  socket.addEventListener("open", () =>
    socket.send(JSON.stringify({ command: "hello", protocols })),
  );
  socket.addEventListener("message", ({ data }) => hear(JSON.parse(data)));
  socket.addEventListener("close", () => setTimeout(connect, RETRY_MS));
}

/** @param {any} message */
async function hear(message) {
  if (message.command !== "breathe") return;
  judge({ build: message.problem });
  showState(message);
  if (message.revision === revision) return;
  revision = message.revision;
  if (isWaiting) location.reload();
  else judge({ page: await takeOver() });
}

if (isTrial) {
  reportTrial();
} else {
  addEventListener("error", async (event) => {
    if (event.filename?.includes("/runtime")) judge({ page: await scriptProblem(event) });
  });
  if (!isWaiting) {
    await begin();
    showTools();
  }
  connect();
}
