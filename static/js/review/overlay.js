// Draws the regions over the picture, in the picture's own pixels, with lines in screen pixels.

import { find } from "./boot.js";
import { corners } from "./boxes.js";
import { letter, lineClass, svg } from "./drawing.js";
import { markOf } from "./marks.js";
import { viewport } from "./viewport.js";

const overlay = find("overlay");

const token = (name) =>
  Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue(name));

const follow = () => {
  const { x, y } = viewport.origin;
  const unit = viewport.pixelsPerScreen();
  const { width, height } = viewport.size;
  overlay.setAttribute("viewBox", `${-x * unit} ${-y * unit} ${width * unit} ${height * unit}`);
};

viewport.addEventListener("change", follow);
follow();

const rect = (box, kind) => svg("rect", { ...box, class: kind });

const region = (box, index, kind, unit) => {
  const size = 24 * unit;
  const inset = (kind === "chosen" ? token("--handle-drawn") / 2 + 4 : 8) * unit;
  return svg(
    "g",
    { class: `region ${kind}` },
    rect(box, "case-dark"),
    rect(box, "case-light"),
    rect(box, lineClass(index)),
    svg("text", { x: box.x + inset, y: box.y + inset + size * 0.8, "font-size": size, "stroke-width": 5 * unit }, letter(index)),
  );
};

const handles = (box, unit) => {
  const side = token("--handle-drawn") * unit;
  return corners(box).map(({ x, y }) =>
    svg("rect", { class: "handle", x: x - side / 2, y: y - side / 2, width: side, height: side, rx: side / 5 }),
  );
};

/** Delete stands in the corner away from the chosen box, and rests while the hand is drawing. */
const showDelete = (state, image_px, draft) => {
  const button = find("delete");
  button.hidden = state.box === null || draft !== null;
  if (button.hidden) return;
  const box = markOf(state, state.chosen).boxes[state.box];
  button.classList.toggle("far", box.x + box.width / 2 < image_px / 2);
};

/** `draft` is a box under the finger: {code, box, index} where index is null for a new one. */
export const showOverlay = (state, standard, draft) => {
  const unit = viewport.pixelsPerScreen();
  const nodes = [];
  standard.defect_types.forEach((type, index) => {
    const mark = markOf(state, type.code);
    if (mark.verdict !== "present") return;
    mark.boxes.forEach((stored, i) => {
      const moving = draft && draft.code === type.code && draft.index === i;
      const chosen = state.chosen === type.code && state.box === i;
      const box = moving ? draft.box : stored;
      nodes.push(region(box, index, chosen ? "chosen" : "other", unit));
      if (chosen) nodes.push(...handles(box, unit));
    });
    if (draft && draft.code === type.code && draft.index === null) nodes.push(region(draft.box, index, "chosen", unit));
  });
  overlay.replaceChildren(...nodes);
  showDelete(state, viewport.image.width_px, draft);
};
