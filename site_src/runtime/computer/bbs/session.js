/**
 * A call to the board, from CONNECT to NO CARRIER: sends pages at the modem's pace, takes keys, and
 * keeps the URL in step.
 */
import { CODE, isControl } from "../petscii.js";
import { cells } from "../transliterate.js";
import { formatRoute, hrefOf, isPlace, parseRoute, route } from "../routes.js";
import { withArchive } from "../news.js";
import { trailOf } from "./board.js";
import { back, byKey, byLine, takesWords } from "./choices.js";
import { pageOf } from "./pages.js";
import { welcomePage } from "./rooms.js";
import { createSender } from "./sender.js";

/** @typedef {import("../routes.js").Route} Route */
/** @typedef {import("./board.js").Board} Board */

/** In a frame Back is the site's, and leads out of the room. */
const isFramed = globalThis.parent !== globalThis.self;
const LISTS = new Set(["stories", "area", "day", "search"]);
const LONGEST_LINE = 22;
const WELCOME_MS = 2600;
const GOODBYE_MS = 4200;

/**
 * @param {import("../machine.js").Machine} machine
 * @param {object} call
 * @param {import("../news.js").News} call.news
 * @param {boolean} call.offline
 * @param {number} call.baud
 * @param {(baud: number) => void} call.onBaud
 * @param {(how: "bye" | "escape") => void} call.onEnd the visitor logs off, or types +++
 */
