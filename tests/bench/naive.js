/**
 * The overlay as it is usually done, for the browser bench to compare with: a bare video under
 * object-fit: cover, and a matrix set from the clock (`?raf`) or the frame callback (`?rvfc`).
 */

const html = await (await fetch("index.html")).text();
const room = new DOMParser().parseFromString(html, "text/html");
const scene = JSON.parse(room.querySelector("#scene")?.textContent ?? "null");
const clip = scene.clips.ambient;
const { corners } = await (await fetch(clip.track)).json();

const sheet = Object.assign(document.createElement("link"), {
  rel: "stylesheet",
  href: "naive.css",
});
document.head.append(sheet);
await new Promise((resolve) => sheet.addEventListener("load", resolve));
const video = Object.assign(document.createElement("video"), {
  id: "naive",
  src: clip.sources[0].src,
  muted: true,
  loop: true,
  playsInline: true,
});
Object.assign(video.style, {
  position: "fixed",
  left: 0,
  top: 0,
  width: "100%",
  height: "100%",
  objectFit: "cover",
});
const glass = document.createElement("div");
const text = Object.assign(document.createElement("div"), { id: "screen" });
Object.assign(glass.style, {
  position: "fixed",
  left: 0,
  top: 0,
  width: "640px",
  height: "400px",
  transformOrigin: "0 0",
});
glass.style.setProperty("--u", "1px");
Object.assign(text.style, { position: "absolute", inset: 0 });
glass.append(text);
document.body.append(video, glass);

/** Four corner pairs as a linear system, solved by elimination. @param {number[]} row */
function matrixFor(row) {
  const [wide, high] = scene.size_px;
  const scale = Math.max(innerWidth / wide, innerHeight / high);
  const x0 = (innerWidth - wide * scale) / 2;
  const y0 = (innerHeight - high * scale) / 2;
  const from = [
    [0, 0],
    [640, 0],
    [640, 400],
    [0, 400],
  ];
  const system = from.flatMap(([x, y], i) => {
    const u = row[2 * i] * wide * scale + x0;
    const v = row[2 * i + 1] * high * scale + y0;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  for (let pivot = 0; pivot < 8; pivot += 1) {
    const best = system
      .slice(pivot)
      .reduce(
        (at, line, k) => (Math.abs(line[pivot]) > Math.abs(system[at][pivot]) ? pivot + k : at),
        pivot,
      );
    [system[pivot], system[best]] = [system[best], system[pivot]];
    for (const [index, line] of system.entries()) {
      if (index === pivot) continue;
      const factor = line[pivot] / system[pivot][pivot];
      for (let k = pivot; k < 9; k += 1) line[k] -= factor * system[pivot][k];
    }
  }
  const [a, b, c, d, e, f, g, h] = system.map((line, i) => line[8] / line[i]);
  return `matrix3d(${[a, d, 0, g, b, e, 0, h, 0, 0, 1, 0, c, f, 0, 1]})`;
}

/** @param {number} frame */
const show = (frame) =>
  (glass.style.transform = matrixFor(corners[Math.min(frame, corners.length - 1)]));

if (location.search === "?raf") {
  requestAnimationFrame(function step() {
    show(Math.floor(video.currentTime * scene.fps));
    requestAnimationFrame(step);
  });
} else {
  video.requestVideoFrameCallback(function step(_now, { mediaTime }) {
    show(Math.round(mediaTime * scene.fps));
    video.requestVideoFrameCallback(step);
  });
}
video.play();

export {}; // a module, which may await
