/**
 * <breathing-room src="https://room.example/"> on any site: choose the theme, and the site falls away.
 *
 *   src       where the room's bundle is
 *   theme     the value that opens it (nostalgia), of the attribute
 *   watch     of <html> that the site's picker sets (data-theme; "class" works too)
 *   blocks    selector of what falls; by default what is on screen, broken into pieces
 *   remember  "session" or "local": a reload comes back to the room; by default the site decides
 *   label     what the frame is called
 *   history   "none": the browser's Back is the site's, and does not lead out of the room
 *
 * `open()` and `close()` do it by hand. Events: `room-open`; `room-close` (detail.theme is the one
 * before; preventDefault() leaves the attribute to the site); `room-error` (detail.why).
 * Nothing is fetched before it opens, nothing stays when it has closed. One room a page is open.
 */

const ABSENT_MS = 4000;
const GIVE_UP_MS = 20000;
const BACK_MS = 500;
const KEY = "breathing-room";
const root = document.documentElement;

const style = new CSSStyleSheet();
style.replaceSync(`:host{all:initial!important;display:contents!important}
dialog{position:fixed;inset:0;width:100%;height:100%;max-width:none;max-height:none;
margin:0;padding:0;border:0;background:#120c08;overflow:hidden}
dialog::backdrop{background:none}
.wait{background:none}
.wait iframe{opacity:0}
iframe{display:block;width:100%;height:100%;border:0}
button{position:absolute;top:12px;left:12px;width:44px;height:44px;border:0;border-radius:50%;
font:24px/1 sans-serif;color:#f4e4cd;background:#0006;cursor:pointer}
button:focus-visible{outline:2px solid #f4e4cd}`);
const still = new CSSStyleSheet();
still.replaceSync("html{overflow:hidden!important}");

/** @param {boolean} on */
function holdScroll(on) {
  const others = document.adoptedStyleSheets.filter((sheet) => sheet !== still);
  document.adoptedStyleSheets = on ? [...others, still] : others;
}

/** The one that is open, or about to be. @type {BreathingRoom | null} */
let current = null;

class BreathingRoom extends HTMLElement {
  static observedAttributes = ["watch"];

