/**
 * From the screen to the page: everything that is shown goes through here, and what would flash
 * waits. The last state is always shown in the end.
 */
import { createFlashGuard } from "./flashes.js";
import { glow } from "./glow.js";
import { createPainter } from "./painter.js";
import { COLUMNS, ROWS } from "./screen.js";

const WARM_UP_MS = 1100;

/**
 * @param {HTMLElement} glass
 * @param {HTMLElement} element the text area
 * @param {() => {screen: import("./screen.js").Screen, links: import("./painter.js").Link[],
 *   cursor: boolean}} look what there is to be seen; `cursor`: it is in its lit half
 * @param {(ms: number) => Promise<void>} sleep rejects when the computer goes
 */
export function createDisplay(glass, element, look, sleep) {
  const painter = createPainter(glass, element);
  const guard = createFlashGuard();
  const light = new Float32Array(COLUMNS * ROWS + 1);
  let isHeld = false;
  let isPressed = false;

  /** Shows what there is to be seen, or, if that would flash, what there will be a little later. */
  function paint() {
    if (isHeld || isPressed) return;
    const { screen, links, cursor } = look();
    const cell = cursor ? screen.row * COLUMNS + screen.column : -1;
    const wait_ms = guard.admit(glow(screen, cell, light), performance.now());
    if (wait_ms === 0) return void painter.paint(screen, links, cursor);
    isHeld = true;
    const again = () => {
      isHeld = false;
      paint();
    };
    sleep(wait_ms).then(again, () => {});
  }

  return {
    paint,
    /** While `on`, what is shown stays as it is. @param {boolean} on */
    hold(on) {
      if (isPressed === on) return;
      isPressed = on;
      paint();
    },
    /** The tube takes a moment to glow. */
    warmUp() {
      glass.animate([{ opacity: 0 }, { opacity: 0.25, offset: 0.3 }, { opacity: 1 }], {
        duration: WARM_UP_MS,
        easing: "ease-out",
      });
    },
    /** What is shown is not yet what there is. */
    isBehind: () => isHeld,
    dispose: painter.dispose,
  };
}
