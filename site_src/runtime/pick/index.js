/**
 * `?pick`: the clip stands on one frame, four clicks give the corners of the screen.
 *
 * The plain way stays the shortest: click four, read the numbers. Beyond it: handles to drag, arrow
 * keys (0.1 px, with Shift 1 px), a loupe, edges instead of corners, a test card on the glass, and
 * corrections of the track. On a dev server Save writes the scene file; elsewhere the TOML is there
 * to copy. What a gesture means is `session.js`'s to say; this module wires it to the page.
 */

import { createLoupe } from "./loupe.js";
import { createOverlay } from "./overlay.js";
import { createPanel } from "./panel.js";
import { createSession } from "./session.js";
import { createStill } from "./still.js";
import { createViewport } from "./viewport.js";
import { clipOf, loadTimelines } from "../scene.js";
import { lumaOf } from "./edges.js";
import { problems } from "./quad.js";
import { fractions, percentages, toml } from "./toml.js";
import { save, serverToken } from "./save.js";
import { todo } from "./words.js";

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Quad} Quad */
/** @typedef {import("../scene.js").Scene} Scene */
/** @typedef {import("../timeline.js").Track} Track */

/** A press this near to a handle, in CSS px, takes it. */
const GRASP_PX = 60;
/** With Alt held a corner goes this share of the hand's way. */
const SLOW = 0.2;
const ARROWS = /** @type {Record<string, Point>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/**
 * @typedef {object} PickOptions
 * @property {Scene} scene
 * @property {HTMLElement} room
 * @property {HTMLElement} stage the rectangle that the picture fills
 * @property {HTMLCanvasElement} canvas
 * @property {import("../scene.js").Timelines} timelines
 */

