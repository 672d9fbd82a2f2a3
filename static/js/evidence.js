// Pictures with marks: all stages of a page zoom and pan together, so that the same spot is compared.

const stages = [...document.querySelectorAll("[data-stage] svg")].map((svg) => ({
  svg,
  image: svg.querySelector("image"),
  letters: [...svg.querySelectorAll("text")].map((node) => ({ node, size: Number(node.getAttribute("font-size")) })),
}));
const full = stages.length
  ? { width: stages[0].svg.viewBox.baseVal.width, height: stages[0].svg.viewBox.baseVal.height }
  : { width: 1, height: 1 };
const MOST = 16;
const SHARP_BEYOND = 1.4;
const TAP_PX = 6;
const view = { x: 0, y: 0, scale: 1 };

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const show = () => {
  const width = full.width / view.scale;
  const height = full.height / view.scale;
  view.x = clamp(view.x, 0, full.width - width);
  view.y = clamp(view.y, 0, full.height - height);
  for (const { svg, image, letters } of stages) {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${width} ${height}`);
    svg.classList.toggle("zoomed", view.scale > 1);
    if (view.scale > SHARP_BEYOND && svg.dataset.full) {
      image.setAttribute("href", svg.dataset.full);
      delete svg.dataset.full;
    }
    for (const { node, size } of letters) node.setAttribute("font-size", size / view.scale);
  }
};

/** A point of the screen in pixels of the upright image. */
export const imagePoint = (svg, { clientX, clientY }) =>
  new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());

const zoomAt = (factor, point) => {
  const scale = clamp(view.scale * factor, 1, MOST);
  const kept = view.scale / scale;
  view.x = point.x - (point.x - view.x) * kept;
  view.y = point.y - (point.y - view.y) * kept;
  view.scale = scale;
  show();
};

const middle = () => ({
  x: view.x + full.width / view.scale / 2,
  y: view.y + full.height / view.scale / 2,
});

const commands = {
  in: () => zoomAt(1.6, middle()),
  out: () => zoomAt(1 / 1.6, middle()),
  fit: () => zoomAt(1 / MOST, middle()),
};

/** What all marks cover, with as much room around them again; null where nothing is marked. */
const marked = () => {
  const shapes = stages.flatMap(({ svg }) => [...svg.querySelectorAll(".own .case-dark")]);
  const boxes = shapes.map((shape) => shape.getBBox()).filter((box) => box.width > 0 || box.height > 0);
  if (boxes.length === 0) return null;
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - left;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) - top;
  return { middle: { x: left + width / 2, y: top + height / 2 }, scale: Math.min(full.width / width, full.height / height) / 3 };
};

commands.marks = () => {
  const found = marked();
  if (!found) return;
  view.scale = clamp(found.scale, 1, MOST);
  view.x = found.middle.x - full.width / view.scale / 2;
  view.y = found.middle.y - full.height / view.scale / 2;
  show();
};

const isDrawing = (svg) => svg.classList.contains("drawing");

const bind = ({ svg }) => {
  const fingers = new Map();
  let moved = 0;

  svg.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoomAt(event.deltaY < 0 ? 1.25 : 0.8, imagePoint(svg, event));
    },
    { passive: false },
  );
  svg.addEventListener("pointerdown", (event) => {
    if (isDrawing(svg)) return;
    fingers.set(event.pointerId, event);
    moved = 0;
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId);
    fingers.set(event.pointerId, event);
    moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    const unit = 1 / svg.getScreenCTM().a;
    if (other) {
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      zoomAt(apart(event) / apart(before), imagePoint(svg, other));
    } else if (view.scale > 1 && moved > TAP_PX) {
      view.x -= (event.clientX - before.clientX) * unit;
      view.y -= (event.clientY - before.clientY) * unit;
      show();
    }
  });
  svg.addEventListener("pointerup", (event) => {
    const tapped = fingers.delete(event.pointerId) && fingers.size === 0 && moved <= TAP_PX;
    if (!tapped) return;
    if (view.scale > 1) commands.fit();
    else zoomAt(4, imagePoint(svg, event));
  });
  svg.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
};

stages.forEach(bind);

for (const tools of document.querySelectorAll("[data-stage-tools]")) {
  tools.hidden = stages.length === 0;
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    commands[button.dataset.zoom]?.();
    if (!button.dataset.show) return;
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    for (const { svg } of stages) svg.classList.toggle(button.dataset.show === "marks" ? "bare" : "all", (button.dataset.show === "others") === on);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=radio]), textarea, select")) return;
  if (event.key.toLowerCase() === "m") document.querySelector('[data-show="marks"]')?.click();
  const command = { "+": "in", "=": "in", "-": "out", 0: "fit", z: "marks", Z: "marks" }[event.key];
  if (command && stages.length) {
    event.preventDefault();
    commands[command]();
  }
});
