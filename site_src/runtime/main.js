/**
 * Wakes the page: finds its elements, loads what the visit needs, and wires gestures to it.
 *
 * The poster and the news are plain HTML and need none of this.
 */

import { createCaptions } from "./captions.js";
import { createComputer } from "./computer/index.js";
import { createControls } from "./controls.js";
import { createHost } from "./host.js";
import { focusOf, ownerOf } from "./keys.js";
import { readPreferences, rememberSeat } from "./preferences.js";
import { fetchStill, showStillIn } from "./stills.js";
import { createPicture } from "./picture.js";
import { createSound } from "./sound/index.js";
import { createView } from "./view.js";
import { createVisit } from "./visit.js";
import { fetchNews, newsInPage } from "./news.js";
import { clipOf, loadTimelines, readScene } from "./scene.js";
import { isOn, seated, wishedPhase } from "./phases.js";
import { openStorage } from "./storage.js";
import { returnTo, takePlace } from "./place.js";

/** @typedef {import("./scene.js").Scene} Scene */

const CAPTIONS_KEY = "breathing-room:captions";
const EFFECTS_KEY = "breathing-room:effects";

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @returns {T}
 */
function find(selector) {
  const element = document.querySelector(selector);
  if (!element) throw new Error(`page: got no ${selector}; expected one`);
  return /** @type {any} */ (element);
}

