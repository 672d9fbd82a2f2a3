// Fetches and decodes tiles: a few at once, the nearest first, none that nobody looks at any more.

const AT_ONCE = 6;
const REST_MS = 4000; // after a failure; the preview stands in meanwhile

export class TileFetch {
  #waiting = [];
  #under_way = new Map(); // key → the image that loads
  #resting = new Map(); // key → when it may be asked for again; Infinity where it never helps
  #onTile;
  #onRested;
  #timer = null;
  #starting = null;

  /** `onTile(tile, picture)` takes a decoded tile over; `onRested()` may ask for failed ones again. */
  constructor(onTile, onRested) {
    this.#onTile = onTile;
    this.#onRested = onRested;
  }

  /** Exactly these tiles ({key, url, …}, in this order) are wanted from now on; the others are given up. */
  want(tiles) {
    const keys = new Set(tiles.map(({ key }) => key));
    for (const key of [...this.#under_way.keys()]) if (!keys.has(key)) this.#giveUp(key);
    const now = performance.now();
    this.#waiting = tiles.filter(({ key }) => !this.#under_way.has(key) && !(this.#resting.get(key) > now));
    this.#next();
  }

  /** Another picture: nothing is wanted, and no failure counts any more. */
  forget() {
    this.want([]);
    this.#resting.clear();
  }

  // One at a time: to begin six requests in one go takes a slow tablet longer than a finger's next move.
  #next() {
    if (this.#starting || this.#under_way.size >= AT_ONCE || !this.#waiting.length) return;
    this.#starting = setTimeout(() => {
      this.#starting = null;
      if (this.#waiting.length) this.#load(this.#waiting.shift());
      this.#next();
    });
  }

  async #load(tile) {
    const picture = new Image();
    picture.alt = "";
    picture.draggable = false;
    this.#under_way.set(tile.key, picture);
    const wanted = () => this.#under_way.get(tile.key) === picture;
    try {
      picture.src = tile.url;
      await picture.decode(); // beside the page's thread
      if (wanted()) this.#onTile(tile, picture);
    } catch {
      if (wanted()) this.#rest(tile.key, await statusOf(tile.url));
    } finally {
      if (wanted()) this.#under_way.delete(tile.key);
      this.#next();
    }
  }

  #giveUp(key) {
    this.#under_way.get(key).src = "";
    this.#under_way.delete(key);
  }

  #rest(key, status) {
    const never = status >= 400 && status < 500 && status !== 401 && status !== 429;
    this.#resting.set(key, never ? Infinity : performance.now() + REST_MS);
    if (never) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onRested, REST_MS + 50);
  }
}

// An image does not say why it did not come.
const statusOf = async (url) => {
  try {
    return (await fetch(url, { credentials: "same-origin" })).status;
  } catch {
    return 0;
  }
};
