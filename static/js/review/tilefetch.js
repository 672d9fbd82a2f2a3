// Fetches and decodes tiles: a few at once, the nearest first, none that nobody looks at any more.

const AT_ONCE = 6;
const REST_MS = 4000; // after a failure; the preview stands in meanwhile

export class TileFetch {
  #waiting = [];
  #under_way = new Map(); // key → AbortController
  #resting = new Map(); // key → when it may be asked for again; Infinity where it never helps
  #onTile;
  #onRested;
  #timer = null;

  /** `onTile(tile, bitmap)` takes a decoded tile over; `onRested()` may ask for failed ones again. */
  constructor(onTile, onRested) {
    this.#onTile = onTile;
    this.#onRested = onRested;
  }

  /** Exactly these tiles ({key, url, …}, in this order) are wanted from now on; the others are given up. */
  want(tiles) {
    const keys = new Set(tiles.map(({ key }) => key));
    for (const [key, controller] of this.#under_way) if (!keys.has(key)) controller.abort();
    const now = performance.now();
    this.#waiting = tiles.filter(({ key }) => !this.#under_way.has(key) && !(this.#resting.get(key) > now));
    this.#next();
  }

  /** Another picture: nothing is wanted, and no failure counts any more. */
  forget() {
    this.want([]);
    this.#resting.clear();
  }

  #next() {
    while (this.#under_way.size < AT_ONCE && this.#waiting.length) this.#fetch(this.#waiting.shift());
  }

  async #fetch(tile) {
    const controller = new AbortController();
    this.#under_way.set(tile.key, controller);
    try {
      const answer = await fetch(tile.url, { credentials: "same-origin", signal: controller.signal });
      if (!answer.ok) throw new TypeError(String(answer.status), { cause: answer.status });
      const bitmap = await createImageBitmap(await answer.blob()); // decodes off the main thread
      if (controller.signal.aborted) bitmap.close();
      else this.#onTile(tile, bitmap);
    } catch (error) {
      if (!controller.signal.aborted) this.#rest(tile.key, error.cause);
    } finally {
      if (this.#under_way.get(tile.key) === controller) this.#under_way.delete(tile.key);
      this.#next();
    }
  }

  #rest(key, status) {
    const never = status >= 400 && status < 500 && status !== 401 && status !== 429;
    this.#resting.set(key, never ? Infinity : performance.now() + REST_MS);
    if (never) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onRested, REST_MS + 50);
  }
}