async function wake() {
  const query = new URLSearchParams(location.search);
  let scene = readScene();
  const host = createHost();
  const storage = openStorage();
  const { reducedMotion, saveData, returning } = readPreferences(window, storage);
  const still = reducedMotion || saveData;
  // Nothing on the page is set in it yet; it must be there when the machine comes on.
  document.fonts.load('16px "Breathe 64"').catch(() => {});
  const timelines = await loadTimelines(scene);

  const elements = {
    room: find("#room"),
    stage: find("#stage"),
    poster: /** @type {HTMLImageElement} */ (find("#poster img")),
    canvas: /** @type {HTMLCanvasElement} */ (find("#picture")),
    backdrop: /** @type {HTMLCanvasElement} */ (find("#backdrop")),
    glass: find("#glass"),
    tube: find("#glass .tube"),
    screen: find("#screen"),
    keys: find("#keys"),
  };
  const { room, stage } = elements;
  // A tool that does not load leaves the room as it is.
  const pick = query.has("pick") && (await import("./pick/index.js").catch(report));
  if (pick) {
    await pick.openPick({ scene, room, stage, canvas: elements.canvas, timelines });
    return;
  }
  let view = createView(elements, scene, timelines);
  let seen = /** @type {import("./picture.js").Frame | null} */ (null);
  const picture = createPicture({
    canvas: elements.canvas,
    walkin: clipOf(scene, "walkin"),
    ambient: clipOf(scene, "ambient"),
    handoff_frames: Math.round(scene.handoff_s * scene.fps),
    onFrame(frame) {
      seen = frame;
      view.show(frame, picture.context !== null);
      visit.walked(frame);
    },
    onSeated: () => visit.arrived(),
    onLost: () => visit.skip(),
    onBare: () => (room.dataset.picture = "video"),
  });
  const sound = createSound({ muted: query.has("mute"), storage });
  const buildComputer = (/** @type {Scene} */ { computer: settings, text, news, archive }) =>
    createComputer({
      film: room,
      glass: elements.glass,
      screen: elements.screen,
      log: find("#log"),
      keys: elements.keys,
      settings,
      text,
      fetchNews: () => fetchNews(news),
      fetchArchive: archive ? () => fetchNews(archive) : null,
      bakedNews: newsInPage(document.querySelector("#news")),
      sound,
      reducedMotion,
      onPhase: (/** @type {any} */ phase) => visit.report(phase),
      storage,
    });
  let computer = buildComputer(scene);
  const visit = createVisit({
    picture,
    computer: () => computer,
    sound,
    walk_frames: scene.clips.walkin.frame_count,
    still,
    showStill,
    onPhase(phase) {
      document.documentElement.dataset.phase = phase;
      host.enter(phase);
      if (phase === "boot") rememberSeat(storage);
      controls.enable("skip", phase !== "bbs");
    },
    onPause(paused) {
      room.toggleAttribute("data-paused", paused);
      controls.press("pause", paused);
      sound.setPaused(paused);
    },
  });
  const captions = createCaptions({ element: find("#captions"), source: sound.captions });
  let muted = Boolean(sound.muted);
  let isPlain = storage.getItem(EFFECTS_KEY) === "off";
  let captioned = storage.getItem(CAPTIONS_KEY) === "on";
  const controls = createControls({
    bar: find("#controls"),
    actions: {
      pause: () => visit.togglePause(),
      skip: () => visit.skip(),
      replay: () => visit.replay(),
      sound() {
        muted = !muted;
        sound.unlock();
        sound.setMuted(muted);
        reflect();
      },
      effects() {
        isPlain = !isPlain;
        storage.setItem(EFFECTS_KEY, isPlain ? "off" : "on");
        reflect();
      },
      captions() {
        captioned = !captioned;
        storage.setItem(CAPTIONS_KEY, captioned ? "on" : "off");
        reflect();
      },
    },
  });

  function reflect() {
    controls.press("sound", muted);
    controls.press("captions", captioned);
    controls.press("effects", isPlain);
    room.dataset.effects = isPlain ? "off" : "on";
    captions.show(captioned);
  }

  function start() {
    sound.unlock();
    visit.start();
  }

  /** What each owner does with a key; false: it had no use for it. */
  const keyed =
    /** @type {Record<import("./keys.js").Owner, (event: KeyboardEvent) => unknown>} */ ({
      browser: () => false,
      hud: () => void hud(),
      start,
      walk({ key }) {
        if (key === "Escape") visit.skip();
      },
      pause: () => visit.togglePause(),
      chair: () => visit.powerOn(),
      computer: (event) => computer.key(event),
    });

  document.addEventListener("keydown", (event) => {
    const { phase, paused } = visit;
    const inView = room.getBoundingClientRect().bottom > innerHeight / 2;
    const owner = ownerOf(event, { phase, paused, inView, focus: focusOf(event.target) });
    if (owner !== "browser") sound.unlock();
    if (keyed[owner](event) !== false) event.preventDefault();
  });
  room.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (visit.phase === "idle" && !target.closest("a, #controls")) start();
    else sound.unlock();
  });
  let hiddenPause = false;
  let numbers = /** @type {Promise<{ dispose(): void } | void>} */ (Promise.resolve());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden !== visit.paused && (document.hidden || hiddenPause)) {
      hiddenPause = document.hidden;
      visit.togglePause();
    }
  });

  reflect();
  find("#start").hidden = false;
  room.dataset.ready = "";
  if (still) fetchStill(scene.clips.ambient.poster);
  growPoster();
  const kept = takePlace();
  const wish = kept?.phase ?? wishedPhase(query) ?? (returning ? "ambient" : "idle");
  if (query.has("hud")) await hud();
  if (seated(wish)) showStillIn(elements.poster, scene.clips.ambient.poster);
  if (wish !== "idle") await visit.jump(wish);
  else if (!still) preload();

  if (kept) returnTo(kept, visit);
  document.dispatchEvent(new CustomEvent("breathe:ready", { detail: Object.freeze({ refresh }) }));

  /**
   * Take over a scene that was edited, without losing the place: for the dev server's client.
   *
   * @param {Scene} edited
   */
  async function refresh(edited) {
    const fresh = await loadTimelines(edited);
    view.dispose();
    view = createView(elements, edited, fresh);
    if (seen) view.show(seen, picture.context !== null);
    const contents = (/** @type {Scene} */ { computer, text, news, archive }) =>
      JSON.stringify([computer, text, news, archive]);
    if (contents(edited) !== contents(scene)) {
      computer.dispose();
      computer = buildComputer(edited);
      if (isOn(visit.phase)) computer.land(visit.phase);
    }
    scene = edited;
  }

  /** Show the numbers, or put them away. */
  function hud() {
    numbers = numbers.then(async (shown) => {
      if (shown) return shown.dispose();
      const tool = await import("./hud/index.js").catch(report);
      return tool?.createHud({ room, stage, screen: elements.screen, scene });
    });
    return numbers;
  }

  /** The poster has the line to itself until the page has loaded. */
  function preload() {
    const fetchClips = () => {
      find(`video[data-clip="walkin"]`).setAttribute("preload", "auto");
    };
    if (document.readyState === "complete") fetchClips();
    else addEventListener("load", fetchClips, { once: true });
  }

  /** See main.css, --short: who has seen the poster may see the last of it. */
  async function growPoster() {
    await elements.poster.decode().catch(() => {});
    requestAnimationFrame(() => requestAnimationFrame(() => (room.dataset.painted = "")));
  }

  /** The chair's own still, for those who see no clip; without one, the loop's first frame. */
  function showStill() {
    const shown = showStillIn(elements.poster, scene.clips.ambient.poster);
    if (shown) shown.then(() => delete elements.canvas.dataset.live);
    else picture.hold(0);
    view.show(Object.freeze({ walkin: null, ambient: 0, weight: 1 }), false);
  }
}

/** @param {unknown} error @returns {null} */
function report(error) {
  console.error(error);
  return null;
}

wake().catch((error) => {
  document.documentElement.dataset.broken = "";
  reportError(error);
});