export function createSession(machine, { news, offline, baud, onBaud, onEnd }) {
  const { screen, settings, visits } = machine;
  const sender = createSender(machine);
  const began_ms = Date.now();
  let where = route("stories");
  let goal = where; // as it was asked for
  let from = where;
  let typed = "";
  let sheet = 0;
  let sheets = 1;
  let live = false;
  let ended = false;
  let touched = false;
  let complaint = 0;
  let shown = false;
  let errand = 0; // counts the places that were asked for
  let sending = new AbortController();

  /** @returns {Board} */
  const board = () => ({
    news,
    offline,
    baud,
    archive: Boolean(machine.fetchArchive),
    sheet,
    from,
    text: machine.text,
    name: settings.bbs_name,
    now_ms: Date.now(),
    online_ms: Date.now() - began_ms,
    calls: visits.count,
    lastCall_ms: visits.last_ms,
    search: location.search,
  });

  /** Draws where we are. @param {boolean} [atOnce] */
  function show(atOnce) {
    shown = true;
    sending.abort();
    const mine = new AbortController();
    sending = mine;
    typed = "";
    const page = pageOf(where, board());
    sheets = page.sheets;
    machine.spawn((signal) => {
      signal.addEventListener("abort", () => mine.abort(), { once: true });
      return sender.send(page, baud, mine.signal, atOnce);
    });
  }

  /** A story's address for good as its number, once it is here. @param {Route} to */
  function numbered(to) {
    if (to.page !== "story" || !to.query) return to;
    const at = news.stories.findIndex(({ address }) => address === to.query);
    return at < 0 ? to : route("story", at + 1);
  }

  /** @param {Route} to */
  const isArchived = (to) =>
    to.page === "days" ||
    to.page === "day" ||
    (to.page === "story" && (to.query !== "" || to.number > news.today));

  /**
   * Goes somewhere, once the archive is there if that needs it.
   * @param {Route} to @param {"push" | "replace" | "keep"} how what becomes of the history
   * @param {boolean} [atOnce]
   */
  function go(to, how, atOnce) {
    const mine = ++errand;
    goal = to;
    to = numbered(to);
    if (!machine.fetchArchive || news.days.length || !isArchived(to)) return enter(to, how, atOnce);
    if (shown) notice("One moment.");
    const asked = machine.fetchArchive();
    return machine.spawn(async (signal) => {
      const archive = await asked.catch(() => []);
      if (signal.aborted || mine !== errand) return;
      if (archive.length) {
        news = withArchive(news, archive);
        enter(numbered(to), how, atOnce);
      } else if (shown) sorry("No answer. Try again.");
      else enter(route("stories"), "replace", atOnce);
    });
  }

  /** @param {Route} to @param {"push" | "replace" | "keep"} how @param {boolean} [atOnce] */
  function enter(to, how, atOnce) {
    if (to.page === "story" && to.query) return enter(route("stories"), "replace", atOnce); // gone
    where = to;
    sheet = 0;
    if (LISTS.has(to.page)) from = to;
    else if (to.page === "story") from = trailOf(to.number, board());
    if (how !== "keep") {
      const href = hrefOf(to, location.search);
      if (how === "replace" || isFramed) history.replaceState(history.state, "", href);
      else if (href !== location.search + location.hash) history.pushState(null, "", href);
    }
    if (to.page === "bye") leave();
    else show(atOnce);
  }

  function leave() {
    live = false;
    const page = pageOf(route("bye"), board());
    sending.abort();
    machine.spawn(async (signal) => {
      await sender.send(page, baud, signal);
      await machine.clock.sleep(GOODBYE_MS, signal);
      end("bye");
    });
  }

  /** @param {"bye" | "escape"} how */
  function end(how) {
    if (ended) return;
    ended = true;
    live = false;
    sending.abort();
    onEnd(how);
  }

  /** @param {import("./choices.js").Choice} choice @returns {void} */
  function obey(choice) {
    if ("go" in choice) return go(choice.go, "push");
    if ("sheet" in choice) {
      sheet = choice.sheet;
      return show();
    }
    if ("open" in choice) {
      if (choice.open) location.assign(choice.open);
      return undefined;
    }
    if ("baud" in choice) {
      baud = choice.baud;
      onBaud(baud);
      return go(route("menu"), "push");
    }
    return sorry(choice.sorry);
  }

  /** A word in the prompt's row, until the next key. @param {string} words */
  function notice(words) {
    eraseTyped();
    machine.log.say(words);
    typed = "";
    screen.write(words);
    complaint = cells(words).length;
    machine.paint();
  }

  /** @param {string} words */
  function sorry(words) {
    machine.sound.bell();
    notice(words);
  }

  const erase = (/** @type {number} */ count) => screen.write(CODE.delete.repeat(count));
  const eraseTyped = () => {
    erase(complaint || cells(typed).length);
    complaint = 0;
  };

  /** @param {string} code */
  function line(code) {
    if (complaint) eraseTyped();
    if (code === CODE.delete) {
      const all = cells(typed);
      if (all.length) erase(1);
      typed = all.slice(0, -1).join("");
    } else if (code >= " " && !isControl(code)) {
      if (cells(typed).length >= LONGEST_LINE) return true;
      typed += code;
      screen.write([code]);
    } else return false;
    machine.paint();
    if (typed === "+++") end("escape");
    return true;
  }

  return {
    get news() {
      return news;
    },
    get offline() {
      return offline;
    },
    /**
     * @param {"welcome" | "land" | "resume"} how
     * @param {AbortSignal} signal
     */
    async start(how, signal) {
      screen.write(CODE.lower);
      if (how === "welcome") {
        await sender.send(welcomePage(board()), baud, signal);
        await machine.clock.sleep(machine.reducedMotion ? 0 : WELCOME_MS, signal);
      }
      where = how === "welcome" ? route("stories") : parseRoute(location.hash);
      if (where.page === "bye") where = route("stories");
      if (!location.hash || how === "welcome")
        history.replaceState(history.state, "", hrefOf(where, location.search));
      live = true;
      go(where, "keep", how === "land" || undefined);
    },
    /** @param {string} code @returns {boolean} */
    key(code) {
      touched = true;
      machine.sound.key();
      // Space for what nobody has seen yet asks for it, and not for the page after it.
      const sent = sender.flush() || machine.isBehind();
      if (!live) {
        machine.clock.hurry();
        return true;
      }
      if (code === CODE.stop) {
        const to = back(where, from);
        go(to ?? route("bye"), "push");
        return true;
      }
      if (sent && !typed && (code === " " || code === CODE.return)) return true;
      if (code === CODE.return || (code === " " && !typed && !takesWords(where))) {
        const choice = byLine(where, typed, board(), sheets);
        if (choice) obey(choice);
        return true;
      }
      const turn =
        code === CODE.down || code === CODE.right
          ? "n"
          : code === CODE.up || code === CODE.left
            ? "p"
            : "";
      const choice =
        typed || !(turn || (code >= "!" && code < "\x7f"))
          ? null
          : byKey(where, turn || code, board(), sheets);
      if (choice) obey(choice);
      else if (!line(code)) return turn !== "";
      return true;
    },
    /**
     * Newer news, shown while the visitor has done nothing yet; null: there is none to be had, so
     * what is shown is a copy.
     * @param {import("../news.js").News | null} fresh
     */
    refresh(fresh) {
      if (!fresh) offline = true;
      else if (!touched) news = fresh;
      if (live && !touched) go(goal, "keep", true);
    },
    /** The address has changed by itself: back, forward, or a link. */
    follow() {
      touched = true;
      const { hash } = location;
      if (live && isPlace(hash) && formatRoute(where) !== hash) go(parseRoute(hash), "keep");
    },
    /** The visitor has their hands on it: what is shown is not swapped for fresher news. */
    touch() {
      touched = true;
    },
    /** Goes where a link of ours leads. @param {string} hash */
    visit(hash) {
      touched = true;
      if (live) go(parseRoute(hash), "push");
      return true;
    },
  };
}
