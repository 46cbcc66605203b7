/**
 * The picture: both clips drawn to one visible canvas, in lockstep with whatever is laid over it.
 *
 * A compositor shows a `<video>` frame before the main thread can move an overlay after it. So each
 * presented frame is drawn to the canvas and reported in the same `requestVideoFrameCallback`: who
 * sets the overlay in `onFrame` can never disagree with what is seen. Where that callback is
 * missing, animation frames serve; where the canvas fails, the bare videos do.
 */

import { frameAt } from "./timeline.js";

/** @typedef {import("./timeline.js").Clock} Clock */
/** @typedef {Readonly<{ video: HTMLVideoElement, clock: Clock }>} Clip */

/**
 * One picture on show. `weight` is the ambient clip's share: 0 while walking in, 1 once seated.
 * A frame number is null before that clip has shown anything.
 *
 * @typedef {Readonly<{ walkin: number | null, ambient: number | null, weight: number }>} Frame
 */

/**
 * @typedef {object} PictureOptions
 * @property {HTMLCanvasElement} canvas
 * @property {Clip} walkin
 * @property {Clip} ambient
 * @property {number} handoff_frames length of the crossfade
 * @property {(frame: Frame) => void} onFrame called in the turn in which the frame is drawn
 * @property {() => void} onSeated the crossfade is over, or the walk is and no loop has come yet
 * @property {() => void} onLost the walk breaks off: the rest of the clip cannot be had
 * @property {() => void} onBare the canvas failed: the videos themselves are on show
 */

/** The loop starts this many frames before it is needed, so that it is running by then. */
const HEAD_START_FRAMES = 6;

/** @param {PictureOptions} options */
export function createPicture({
  canvas,
  walkin,
  ambient,
  handoff_frames,
  onFrame,
  onSeated,
  onLost,
  onBare,
}) {
  let context = canvas.getContext("2d", { alpha: false });
  /** @type {"still" | "walkin" | "handoff" | "ambient"} */
  let mode = "still";
  /** @type {number | null} */
  let walkinFrame = null;
  /** @type {number | null} */
  let ambientFrame = null;
  let blended = 0;
  let weight = 0;
  /** The latest frame of each clip while two of them blend. */
  const layers = [layerLike(canvas), layerLike(canvas)];

  if (!context) bare();

  const stopWalkin = eachFrame(walkin, (frame, image) => {
    if (mode !== "walkin" && mode !== "handoff") return;
    walkinFrame = frame;
    const left = walkin.clock.frame_count - 1 - frame;
    if (left <= handoff_frames + HEAD_START_FRAMES && ambient.video.paused) {
      ambient.video.currentTime = 0;
      play(ambient.video).catch(() => undefined);
    }
    if (mode === "walkin") paint(image);
    else draw(layers[0], image);
    if (mode === "walkin" && left < handoff_frames && ambientFrame !== null) beginHandoff();
    present();
  });

  const stopAmbient = eachFrame(ambient, (frame, image) => {
    if (mode === "still") return;
    const { frame_count } = ambient.clock;
    const step = (frame - (ambientFrame ?? frame) + frame_count) % frame_count;
    ambientFrame = frame;
    if (mode === "ambient") {
      paint(image);
      present();
      return;
    }
    draw(layers[1], image);
    if (mode === "walkin") {
      if (walkin.video.ended) beginHandoff();
      return;
    }
    blended += step; // added up: a short loop comes round before the crossfade is over
    weight = Math.min(1, blended / (handoff_frames + 1));
    if (weight === 1) {
      mode = "ambient";
      walkin.video.pause();
      paint(image);
    }
    present();
    if (mode === "ambient") onSeated();
  });

  // A loop that is late crosses over when it comes; nobody is kept waiting for it.
  const ended = () => mode === "walkin" && onSeated();
  const lost = () => mode === "walkin" && onLost();
  walkin.video.addEventListener("ended", ended);
  walkin.video.addEventListener("error", lost);

  function beginHandoff() {
    mode = "handoff";
    blended = 0;
    draw(layers[0], canvas);
  }

  function present() {
    if (mode === "handoff" && context) {
      const [from, to] = layers;
      if (from) draw(context, from.canvas);
      context.globalAlpha = weight;
      if (to) draw(context, to.canvas);
      if (context) context.globalAlpha = 1;
    }
    if (!context) ambient.video.style.opacity = String(weight);
    onFrame(Object.freeze({ walkin: walkinFrame, ambient: ambientFrame, weight }));
  }

  /** @param {CanvasImageSource} image */
  function paint(image) {
    if (!context) return;
    draw(context, image);
    canvas.dataset.live = "";
  }

  /**
   * @param {CanvasRenderingContext2D | null} target
   * @param {CanvasImageSource} image
   */
  function draw(target, image) {
    try {
      target?.drawImage(image, 0, 0, canvas.width, canvas.height);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      bare();
    }
  }

  function bare() {
    context = null;
    canvas.hidden = true;
    onBare();
  }

  return {
    /** Whether a clip is meant to be moving. */
    get moving() {
      return mode !== "still";
    },

    /** The canvas to read the light from, or null where the bare videos are on show. */
    get context() {
      return context;
    },

    /** From the door. Rejects when the browser will not play the clip. */
    async walkIn() {
      mode = "walkin";
      weight = 0;
      walkinFrame = ambientFrame = null;
      ambient.video.pause();
      ambient.video.preload = "auto"; // it has the length of the walk to arrive
      walkin.video.currentTime = 0;
      await play(walkin.video);
    },

    /** Straight to the chair, with the loop running. Rejects when the browser will not play it. */
    async sit() {
      mode = "ambient";
      weight = 1;
      walkin.video.pause();
      await play(ambient.video);
    },

    /**
     * One frame of the loop, standing still.
     *
     * @param {number} frame
     */
    hold(frame) {
      mode = "ambient";
      weight = 1;
      walkin.video.pause();
      ambient.video.pause();
      ambient.video.preload = "auto";
      ambient.video.currentTime = (frame + 0.5) / ambient.clock.fps;
    },

    pause() {
      walkin.video.pause();
      ambient.video.pause();
    },

    async resume() {
      const isWalking = (mode === "walkin" || mode === "handoff") && !walkin.video.ended;
      if (isWalking) await play(walkin.video);
      if (mode === "handoff" || !isWalking) await play(ambient.video);
    },

    dispose() {
      stopWalkin();
      stopAmbient();
      walkin.video.removeEventListener("ended", ended);
      walkin.video.removeEventListener("error", lost);
      walkin.video.pause();
      ambient.video.pause();
    },
  };
}

