/**
 * The room's side of the frame messages with a site that has embedded it (embed.js has the other).
 *
 *   site → room  {room: "hello"}   room → site  {room: "ready"}, {room: "leave"}
 *
 * Who may frame the page is the CSP's affair (frame-ancestors); answers go to the origin that said
 * hello, and to no other.
 */

/** Off for so long means that the visitor has logged off, and is not merely walking in again. */
const FAREWELL_MS = 1500;

/**
 * @param {Window & typeof globalThis} [frame] the window that the room runs in
 * @returns {{enter: (phase: string) => void, dispose: () => void}}
 */
export function createHost(frame = window) {
  const { parent } = frame;
  if (parent === frame) return { enter() {}, dispose() {} };
  const listening = new AbortController();
  const { signal } = listening;
  let site = "";
  let timer = 0;

  /** @param {"ready" | "leave"} room */
  const send = (room) => {
    if (site) parent.postMessage({ room }, site === "null" ? "*" : site); // a sandbox has no origin
  };
  const onMessage = (/** @type {MessageEvent} */ { source, origin, data }) => {
    if (source !== parent || data?.room !== "hello" || (site && site !== origin)) return;
    site = origin;
    send("ready");
  };
  // The last rung: whoever in the room had a use for the Escape has taken it.
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented) send("leave");
  };
  // A story opens beside the site; in the frame most sites would refuse to show.
  const onClick = (/** @type {Event} */ { target }) => {
    const link = /** @type {Element} */ (target).closest?.("a[href]");
    if (link && !link.getAttribute("href")?.startsWith("#")) link.setAttribute("target", "_blank");
  };
  frame.addEventListener("message", onMessage, { signal });
  frame.addEventListener("keydown", onKey, { signal });
  frame.addEventListener("click", onClick, { capture: true, signal });

  return {
    enter(phase) {
      clearTimeout(timer);
      if (phase === "off") timer = setTimeout(send, FAREWELL_MS, "leave");
    },

    dispose() {
      clearTimeout(timer);
      listening.abort();
    },
  };
}
