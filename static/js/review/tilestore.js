// Tiles that have come, bounded in megabytes as decoded: the longest unused are given back first.

const BYTES_PER_PIXEL = 4;

const bytesOf = ({ picture }) => picture.naturalWidth * picture.naturalHeight * BYTES_PER_PIXEL;

export class TileStore {
  #tiles = new Map(); // in the order of their last use
  #bytes = 0;
  #most;

  constructor(most_mb = 96) {
    this.#most = most_mb * 2 ** 20;
  }

  get bytes() {
    return this.#bytes;
  }

  has(key) {
    return this.#tiles.has(key);
  }

  /** A tile for showing, which counts as its use. */
  get(key) {
    const tile = this.#tiles.get(key);
    if (!tile) return null;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  /** Keeps `tile` ({picture, level, x, y}); those named in `needed` are not given back for it. */
  put(key, tile, needed) {
    this.#drop(key);
    this.#tiles.set(key, tile);
    this.#bytes += bytesOf(tile);
    for (const old of [...this.#tiles.keys()]) {
      if (this.#bytes <= this.#most) return;
      if (old !== key && !needed.has(old)) this.#drop(old);
    }
  }

  tiles() {
    return [...this.#tiles.values()];
  }

  clear() {
    for (const key of [...this.#tiles.keys()]) this.#drop(key);
  }

  #drop(key) {
    const tile = this.#tiles.get(key);
    if (!tile) return;
    this.#tiles.delete(key);
    this.#bytes -= bytesOf(tile);
    tile.picture.remove();
  }
}
