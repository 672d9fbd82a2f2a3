// The picture at the resolution that the zoom needs: the preview first, then only the tiles in view.
//
// Every tile is an image of its own on a layer over the preview: the browser decodes and rasters it beside the page's
// thread. (A canvas as large as the stage was drawn and copied on it, 50 to 130 ms at a time on a slow tablet.)
// The edges of neighbours are rounded to the same device pixel, so there is no seam; other levels and the preview stay
// below until the right one is there, so nothing flickers. While the viewport moves the layer follows it by its
// transform alone; at rest it is laid out for the scale that was reached.

import { planFor } from "./tileplan.js";
import { TileFetch } from "./tilefetch.js";
import { TileStore } from "./tilestore.js";

const ASK_MS = 80; // while it moves, tiles are asked for at most this often
const PER_FRAME = 3; // tiles put on the layer in one frame
const AROUND = 0.25; // of the part in view: tiles that are there lie ready for a short pan

export class Tiles {
  #viewport;
  #layer = document.createElement("div");
  #image = null;
  #preview_px = 0;
  #query = "";
  #plan = null;
  #store = new TileStore();
  #fetch = new TileFetch((tile, picture) => this.#take(tile, picture), () => this.#changed());
  #layout = { scale: 0, level: null }; // device px per px of the image, and the level above all
  #frame = 0;
  #asking = null;