/** @param {PickOptions} options */
export async function openPick({ scene, room, stage, canvas, timelines }) {
  const frame = { width: scene.size_px[0], height: scene.size_px[1] };
  const [planeWidth, planeHeight] = scene.screen.plane_px;
  const token = serverToken();
  const sheet = await style(new URL("./pick.css", import.meta.url));
  room.dataset.pick = "";
  Object.assign(canvas, frame);

  let clips = clipsOf(scene);
  let tracks = /** @type {Record<string, Track | null>} */ ({
    walkin: timelines.walkin,
    ambient: timelines.ambient,
  });
  const still = createStill({ canvas });
  const session = createSession({
    frame,
    luma() {
      const image = still.read();
      return image && lumaOf(image);
    },
  });
  const overlay = createOverlay({ stage, frame, plane_px: scene.screen.plane_px });
  const panel = createPanel({
    room,
    saves: token !== null,
    actions: {
      select: (corner) => draw(session.select(corner)),
      number: (corner, axis, value) => draw(session.type(corner, axis === 0 ? 0 : 1, value)),
      frame: (number) => go(shown.clip, number),
      clip: (name) => go(name, 0),
      command,
    },
  });
  const viewport = createViewport({ room, stage, panel: panel.root, frame });
  const loupe = createLoupe({ canvas: panel.loupe, picture: canvas });
  const shown = { clip: scene.screen.clip, frame: scene.screen.frame };
  const hasKeys = matchMedia("(pointer: fine)");
  const aids = { card: true, grid: false };
  let ghost = inPixels(scene.screen.corners);

  const commands = /** @type {Record<string, () => unknown>} */ ({
    corners: () => setMode("corners"),
    edges: () => setMode("edges"),
    track: () => setMode("track"),
    card: () => (aids.card = !aids.card),
    grid: () => (aids.grid = !aids.grid),
    left: () => session.nudge([-1, 0], false),
    right: () => session.nudge([1, 0], false),
    up: () => session.nudge([0, -1], false),
    down: () => session.nudge([0, 1], false),
    undo: session.undo,
    redo: session.redo,
    clear: session.clear,
    adopt: () => session.adopt(ghost),
    "previous frame": () => go(shown.clip, shown.frame - 1),
    "next frame": () => go(shown.clip, shown.frame + 1),
    copy,
    save: store,
  });

  /** @type {[EventTarget, string, (event: any) => void][]} */
  const listeners = [
    [overlay.layer, "pointerdown", onDown],
    [overlay.layer, "pointermove", onMove],
    [overlay.layer, "pointerup", onUp],
    [overlay.layer, "pointercancel", () => draw(session.cancel())],
    [overlay.layer, "pointerleave", () => draw(session.leave())],
    [overlay.layer, "wheel", onWheel],
    [window, "keydown", onKey],
    [window, "resize", layOut],
    [document, "breathe:scene", onScene],
  ];
  for (const [target, type, listener] of listeners) {
    target.addEventListener(type, listener, type === "wheel" ? { passive: false } : undefined);
  }
  const observer = new ResizeObserver(() => draw());
  observer.observe(stage);
  layOut();
  overlay.layer.focus({ preventScroll: true });
  await go(shown.clip, shown.frame);

  return {
    dispose() {
      for (const [target, type, listener] of listeners) target.removeEventListener(type, listener);
      observer.disconnect();
      overlay.dispose();
      panel.dispose();
      sheet.remove();
      delete room.dataset.pick;
    },
  };

  /** @param {string} clip @param {number} wanted frame of the master */
  async function go(clip, wanted) {
    shown.clip = clip;
    shown.frame = Math.max(0, Math.min(masterFrames(clip) - 1, wanted));
    follow();
    draw();
    if (await still.show(clips[clip], shown.frame)) draw();
  }

  /** Tell the session where the track has the screen on this frame. */
  function follow() {
    session.follow(tracked());
  }

  function tracked() {
    const row = tracks[shown.clip]?.corners[shown.frame];
    return row ? inPixels(row) : [];
  }

  /** Frames of the master: a ping-pong plays most of them twice. @param {string} clip */
  function masterFrames(clip) {
    const { frame_count } = clips[clip].clock;
    return tracks[clip]?.loop === "pingpong" ? Math.floor(frame_count / 2) + 1 : frame_count;
  }

  /** @param {PointerEvent} event */
  function onDown(event) {
    if (event.button !== 0) return;
    overlay.layer.setPointerCapture(event.pointerId);
    panel.say("");
    draw(session.press(viewport.place(event), GRASP_PX * viewport.perCssPx));
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    draw(session.move(viewport.place(event), event.altKey ? SLOW : 1));
  }

  /** @param {PointerEvent} event */
  function onUp(event) {
    session.release(viewport.place(event));
    if (event.pointerType !== "mouse") session.leave();
    draw();
  }

  /** @param {WheelEvent} event */
  function onWheel(event) {
    event.preventDefault();
    draw(loupe.turn(event.deltaY < 0 ? 1 : -1));
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const { key, shiftKey } = event;
    const target = /** @type {Element} */ (event.target);
    const withCommand = event.ctrlKey || event.metaKey;
    if (target.closest("input[type=number], select, textarea")) return;
    if (withCommand && /^[zy]$/i.test(key)) {
      command(key.toLowerCase() === "y" || shiftKey ? "redo" : "undo");
    } else if (withCommand || event.altKey) {
      return;
    } else if (ARROWS[key] && !target.closest("input")) {
      draw(session.nudge(ARROWS[key], shiftKey));
    } else if (/^[1-4]$/.test(key)) {
      draw(session.select(Number(key) - 1));
    } else if ((key === "Enter" || key === " ") && target === overlay.layer) {
      draw(session.place());
    } else if (key === "Backspace") {
      command("undo");
    } else if (key === "," || key === ".") {
      go(shown.clip, shown.frame + (key === "." ? 1 : -1));
    } else if (key === "+" || key === "-") {
      draw(loupe.turn(key === "+" ? 1 : -1));
    } else {
      return;
    }
    event.preventDefault();
  }

  /** @param {string} name */
  function command(name) {
    draw(commands[name]());
  }

  /** @param {import("./session.js").Mode} mode */
  function setMode(mode) {
    session.setMode(mode);
    panel.say("");
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(toml(session.picked, frame, shown.clip, shown.frame));
      panel.say("Copied. Paste it over [screen] in site_src/scene.toml.");
    } catch {
      panel.say(
        "The browser keeps the clipboard shut: select the lines above and copy them.",
        true,
      );
    }
  }

  async function store() {
    if (token === null) return;
    const { clip, frame: number } = shown;
    try {
      const { diff, backup } =
        session.mode === "track"
          ? await save("adjust", { clip, frame: number, offset_px: session.offsets }, token)
          : await save(
              "corners",
              { clip, frame: number, corners: fractions(session.picked, frame) },
              token,
            );
      if (session.mode === "track") session.store();
      panel.say(
        diff ? `Saved. The file as it was: ${backup}\n${diff}` : "The scene says so already.",
      );
    } catch (error) {
      panel.say(error instanceof Error ? error.message : String(error), true);
    }
    draw();
  }

  /** The scene changed under us, by our own save or somebody else's. @param {CustomEvent} event */
  async function onScene({ detail }) {
    const { walkin, ambient } = await loadTimelines(detail);
    tracks = { walkin, ambient };
    session.retrack(tracked());
    clips = clipsOf(detail);
    ghost = inPixels(detail.screen.corners);
    draw();
    if (await still.show(clips[shown.clip], shown.frame)) draw();
  }

  function draw(_done = /** @type {unknown} */ (undefined)) {
    const { mode, points, picked, selected, isFull, isAiming } = session;
    overlay.draw({
      points,
      marks: mode === "edges" ? session.sides : [],
      ghost,
      selected,
      aim: isAiming ? session.aim : null,
      ...aids,
    });
    loupe.draw(session.focus, points);
    panel.show({
      todo: todo(session, token !== null, hasKeys.matches),
      mode,
      fractions: fractions(points, frame),
      selected,
      clip: shown.clip,
      frame: shown.frame,
      frame_count: masterFrames(shown.clip),
      warnings: isFull
        ? problems(/** @type {Quad} */ (points), frame, planeWidth / planeHeight)
        : [],
      text: mode === "track" ? "" : inWords(picked, isFull),
      enabled: {
        undo: session.canUndo,
        redo: session.canRedo,
        adopt: mode !== "track",
        copy: isFull && mode !== "track",
        ...Object.fromEntries(
          ["left", "right", "up", "down"].map((name) => [name, isFull && mode !== "edges"]),
        ),
        save: mode === "track" ? session.offsets.length > 0 : isFull,
        clear:
          mode === "track"
            ? session.offsets.length > 0
            : picked.length > 0 || session.sides[0].length > 0,
      },
      pressed: {
        ...aids,
        corners: mode === "corners",
        edges: mode === "edges",
        track: mode === "track",
      },
    });
  }

  /** @param {readonly Point[]} picked @param {boolean} isFull */
  function inWords(picked, isFull) {
    const percents = picked.length ? percentages(picked, frame) : "";
    return isFull ? `${percents}\n\n${toml(picked, frame, shown.clip, shown.frame)}` : percents;
  }

  function layOut() {
    viewport.fit();
    draw();
  }

  /** @param {Quad | readonly (readonly number[])[]} quad fractions @returns {Point[]} px of the frame */
  function inPixels(quad) {
    return quad.map(([x, y]) => [x * frame.width, y * frame.height]);
  }
}

/** @param {Scene} scene @returns {Record<string, import("../picture.js").Clip>} */
function clipsOf(scene) {
  return { walkin: clipOf(scene, "walkin"), ambient: clipOf(scene, "ambient") };
}

/** @param {URL} url @returns {Promise<HTMLLinkElement>} once it applies */
function style(url) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url.href });
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve(link));
    link.addEventListener("error", () => reject(new Error(`pick: ${url} did not load`)));
    document.head.append(link);
  });
}
