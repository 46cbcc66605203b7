/**
 * What the flash guard lets through of programs that do their worst, for the measure that clips must
 * pass (tests/track/test_flash_guard.py).
 *
 *     node strobes.js SEED guarded|bare    // 20 s at 60 pictures a second: 1001 float32 a picture
 */
import { createFlashGuard } from "../../../site_src/runtime/computer/flashes.js";
import { glow } from "../../../site_src/runtime/computer/glow.js";
import { COLUMNS, ROWS, Screen } from "../../../site_src/runtime/computer/screen.js";

const CELLS = COLUMNS * ROWS;
const PICTURES = 1200;
const ACT_PICTURES = 90; // then something else is tried
const GLYPHS = ["█", " ", "▒", "@", ".", "▌", "A"];

let seed = Number(process.argv[2]);
const random = () => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed / 0x80000000;
};
/** A whole number from `first` to `last`. @param {number} first @param {number} last */
const whole = (first, last) => first + Math.floor(random() * (last - first + 1));

const screen = new Screen();
/** @type {(() => (picture: number) => void)[]} each picks its numbers, and then changes the screen */
const ACTS = [
  () => {
    const [pace, one, other] = [whole(1, 12), whole(0, 15), whole(0, 15)];
    return (at) => (screen.background = Math.floor(at / pace) % 2 ? one : other);
  },
  () => {
    const [pace, one, other] = [whole(1, 12), whole(0, 15), whole(0, 15)];
    return (at) => (screen.border = Math.floor(at / pace) % 2 ? one : other);
  },
  () => {
    const [pace, left, top, wide, high] = [
      whole(2, 12),
      whole(0, 30),
      whole(0, 15),
      whole(4, 40),
      whole(3, 25),
    ];
    return (at) => {
      for (let row = top; row < Math.min(ROWS, top + high); row++) {
        const [from, to] = [row * COLUMNS + left, row * COLUMNS + Math.min(COLUMNS, left + wide)];
        screen.glyphs.fill(Math.floor(at / pace) % 2 ? "█" : " ", from, to);
      }
    };
  },
  () => {
    const [count, pause] = [whole(10, 300), whole(4, 60)];
    return (at) => {
      if (at % pause === 0) screen.clear();
      else screen.write(GLYPHS[at % 3].repeat(count));
    };
  },
  () => {
    const count = whole(0, 400);
    return () => {
      for (let i = 0; i < count; i++) {
        const cell = whole(0, CELLS - 1);
        screen.glyphs[cell] = GLYPHS[whole(0, GLYPHS.length - 1)];
        screen.colours[cell] = whole(0, 15);
      }
    };
  },
  () => {
    const pace = whole(1, 8);
    return (at) => void screen.reversed.fill(Math.floor(at / pace) % 2);
  },
  () => {
    const [wide, speed] = [whole(1, 20), whole(1, 16) / 5];
    return (at) => {
      const left = Math.floor(at * speed) % COLUMNS;
      for (let cell = 0; cell < CELLS; cell++)
        screen.glyphs[cell] = ((cell % COLUMNS) - left + COLUMNS) % COLUMNS < wide ? "█" : " ";
    };
  },
  () => () => screen.write(`THE QUICK BROWN FOX, ${whole(0, 999_999)}\r`),
];

const guard = createFlashGuard();
const pictures = new Float32Array(PICTURES * (CELLS + 1));
let shown = glow(screen, -1, new Float32Array(CELLS + 1));
let again_ms = 0;
/** @type {((picture: number) => void)[]} */
let acts = [];
for (let at = 0; at < PICTURES; at++) {
  if (at % ACT_PICTURES === 0)
    acts = Array.from({ length: whole(1, 3) }, () => ACTS[whole(0, ACTS.length - 1)]());
  for (const act of acts) act(at);
  const now_ms = (at * 1000) / 60;
  if (now_ms >= again_ms) {
    const light = glow(screen, -1, new Float32Array(CELLS + 1));
    const wait_ms = process.argv[3] === "bare" ? 0 : guard.admit(light, now_ms);
    again_ms = now_ms + wait_ms;
    if (wait_ms === 0) shown = light;
  }
  pictures.set(shown, at * (CELLS + 1));
}
process.stdout.write(Buffer.from(pictures.buffer));
