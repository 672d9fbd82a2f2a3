// Which values of a 16-bit picture are black and which white: two large handles over a small histogram.

import { call, encoded } from "./api.js";
import { text } from "./boot.js";
import { svg } from "./drawing.js";
import { fetchPicture } from "./picture.js";
import { onTap } from "../tap.js";

const SET_MS = 150;
const AGAIN_MS = 2000; // after a failure: Wi-Fi comes back
const WIDTH = 1000;
const HEIGHT = 100;

const element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** The part of a range at which a value lies, and back. */
const share = ([from, to], value) => (value - from) / Math.max(1, to - from);

export class ValueWindow {
  #layer;
  #onWindow;
  #image = null;
  #tone = null;
  #range = [0, 1]; // what the control spans: the values that occur
  #ends = [0, 1];
  #shown = null; // the preview through the window, over the plain one
  #loading = null;
  #timer = null;
  #toggle = element("button", { type: "button", class: "button window-toggle", "aria-expanded": "false", hidden: "" });
  #panel = element("div", { class: "window-panel", role: "group", hidden: "" });
  #track = element("div", { class: "window-track" });
  #reset = element("button", { type: "button", class: "button window-reset" }, text("window_reset"));
  #handles = [];

  /** `layer` holds the preview; `onWindow(query)` asks for the same window elsewhere. */
  constructor(layer, onWindow) {
    this.#layer = layer;
    this.#onWindow = onWindow;
    this.#build(layer.closest("[data-stage]"));
  }

  /** Another picture is on the stage; the control stands beside it if it has 16 bits. */
  async show(image) {
    this.hide();
    this.#image = image;
    if (image.bits !== 16) return;
    const answer = await call("GET", `/images/${encoded(image.id)}/tone`).catch(() => null);
    if (!answer?.ok || this.#image !== image) return;
    this.#tone = answer.body;
    this.#range = [...answer.body.range];
    this.#ends = [...answer.body.window];
    this.#drawHistogram();
    this.#place();
    this.#toggle.hidden = false;
  }

  hide() {
    this.#image = null;
    this.#tone = null;
    this.#loading = null;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#drop();
    this.#open(false);
    this.#toggle.hidden = true;
  }

  // The control ----------------------------------------------------------------------------------------

  #build(stage) {
    // No wider than any control: the drawing tools stand beside it.
    this.#toggle.append(element("span", { class: "window-sign", "aria-hidden": "true" }));
    this.#toggle.setAttribute("aria-label", text("window"));
    this.#panel.setAttribute("aria-label", text("window"));
    this.#handles = ["low", "high"].map((end, index) => this.#handle(end, index));
    this.#panel.append(this.#track, this.#reset);
    this.#track.append(...this.#handles);
    const bar = element("div", { class: "window-bar" }, this.#toggle);
    for (const each of [bar, this.#panel]) {
      each.addEventListener("pointerdown", (event) => event.stopPropagation()); // no drawing here
    }
    // Not by click: a glove that rests on a button for half a second makes none.
    onTap(bar, ".window-toggle", { act: () => this.#open(this.#panel.hidden) });
    onTap(this.#panel, ".window-reset", { act: () => this.#set(this.#tone.window) });
    stage.append(this.#panel, bar);
  }

  #handle(end, index) {
    const attributes = { type: "button", class: `window-handle ${end}`, role: "slider", "aria-label": text(`window_${end}`) };
    const handle = element("button", attributes, element("span", { class: "window-value" }));
    let grip = null;
    handle.addEventListener("pointerdown", (event) => {
      grip = { x: event.clientX, value: this.#ends[index] };
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const [from, to] = this.#range;
      this.#move(index, grip.value + ((event.clientX - grip.x) / this.#track.clientWidth) * (to - from));
    });
    for (const end_of of ["pointerup", "pointercancel"]) handle.addEventListener(end_of, () => { grip = null; });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(index, this.#ends[index] + step * Math.max(1, (this.#range[1] - this.#range[0]) / 100));
    });
    return handle;
  }

  #open(open) {
    this.#panel.hidden = !open;
    this.#toggle.setAttribute("aria-expanded", String(open));
  }

  #drawHistogram() {
    const { counts } = this.#tone;
    // Roots, because one full bin would leave nothing of the others to be seen.
    const most = Math.sqrt(Math.max(...counts)) || 1;
    const step = WIDTH / counts.length;
    const steps = counts.map((count, n) => `L${n * step} ${HEIGHT - (Math.sqrt(count) / most) * HEIGHT}h${step}`).join("");
    const drawn = svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "window-histogram", "aria-hidden": "true" },
      svg("path", { d: `M0 ${HEIGHT}${steps}V${HEIGHT}Z` }),
      svg("path", { class: "window-ramp" }),
    );
    this.#track.querySelector("svg")?.remove();
    this.#track.prepend(drawn);
  }

  #place() {
    const at = this.#ends.map((value) => Math.min(Math.max(share(this.#range, value), 0), 1));
    this.#handles.forEach((handle, index) => {
      handle.style.insetInlineStart = `${at[index] * 100}%`;
      handle.firstChild.textContent = String(this.#ends[index]);
      handle.setAttribute("aria-valuenow", String(this.#ends[index]));
      handle.setAttribute("aria-valuemin", String(this.#range[0]));
      handle.setAttribute("aria-valuemax", String(this.#range[1]));
    });
    const [low, high] = at.map((part) => part * WIDTH);
    this.#track.querySelector(".window-ramp").setAttribute("d", `M0 ${HEIGHT}H${low}L${high} 0H${WIDTH}`);
  }

  #move(index, value) {
    const [from, to] = this.#range;
    const ends = [...this.#ends];
    const [least, most] = index === 0 ? [from, ends[1] - 1] : [ends[0] + 1, Math.max(to, ends[0] + 1)];
    ends[index] = Math.round(Math.min(Math.max(value, least), most));
    this.#set(ends);
  }

  #set(ends) {
    if (String(ends) === String(this.#ends)) return;
    this.#ends = [...ends];
    this.#place();
    this.#loadIn(SET_MS);
  }

  #loadIn(ms) {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#load();
    }, ms);
  }

  // The picture through the window ----------------------------------------------------------------------

  async #load() {
    const image = this.#image;
    if (this.#loading === image) return; // looks again when that one has come
    const ends = this.#ends;
    const query = `low=${ends[0]}&high=${ends[1]}`;
    const join = image.preview_url.includes("?") ? "&" : "?";
    this.#loading = image;
    const picture = await fetchPicture(`${image.preview_url}${join}${query}`).catch(() => null);
    if (this.#image !== image) {
      picture?.release();
      return;
    }
    this.#loading = null;
    if (picture) this.#put(picture, `?${query}`);
    if (this.#ends !== ends) this.#load();
    else if (!picture) this.#loadIn(AGAIN_MS);
  }

  #put(picture, query) {
    const before = this.#shown;
    this.#shown = picture;
    picture.image.dataset.window = query;
    this.#layer.querySelector("img").after(picture.image);
    before?.image.remove();
    before?.release();
    this.#onWindow(query);
  }

  #drop() {
    this.#shown?.image.remove();
    this.#shown?.release();
    this.#shown = null;
  }
}
