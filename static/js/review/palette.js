// The tools of the chosen defect type, as buttons over the lower edge of the picture: one shows the tool in
// hand and opens the others; beside it stands what that tool needs.

import { find, text, write } from "./boot.js";
import { markOf } from "./marks.js";
import { toolsFor } from "./tools/tool.js";
import { viewport } from "./viewport.js";

const DIAMETERS_PX = { glove: [16, 40, 96], desk: [6, 18, 48] }; // CSS px
const TELL_MS = 100; // while it moves the number is written at most so often
const strip = find("tool-strip");
const nowButton = find("tool-now");

export class Palette {
  #inHand = new Map(); // the tool last used for each defect type
  #size = 1;
  #told_ms = 0;
  #fits = false; // there is room for the way back to the whole picture

  /** The tool in hand for a defect type, or null where it is judged without a place. */
  tool(type) {
    const allowed = toolsFor(type?.geometry);
    const last = this.#inHand.get(type?.code);
    return allowed.includes(last) ? last : (allowed[0] ?? null);
  }

  /** Takes a tool in hand; false where the type has no such tool. */
  take(type, tool) {
    const allowed = toolsFor(type?.geometry).includes(tool);
    if (allowed) this.#inHand.set(type.code, tool);
    strip.hidden = true;
    return allowed;
  }

  /** Of the brush, in CSS px. */
  get radius_px() {
    return DIAMETERS_PX[document.documentElement.dataset.mode === "desk" ? "desk" : "glove"][this.#size] / 2;
  }

  /** One size up or down; `round` begins anew after the largest. */
  resize(step, { round = false } = {}) {
    this.#size = round ? (this.#size + step) % 3 : Math.min(2, Math.max(0, this.#size + step));
  }

  toggle() {
    strip.hidden = !strip.hidden;
  }

  /** Closes the row of tools; answers whether it was open. */
  shut() {
    const was = !strip.hidden;
    strip.hidden = true;
    return was;
  }

  show(state, type, usable) {
    const mark = type && markOf(state, type.code);
    const allowed = usable && mark?.verdict === "present" ? toolsFor(type.geometry) : [];
    const tool = allowed.length ? this.tool(type) : null;
    if (allowed.length < 2) strip.hidden = true;
    nowButton.hidden = allowed.length < 2 || !strip.hidden;
    if (tool) showTool(tool);
    for (const button of strip.children) {
      button.hidden = !allowed.includes(button.dataset.tool);
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
    const shut = strip.hidden;
    const open = allowed.length ? mark.open.length : 0;
    find("undo-point").hidden = !shut || !open;
    find("close-polygon").hidden = !shut || !open;
    find("close-polygon").disabled = open < 3;
    find("brush-size").hidden = !shut || !(tool === "brush" || tool === "eraser");
    find("brush-dot").style.setProperty("--size", ["25%", "50%", "90%"][this.#size]);
    this.#fits = shut && usable;
    this.showFit();
  }

  /** The way back to the whole picture, with how large it is shown. */
  showFit() {
    const button = find("fit");
    button.hidden = !this.#fits || Math.abs(viewport.zoom - 1) < 0.005;
    if (viewport.moving && performance.now() - this.#told_ms < TELL_MS) return;
    this.#told_ms = performance.now();
    write(find("zoom"), `${viewport.zoom.toFixed(1)}×`);
  }
}

const showTool = (tool) => {
  const button = strip.querySelector(`[data-tool=${tool}]`);
  nowButton.replaceChildren(...[...button.children].map((each) => each.cloneNode(true)));
  nowButton.setAttribute("aria-label", text("tool_now", { name: button.textContent.trim() }));
};
