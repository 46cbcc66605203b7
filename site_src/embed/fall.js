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
      const area = width * height;
      // A story comes apart into its picture and its words, and those not so soon into their lines.
      const most = whole.localName === "article" ? 3 * large : large;
      const own = area === 0 || area > most ? broken(part) : [];
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
 * The paper that a piece is printed on: the first colour behind it, where it has none of its own.
 *
 * @param {Element} piece
 */
function paper(piece) {
  for (let sheet = /** @type {Element | null} */ (piece); sheet; sheet = sheet.parentElement) {
    const { backgroundColor } = getComputedStyle(sheet);
    if (!backgroundColor.endsWith(", 0)")) return sheet === piece ? "transparent" : backgroundColor;
  }
  return "Canvas";
}

/**
 * One piece's way: it tips, then falls as things fall, with the square of time. Or it comes home.
 *
 * @param {Element} piece
 * @param {boolean} home
 * @returns {[Keyframe[], KeyframeAnimationOptions]}
 */
function way(piece, home) {
  const { top, left, width } = piece.getBoundingClientRect();
  const side = left + width / 2 < innerWidth / 2 ? -1 : 1;
  const chance = Math.random() - 0.5;
  const turn = side * (5 + 9 * Math.random());
  // Far enough that the high corner of a tilted piece is gone as well.
  const drop = innerHeight - Math.max(0, top) + 60 + width / 3;
  const height = Math.min(1, Math.max(0, 1 - top / innerHeight));
  const backgroundColor = paper(piece);
  /** A loose sheet has a margin round its words. @param {number} margin_px @param {string} shade */
  const edge = (margin_px, shade) =>
    `0 0 0 ${margin_px}px ${backgroundColor}, 0 10px 50px ${shade}`;
  const rest = { opacity: 1, transform: "none", backgroundColor, boxShadow: edge(0, "#0000") };
  const shadow = { ...rest, boxShadow: edge(12, "#0008") };
  const tipped = { ...shadow, transform: `translateY(8px) rotate(${turn / 6}deg)` };
  const move = `translate(${chance * 160}px, ${drop}px)`;
  const spin = `rotateX(${chance * 70}deg) rotate(${turn}deg)`;
  const down = { ...shadow, transform: `perspective(1200px) ${move} ${spin}` };
  const fill = /** @type {const} */ ("both");
  if (home) {
    const easing = "cubic-bezier(.2,.9,.3,1)";
    return [[down, rest], { delay: 200 * (1 - height), duration: 520, easing, fill }];
  }
  return [
    [
      { ...rest, easing: "ease-in-out" },
      // The square of time, as a cubic curve.
      { ...tipped, offset: 0.2, easing: "cubic-bezier(.333,0,.667,.333)" },
      down,
    ],
    {
      delay: 400 * height + 350 * Math.random(),
      duration: 350 + 550 * Math.sqrt(drop / innerHeight),
      fill,
    },
  ];
}

/**
 * So that the browser pictures each piece on its own; the function takes the names off again.
 *
 * @param {HTMLElement[]} falling
 */
function named(falling) {
  const before = falling.map(({ style }) => style.viewTransitionName);
  const texts = falling.map((piece) => piece.getAttribute("style"));
  for (const [k, piece] of falling.entries()) piece.style.viewTransitionName = `room-${k}`;
  return () =>
    falling.splice(0).forEach((piece, k) => {
      piece.style.viewTransitionName = before[k];
      // Asked for first: Chromium leaves style="" where it has not written the attribute out yet.
      const text = piece.getAttribute("style");
      if (texts[k] === null) piece.removeAttribute("style");
      // Written anew only where it reads otherwise, since the site's policy may forbid it.
      else if (text !== texts[k]) piece.setAttribute("style", texts[k]);
    });
}

/**
 * @typedef {object} Change
 * @property {() => void} swap puts the room where the site was, or the site where the room was
 * @property {string | null} blocks selector of what falls
 * @property {HTMLDialogElement} dialog what holds the room
 * @property {boolean} home whether the site comes back
 */

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Let the pieces hang by a nail until the returned function is called. @param {string | null} blocks */
export function loosen(blocks) {
  const swings = isCalm() ? [] : pieces(blocks).map(sway);
  return () => {
    for (const swing of swings) swing.cancel();
  };
}

/** From the site to the room, or home. @param {Change} change */
export function fall(change) {
  if (isCalm()) return fade(change);
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
  /** @type {ReturnType<typeof way>[]} */
  let ways = [];
  let unname = () => {};
  /** @type {Animation[]} */
  const moves = [];
  /** @param {string} part @param {Keyframe[] | PropertyIndexedKeyframes} frames @param {KeyframeAnimationOptions} timing */
  const play = (part, frames, timing) =>
    moves.push(root.animate(frames, { ...timing, pseudoElement: `::view-transition-${part}` }));
  const name = () => {
    falling = pieces(blocks);
    ways = falling.map((piece) => way(piece, home));
    unname = named(falling);
  };
  if (!home) name();
  const change = document.startViewTransition(() => {
    unname();
    swap();
    if (home) name();
  });
  const started = change.ready.then(() => {
    const side = home ? "new" : "old";
    for (const [k, [frames, timing]] of ways.entries()) play(`${side}(room-${k})`, frames, timing);
    const slow = {
      duration: home ? 300 : 900,
      easing: "ease",
      fill: /** @type {const} */ ("both"),
    };
    play("old(root)", { opacity: [1, 0] }, slow);
    play("new(root)", { opacity: [0, 1] }, slow);
  });
  // Skipped (a hidden tab, a piece that cannot be pictured): the swap is made all the same.
  await Promise.allSettled([started, change.finished]);
  for (const move of moves) move.cancel();
  unname();
}

/** @param {Change} change */
async function move({ swap, blocks, dialog, home }) {
  const timing = { duration: 350, fill: /** @type {const} */ ("both") };
  dialog.className = "";
  const shade = dialog.animate(
    { opacity: home ? [1, 0] : [0, 1] },
    { ...timing, delay: home ? 0 : 700 },
  );
  if (home) {
    await shade.finished;
    swap();
  }
  const moves = pieces(blocks).map((piece) => piece.animate(...way(piece, home)));
  await Promise.allSettled([shade, ...moves].map(({ finished }) => finished));
  if (!home) swap();
  for (const animation of [shade, ...moves]) animation.cancel();
}
