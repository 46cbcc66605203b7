/**
 * Something that comes over the line when it is first needed. When the line fails, the next request
 * tries again; work that was asked for meanwhile is kept, in order. Pure: `fetch` is the outside.
 *
 *     const arrival = createArrival({ fetch, accept, lose }); arrival.when((it) => it.powerOn());
 */

const MOST_TRIES = 6;

/**
 * @template Parcel
 * @template Thing
 * @param {object} options
 * @param {(tried: number) => Promise<Parcel>} options.fetch gets the number of tries before this one
 * @param {(parcel: Parcel) => Thing | null} options.accept makes it, once; null: no longer wanted
 * @param {(error: unknown) => void} options.lose the last try failed, or what came did not work
 */
export function createArrival({ fetch, accept, lose }) {
  /** @type {Thing | null} */
  let thing = null;
  /** @type {((thing: Thing) => void)[]} */
  let waiting = [];
  let tried = 0;
  let isComing = false;
  let isOver = false;

  /** Tries to get it, unless it is here, on its way or given up. */
  async function request() {
    if (isComing || isOver) return;
    isComing = true;
    /** @type {Parcel} */
    let parcel;
    try {
      parcel = await fetch(tried);
    } catch (error) {
      tried++;
      isComing = false;
      if (tried >= MOST_TRIES) giveUp(error);
      return;
    }
    isOver = true;
    isComing = false;
    try {
      const made = accept(parcel);
      thing = made;
      const works = waiting;
      waiting = [];
      if (made) for (const work of works) work(made);
    } catch (error) {
      giveUp(error);
    }
  }

  /** @param {unknown} error */
  function giveUp(error) {
    isOver = true;
    waiting = [];
    lose(error);
  }

  return {
    /** It, once it is here. */
    get thing() {
      return thing;
    },
    get isComing() {
      return isComing;
    },
    request: () => void request(),
    /** Does something with it, now or as soon as it is here. @param {(thing: Thing) => void} work */
    when(work) {
      if (thing) return work(thing);
      if (isOver) return undefined;
      waiting.push(work);
      return void request();
    },
  };
}
