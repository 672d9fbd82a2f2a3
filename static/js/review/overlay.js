// Draws the regions over the picture, in the picture's own pixels, with lines in screen pixels.

import { find } from "./boot.js";
import { lineClass, signOf, svg } from "./drawing.js";
import { markOf } from "./marks.js";
import { bounds, handles, pathOf } from "./shapes.js";
import { token_px } from "./tokens.js";
import { viewport } from "./viewport.js";

const POINT_PX = 7;
const overlay = find("overlay");

const follow = () => {
  const { x, y } = viewport.origin;
  const { width, height } = viewport.size;
  const unit = viewport.pixelsPerScreen();
  overlay.setAttribute("viewBox", `${-x * unit} ${-y * unit} ${width * unit} ${height * unit}`);
};

// An empty overlay has nothing to follow with.
viewport.addEventListener("change", () => overlay.firstChild && follow());

// A box stays a rectangle in the drawing; everything else is a path.
const cased = (shape, index) => {
  const { x, y, width, height } = shape;
  const draw = (kind) =>
    shape.kind === "box" ? svg("rect", { x, y, width, height, class: kind }) : svg("path", { d: pathOf(shape), class: kind });
  const parts = ["case-dark", "case-light", lineClass(index)].map(draw);
  return shape.kind === "mask" ? [draw(`paint fill-${index % 8}`), ...parts] : parts;
};

// Regions do not change, so what has been drawn of one is drawn once; only its letter follows the zoom.
const drawn = new WeakMap();

const nodeOf = (shape, index, sign) => {
  const kept = drawn.get(shape);
  if (kept?.index === index) return kept.node;
  const node = svg("g", {}, ...cased(shape, index), svg("text", {}, sign));
  drawn.set(shape, { node, index });
  return node;
};

const region = (shape, { index, sign }, kind, unit) => {
  const node = nodeOf(shape, index, sign);
  const size = 24 * unit;
  const inset = (kind === "chosen" ? token_px("--handle-drawn") / 2 + 4 : 8) * unit;
  const { x, y } = bounds(shape);
  const boxed = shape.kind === "box";
  const [left, top] = boxed ? [x + inset, y + inset + size * 0.8] : [x, Math.max(y - inset, size * 0.8)];
  node.setAttribute("class", `region ${shape.kind} ${kind}`);
  const text = node.lastChild;
  for (const [name, value] of Object.entries({ x: left, y: top, "font-size": size, "stroke-width": 5 * unit })) {
    text.setAttribute(name, value);
  }
  return node;
};

/** Handles that would cover each other are left out; they come with the zoom. */
const handlesOf = (shape, unit) => {
  const side = token_px("--handle-drawn") * unit;
  const shown = [];
  for (const each of handles(shape)) {
    if (shape.kind === "polygon" && shown.some(({ x, y }) => Math.hypot(x - each.x, y - each.y) < side)) continue;
    shown.push(each);
  }
  return shown.map(({ x, y }) =>
    svg("rect", { class: "handle", x: x - side / 2, y: y - side / 2, width: side, height: side, rx: side / 5 }),
  );
};

const line = (points) => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;

/** A polygon on its way: its line so far and its points, the first one large. */
const openPolygon = (points, index, unit) => {
  const first = Math.max(token_px("--handle-drawn") / 2, POINT_PX + 3) * unit;
  const path = (kind) => svg("path", { d: line(points), class: kind });
  const dots = points.map(([cx, cy], i) => svg("circle", { class: "handle", cx, cy, r: i ? POINT_PX * unit : first }));
  return svg("g", { class: "region open chosen" }, ...["case-dark", "case-light", lineClass(index)].map(path), ...dots);
};

/** A line on its way: a lasso's, or a brush as wide as it paints. */
const trailOf = ({ trail, width, erases }, index) => {
  const d = `${line(trail.map(({ x, y }) => [x, y]))}${trail.length === 1 ? "h0.001" : ""}`;
  if (!width) return svg("g", { class: "region chosen" }, ...["case-dark", "case-light", lineClass(index)].map((kind) => svg("path", { d, class: kind })));
  return svg("path", { d, class: `stroke ${erases ? "erases" : `hue-${index % 8}`}`, "stroke-width": width });
};

/** Delete stands in the corner away from the chosen region, and rests while the hand is drawing. */
const showDelete = (shape, draft) => {
  const button = find("delete");
  button.hidden = !shape || draft !== null;
  if (button.hidden) return;
  const { x, width } = bounds(shape);
  const middle = viewport.screenPoint({ x: x + width / 2, y: 0 }).x;
  button.classList.toggle("far", middle < viewport.size.width / 2);
};

/** `draft` is what the hand is at: {code, index, shape} with index null for a new region, {code, open} or
    {code, trail}; or null. */
export const showOverlay = (state, standard, draft) => {
  const unit = viewport.pixelsPerScreen();
  const nodes = [];
  let chosenShape = null;
  standard.defect_types.forEach((type, index) => {
    const mark = markOf(state, type.code);
    if (mark.verdict !== "present") return;
    const mine = draft?.code === type.code ? draft : null;
    const look = { index, sign: signOf(type, index) };
    mark.regions.forEach((stored, i) => {
      const chosen = state.chosen === type.code && state.region === i;
      const shape = mine?.shape && mine.index === i ? mine.shape : stored;
      nodes.push(region(shape, look, chosen ? "chosen" : "other", unit));
      if (chosen) nodes.push(...handlesOf(shape, unit));
      if (chosen) chosenShape = shape;
    });
    if (mine?.shape && mine.index === null) nodes.push(region(mine.shape, look, "chosen", unit));
    const open = mine?.open ?? mark.open;
    if (open.length) nodes.push(openPolygon(open, index, unit));
    if (mine?.trail) nodes.push(trailOf(mine, index));
  });
  if (nodes.length) follow();
  overlay.replaceChildren(...nodes);
  showDelete(chosenShape, draft);
};
