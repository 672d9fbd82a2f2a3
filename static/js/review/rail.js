// One large button per defect type: letter, dash, name in the reader's language.

import { find, nameIn, text } from "./boot.js";
import { exampleUrl } from "./book.js";
import { badge, element, icon, stepMarks } from "./drawing.js";
import { markOf } from "./marks.js";

const FITS = 8;
const LONG_WORD = 12;
const LONG_NAME = 24; // three lines
const types = find("types");

/** Builds the buttons of a standard, only when the standard changes; answers whether another one's stood there. */
export const buildRail = (standard) => {
  const others = types.children.length > 0;
  types.replaceChildren(...standard.defect_types.map(button));
  scrollWhereNeeded();
  return others;
};

// On a small tablet that has been measured even eight types may be too large to stand side by side.
const scrollWhereNeeded = () => {
  types.classList.remove("many");
  types.classList.toggle("many", types.children.length > FITS || types.scrollHeight > types.clientHeight + 1);
  showMore();
};
const PART = 12; // px of a button that nobody misses
const showMore = () => types.classList.toggle("more", types.scrollHeight - types.scrollTop - types.clientHeight > PART);
types.addEventListener("scroll", showMore, { passive: true });
addEventListener("resize", scrollWhereNeeded);
document.addEventListener("labeler:switched", scrollWhereNeeded);

const hasLongWord = (type) => nameIn(type.name, type.code).split(/\s+/).some((word) => word.length > LONG_WORD);

const thumb = (type) => {
  const typical = type.examples?.find(({ kind }) => kind === "typical");
  if (!typical) return "";
  const node = element("img", "type-thumb");
  node.src = exampleUrl(typical.image, 320);
  node.alt = "";
  node.draggable = false;
  node.addEventListener("error", () => node.remove());
  return node;
};

const button = (type, index) => {
  const key = element("kbd", "", index < 9 ? String(index + 1) : "");
  key.hidden = index >= 9;
  key.setAttribute("aria-hidden", "true");
  const node = element(
    "button",
    nameIn(type.name, type.code).length > LONG_NAME ? "type tall" : "type",
    badge(index),
    thumb(type),
    element("span", hasLongWord(type) ? "type-name long" : "type-name", nameIn(type.name, type.code)),
    element("span", "type-note"),
    icon("cross", "type-sign"),
    key,
  );
  node.type = "button";
  node.dataset.type = type.code;
  return node;
};

const note = (type, mark) => {
  if (mark.verdict !== "present") return [];
  const steps = mark.severity && type.severity?.length ? [stepMarks(mark.severity, type.severity.length)] : [];
  return [...steps, mark.regions.length ? `▢${mark.regions.length}` : ""];
};

const spoken = (type, mark) => {
  const level = mark.verdict === "present" && type.severity?.[mark.severity - 1];
  return [text(mark.verdict), level && nameIn(level.name, level.code)].filter(Boolean).join(", ");
};

const shown = new WeakMap(); // node -> what it shows, so that only what has changed is written anew

export const showRail = (state, standard, { usable }) => {
  standard.defect_types.forEach((type, index) => {
    const node = types.children[index];
    const mark = markOf(state, type.code);
    node.disabled = !usable;
    const chosen = state.chosen === type.code;
    const before = shown.get(node);
    if (before?.mark === mark && before.chosen === chosen) return;
    shown.set(node, { mark, chosen });
    node.dataset.verdict = mark.verdict;
    node.setAttribute("aria-pressed", mark.verdict === "unsure" ? "mixed" : String(mark.verdict === "present"));
    node.setAttribute("aria-description", spoken(type, mark));
    node.classList.toggle("chosen", chosen);
    node.querySelector(".type-note").replaceChildren(...note(type, mark));
    const sign = node.querySelector(".type-sign");
    sign.classList.toggle("icon-question", mark.verdict === "unsure");
    sign.classList.toggle("icon-cross", mark.verdict !== "unsure");
  });
};
