/**
 * One frame of a clip, standing still on the canvas in its own size.
 *
 *     const still = createStill({ canvas });
 *     await still.show(clips.ambient, 12);
 */

/** @typedef {import("../picture.js").Clip} Clip */

/** A browser that has not shown the frame by then will not. */
const PATIENCE_MS = 4000;

/**
 * @param {object} options
 * @param {HTMLCanvasElement} options.canvas
 */
export function createStill({ canvas }) {
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  let turn = 0;

  return {
    /**
     * @param {Clip} clip
     * @param {number} frame of the playing clip, from 0
     * @returns {Promise<boolean>} false where a later call overtook this one
     */
    async show({ video, clock }, frame) {
      turn += 1;
      const mine = turn;
      await loaded(video);
      if (mine !== turn) return false;
      const presented = nextFrame(video);
      video.currentTime = (Math.min(frame, clock.frame_count - 1) + 0.5) / clock.fps;
      await presented;
      if (mine !== turn) return false;
      context?.drawImage(video, 0, 0, canvas.width, canvas.height);
      canvas.dataset.live = "";
      return true;
    },

    /** @returns {ImageData | null} null where the picture may not be read */
    read() {
      try {
        return context?.getImageData(0, 0, canvas.width, canvas.height) ?? null;
      } catch {
        return null;
      }
    },
  };
}

/** @param {HTMLVideoElement} video */
async function loaded(video) {
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
  video.preload = "auto";
  video.load();
  await within(
    new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true })),
  );
}

/** @param {HTMLVideoElement} video */
function nextFrame(video) {
  const sought = new Promise((resolve) =>
    video.addEventListener("seeked", resolve, { once: true }),
  );
  if (!("requestVideoFrameCallback" in video)) return within(sought);
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  // A seek to the frame that is already there presents nothing new.
  return within(Promise.race([shown, sought.then(() => pause(120))]));
}

/** @param {Promise<unknown>} promise */
function within(promise) {
  return Promise.race([promise, pause(PATIENCE_MS)]);
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
