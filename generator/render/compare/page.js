// The compare page: several takes in step, the loop as it will play, and what sets them apart.
// One clock drives every video, so none can run ahead.
(() => {
  /** @typedef {{name: string, src: string, varied: string, promoted: boolean, frameCount: number,
   *   fps: number, settings: string[], figures: Record<string, number>}} Shown */
  /** @type {{clip: string, loop: string, takes: Shown[], differing: string[],
   *   meanings: Record<string, string>}} */
  const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}");
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const play = /** @type {HTMLButtonElement} */ (at("play"));
  const seek = /** @type {HTMLInputElement} */ (at("seek"));
  const loop = /** @type {HTMLSelectElement} */ (at("loop"));

  const make = (/** @type {string} */ tag, /** @type {string} */ text = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  };

  at("clip").textContent = data.clip;
  loop.value = data.loop === "pingpong" ? "pingpong" : "restart";
  const videos = data.takes.map((take) => {
    const figure = make("figure");
    const video = document.createElement("video");
    video.src = take.src;
    video.muted = true;
    video.playsInline = true;
    video.preload = "auto";
    const caption = make("figcaption", `${take.name}${take.varied ? `, ${take.varied}` : ""} `);
    if (take.promoted) caption.append(make("strong", "the clip"));
    figure.append(video, caption);
    at("takes").append(figure);
    return video;
  });

  const longest = Math.max(1, ...data.takes.map((take) => take.frameCount));
  const fps = data.takes[0]?.fps ?? 16;
  let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let position = 0; // frames since the start of the round
  let before = performance.now();

  const show = () => {
    const round = loop.value === "pingpong" ? Math.max(1, 2 * longest - 2) : longest;
    position %= round;
    const frame = Math.floor(position < longest ? position : round - position);
    videos.forEach((video, k) => {
      const take = data.takes[k];
      if (!take || video.seeking || video.readyState < 1) return;
      video.currentTime = (Math.min(frame, take.frameCount - 1) + 0.5) / take.fps;
    });
    seek.value = String(Math.round((1000 * frame) / longest));
    at("frame").textContent = `frame ${frame}`;
  };

  const tick = (/** @type {number} */ now) => {
    const moved = playing ? ((now - before) * fps) / 1000 : 0;
    before = now;
    if (Math.floor(position + moved) !== Math.floor(position)) {
      position += moved;
      show();
    } else position += moved;
    requestAnimationFrame(tick);
  };

  const label = () => { play.textContent = playing ? "Pause" : "Play"; };
  play.addEventListener("click", () => { playing = !playing; label(); });
  seek.addEventListener("input", () => {
    playing = false;
    position = (Number(seek.value) * longest) / 1000;
    label();
    show();
  });
  videos.forEach((video) => video.addEventListener("loadeddata", show));

  const fill = (/** @type {string} */ id, /** @type {[string, string[]][]} */ rows) => {
    const head = make("tr");
    head.append(make("th"), ...data.takes.map((take) => make("th", take.name)));
    at(id).append(head, ...rows.map(([name, values]) => {
      const row = make("tr");
      row.append(make("th", name), ...values.map((value) => make("td", value)));
      return row;
    }));
  };
  fill("differences", data.differing.map((name, k) => [name, data.takes.map((take) => take.settings[k] ?? "")]));
  fill("figures", Object.keys(data.meanings).map((name) => [
    name.replaceAll("_", " "), data.takes.map((take) => String(take.figures[name] ?? "")),
  ]));
  for (const [name, meaning] of Object.entries(data.meanings)) {
    at("meanings").append(make("dt", name.replaceAll("_", " ")), make("dd", meaning));
  }
  label();
  requestAnimationFrame(tick);
})();