  /** @type {"closed" | "opening" | "open" | "closing"} */
  state = "closed";
  /** @type {string | null} the theme before */
  #before = null;
  #dialog = document.createElement("dialog");
  #visit = new AbortController();
  #isMarked = false;
  #watcher = new MutationObserver(([{ oldValue }]) => {
    if (!this.#chosen) this.close();
    else if (this.state === "closed") {
      this.#before = oldValue;
      this.open();
    }
  });

  connectedCallback() {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [style];
    shadow.replaceChildren(this.#dialog);
    this.attributeChangedCallback();
    if (this.#chosen || this.#memory?.getItem(KEY)) this.open({ atOnce: true });
  }

  attributeChangedCallback() {
    this.#watcher.disconnect();
    if (!this.isConnected) return;
    this.#watcher.observe(root, { attributeFilter: [this.#watch], attributeOldValue: true });
  }

  disconnectedCallback() {
    this.#watcher.disconnect();
    const wasOpen = this.state !== "closed";
    this.#clear();
    this.#settle();
    // Moved, it opens anew where it is; taken away, it leaves no theme behind.
    queueMicrotask(() => wasOpen && !this.isConnected && this.#tellClosed());
  }

  get #watch() {
    return this.getAttribute("watch") ?? "data-theme";
  }

  get #chosen() {
    const theme = this.getAttribute("theme") ?? "nostalgia";
    return (root.getAttribute(this.#watch) ?? "").split(" ").includes(theme);
  }

  get #memory() {
    const kind = this.getAttribute("remember");
    try {
      return kind === "local" ? localStorage : kind === "session" ? sessionStorage : null;
    } catch {
      return null;
    }
  }

  /** Into the room; `atOnce` without the fall. */
  async open({ atOnce = false } = {}) {
    if (!this.isConnected || this.state !== "closed" || current) return;
    current = this;
    this.state = "opening";
    this.#visit = new AbortController();
    const { signal } = this.#visit;
    const url = new URL(this.getAttribute("src") ?? "", document.baseURI);
    const frame = this.#furnish(url.href, signal);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const [left, top] = [scrollX, scrollY];
    signal.addEventListener("abort", () => {
      holdScroll(false);
      scrollTo({ left, top, behavior: "instant" });
      focused?.focus({ preventScroll: true });
    });
    this.#dialog.className = atOnce ? "" : "wait";
    this.#dialog.showModal();
    const { width, height } = this.#dialog.getBoundingClientRect();
    if (!width || !height) return this.#fail("no size", url.href);
    this.#mark(signal);
    const ready = this.#greet(frame, url.origin, signal);
    const blocks = this.getAttribute("blocks");
    const motion = atOnce ? null : await falling();
    const fasten = motion?.loosen(blocks);
    const isThere = await ready;
    if (!isThere || signal.aborted) {
      fasten?.();
      return signal.aborted ? undefined : this.#fail("no answer", url.href);
    }
    const swap = () => {
      fasten?.();
      this.#dialog.className = "";
      holdScroll(true);
    };
    if (motion) await motion.fall({ swap, blocks, dialog: this.#dialog, home: false });
    else swap();
    if (signal.aborted) return;
    this.state = "open";
    this.#memory?.setItem(KEY, "in");
    frame.focus();
    this.#tell("room-open");
  }

  /** The site comes back, exactly as it was. */
  async close() {
    if (this.state === "opening") return this.#leave();
    if (this.state !== "open") return;
    this.state = "closing";
    await this.#unmark();
    const blocks = this.getAttribute("blocks");
    const motion = await falling();
    const swap = () => this.#leave();
    if (motion) await motion.fall({ swap, blocks, dialog: this.#dialog, home: true });
    else swap();
    this.#settle();
  }

  /** @param {string} src @param {AbortSignal} signal */
  #furnish(src, signal) {
    const label = this.getAttribute("label") ?? "The room";
    const frame = document.createElement("iframe");
    Object.assign(frame, { allow: "autoplay; fullscreen", src, title: label });
    const exit = document.createElement("button");
    // In focus until the room is there: an Escape that went to its empty frame would be lost.
    Object.assign(exit, { ariaLabel: "Back to the site", autofocus: true, textContent: "×" });
    exit.addEventListener("click", () => this.close());
    const dialog = this.#dialog;
    dialog.ariaLabel = label;
    dialog.replaceChildren(frame, exit);
    const onCancel = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.close();
    };
    dialog.addEventListener("cancel", onCancel, { signal });
    // A browser may close it without asking, when it is asked to close twice.
    dialog.addEventListener("close", () => this.#leave(), { signal });
    return frame;
  }

  /**
   * Sends the first frame message, and waits for an answer from the room itself.
   *
   * @param {HTMLIFrameElement} frame
   * @param {string} origin
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it is there
   */
  #greet(frame, origin, signal) {
    return new Promise((resolve) => {
      let timer = setTimeout(settle, GIVE_UP_MS, false);
      /** @param {boolean} isThere */
      function settle(isThere) {
        clearTimeout(timer);
        resolve(isThere);
      }
      const answer = (/** @type {MessageEvent} */ { source, origin: from, data }) => {
        // In a sandbox the room has no origin to show.
        if (source !== frame.contentWindow || (from !== origin && from !== "null")) return;
        if (data?.room === "ready") settle(true);
        if (data?.room === "leave") this.close();
      };
      const greet = () => {
        frame.contentWindow?.postMessage({ room: "hello" }, "*");
        clearTimeout(timer);
        timer = setTimeout(settle, ABSENT_MS, false);
      };
      addEventListener("message", answer, { signal });
      signal.addEventListener("abort", () => settle(false));
      frame.addEventListener("load", greet);
    });
  }

  /** So that Back leads out of the room, and not off the site. @param {AbortSignal} signal */
  #mark(signal) {
    if (this.getAttribute("history") === "none") return;
    this.#isMarked = true;
    if (!history.state?.[KEY]) history.pushState({ ...history.state, [KEY]: true }, "");
    const onPop = () => history.state?.[KEY] || this.close();
    addEventListener("popstate", onPop, { signal });
  }

  /** Takes the mark off; what follows must not meet a browser that is still on its way back. */
  async #unmark() {
    const isMarked = this.#isMarked && history.state?.[KEY];
    this.#isMarked = false;
    if (!isMarked) return;
    const isBack = new Promise((back) => addEventListener("popstate", back, { once: true }));
    history.back();
    await Promise.race([isBack, new Promise((late) => setTimeout(late, BACK_MS))]);
  }

  /** @param {string} why @param {string} src */
  #fail(why, src) {
    this.#tell("room-error", { src, why });
    this.#leave();
  }

  #leave() {
    if (this.#visit.signal.aborted) return;
    this.#clear();
    if (this.state !== "closing") this.#settle();
    this.#unmark();
    this.#memory?.removeItem(KEY);
    this.#tellClosed();
  }

  #tellClosed() {
    if (!this.#tell("room-close", { theme: this.#before }) || !this.#chosen) return;
    if (this.#before === null) root.removeAttribute(this.#watch);
    else root.setAttribute(this.#watch, this.#before);
  }

  /** The room goes; scroll and focus are where they were. */
  #clear() {
    this.#dialog.close();
    this.#dialog.replaceChildren();
    this.#visit.abort();
  }

  #settle() {
    this.state = "closed";
    if (current === this) current = null;
  }

  /** @param {string} type @param {object} [detail] */
  #tell(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { bubbles: true, cancelable: true, detail }));
  }
}

/** The fall itself is fetched when it is wanted; without it, the room is simply there. */
const falling = () => import("./fall.js").catch(() => null);

if (!customElements.get("breathing-room")) customElements.define("breathing-room", BreathingRoom);
