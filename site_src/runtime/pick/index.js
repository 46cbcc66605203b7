/**
 * `?pick`: the clip stands on one frame, four clicks give the corners of the screen.
 *
 * The plain way stays the shortest: click four, read the numbers. Beyond it: handles to drag, arrow
 * keys (0.1 px, with Shift 1 px), a loupe, edges instead of corners, a test card on the glass, and
 * corrections of the track. On a dev server Save writes the scene file; elsewhere the TOML is there
 * to copy.
 */

import { createHistory } from "./history.js";
import { createLoupe } from "./loupe.js";
import { createOverlay } from "./overlay.js";
import { createPanel } from "./panel.js";
import { createStill } from "./still.js";
import { SIDES, corners, fitLine, lumaOf, refineLine } from "./edges.js";
import { NAMES, nearest, problems } from "./quad.js";
import { fractions, percentages, toml } from "./toml.js";
import { loadTimelines } from "../scene.js";
import { save, serverToken } from "./save.js";

/** @typedef {import("../homography.js").Point} Point */
/** @typedef {import("../homography.js").Quad} Quad */
/** @typedef {import("../scene.js").Scene} Scene */
/** @typedef {import("../timeline.js").Track} Track */
/** @typedef {"corners" | "edges" | "track"} Mode */

const NUDGE_PX = 0.1;
const COARSE_PX = 1;
const AIM_PX = 4;
const FAR_PX = 40;
/** A press this near to a handle takes it; further away nothing is taken. */
const GRASP_PX = 60;
const ARROWS = /** @type {Record<string, Point>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/**
 * What is being worked on. Never changed in place.
 *
 * @typedef {object} Work
 * @property {readonly Point[]} points corners so far, px of the frame
 * @property {readonly (readonly Point[])[]} sides points along the four edges
 */

/** @type {Work} */
const NOTHING = { points: [], sides: [[], [], [], []] };

/**
 * @typedef {object} PickOptions
 * @property {Scene} scene
 * @property {HTMLElement} room
 * @property {HTMLElement} stage the rectangle that the picture fills
 * @property {HTMLCanvasElement} canvas
 * @property {Readonly<Record<string, import("../picture.js").Clip>>} clips
 * @property {Readonly<Record<string, Track | null>>} tracks
 */

