/**
 * Time that can be paused, hurried and cancelled: what every waiting part of the machine waits on.
 *
 *   await clock.sleep(1500, signal)   // unpaused milliseconds
 *   await clock.picture(signal)       // until the film behind the glass shows its next picture
 *   clock.hurry()                     // a key was pressed: whoever sleeps wakes now
 */

const STILL_MS = 100; // the longest wait for a picture of a film that stands still

/** @typedef {{left_ms: number, since_ms: number, timer: number, isPicture: boolean, wake: () => void}} Nap */

/** @returns {Clock} */
export function createClock() {
  /** @type {Set<Nap>} */
  const naps = new Set();
  /** @type {Set<(now_ms: number) => void>} */
  const frames = new Set();
  let running = true;
  let request = 0;
  let stopped_ms = 0; // when it was paused
  let paused_ms = 0; // for how long, all in all

  /** @param {Nap} nap */
  const arm = (nap) => {
    nap.since_ms = performance.now();
    nap.timer = window.setTimeout(nap.wake, nap.left_ms);
  };
  const tick = (/** @type {number} */ now_ms) => {
    request = 0;
    const due = [...frames];
    frames.clear();
    for (const wake of due) wake(now_ms);
  };
  const ask = () => {
    if (running && frames.size && !request) request = requestAnimationFrame(tick);
  };

  /** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
  const sleep = (ms, signal, isPicture = false) =>
    new Promise((resolve, reject) => {
      const nap = { left_ms: ms, since_ms: 0, timer: 0, isPicture, wake: () => end(resolve) };
      const abort = () => end(() => reject(signal.reason));
      const end = (/** @type {() => void} */ settle) => {
        naps.delete(nap);
        clearTimeout(nap.timer);
        signal.removeEventListener("abort", abort);
        settle();
      };
      if (signal.aborted) return void abort();
      signal.addEventListener("abort", abort);
      naps.add(nap);
      if (running) arm(nap);
    });

  /** @param {AbortSignal} signal @returns {Promise<number>} */
  const frame = (signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        frames.delete(wake);
        reject(signal.reason);
      };
      const wake = (/** @type {number} */ now_ms) => {
        signal.removeEventListener("abort", abort);
        resolve(now_ms);
      };
      if (signal.aborted) return void abort();
      signal.addEventListener("abort", abort);
      frames.add(wake);
      ask();
    });

  return {
    sleep,
    frame,
    async picture(signal) {
      await sleep(STILL_MS, signal, true);
      return performance.now() - paused_ms;
    },
    onPicture() {
      if (running) for (const nap of [...naps]) if (nap.isPicture) nap.wake();
    },
    hurry() {
      const woken = naps.size;
      for (const nap of [...naps]) nap.wake();
      return woken > 0;
    },
    pause() {
      if (!running) return;
      running = false;
      stopped_ms = performance.now();
      for (const nap of naps) {
        clearTimeout(nap.timer);
        nap.left_ms -= performance.now() - nap.since_ms;
      }
      cancelAnimationFrame(request);
      request = 0;
    },
    resume() {
      if (running) return;
      running = true;
      paused_ms += performance.now() - stopped_ms;
      naps.forEach(arm);
      ask();
    },
  };
}

/**
 * @typedef {object} Clock
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} sleep rejects when cancelled
 * @property {(signal: AbortSignal) => Promise<number>} frame the next animation frame's time in ms
 * @property {(signal: AbortSignal) => Promise<number>} picture the film's next picture, at that many unpaused
 *   ms: what is drawn now goes into the same frame of the page, and costs next to nothing more
 * @property {() => void} onPicture the film shows its next picture
 * @property {() => boolean} hurry wakes every sleeper; says whether there was one
 * @property {() => void} pause
 * @property {() => void} resume
 */
