// One affine transform between pixels of the upright image and CSS pixels of the stage.
// Picture, overlay and tiles follow it by CSS transform or viewBox: moving lays nothing out anew.

import { find } from "./boot.js";

const LEAST_ZOOM = 0.5;
const MOST_ZOOM = 16;
const REST_MS = 150;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Zoom 1 shows the whole image. `change` is dispatched at most once per animation frame, with
    {resized}: true where the scale or the stage has changed, false for a mere shift. `refit` is dispatched when the
    stage has another size, before it is painted. */
export class Viewport extends EventTarget {
  #stage;
  #layers = new Set();
  #image = { width_px: 1, height_px: 1 };
  #size = { width: 1, height: 1 };
  #corner = { left: 0, top: 0 }; // the stage's, in the window
  #zoom = 1;
  #left = 0; // the image's upper left corner, in CSS px from the stage's
  #top = 0;
  #frame = 0;
  #resized = true;
  #rest = null;
  #moved_ms = 0;

  constructor(stage) {
    super();
    this.#stage = stage;
    this.#measure();
    new ResizeObserver(() => this.#fitStage()).observe(stage);
  }

  /** An element that is laid out at 1 CSS px per image pixel from its upper left corner on. */
  follow(layer) {
    this.#layers.add(layer);
    this.#sizeLayer(layer);
    this.#place(layer);
  }

  /** Another image, shown whole. */
  setImage({ width_px, height_px }) {
    this.#image = { width_px, height_px };
    for (const layer of this.#layers) this.#sizeLayer(layer);
    this.#whole();
    this.#resized = true;
    this.flush(); // the picture that comes with this image must not flash at the old place
  }

  get image() {
    return this.#image;
  }

  /** 1 = the whole image fits the stage. */
  get zoom() {
    return this.#zoom;
  }

  /** CSS pixels per image pixel. */
  get scale() {
    return this.#zoom * this.#fitScale();
  }

  /** Image pixels per CSS pixel. */
  pixelsPerScreen() {
    return 1 / this.scale;
  }

  /** Whether it has changed a moment ago; `rest` is dispatched when it no longer does. */
  get moving() {
    return this.#rest !== null;
  }

  /** The stage in CSS px. */
  get size() {
    return this.#size;
  }

  /** Where the image's upper left corner lies, in CSS px from the stage's. */
  get origin() {
    return { x: this.#left, y: this.#top };
  }

  fit() {
    this.#whole();
    this.#changed(true);
  }

  /** Zooms so that what is shown at `at` (CSS px of the stage; its middle without) stays there. */
  zoomTo(zoom, at = this.#middle()) {
    const point = this.#toImage(at);
    // The whole of a long strip is so small that sixteen times as much still hides its pixels.
    this.#zoom = clamp(zoom, LEAST_ZOOM, Math.max(MOST_ZOOM, 1 / this.#fitScale()));
    this.#left = at.x - point.x * this.scale;
    this.#top = at.y - point.y * this.scale;
    this.#limit();
    this.#changed(true);
  }

  zoomBy(factor, at) {
    this.zoomTo(this.#zoom * factor, at);
  }

  /** Shifts the image by CSS px. */
  panBy(dx, dy) {
    this.#left += dx;
    this.#top += dy;
    this.#limit();
    this.#changed(false);
  }

  /** A point of the screen in pixels of the upright image; beyond the image below 0 or above its size. */
  imagePoint(event) {
    return this.#toImage(this.stagePoint(event));
  }

  /** A point of the screen ({clientX, clientY}) in CSS px of the stage, which lies where it was last located. */
  stagePoint({ clientX, clientY }) {
    return { x: clientX - this.#corner.left, y: clientY - this.#corner.top };
  }

  /** Looks where the stage lies; at the begin of a gesture, because asking at every move lays the page out each time. */
  locate() {
    const { left, top } = this.#stage.getBoundingClientRect();
    this.#corner = { left, top };
  }

  /** A point of the image in CSS px of the stage. */
  screenPoint({ x, y }) {
    return { x: this.#left + x * this.scale, y: this.#top + y * this.scale };
  }

  /** The part of the image that is in view, in its pixels: {x, y, width, height}. */
  visible() {
    const from = this.#toImage({ x: 0, y: 0 });
    const to = this.#toImage({ x: this.#size.width, y: this.#size.height });
    const { width_px, height_px } = this.#image;
    const x = clamp(from.x, 0, width_px);
    const y = clamp(from.y, 0, height_px);
    return { x, y, width: clamp(to.x, 0, width_px) - x, height: clamp(to.y, 0, height_px) - y };
  }

  /** Applies what has changed now, not with the next frame. */
  flush() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    for (const layer of this.#layers) this.#place(layer);
    const resized = this.#resized;
    this.#resized = false;
    this.dispatchEvent(new CustomEvent("change", { detail: { resized } }));
  }

  #whole() {
    this.#zoom = 1;
    this.#centre({ x: this.#image.width_px / 2, y: this.#image.height_px / 2 });
  }

  #fitScale() {
    return Math.min(this.#size.width / this.#image.width_px, this.#size.height / this.#image.height_px);
  }

  #middle() {
    return { x: this.#size.width / 2, y: this.#size.height / 2 };
  }

  #toImage({ x, y }) {
    return { x: (x - this.#left) / this.scale, y: (y - this.#top) / this.scale };
  }

  #centre({ x, y }) {
    const middle = this.#middle();
    this.#left = middle.x - x * this.scale;
    this.#top = middle.y - y * this.scale;
  }

  // A whole image rests in the middle; from twice its size on any of its pixels can be brought there.
  #limit() {
    const slack = clamp(this.#zoom - 1, 0, 1) / 2;
    const bound = (start, length, room) => {
      const free = Math.max(0, (length - room) / 2) + slack * Math.min(length, room);
      const middle = (room - length) / 2;
      return clamp(start, middle - free, middle + free);
    };
    this.#left = bound(this.#left, this.#image.width_px * this.scale, this.#size.width);
    this.#top = bound(this.#top, this.#image.height_px * this.scale, this.#size.height);
  }

  #measure() {
    const { left, top, width, height } = this.#stage.getBoundingClientRect();
    this.#corner = { left, top };
    this.#size = { width: Math.max(1, width), height: Math.max(1, height) };
  }

  // The stage has another size: what was in its middle stays there, the zoom too. Applied before it is painted.
  #fitStage() {
    const kept = this.#toImage(this.#middle());
    const before = this.#size;
    this.#measure();
    this.#centre(kept);
    this.#limit();
    this.#resized = true;
    this.flush();
    const { width, height } = this.#size;
    if (width !== before.width || height !== before.height) this.dispatchEvent(new Event("refit"));
  }

  #sizeLayer(layer) {
    layer.style.width = `${this.#image.width_px}px`;
    layer.style.height = `${this.#image.height_px}px`;
  }

  #place(layer) {
    const scale = this.scale;
    layer.style.transform = `matrix(${scale}, 0, 0, ${scale}, ${this.#left}, ${this.#top})`;
  }

  // While it moves the layers are the compositor's; at rest they are painted sharp.
  #changed(resized) {
    this.#resized ||= resized;
    this.#moved_ms = performance.now();
    if (!this.#rest) {
      this.#stage.classList.add("moving");
      this.#restIn(REST_MS);
    }
    this.#frame ||= requestAnimationFrame(() => this.flush());
  }

  #restIn(ms) {
    this.#rest = setTimeout(() => {
      const left_ms = this.#moved_ms + REST_MS - performance.now();
      if (left_ms > 0) {
        this.#restIn(left_ms);
        return;
      }
      this.#rest = null;
      this.#stage.classList.remove("moving");
      this.dispatchEvent(new Event("rest"));
    }, ms);
  }
}

/** The stage's own. */
export const viewport = new Viewport(find("stage"));
viewport.follow(find("picture"));
