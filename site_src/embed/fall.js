/**
 * How a site falls away, and how it comes home. Loaded by embed.js when somebody chose to see it.
 *
 * The room is behind: View Transitions picture each piece on its own, and the pieces fall in front of
 * the live room. Where a browser has none, the pieces themselves are moved and put back.
 */

const PIECES_MAX = 36;
const root = document.documentElement;

/**
 * What falls: the blocks on screen, large ones broken into theirs.
 *
 * @param {string | null} selector
 * @returns {HTMLElement[]}
 */
function pieces(selector) {
  const large = (innerWidth * innerHeight) / 6;
  /** @param {Element} element */
  const isSeen = (element) => {
    const { top, right, bottom, left, width, height } = element.getBoundingClientRect();
    const inside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    return inside && width > 8 && height > 8;
  };
  /** @param {Element} whole @returns {Element[]} */
  const broken = (whole) =>
    [...whole.children].flatMap((part) => {
      const { width, height } = part.getBoundingClientRect();
      const own = width * height === 0 || width * height > large ? broken(part) : [];
      return own.length ? own : [part];
    });
  const found = selector ? [...document.querySelectorAll(selector)] : broken(document.body);
  return /** @type {HTMLElement[]} */ (found.filter(isSeen).slice(0, PIECES_MAX));
}

/** Hangs by one nail while the room is on its way. @param {HTMLElement} piece */
function sway(piece) {
  const side = Math.random() < 0.5 ? "0 0" : "100% 0";
  const angle = (side === "0 0" ? 1 : -1) * Math.min(2.5, 240 / piece.offsetWidth + 0.3);
  return piece.animate(
    { transform: ["none", `rotate(${angle}deg)`], transformOrigin: [side, side] },
    {
      composite: "add",
      delay: 300 * Math.random(),
      direction: "alternate",
      duration: 500 + 500 * Math.random(),
      easing: "ease-in-out",
      iterations: Infinity,
    },
  );
}

/**
 * One piece's way: it tips, then falls as things fall, with the square of time. Or it comes home.
 *
 * @param {DOMRect} box
 * @param {boolean} home
 * @returns {[Keyframe[], KeyframeAnimationOptions]}
 */
function way({ top, left, width }, home) {
  const drop = innerHeight - top + 100;
  const height = Math.min(1, Math.max(0, 1 - top / innerHeight));
  const chance = Math.random() - 0.5;
  const turn = (left + width / 2 < innerWidth / 2 ? -1 : 1) * (6 + 10 * Math.random());
  const down = {
    opacity: 1,
    transform: `perspective(1200px) translate(${chance * 200}px,${drop}px) rotateX(${chance * 80}deg) rotate(${turn}deg)`,
  };
  const rest = { opacity: 1, transform: "none" };
  if (home) {
    const timing = { delay: 200 * (1 - height), duration: 520, easing: "cubic-bezier(.2,.9,.3,1)" };
    return [[down, rest], { ...timing, fill: "both" }];
  }
  const tipped = { opacity: 1, transform: `translateY(8px) rotate(${turn / 6}deg)` };
  return [
    [
      { ...rest, easing: "ease-in-out" },
      { ...tipped, offset: 0.2, easing: "cubic-bezier(.333,0,.667,.333)" },
      down,
    ],
    {
      delay: 350 * height + 250 * Math.random(),
      duration: 350 + 650 * Math.sqrt(drop / innerHeight),
      fill: "both",
    },
  ];
}

/**
 * So that the browser pictures each piece on its own; the function takes the names off again.
 *
 * @param {HTMLElement[]} falling
 */
function named(falling) {
  const before = falling.map((piece) => piece.getAttribute("style"));
  falling.forEach((piece, k) => (piece.style.viewTransitionName = `room-${k}`));
  return () =>
    falling.splice(0).forEach((piece, k) => {
      const text = before[k];
      if (text === null) piece.removeAttribute("style");
      else piece.setAttribute("style", text);
    });
}

/**
 * @typedef {object} Change
 * @property {() => void} swap puts the room where the site was, or the site where the room was
 * @property {string | null} blocks selector of what falls
 * @property {HTMLDialogElement} dialog what holds the room
 * @property {boolean} home whether the site comes back
 */

/** Let the pieces hang by a nail until the returned function is called. @param {string | null} blocks */
export function loosen(blocks) {
  const swings = pieces(blocks).map(sway);
  return () => swings.forEach((swing) => swing.cancel());
}

/** From the site to the room, or home. @param {Change} change */
export function fall(change) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return fade(change);
  return "startViewTransition" in document ? picture(change) : move(change);
}

/** @param {Change} change */
async function fade({ swap, dialog, home }) {
  if (!home) swap();
  await dialog.animate({ opacity: home ? [1, 0] : [0, 1] }, 200).finished;
  if (home) swap();
}

/** @param {Change} change */
async function picture({ swap, blocks, home }) {
  /** @type {HTMLElement[]} */
  let falling = [];
  /** @type {DOMRect[]} */
  let boxes = [];
  let unname = () => {};
  const name = () => {
    falling = pieces(blocks);
    boxes = falling.map((piece) => piece.getBoundingClientRect());
    unname = named(falling);
  };
  if (!home) name();
  const change = document.startViewTransition(() => {
    unname();
    swap();
    if (home) name();
  });
  const moved = change.ready.then(() => {
    boxes.forEach((box, k) => {
      const [frames, timing] = way(box, home);
      const side = home ? "new" : "old";
      root.animate(frames, { ...timing, pseudoElement: `::view-transition-${side}(room-${k})` });
    });
    const slow = { duration: home ? 300 : 900, easing: "ease", fill: /** @type {const} */ ("both") };
    root.animate({ opacity: [1, 0] }, { ...slow, pseudoElement: "::view-transition-old(root)" });
    root.animate({ opacity: [0, 1] }, { ...slow, pseudoElement: "::view-transition-new(root)" });
  });
  // Skipped (a hidden tab, a piece that cannot be pictured): the swap is made all the same.
  await Promise.allSettled([moved, change.finished]);
  unname();
}

/** @param {Change} change */
async function move({ swap, blocks, dialog, home }) {
  const timing = { duration: 350, fill: /** @type {const} */ ("both") };
  const shade = dialog.animate({ opacity: home ? [1, 0] : [0, 1] }, { ...timing, delay: home ? 0 : 700 });
  if (home) {
    await shade.finished;
    swap();
  }
  const moves = pieces(blocks).map((piece) =>
    piece.animate(...way(piece.getBoundingClientRect(), home)),
  );
  await Promise.allSettled([shade, ...moves].map(({ finished }) => finished));
  if (!home) swap();
  [shade, ...moves].forEach((animation) => animation.cancel());
}
