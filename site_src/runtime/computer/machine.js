/**
 * The machine: screen, clock, keys and memory, and the programs that run on it.
 *
 * One program runs at a time: the shell (BASIC), the terminal (dialling) or a session (the board).
 */
import { createSession } from "./bbs/session.js";
import { createClock } from "./clock.js";
import { createDisplay } from "./display.js";
import { codeOf } from "./keyboard.js";
import { createKeycaps } from "./keycaps.js";
import { createLog } from "./log.js";
import { recall, remember } from "./memory.js";
import { readNews } from "./news.js";
import { CODE, COLOUR_CODES } from "./petscii.js";
import { watchPointer } from "./pointer.js";
import { Screen } from "./screen.js";
import { createShell } from "./shell.js";
import { createTerminal } from "./terminal.js";

const BLINK_MS = 333; // half a period: 20 of the machine's jiffies
const REDUCED_PACE = 0.1;
/** What stays on the tube when the machine is off. */
const OFF = [
  CODE.upper + CODE.clear + CODE.down.repeat(11) + COLOUR_CODES[15],
  "         THE COMPUTER IS OFF.\r\r",
  "      ANY KEY SWITCHES IT ON AGAIN.",
].join("");

/** @typedef {import("./index.js").Phase} Phase */
/** @typedef {import("./index.js").Settings} Settings */
/** @typedef {import("./index.js").Sound} Sound */
/**
 * @typedef {object} Program what is running on the machine
 * @property {boolean} [cursor] a blinking cursor is shown
 * @property {(code: string) => boolean} key
 */
/**
 * @typedef {object} Machine what a program may use
 * @property {Screen} screen
 * @property {import("./clock.js").Clock} clock
 * @property {Sound} sound
 * @property {{say: (words: string | string[]) => void}} log
 * @property {Settings} settings
 * @property {Record<string, string>} text
 * @property {boolean} reducedMotion
 * @property {import("./memory.js").Memory} visits
 * @property {(ms: number) => number} pace how long a wait is for this visitor
 * @property {() => void} paint
 * @property {() => boolean} isBehind what is shown is not yet what there is
 * @property {(links: import("./painter.js").Link[]) => void} show the links of what is written next
 * @property {(caps: import("./bbs/paper.js").KeyCap[]) => void} keys
 * @property {(job: (signal: AbortSignal) => Promise<void>) => void} spawn runs until the program ends
 * @property {() => Promise<import("./news.js").News>} fetchNews
 * @property {(() => Promise<import("./news.js").Story[]>) | null} fetchArchive
 * @property {() => import("./news.js").News | null} savedNews
 * @property {() => string} headline
 */

