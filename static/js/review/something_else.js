// What the standard has no word for: a kind of defect type per preset note, so that the same hands draw it.
// A review carries it as `something_else`; it is never a judgement, and never an OK.

import { find, text } from "./boot.js";
import * as marks from "./marks.js";

const NOTES = ["unknown_mark", "foreign_object", "colour", "shape", "other"];
const SIGN = "?"; // no code of a standard begins with it

const codeOf = (note) => SIGN + note;
const words = (note) => document.querySelector(`[data-note=${note}]`).textContent.trim();

const types = () =>
  NOTES.map((note) => ({
    code: codeOf(note),
    sign: "+", // no letter of the book: there is no such page
    name: { en: words(note) },
    definition: {},
    severity: [],
    geometry: ["box"],
    region_required: true,
  }));

export const isElse = (code) => code?.startsWith(SIGN) ?? false;

const extended = new WeakMap();

/** The standard with the notes behind its defect types: what can be marked on the picture. */
export const withElse = (standard) => {
  if (!extended.has(standard)) {
    extended.set(standard, { ...standard, defect_types: [...standard.defect_types, ...types()] });
  }
  return extended.get(standard);
};

const noted = (state) => NOTES.filter((note) => marks.markOf(state, codeOf(note)).verdict === "present");

/** What of a state is something else, to keep it where all defect types are set at once. */
export const kept = (state, next) =>
  Object.freeze({
    ...next,
    marks: { ...next.marks, ...Object.fromEntries(noted(state).map((note) => [codeOf(note), marks.markOf(state, codeOf(note))])) },
  });

/** Marked with these words, or no longer; new words for what is marked stand in place of the old ones. Marked, it is
    chosen, so that drawing is next. */
export const toggled = (state, note, own) => {
  const code = codeOf(note);
  const reworded = own && marks.markOf(state, code).verdict === "present";
  const next = reworded ? marks.chosen(state, code) : marks.toggled(state, code);
  const mark = marks.markOf(next, code);
  if (mark.verdict !== "present") return next;
  return Object.freeze({ ...next, marks: { ...next.marks, [code]: { ...mark, text: own || mark.text } } });
};

/** As it travels: [{note, text, regions}]. */
export const somethingElse = (state) => {
  if (!noted(state).length) return [];
  return marks.judgements(state, { defect_types: types() }).map(({ defect_type, regions }) => ({
    note: defect_type.slice(SIGN.length),
    text: marks.markOf(state, defect_type).text ?? "",
    regions,
  }));
};

/** The button of the rail and the notes of the dialog. */
export const showElse = (state, { usable }) => {
  const found = noted(state);
  const button = document.querySelector("[data-act=else]");
  button.disabled = !usable;
  button.setAttribute("aria-pressed", String(found.length > 0));
  button.setAttribute("aria-description", found.map(words).join(", "));
  for (const node of document.querySelectorAll("[data-note]")) {
    node.setAttribute("aria-pressed", String(found.includes(node.dataset.note)));
  }
};

/** The words typed into the dialog, and the field empty again. */
export const takeWords = () => {
  const field = find("else-text");
  if (!field.value) return "";
  const own = field.value.trim();
  field.value = "";
  return own;
};

/** What to say where a box is asked for. */
export const askWhere = (code) => text("else_where", { name: words(code.slice(SIGN.length)) });
