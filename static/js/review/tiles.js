// The picture at the resolution that the zoom needs: the preview first, then only the tiles in view.
//
// One canvas over the preview, as large as the stage: the edges of neighbouring tiles are rounded to the same device
// pixel, so there is no seam; coarser tiles and the preview stay below until the finer ones are there, so nothing
// flickers. While the viewport moves, what is drawn moves along by a transform; it is drawn anew at rest. (Drawing
// in every frame of a pinch made tasks of 50 to 130 ms on a slow tablet.)

import { planFor } from "./tileplan.js";
import { TileFetch } from "./tilefetch.js";
import { TileStore } from "./tilestore.js";

const ASK_MS = 80; // while it moves, tiles are asked for at most this often
const REST_MS = 120;

export class Tiles {
  #viewport;
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d");
  #image = null;
  #preview_px = 0;
  #query = "";
  #plan = null;
  #store = new TileStore();
  #fetch = new TileFetch((tile, bitmap) => this.#take(tile, bitmap), () => this.#changed());
  #frame = 0;
  #asking = null;
  #drawn = false;
  #drawnAt = null; // {x, y, scale} of the viewport when the canvas was drawn
  #resting = null;

  /** `view` is the element that holds the picture; the canvas comes after it. */
  constructor(viewport, view) {
    this.#viewport = viewport;
    this.#canvas.className = "stage-tiles";
    this.#canvas.dataset.tiles = "";
    view.append(this.#canvas);
    viewport.addEventListener("change", () => this.#moved());
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

  // The plan is drawn once the viewport has come to rest; until then the canvas follows it.
  #moved() {
    if (!this.#image) return;
    if (!this.#drawnAt) {
      this.#changed();
      return;
    }
    this.#follow();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#resting = null;
      this.#changed();
    }, REST_MS);
  }

  #follow() {
    const { x, y } = this.#viewport.origin;
    const grown = this.#viewport.scale / this.#drawnAt.scale;
    const shift = [x - this.#drawnAt.x * grown, y - this.#drawnAt.y * grown];
    this.#canvas.style.transform = `matrix(${grown}, 0, 0, ${grown}, ${shift.join(", ")})`;
  }

  #changed() {
    const { zoom, scale } = this.#viewport;
    const ratio = devicePixelRatio;
    const part = this.#viewport.visible();
    this.#plan = this.#image && planFor(this.#image, this.#preview_px, { zoom, scale, part, ratio });
    this.#draw();
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

  #take(tile, bitmap) {
    const needed = new Set((this.#plan?.wanted ?? []).map((each) => this.#key(each)));
    this.#store.put(tile.key, { bitmap, level: tile.level, x: tile.x, y: tile.y }, needed);
    if (!this.#resting) this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { width, height } = this.#viewport.size;
    const ratio = devicePixelRatio;
    const wide = this.#plan ? Math.round(width * ratio) : 0;
    const high = this.#plan ? Math.round(height * ratio) : 0;
    this.#tell();
    this.#drawnAt = this.#plan && { ...this.#viewport.origin, scale: this.#viewport.scale };
    this.#canvas.style.transform = "none";
    if (!this.#plan && !this.#drawn) return;
    this.#drawn = Boolean(this.#plan);
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
    } else {
      this.#context.clearRect(0, 0, wide, high);
    }
    if (this.#plan) this.#drawTiles(ratio);
  }

  #drawTiles(ratio) {
    const { x: left, y: top } = this.#viewport.origin;
    const scale = this.#viewport.scale * ratio;
    const part = this.#viewport.visible();
    const { size } = this.#image.tiles;
    const { level: best } = this.#plan;
    // Coarser ones lie below finer ones, those of the plan's level above all.
    const order = ({ level }) => (level === best ? 1 : -level);
    const tiles = this.#store.entries().sort(([, a], [, b]) => order(a) - order(b));
    for (const [key, { bitmap, level, x, y }] of tiles) {
      const side = 2 ** level;
      const x0 = x * size * side;
      const y0 = y * size * side;
      const x1 = Math.min(x0 + bitmap.width * side, this.#image.width_px);
      const y1 = Math.min(y0 + bitmap.height * side, this.#image.height_px);
      if (x1 <= part.x || y1 <= part.y || x0 >= part.x + part.width || y0 >= part.y + part.height) continue;
      if (level === best) this.#store.get(key);
      const [a, b] = [Math.round(left * ratio + x0 * scale), Math.round(top * ratio + y0 * scale)];
      const [c, d] = [Math.round(left * ratio + x1 * scale), Math.round(top * ratio + y1 * scale)];
      // The last pixel of a halved level may reach beyond the image: that part of it is left out.
      this.#context.drawImage(bitmap, 0, 0, (x1 - x0) / side, (y1 - y0) / side, a, b, c - a, d - b);
    }
  }

  // What is shown, for whoever looks from outside: tests, and a person who wonders.
  #tell() {
    const { dataset } = this.#canvas;
    dataset.level = this.#plan ? String(this.#plan.level) : "";
    const complete = this.#plan?.shown.every((tile) => this.#store.has(this.#key(tile)));
    dataset.complete = this.#plan ? String(complete) : "";
  }
}
