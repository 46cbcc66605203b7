/**
 * `?pick`: the clip stands on the frame that `[screen]` names, a crosshair follows the pointer, four
 * clicks give the corners, and the TOML to paste is shown.
 */

import { boundingBox } from "../layout.js";

/** @typedef {import("../scene.js").Scene} Scene */

const NAMES = ["top left", "top right", "bottom right", "bottom left"];

/**
 * @typedef {object} PickOptions
 * @property {Scene} scene
 * @property {HTMLElement} room
 * @property {HTMLElement} stage the rectangle that the picture fills
 * @property {(frame: number) => void} hold shows one frame of the loop, standing still
 */

/** @param {PickOptions} options */
export function openPick({ scene, room, stage, hold }) {
  const { frame, clip } = scene.screen;
  room.dataset.pick = "";
  hold(frame);

  const panel = document.createElement("output");
  panel.id = "pick";
  panel.setAttribute("aria-live", "polite");
  const vertical = document.createElement("i");
  const horizontal = document.createElement("i");
  const layer = document.createElement("div");
  layer.id = "crosshair";
  layer.append(vertical, horizontal);
  stage.append(layer);
  room.append(panel);

  /** @type {[number, number][]} */
  let corners = [];
  say();

  /** @param {PointerEvent | MouseEvent} event */
  const onMove = (event) => {
    const [x, y] = fraction(event);
    vertical.style.left = `${x * 100}%`;
    horizontal.style.top = `${y * 100}%`;
  };

  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (corners.length === NAMES.length) corners = [];
    corners.push(fraction(event));
    say();
  };

  layer.addEventListener("pointermove", onMove);
  layer.addEventListener("click", onClick);
  return {
    dispose() {
      layer.remove();
      panel.remove();
      delete room.dataset.pick;
    },
  };

  /**
   * @param {MouseEvent} event
   * @returns {[number, number]}
   */
  function fraction({ clientX, clientY }) {
    const { left, top, width, height } = stage.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  function say() {
    for (const mark of layer.querySelectorAll("b")) mark.remove();
    for (const [x, y] of corners) {
      const mark = document.createElement("b");
      Object.assign(mark.style, { left: `${x * 100}%`, top: `${y * 100}%` });
      layer.append(mark);
    }
    const next = NAMES[corners.length];
    const percents = corners.map(([x, y], corner) => `${NAMES[corner]}: ${percent(x)} ${percent(y)}`);
    panel.textContent = [
      next ? `Click the ${next} corner of the text area.` : "Paste this into scene.toml:",
      ...percents,
      ...(next ? [] : ["", ...toml()]),
    ].join("\n");
  }

  function toml() {
    const box = boundingBox([/** @type {any} */ (corners)]);
    const inside = box.left >= 0 && box.top >= 0 && box.right <= 1 && box.bottom <= 1;
    const rows = corners.map(([x, y]) => `[${x.toFixed(5)}, ${y.toFixed(5)}]`);
    return [
      "[screen]",
      `clip = "${clip}"`,
      `frame = ${frame}`,
      `corners = [${rows.join(", ")}]`,
      ...(inside ? [] : ["", "A corner lies outside the picture: click again."]),
    ];
  }
}

/** @param {number} value */
function percent(value) {
  return `${(value * 100).toFixed(2)}%`;
}