  /** `view` is the element that holds the picture; the layer comes after it. */
  constructor(viewport, view) {
    this.#viewport = viewport;
    this.#layer.className = "stage-tiles";
    this.#layer.dataset.tiles = "";
    view.append(this.#layer);
    viewport.addEventListener("change", () => this.#moved());
    viewport.addEventListener("rest", () => this.#image && this.#changed());
  }

  /** A picture came on the stage: `image` as the assignment describes it, and its preview's width. */
  show(image, preview_px) {
    this.clear();
    this.#image = image;
    this.#preview_px = preview_px;
    this.#changed();
  }

  /** Nothing is on the stage. */
  clear() {
    this.#image = null;
    this.#query = "";
    this.#fetch.forget();
    this.#store.clear();
    this.#changed();
  }

  /** Tiles of a 16-bit image through another window of values; `query` like `?low=0&high=900`, or empty. */
  setWindow(query) {
    if (this.#query === query) return;
    this.#query = query;
    this.#store.clear();
    this.#changed();
  }

  /** What is there of a part of the image, the coarsest first: [{picture, x0, y0, x1, y1, side}] in its pixels, with
      the side of a pixel of the tile. */
  pieces(part) {
    if (!this.#image) return [];
    return this.#store
      .tiles()
      .filter((tile) => this.#touches(tile, part))
      .sort((a, b) => b.level - a.level)
      .map((tile) => ({ picture: tile.picture, ...this.#extent(tile) }));
  }

  // The plan is made once the viewport has come to rest; until then the layer follows it.
  #moved() {
    if (!this.#image) return;
    if (!this.#plan) {
      this.#changed();
      return;
    }
    this.#follow();
    if (!this.#viewport.moving) this.#changed(); // the stage has another size
  }

  #changed() {
    const { zoom, scale } = this.#viewport;
    const ratio = devicePixelRatio;
    const part = this.#viewport.visible();
    this.#plan = this.#image && planFor(this.#image, this.#preview_px, { zoom, scale, part, ratio });
    if (this.#plan) this.#layOut({ scale: scale * ratio, level: this.#plan.level });
    this.#place(Infinity);
    // The first tiles at once, then a few times a second: a pinch runs through every level.
    this.#asking ??= setTimeout(() => {
      this.#asking = null;
      this.#ask();
    }, ASK_MS);
  }

  #key({ level, x, y }) {
    return `${this.#query}/${level}/${x}_${y}`;
  }

  #ask() {
    const missing = (this.#plan?.wanted ?? []).filter((tile) => !this.#store.has(this.#key(tile)));
    this.#fetch.want(
      missing.map(({ level, x, y }) => ({
        level, x, y,
        key: this.#key({ level, x, y }),
        url: `${this.#image.tiles.url}/${level}/${x}_${y}${this.#query}`,
      })),
    );
  }

  #take({ key, level, x, y }, picture) {
    if (key !== this.#key({ level, x, y })) return; // asked for through another window of values
    const needed = new Set((this.#plan?.wanted ?? []).map((each) => this.#key(each)));
    this.#store.put(key, { picture, level, x, y }, needed);
    this.#frame ||= requestAnimationFrame(() => this.#place(PER_FRAME));
  }

  // The layer --------------------------------------------------------------------------------------------

  /** The pixels of the image that a tile shows; a halved level's last pixel may reach beyond them. */
  #extent({ picture, level, x, y }) {
    const side = 2 ** level;
    const [x0, y0] = [x * this.#image.tiles.size * side, y * this.#image.tiles.size * side];
    const x1 = Math.min(x0 + picture.naturalWidth * side, this.#image.width_px);
    const y1 = Math.min(y0 + picture.naturalHeight * side, this.#image.height_px);
    return { x0, y0, x1, y1, side };
  }

  #touches(tile, { x, y, width, height }, around = 0) {
    const { x0, y0, x1, y1 } = this.#extent(tile);
    const [dx, dy] = [width * around, height * around];
    return x1 > x - dx && y1 > y - dy && x0 < x + width + dx && y0 < y + height + dy;
  }

  #layOut(layout) {
    if (layout.scale !== this.#layout.scale || layout.level !== this.#layout.level) {
      this.#layout = layout; // another object: every tile has to be placed anew
      this.#layer.style.width = this.#device(this.#edge(this.#image.width_px));
      this.#layer.style.height = this.#device(this.#edge(this.#image.height_px));
    }
    this.#follow();
  }

  #edge(px) {
    return Math.round(px * this.#layout.scale);
  }

  #device(px) {
    return `${px / devicePixelRatio}px`;
  }

  // At the scale of the layout the layer lies on whole device pixels.
  #follow() {
    const { x, y } = this.#viewport.origin;
    const ratio = devicePixelRatio;
    const grown = (this.#viewport.scale * ratio) / this.#layout.scale;
    const [left, top] = grown === 1 ? [Math.round(x * ratio) / ratio, Math.round(y * ratio) / ratio] : [x, y];
    this.#layer.style.transform = `matrix(${grown}, 0, 0, ${grown}, ${left}, ${top})`;
  }

  /** Brings the layer up to date, with at most so many more tiles on it; the others come in the next frames. */
  #place(most) {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const part = this.#viewport.visible();
    const complete = this.#complete((tile) => this.#store.has(this.#key(tile)));
    let left = most;
    for (const tile of this.#store.tiles()) {
      const wanted = this.#plan && (!complete || tile.level === this.#plan.level) && this.#touches(tile, part, AROUND);
      if (!wanted) tile.picture.remove();
      else if (tile.layout !== this.#layout || !tile.picture.parentNode) {
        if (left > 0) this.#put(tile);
        else this.#frame ||= requestAnimationFrame(() => this.#place(PER_FRAME));
        left -= 1;
      }
    }
    this.#tell();
  }

  #put(tile) {
    const { picture, level } = tile;
    const { x0, y0, side } = this.#extent(tile);
    const [left, top] = [this.#edge(x0), this.#edge(y0)];
    const width = this.#edge(x0 + picture.naturalWidth * side) - left;
    const height = this.#edge(y0 + picture.naturalHeight * side) - top;
    const place = { left, top, width, height };
    for (const [name, px] of Object.entries(place)) picture.style[name] = this.#device(px);
    picture.style.zIndex = level === this.#layout.level ? 99 : 32 - level;
    if (!picture.parentNode) this.#layer.append(picture);
    tile.layout = this.#layout;
  }

  #complete(there) {
    return Boolean(this.#plan?.shown.every(there));
  }

  // What is shown, for whoever looks from outside: tests, and a person who wonders.
  #tell() {
    const { dataset } = this.#layer;
    dataset.level = this.#plan ? String(this.#plan.level) : "";
    const placed = (tile) => this.#store.get(this.#key(tile))?.layout === this.#layout;
    dataset.complete = this.#plan ? String(this.#complete(placed)) : "";
  }
}