/** @param {import("./index.js").ComputerOptions} options */
export function createMachine(options) {
  const { settings, sound, reducedMotion, storage, fetchArchive } = options;
  const screen = new Screen(settings);
  const clock = createClock();
  const beat = createClock();
  const log = createLog(options.log);
  const { paint, ...display } = createDisplay(options.glass, options.screen, look, (ms) =>
    beat.sleep(ms, life.signal),
  );
  const keycaps = createKeycaps(options.keys, press);
  const visits = recall(storage, settings.baud);
  const life = new AbortController();
  let running = new AbortController();
  let saved = readOrNull(options.bakedNews);
  /** @type {import("./painter.js").Link[]} */
  let links = [];
  let lit = true;
  /** @type {Program | null} */
  let program = null;
  /** @type {ReturnType<typeof createSession> | null} */
  let session = null;
  /** The call that +++ left, for ATO. @type {ReturnType<typeof createSession> | null} */
  let held = null;
  /** @type {ReturnType<typeof createTerminal> | null} */
  let terminal = null;
  /** BASIC, which keeps its program through a call. @type {ReturnType<typeof createShell> | null} */
  let shell = null;

  /** @type {Machine} */
  const machine = {
    screen,
    clock,
    sound,
    log,
    settings,
    reducedMotion,
    visits,
    text: options.text,
    pace: (ms) => (reducedMotion ? ms * REDUCED_PACE : ms),
    paint,
    isBehind: display.isBehind,
    show(next) {
      links = next;
      screen.links.fill(0); // what still stands there leads nowhere new
    },
    keys: keycaps.show,
    spawn(job) {
      const { signal } = running;
      job(signal).catch((error) => {
        if (!signal.aborted && error?.name !== "AbortError") throw error;
      });
    },
    async fetchNews() {
      const news = readOrNull(await options.fetchNews());
      if (!news) throw new Error("the feed holds no story");
      saved = news;
      return news;
    },
    fetchArchive: fetchArchive && (async () => readNews(await fetchArchive()).stories),
    savedNews: () => saved,
    headline: () => saved?.stories[0]?.title ?? settings.bbs_name,
  };

  function look() {
    return { screen, links, cursor: lit && (program?.cursor ?? false) };
  }

  /** Ends what runs and starts something else. @param {Program | null} next @param {Phase} phase */
  function become(next, phase) {
    running.abort();
    running = new AbortController();
    program = next;
    options.onPhase(phase);
  }

  function powerOn() {
    session = null;
    const fresh = createShell(machine, dial);
    shell = fresh;
    become(fresh, "boot");
    if (!reducedMotion) display.warmUp();
    sound.power(true);
    log.say("The computer switches on.");
    machine.spawn((signal) => fresh.start(signal));
  }

  function makeTerminal() {
    return createTerminal(machine, {
      baud: visits.baud,
      onOnline: connect,
      onQuit: quit,
      onBaud,
    });
  }

  function dial() {
    session = null;
    terminal = makeTerminal();
    become(terminal, "dial");
    machine.spawn((signal) => /** @type {NonNullable<typeof terminal>} */ (terminal).start(signal));
  }

  /** @param {"welcome" | "land" | "resume"} how @param {boolean} offline */
  function connect(how, offline) {
    const wire =
      how === "resume" && held
        ? { news: held.news, offline: held.offline }
        : { news: saved ?? readNews(null), offline };
    if (how !== "resume") visits.count += 1;
    const call = createSession(machine, { ...wire, baud: visits.baud, onBaud, onEnd });
    remember(storage, { ...visits, last_ms: Date.now() });
    session = call;
    become(Object.assign(call, { cursor: true }), "bbs");
    machine.spawn((signal) => call.start(how, signal));
  }

  /** @param {number} baud */
  function onBaud(baud) {
    visits.baud = baud;
    remember(storage, { ...visits, last_ms: Date.now() });
  }

  /** @param {"bye" | "escape"} how */
  function onEnd(how) {
    if (how === "bye") {
      sound.carrier(false);
      sound.hangup();
      off();
      return;
    }
    terminal ??= makeTerminal();
    held = session;
    session = null;
    become(terminal, "dial");
    terminal.resume(visits.baud);
  }

  /** Out of the terminal, to READY. */
  function quit() {
    shell ??= createShell(machine, dial);
    become(shell, "boot");
    shell.wake();
  }

  function off() {
    session = shell = null;
    become(null, "off");
    sound.power(false);
    log.say("The computer is off. Press any key to switch it on.");
    screen.border = screen.background = 0;
    screen.resetPen();
    screen.write(OFF);
    links = [];
    keycaps.show([{ cap: "ON", code: "\r", label: "Switch the computer on" }]);
    paint();
  }

  /** Straight to a phase. @param {Phase} phase */
  function land(phase) {
    // #story-3 is also a story of the page's own list, to which the browser has scrolled; and so
    // has who pressed Space before the page woke.
    history.scrollRestoration = "manual";
    scrollTo(0, 0);
    if (phase === "boot") powerOn();
    else if (phase === "dial") dial();
    else if (phase === "off") off();
    else landOnBoard();
  }

  /** The list of stories, as soon as there is one; fresh news when it comes before a key does. */
  function landOnBoard() {
    screen.border = settings.border;
    screen.background = settings.background;
    if (saved) connect("land", false);
    else become({ key: (code) => code !== CODE.stop }, "bbs"); // until the news is here
    const first = session;
    machine
      .fetchNews()
      .catch(() => null)
      .then((fresh) => {
        if (life.signal.aborted || session !== first) return;
        if (!first) connect("land", !fresh);
        else first.refresh(fresh);
      });
  }

  /** @param {string} code @returns {boolean} */
  function press(code) {
    lit = true;
    if (program) return program.key(code);
    if (code === CODE.stop) return false;
    powerOn();
    // A letter is the first of a line; Space and Return only switch on.
    if (code !== " " && code !== CODE.return) shell?.key(code);
    return true;
  }

  async function blink() {
    for (;;) {
      await beat.sleep(BLINK_MS, life.signal);
      lit = !lit || reducedMotion;
      if (program?.cursor) paint();
    }
  }

  const touch = {
    onPress: () => session?.touch(),
    hold: display.hold,
    visit: (/** @type {string} */ hash) => session?.visit(hash) ?? false,
  };
  watchPointer(options.screen, touch, life.signal);
  options.film.addEventListener("picture", clock.onPicture, { signal: life.signal });
  addEventListener("popstate", () => session?.follow(), { signal: life.signal });
  blink().catch(() => {}); // ends with the computer

  return {
    powerOn,
    land,
    press,
    /**
     * A key that is the computer's (keys.js).
     * @param {KeyboardEvent} event
     * @returns {boolean} it had a use for it
     */
    key(event) {
      const code = codeOf(event);
      if (code === null) {
        keycaps.reveal();
        return false;
      }
      const handled = press(code);
      // Whoever types means the prompt: Return is the line's now, not the link's.
      const { target } = event;
      if (handled && target instanceof HTMLElement && target !== document.body) target.blur();
      return handled;
    },
    pause() {
      clock.pause();
      beat.pause();
    },
    resume() {
      clock.resume();
      beat.resume();
    },
    dispose() {
      life.abort();
      running.abort();
      display.dispose();
      keycaps.dispose();
      log.dispose();
    },
  };
}

/** @param {unknown} feed */
function readOrNull(feed) {
  const news = readNews(feed);
  return news.stories.length ? news : null;
}
