/**
 * `?hud` or F2: what the page is doing, in numbers, for whoever tunes a scene.
 *
 * The corner error holds the plane as the browser has laid it out against the row of the timeline
 * that belongs to the picture on show.
 */

/** @typedef {import("../view.js").Shown} Shown */
/** @typedef {import("../scene.js").Scene} Scene */

const ROWS = [
  "phase",
  "frame",
  "media time",
  "stale frames",
  "corner error",
  "light now",
  "track",
  "bytes loaded",
  "long tasks",
];
const REFRESH_MS = 250;

/**
 * @param {object} options
 * @param {HTMLElement} options.room
 * @param {HTMLElement} options.stage
 * @param {HTMLElement} options.screen the text area
 * @param {Scene} options.scene
 */
export function createHud({ room, stage, screen, scene }) {
  const root = document.createElement("dl");
  root.id = "hud";
  const values = ROWS.map((name) => {
    const value = document.createElement("dd");
    root.append(Object.assign(document.createElement("dt"), { textContent: name }), value);
    return value;
  });
  const sheet = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: new URL("./hud.css", import.meta.url).href,
  });
  sheet.dataset.demand = "";
  document.head.append(sheet);
  room.append(root);

  /** @type {Shown | null} */
  let shown = null;
  let drawn = 0;
  let worst_px = 0;
  let longTasks = 0;
  let longest_ms = 0;
  const start = presented();

  /** @param {Event} event */
  const onPicture = (event) => {
    shown = /** @type {CustomEvent<Shown>} */ (event).detail;
    drawn += 1;
  };
  /** @param {Event} event the scene as it is after an edit */
  const onScene = (event) => {
    scene = /** @type {CustomEvent<Scene>} */ (event).detail;
  };
  room.addEventListener("picture", onPicture);
  document.addEventListener("breathe:scene", onScene);
  const tasks = watchLongTasks(({ duration }) => {
    longTasks += 1;
    longest_ms = Math.max(longest_ms, duration);
  });
  const timer = setInterval(refresh, REFRESH_MS);
  refresh();

  function refresh() {
    const error_px = shown?.corners ? cornerError(shown.corners) : null;
    if (error_px !== null) worst_px = Math.max(worst_px, error_px);
    const bytes = performance
      .getEntriesByType("resource")
      .reduce(
        (sum, entry) => sum + /** @type {PerformanceResourceTiming} */ (entry).transferSize,
        0,
      );
    const texts = [
      document.documentElement.dataset.phase ?? "",
      shown
        ? `${shown.walkin ?? "–"} walk-in, ${shown.ambient ?? "–"} loop, ${Math.round(shown.weight * 100)} %`
        : "–",
      `${playing()?.currentTime.toFixed(3) ?? "–"} s`,
      `${Math.max(0, presented() - start - drawn)} of ${presented() - start}`,
      error_px === null ? "–" : `${error_px.toFixed(3)} px, worst ${worst_px.toFixed(3)}`,
      shown ? `${shown.brightness.toFixed(3)}, warmth ${shown.warmth.toFixed(4)}` : "–",
      track(),
      `${(bytes / 1000).toFixed(0)} kB`,
      `${longTasks}, longest ${longest_ms.toFixed(0)} ms`,
    ];
    values.forEach((value, k) => {
      value.textContent = texts[k];
    });
  }

  /** Worst corner of the text area against the timeline, in px of the picture as laid out. */
  function cornerError(/** @type {import("../homography.js").Quad} */ quad) {
    const { left, top, width, height } = stage.getBoundingClientRect();
    const seen = quadOf(screen);
    if (!seen || !width) return null;
    return Math.max(
      ...quad.map(([x, y], k) =>
        Math.hypot(left + x * width - seen[k][0], top + y * height - seen[k][1]),
      ),
    );
  }

  function track() {
    const facts = scene.clips.ambient.tracked;
    return facts ? `${facts.model}, residual ${facts.worst_residual.toFixed(3)}` : "–";
  }

  return {
    dispose() {
      clearInterval(timer);
      tasks?.disconnect();
      room.removeEventListener("picture", onPicture);
      document.removeEventListener("breathe:scene", onScene);
      root.remove();
      sheet.remove();
    },
  };
}

/** The clip that is playing, if one is. */
function playing() {
  return clips().find((video) => !video.paused) ?? null;
}

/** Frames that the browser has decoded for show, both clips. */
function presented() {
  return clips().reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0);
}

function clips() {
  return /** @type {HTMLVideoElement[]} */ ([...document.querySelectorAll("video[data-clip]")]);
}

/**
 * The corners of an element as projected on the screen, CSS px, TL TR BR BL.
 *
 * @param {Element} element
 * @returns {[number, number][] | null} null where the browser cannot say
 */
function quadOf(element) {
  // biome-ignore format: the four corners
  const probes = /** @type {[string, string][]} */ ([["0", "0"], ["100%", "0"], ["100%", "100%"], ["0", "100%"]]);
  const corners = probes.map(([left, top]) => {
    const probe = document.createElement("i");
    Object.assign(probe.style, { position: "absolute", left, top, width: "0", height: "0" });
    element.append(probe);
    const box = probe.getBoundingClientRect();
    probe.remove();
    return /** @type {[number, number]} */ ([box.left, box.top]);
  });
  return corners.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)) ? corners : null;
}

/** @param {(entry: PerformanceEntry) => void} onTask */
function watchLongTasks(onTask) {
  if (!PerformanceObserver.supportedEntryTypes?.includes("longtask")) return null;
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(onTask));
  observer.observe({ entryTypes: ["longtask"] });
  return observer;
}