/** @param {PickOptions} options */
export async function openPick({ scene, room, stage, canvas, clips, tracks }) {
  const frame = { width: scene.size_px[0], height: scene.size_px[1] };
  const [planeWidth, planeHeight] = scene.screen.plane_px;
  const token = serverToken();
  const sheet = await style(new URL("./pick.css", import.meta.url));
  room.dataset.pick = "";
  Object.assign(canvas, frame);

  const still = createStill({ canvas, clips });
  const overlay = createOverlay({ stage, frame, plane_px: scene.screen.plane_px });
  const panel = createPanel({
    room,
    saves: token !== null,
    actions: {
      select: (corner) => draw((selected = corner)),
      number(corner, axis, value) {
        const size = axis === 0 ? frame.width : frame.height;
        const [x, y] = points()[corner];
        move(corner, axis === 0 ? [value * size, y] : [x, value * size]);
      },
      frame: (number) => go(clip, number),
      clip: (name) => go(name, 0),
      command,
    },
  });
  const loupe = createLoupe({ canvas: panel.loupe, picture: canvas });
  const past = { pick: createHistory(NOTHING), track: createHistory(NOTHING) };

  /** @type {Mode} */
  let mode = "corners";
  let clip = scene.screen.clip;
  let number = scene.screen.frame;
  let selected = -1;
  let card = true;
  let grid = false;
  let side = 0;
  /** @type {Point | null} */
  let aim = null;
  /** @type {{ from: Point, start: readonly Point[], which: number } | null} */
  let drag = null;
  /** @type {readonly Point[] | null} */
  let moving = null;
  let ghost = inPixels(/** @type {Quad} */ (scene.screen.corners));

  /** @type {[EventTarget, string, (event: any) => void][]} */
  const listeners = [
    [overlay.layer, "pointerdown", onDown],
    [overlay.layer, "pointermove", onMove],
    [overlay.layer, "pointerup", onUp],
    [overlay.layer, "pointercancel", () => draw((drag = moving = null))],
    [overlay.layer, "pointerleave", () => drag || draw((aim = null))],
    [overlay.layer, "wheel", onWheel],
    [window, "keydown", onKey],
    [document, "breathe:scene", onScene],
  ];
  for (const [target, type, listener] of listeners) {
    target.addEventListener(type, listener, type === "wheel" ? { passive: false } : undefined);
  }
  const observer = new ResizeObserver(() => draw());
  observer.observe(stage);
  layOut();
  addEventListener("resize", layOut);
  overlay.layer.focus({ preventScroll: true });
  await go(clip, number);

  return {
    dispose() {
      for (const [target, type, listener] of listeners) target.removeEventListener(type, listener);
      removeEventListener("resize", layOut);
      observer.disconnect();
      overlay.dispose();
      panel.dispose();
      sheet.remove();
      delete room.dataset.pick;
    },
  };

  function history() {
    return mode === "track" ? past.track : past.pick;
  }

  function work() {
    return history().now;
  }

  /** The corners as they are seen: while dragging, those under the hand. */
  function points() {
    return moving ?? (mode === "track" ? trackPoints() : work().points);
  }

  /** Where the track has the screen on this frame, with a correction that is not saved yet. */
  function trackPoints() {
    const row = tracks[clip]?.corners[number];
    return row ? inPixels(row).map(([x, y], k) => /** @type {Point} */ ([
      x + (offsets()[k]?.[0] ?? 0),
      y + (offsets()[k]?.[1] ?? 0),
    ])) : [];
  }

  /** In track mode the history holds offsets, not places. */
  function offsets() {
    return mode === "track" ? work().points : [];
  }

  /** @param {string} name @param {number} wanted */
  async function go(name, wanted) {
    const count = masterFrames(name);
    clip = name;
    number = Math.max(0, Math.min(count - 1, wanted));
    past.track = createHistory(NOTHING);
    draw();
    if (await still.show(clip, number)) draw();
  }

  /** Frames of the master: a ping-pong plays most of them twice. @param {string} name */
  function masterFrames(name) {
    const { frame_count } = clips[name].clock;
    return tracks[name]?.loop === "pingpong" ? Math.floor(frame_count / 2) + 1 : frame_count;
  }

  /** @param {PointerEvent} event */
  function onDown(event) {
    if (event.button !== 0) return;
    overlay.layer.setPointerCapture(event.pointerId);
    const at = place(event);
    const near = nearest(points(), at);
    const distance = near < 0 ? Infinity : Math.hypot(points()[near][0] - at[0], points()[near][1] - at[1]);
    const full = points().length === NAMES.length;
    if (full && mode !== "edges" && distance <= GRASP_PX * perCssPx()) {
      selected = near;
      drag = { from: at, start: points(), which: near };
    } else if (full && mode === "track") {
      drag = { from: at, start: points(), which: -1 };
    } else {
      aim = at;
    }
    draw();
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    const at = place(event);
    if (!drag) return draw((aim = at));
    const { from, start, which } = drag;
    const slow = event.altKey ? 0.2 : 1;
    moving = start.map(([x, y], k) =>
      which < 0 || k === which ? [x + (at[0] - from[0]) * slow, y + (at[1] - from[1]) * slow] : [x, y],
    );
    draw();
  }

  /** @param {PointerEvent} event */
  function onUp(event) {
    if (drag) {
      const kept = moving;
      drag = moving = null;
      if (kept) keep(kept);
    } else if (aim) {
      drop(place(event));
    }
    if (event.pointerType !== "mouse") aim = null;
    draw();
  }

  /** A click that took no handle. @param {Point} at */
  function drop(at) {
    if (mode === "edges") {
      const sides = work().sides.map((marks, k) => (k === side ? [...marks, at] : marks));
      history().push({ ...work(), sides });
      if (sides[side].length === 2 && side < 3) side += 1;
      fromEdges();
    } else if (mode === "corners" && work().points.length < NAMES.length) {
      history().push({ ...work(), points: [...work().points, at] });
      selected = work().points.length - 1;
      panel.say("");
    }
  }

  /** Lines through what was clicked, moved onto the picture's own edges. */
  function fromEdges() {
    const { sides } = work();
    if (sides.some((marks) => marks.length < 2)) return;
    const image = still.read();
    const luma = image && lumaOf(image);
    const lines = sides.map((marks) => {
      const line = fitLine(marks);
      return luma ? refineLine(line, marks, luma) : line;
    });
    const quad = corners(lines);
    if (quad) history().push({ ...work(), points: quad });
  }

  /** @param {readonly Point[]} next places, px of the frame */
  function keep(next) {
    if (mode !== "track") {
      history().push({ ...work(), points: next });
      return;
    }
    const row = inPixels(/** @type {Quad} */ (tracks[clip]?.corners[number]));
    const moved = next.map(([x, y], k) => /** @type {Point} */ ([x - row[k][0], y - row[k][1]]));
    history().push({ ...NOTHING, points: moved });
  }

  /** @param {number} corner @param {Point} to */
  function move(corner, to) {
    keep(points().map((point, k) => (k === corner ? to : point)));
    draw();
  }

  /** @param {WheelEvent} event */
  function onWheel(event) {
    event.preventDefault();
    loupe.turn(event.deltaY < 0 ? 1 : -1);
    draw();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const typing = /** @type {Element} */ (event.target).closest("input, select, textarea");
    const { key, shiftKey } = event;
    if ((event.ctrlKey || event.metaKey) && /^[zy]$/i.test(key)) {
      command(key.toLowerCase() === "y" || shiftKey ? "redo" : "undo");
    } else if (event.ctrlKey || event.metaKey || event.altKey || typing) {
      return;
    } else if (ARROWS[key]) {
      arrow(ARROWS[key], shiftKey);
    } else if (/^[1-4]$/.test(key) && points().length === NAMES.length) {
      selected = Number(key) - 1;
      draw();
    } else if ((key === "Enter" || key === " ") && event.target === overlay.layer) {
      if (points().length < NAMES.length || mode === "edges") drop(aim ?? centre());
      draw();
    } else if (key === "Backspace") {
      command("undo");
    } else if (key === "," || key === ".") {
      go(clip, number + (key === "." ? 1 : -1));
    } else if (key === "+" || key === "-") {
      loupe.turn(key === "+" ? 1 : -1);
      draw();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** @param {Point} direction @param {boolean} shift */
  function arrow([dx, dy], shift) {
    const full = points().length === NAMES.length;
    if (full && selected >= 0) {
      const step = shift ? COARSE_PX : NUDGE_PX;
      const [x, y] = points()[selected];
      move(selected, [x + dx * step, y + dy * step]);
      return;
    }
    const step = shift ? FAR_PX : AIM_PX;
    const [x, y] = aim ?? centre();
    aim = [
      Math.max(0, Math.min(frame.width, x + dx * step)),
      Math.max(0, Math.min(frame.height, y + dy * step)),
    ];
    draw();
  }

  /** @param {string} name */
  function command(name) {
    if (name === "corners" || name === "edges" || name === "track") setMode(name);
    else if (name === "card") card = !card;
    else if (name === "grid") grid = !grid;
    else if (name === "undo") history().undo();
    else if (name === "redo") history().redo();
    else if (name === "clear") startOver();
    else if (name === "previous frame") go(clip, number - 1);
    else if (name === "next frame") go(clip, number + 1);
    else if (name === "copy") copy();
    else if (name === "save") store();
    draw();
  }

  /** @param {Mode} next */
  function setMode(next) {
    if (next === mode) return;
    mode = next;
    selected = next === "track" ? 0 : Math.min(selected, work().points.length - 1);
    panel.say("");
  }

  function startOver() {
    history().push(NOTHING);
    selected = -1;
    side = 0;
  }

  async function copy() {
    const words = toml(work().points, frame, clip, number);
    try {
      await navigator.clipboard.writeText(words);
      panel.say("Copied. Paste it over [screen] in site_src/scene.toml.");
    } catch {
      panel.say("The browser keeps the clipboard shut: select the lines above and copy them.", true);
    }
  }

  async function store() {
    if (token === null) return;
    try {
      const { diff, backup } =
        mode === "track"
          ? await save("adjust", { clip, frame: number, offset_px: work().points }, token)
          : await save("corners", { clip, frame: number, corners: fractions(work().points, frame) }, token);
      panel.say(diff ? `Saved; the old file is ${backup}\n${diff}` : "The scene says so already.");
    } catch (error) {
      panel.say(error instanceof Error ? error.message : String(error), true);
    }
    draw();
  }

  /** The scene changed under us, by our own save or somebody else's. @param {CustomEvent} event */
  async function onScene({ detail }) {
    const { walkin, ambient } = await loadTimelines(detail.scene);
    tracks = { walkin, ambient };
    ghost = inPixels(detail.scene.screen.corners);
    past.track = createHistory(NOTHING);
    draw();
  }

  function draw(_after = /** @type {unknown} */ (undefined)) {
    const now = points();
    const full = now.length === NAMES.length;
    const aiming = !full || mode === "edges";
    const focus = drag || (full && selected >= 0 && !aiming) ? now[Math.max(0, selected)] : aim;
    overlay.draw({
      points: now,
      marks: mode === "edges" ? work().sides : [],
      ghost,
      selected,
      aim: aiming ? aim : null,
      card,
      grid,
    });
    loupe.draw(focus ?? aim ?? centre(), now);
    const placed = mode === "track" ? now : work().points;
    const dirty = mode === "track" ? work().points.length === NAMES.length : full;
    panel.show({
      todo: words(full),
      mode,
      fractions: fractions(now, frame),
      selected,
      clip,
      frame: number,
      frame_count: masterFrames(clip),
      warnings: full ? problems(/** @type {Quad} */ (now), frame, planeWidth / planeHeight) : [],
      text: mode === "track" || !placed.length ? "" :
        full ? `${percentages(placed, frame)}\n\n${toml(placed, frame, clip, number)}`
          : percentages(placed, frame),
      enabled: {
        undo: history().canUndo,
        redo: history().canRedo,
        copy: full && mode !== "track",
        save: dirty,
        clear: placed.length > 0 && mode !== "track",
      },
      pressed: { card, grid, corners: mode === "corners", edges: mode === "edges", track: mode === "track" },
    });
  }

  /** @param {boolean} full */
  function words(full) {
    if (mode === "track") {
      return full
        ? "Find a frame where the quad slides, put it right, save. The correction fades on both sides."
        : "There is no track for this clip yet.";
    }
    if (mode === "edges") {
      const missing = SIDES.filter((_, k) => work().sides[k].length < 2);
      return missing.length
        ? `Click twice or more along the ${SIDES[side]} edge of the text area.`
        : "Lines fitted and moved onto the edges in the picture. Add points, or go on with Corners.";
    }
    const next = NAMES[work().points.length];
    return next
      ? `Click the ${next} corner of the text area.`
      : "Drag a corner, or press 1 to 4 and the arrow keys: 0.1 px, with Shift 1 px.";
  }

  /** @param {Quad | readonly Point[]} quad fractions @returns {Point[]} px of the frame */
  function inPixels(quad) {
    return quad.map(([x, y]) => [x * frame.width, y * frame.height]);
  }

  /** @returns {Point} */
  function centre() {
    return [frame.width / 2, frame.height / 2];
  }

  /** Px of the frame in one CSS px. */
  function perCssPx() {
    return frame.width / stage.getBoundingClientRect().width;
  }

  /** @param {MouseEvent} event @returns {Point} px of the frame */
  function place({ clientX, clientY }) {
    const { left, top, width, height } = stage.getBoundingClientRect();
    return [((clientX - left) / width) * frame.width, ((clientY - top) / height) * frame.height];
  }

  /** The whole frame in view, beside the panel or above it. */
  function layOut() {
    const { width, height } = room.getBoundingClientRect();
    const aside = panel.root.getBoundingClientRect();
    const beside = aside.height > height * 0.7;
    const free = { width: beside ? width - aside.width : width, height: beside ? height : height - aside.height };
    const scale = Math.min(free.width / frame.width, free.height / frame.height);
    const size = { width: Math.floor(frame.width * scale), height: Math.floor(frame.height * scale) };
    const left = Math.max(0, Math.floor((free.width - size.width) / 2));
    const top = Math.max(0, Math.floor((free.height - size.height) / 2));
    Object.entries({ left, top, ...size }).forEach(([name, value]) =>
      stage.style.setProperty(name, `${value}px`),
    );
    draw();
  }
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
