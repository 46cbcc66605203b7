/**
 * The two stills of the room: the one from the door, which comes with the page, and the one from the
 * chair, which takes its place for those who see no clip, or who know the way.
 */

/** @typedef {Readonly<{ src: string, type: string, width: number, height: number }>} Still */

/** As in the page's own markup. */
const SIZES = "(orientation: portrait) 85vh, max(100vw, 182vh)";

/**
 * The rows of a `<picture>`: one a type, best first, each with all its widths.
 *
 * @param {readonly Still[]} stills best type first
 * @returns {{ type: string, srcset: string }[]}
 */
export function stillSources(stills) {
  const types = [...new Set(stills.map(({ type }) => type))];
  return types.map((type) => ({
    type,
    srcset: stills
      .filter((still) => still.type === type)
      .map(({ src, width }) => `${src} ${width}w`)
      .join(", "),
  }));
}

/**
 * Put other stills in the place of those that a picture shows. What is there stays until one of them
 * can be painted, and the image stays in the page: taken out, even for a moment, it would be blank.
 *
 * @param {HTMLImageElement} image inside a `<picture>`
 * @param {readonly Still[] | undefined} stills
 * @returns {Promise<void> | null} the change; null when there is none to show
 */
export function showStillIn(image, stills) {
  const fetched = fetchStill(stills);
  if (!stills || !fetched) return null;
  const { src } = fetched;
  if (image.src === src) return Promise.resolve();
  const change = () => {
    for (const row of image.parentElement?.querySelectorAll("source") ?? []) row.remove();
    image.before(...rows(stills));
    image.src = src;
  };
  return fetched.decode().then(change, change);
}

/**
 * An image that the browser fetches and nobody sees: shown later, it is there at once.
 *
 * @param {readonly Still[] | undefined} stills
 * @returns {HTMLImageElement | null}
 */
export function fetchStill(stills) {
  const last = stills?.at(-1);
  if (!stills || !last) return null;
  const image = new Image();
  document.createElement("picture").append(...rows(stills), image);
  image.src = new URL(last.src, document.baseURI).href;
  return image;
}

/** @param {readonly Still[]} stills */
function rows(stills) {
  return stillSources(stills).map((row) =>
    Object.assign(document.createElement("source"), { ...row, sizes: SIZES }),
  );
}
