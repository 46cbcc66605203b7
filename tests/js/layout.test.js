import assert from "node:assert/strict";
import { test } from "node:test";

import {
  blendRects,
  boundingBox,
  pictureRect,
  pixelStep,
  planeUnit,
  shownWhole,
} from "../../site_src/runtime/layout.js";

const PICTURE = { width: 1280, height: 704 };
/** About where the reference room's tube lies. */
const MONITOR = { left: 0.1, top: 0.16, right: 0.56, bottom: 0.76 };
const VIEWPORTS = [
  [1280, 720],
  [1920, 1080],
  [1536, 864],
  [2560, 1080],
  [3440, 1440],
  [390, 844],
  [844, 390],
  [768, 1024],
  [1024, 768],
  [320, 480],
  [1281, 703],
  [5120, 800],
  [300, 1600],
];

for (const [width, height] of VIEWPORTS) {
  const viewport = { width, height };
  const rect = pictureRect(viewport, PICTURE, MONITOR);

  test(`the whole monitor stays in view at ${width}x${height}`, () => {
    assert.ok(rect.left + MONITOR.left * rect.width >= -1);
    assert.ok(rect.left + MONITOR.right * rect.width <= width + 1);
    assert.ok(rect.top + MONITOR.top * rect.height >= -1);
    assert.ok(rect.top + MONITOR.bottom * rect.height <= height + 1);
  });

  test(`whole pixels and the picture's own shape at ${width}x${height}`, () => {
    for (const value of Object.values(rect)) assert.equal(value, Math.round(value));
    assert.ok(Math.abs(rect.width / rect.height - 1280 / 704) < 2.5 / rect.height);
  });

  test(`no gap at ${width}x${height} but the one that saves the monitor`, () => {
    const fills_width = rect.left <= 0 && rect.left + rect.width >= width;
    const fills_height = rect.top <= 0 && rect.top + rect.height >= height;
    assert.ok(fills_width || fills_height);
    const cover = pictureRect(viewport, PICTURE, null);
    const cut =
      MONITOR.right - MONITOR.left > width / cover.width ||
      MONITOR.bottom - MONITOR.top > height / cover.height;
    assert.equal(fills_width && fills_height, !cut);
  });
}

test("a phone held upright leaves room above and below, clear of the key row", () => {
  const rect = pictureRect({ width: 390, height: 844 }, PICTURE, MONITOR, { bottom_px: 160 });
  assert.ok(rect.top > 0 && rect.top + rect.height < 844 - 160);
});

test("at fractional pixel ratios the picture lies on whole device pixels too, and still covers", () => {
  for (const [pixelRatio, step] of [
    [1, 1],
    [1.25, 4],
    [1.5, 2],
    [1.1, 10],
    [2.625, 8],
    [2 / 3, 3],
    [3, 1],
  ]) {
    assert.equal(pixelStep(pixelRatio), step);
    for (const [width, height] of VIEWPORTS) {
      const rect = pictureRect({ width, height }, PICTURE, null, { pixelRatio });
      for (const value of Object.values(rect)) assert.equal(Math.abs(value % step), 0);
      assert.ok(rect.left <= 0 && rect.left + rect.width >= width);
      assert.ok(rect.top <= 0 && rect.top + rect.height >= height);
    }
  }
  assert.equal(pixelStep(Math.PI / 3), 1);
});

test("on the way between two framings all numbers stay whole, and the ends are exact", () => {
  const from = pictureRect({ width: 390, height: 844 }, PICTURE, null);
  const to = pictureRect({ width: 390, height: 844 }, PICTURE, MONITOR);
  assert.deepEqual(blendRects(from, to, 0), from);
  assert.deepEqual(blendRects(from, to, 1), to);
  for (const value of Object.values(blendRects(from, to, 0.37)))
    assert.equal(value, Math.round(value));
});

test("what would be cut is brought into view, and nothing moves that need not", () => {
  const viewport = { width: 400, height: 300 };
  const rect = { left: -500, top: 0, width: 1000, height: 300 };
  const keep = { left: 0.4, top: 0.2, right: 0.7, bottom: 0.8 };
  assert.deepEqual(shownWhole(rect, viewport, keep), { ...rect, left: -400 });
  assert.deepEqual(shownWhole({ ...rect, left: -200 }, viewport, keep), { ...rect, left: -300 });
  assert.deepEqual(shownWhole({ ...rect, left: -350 }, viewport, keep), { ...rect, left: -350 });
});

test("a box round quads takes them all, with its margin", () => {
  const quad = /** @type {any} */ ([
    [1, 2],
    [3, 1],
    [4, 5],
    [0, 4],
  ]);
  assert.deepEqual(boundingBox([quad], 1), { left: -1, top: 0, right: 5, bottom: 6 });
});

test("the plane is laid out 1.45 times its width on screen, 1.25 on fine pixels, in whole device pixels a cell", () => {
  for (const [shown_px, ratio, wanted] of [
    [467, 1, 1.45],
    [700, 1, 1.45],
    [467, 1.25, 1.45],
    [467, 2, 1.25],
    [312, 3, 1.25],
  ]) {
    const unit = planeUnit(shown_px, ratio, 640);
    const cell_device_px = unit * 16 * ratio;
    assert.ok(Math.abs(cell_device_px - Math.round(cell_device_px)) < 1e-9);
    assert.ok(Math.abs((unit * 640) / shown_px - wanted) <= 20 / ratio / shown_px + 1e-9);
  }
});
