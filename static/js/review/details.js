// The bar under the picture: for the whole picture, or severity and "can't tell" of the chosen type.

import { find, nameIn, text } from "./boot.js";
import { element, icon, stepMarks } from "./drawing.js";
import { SEEN_MS } from "./gate.js";
import { markOf } from "./marks.js";
import { askWhere, isElse } from "./something_else.js";

const whole = find("whole");
const one = find("one");
let shown = "";
let asking = null;

export const showDetails = (state, standard, { usable, everyUnsure }) => {
  clearTimeout(asking); // whatever was answered meanwhile, the keyboard must not be on a severity then
  const type = standard?.defect_types.find(({ code }) => code === state.chosen);
  whole.hidden = Boolean(type);
  one.hidden = !type;
  for (const button of whole.querySelectorAll("button")) button.disabled = !usable;
  whole.querySelector("[data-act=all-unsure]").setAttribute("aria-pressed", String(everyUnsure));
  if (type) showOne(type, markOf(state, type.code));
  else shown = "";
  for (const button of one.querySelectorAll("button")) button.disabled = !usable;
};

const action = (name, ...children) => {
  const node = element("button", "button", ...children);
  node.type = "button";
  node.dataset.act = name;
  return node;
};

const step = (level, index, count) => {
  const node = action("severity", stepMarks(index + 1, count), element("span", "", nameIn(level.name, level.code)));
  node.classList.add("step");
  node.dataset.severity = String(index + 1);
  return node;
};

const lead = (type) => {
  if (isElse(type.code)) return [element("p", "detail-lead", askWhere(type.code))];
  if (type.severity?.length) return [];
  const words = type.geometry?.length ? text("where") : nameIn(type.definition, nameIn(type.name, type.code));
  return [element("p", "detail-lead", words)];
};

const build = (type) => {
  const levels = type.severity ?? [];
  one.setAttribute("role", "group");
  one.setAttribute("aria-label", nameIn(type.name, type.code));
  if (isElse(type.code)) {
    one.replaceChildren(...lead(type), action("else-remove", icon("undo"), element("span", "", text("remove"))));
    shown = type.code;
    return;
  }
  const unsure = action("unsure", icon("question"), element("span", "", text("cant_tell")));
  unsure.classList.add("unsure");
  one.replaceChildren(...lead(type), ...levels.map((level, i) => step(level, i, levels.length)), unsure);
  shown = type.code;
};

// The buttons stay the same nodes while a type is chosen, so that focus and bounce rules hold.
const showOne = (type, mark) => {
  if (shown !== type.code) build(type);
  for (const node of one.querySelectorAll("[data-severity]")) {
    node.setAttribute("aria-pressed", String(mark.verdict === "present" && Number(node.dataset.severity) === mark.severity));
  }
  one.querySelector("[data-act=unsure]")?.setAttribute("aria-pressed", String(mark.verdict === "unsure"));
};

/** Draws the eye to the severity steps, and then the keyboard: a second press of the key that asked is no answer. */
export const askSeverity = () => {
  const steps = one.querySelectorAll("[data-severity]");
  clearTimeout(asking);
  asking = setTimeout(() => steps[0].isConnected && steps[0].focus(), SEEN_MS);
  for (const node of steps) {
    node.classList.add("asked");
    node.addEventListener("animationend", () => node.classList.remove("asked"), { once: true });
  }
};