/**
 * Call back once for every frame the browser presents, with its number and its picture.
 *
 * Under load a video may already stand on a later frame than the one it calls back for. So the
 * picture is a snapshot that knows its own time, where the browser can take one.
 *
 * @param {Clip} clip
 * @param {(frame: number, image: CanvasImageSource) => void} callback
 * @returns {() => void} stops it
 */
function eachFrame({ video, clock }, callback) {
  let handle = 0;
  if ("requestVideoFrameCallback" in video) {
    /** @type {VideoFrameRequestCallback} */
    const step = (_now, { mediaTime }) => {
      handle = video.requestVideoFrameCallback(step);
      const shot = snapshot(video);
      callback(frameAt(shot ? shot.timestamp / 1e6 : mediaTime, clock), shot ?? video);
      shot?.close();
    };
    handle = video.requestVideoFrameCallback(step);
    return () => video.cancelVideoFrameCallback(handle);
  }
  const plain = /** @type {HTMLVideoElement} */ (video);
  let shown = -1;
  const step = () => {
    handle = requestAnimationFrame(step);
    const frame = frameAt(plain.currentTime, clock);
    if (frame === shown || plain.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    shown = frame;
    callback(frame, plain);
  };
  handle = requestAnimationFrame(step);
  return () => cancelAnimationFrame(handle);
}

/**
 * @param {HTMLVideoElement} video
 * @returns {VideoFrame | null} null where it cannot be had
 */
function snapshot(video) {
  if (!("VideoFrame" in globalThis)) return null;
  try {
    return new VideoFrame(video);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}

/**
 * Muted before play: only so may a clip start without a gesture. Rejects when it will not play.
 *
 * @param {HTMLVideoElement} video
 */
async function play(video) {
  video.muted = true;
  const settled = new AbortController();
  try {
    await Promise.race([video.play(), refusal(video, settled.signal)]);
  } catch (error) {
    // AbortError: somebody paused it before it began, which is no refusal.
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  } finally {
    settled.abort();
  }
}

/**
 * Rejects when the last source has failed. play() itself may then wait for ever, as WebKit's does:
 * another source could still be added (HTML, resource selection algorithm, "waiting").
 *
 * @param {HTMLVideoElement} video
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
function refusal(video, signal) {
  return new Promise((_, reject) => {
    const look = () => {
      if (video.networkState !== HTMLMediaElement.NETWORK_NO_SOURCE) return;
      reject(new DOMException("no source of the clip can be played", "NotSupportedError"));
    };
    // Errors of sources don't bubble, and come before the state has changed.
    const wait = () => setTimeout(look);
    video.addEventListener("error", wait, { capture: true, signal });
    wait();
  });
}

/** @param {HTMLCanvasElement} canvas */
function layerLike({ width, height }) {
  const layer = document.createElement("canvas");
  Object.assign(layer, { width, height });
  return layer.getContext("2d", { alpha: false });
}
