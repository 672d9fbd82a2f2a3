// The ruling form: keys, "A is right", reasons at a tap, and boxes drawn anew.

import { imagePoint } from "./evidence.js";

const form = document.querySelector("[data-ruling]");

const radio = (name, value) => form.querySelector(`input[name="${name}"][value="${value}"]`);

const choose = (name, value) => {
  const input = radio(name, value);
  if (!input) return;
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

const showNeeded = () => {
  const present = form.elements.verdict.value === "present";
  for (const part of form.querySelectorAll("[data-only-present]")) {
    part.hidden = !present;
    for (const input of part.querySelectorAll("input[name=severity]")) input.required = present;
  }
};

const take = (button) => {
  choose("verdict", button.dataset.verdict);
  if (button.dataset.severity) choose("severity", button.dataset.severity);
  choose("regions", `of-${button.dataset.take}`);
  form.elements.reason.focus({ preventScroll: true });
  form.elements.reason.scrollIntoView({ block: "nearest" });
};

// Boxes drawn anew -----------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const LEAST_PX = 3;
const stages = [...document.querySelectorAll("[data-stage] svg")];
const undo = form?.querySelector("[data-undo-box]");

const readBoxes = () => {
  try {
    return JSON.parse(form.elements.drawn?.value || "[]");
  } catch {
    return [];
  }
};
const boxes = form ? readBoxes() : [];

const rect = (box, kind) => {
  const node = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x: box.x, y: box.y, width: box.width, height: box.height, class: kind }))
    node.setAttribute(name, value);
  return node;
};

const showBoxes = (draft) => {
  const all = draft ? [...boxes, draft] : boxes;
  for (const svg of stages)
    svg.querySelector(".drawn").replaceChildren(
      ...all.flatMap((box) => [rect(box, "case-dark"), rect(box, "case-light"), rect(box, "line reviewer-lead")]),
    );
  form.elements.drawn.value = JSON.stringify(boxes);
  undo.hidden = !isDrawing() || boxes.length === 0;
};

const isDrawing = () => form.elements.verdict.value === "present" && radio("regions", "drawn")?.checked === true;

const showDrawing = () => {
  if (!form.elements.drawn) return;
  for (const svg of stages) svg.classList.toggle("drawing", isDrawing());
  showBoxes();
};

const between = (a, b, { width, height }) => {
  const inside = (value, most) => Math.min(Math.max(value, 0), most);
  const [left, right] = [inside(Math.min(a.x, b.x), width), inside(Math.max(a.x, b.x), width)];
  const [top, bottom] = [inside(Math.min(a.y, b.y), height), inside(Math.max(a.y, b.y), height)];
  const round = (value) => Math.round(value * 10) / 10;
  return { kind: "box", x: round(left), y: round(top), width: round(right - left), height: round(bottom - top) };
};

const bindDrawing = (svg) => {
  const size = { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let start = null;
  svg.addEventListener("pointerdown", (event) => {
    if (!isDrawing() || start) return;
    start = imagePoint(svg, event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (start) showBoxes(between(start, imagePoint(svg, event), size));
  });
  svg.addEventListener("pointerup", (event) => {
    if (!start) return;
    const box = between(start, imagePoint(svg, event), size);
    start = null;
    if (box.width >= LEAST_PX && box.height >= LEAST_PX) boxes.push(box);
    showBoxes();
  });
  svg.addEventListener("pointercancel", () => {
    start = null;
    showBoxes();
  });
};

// Keys -------------------------------------------------------------------------------------------

const press = (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=radio]), textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = event.key.toUpperCase();
  const taken = document.querySelector(`[data-take="${CSS.escape(key)}"]`);
  const verdicts = form.querySelectorAll("input[name=verdict]");
  if (taken) take(taken);
  else if (key === "Y") choose("verdict", verdicts[0].value);
  else if (key === "N") choose("verdict", verdicts[1].value);
  else if (key === "R") form.elements.reason.focus();
  else if (/^[1-4]$/.test(key) && radio("severity", key)) {
    choose("verdict", "present");
    choose("severity", key);
  } else return;
  event.preventDefault();
};

const bind = () => {
  for (const button of document.querySelectorAll("[data-take]")) {
    button.hidden = false;
    button.addEventListener("click", () => take(button));
  }
  for (const part of form.querySelectorAll("[data-needs-script], [data-reasons]")) part.hidden = false;
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-reason]");
    if (!chip) return;
    const reason = form.elements.reason;
    reason.value = [reason.value.trim(), chip.dataset.reason].filter(Boolean).join(" ");
  });
  form.addEventListener("change", () => {
    showNeeded();
    showDrawing();
  });
  undo?.addEventListener("click", () => {
    boxes.pop();
    showBoxes();
  });
  stages.forEach(bindDrawing);
  document.addEventListener("keydown", press);
  document.getElementById("disputes-problem")?.focus();
  showNeeded();
  showDrawing();
};

if (form) bind();
