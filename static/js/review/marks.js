// What the reviewer has marked on one picture: frozen states and pure steps between them.
// {marks: {code: {verdict, severity, boxes}}, chosen: code or null, box: index or null}

import * as boxes from "./boxes.js";

export const nothing = Object.freeze({ marks: {}, chosen: null, box: null });

const blank = { verdict: "absent", severity: null, boxes: [] };

export const markOf = (state, code) => state.marks[code] ?? blank;

const changed = (state, code, change, rest = {}) =>
  Object.freeze({
    ...state,
    ...rest,
    marks: { ...state.marks, [code]: { ...markOf(state, code), ...change } },
  });

/** Tap on a defect type: present, again absent. Its boxes are kept aside and come back with it. */
export const toggled = (state, code) =>
  markOf(state, code).verdict === "absent"
    ? changed(state, code, { verdict: "present" }, { chosen: code, box: null })
    : changed(state, code, { verdict: "absent" }, { chosen: null, box: null });

/** "Can't tell" for one type; again: present. */
export const unsure = (state, code) =>
  changed(state, code, { verdict: markOf(state, code).verdict === "unsure" ? "present" : "unsure" }, { box: null });

export const graded = (state, code, severity) =>
  changed(state, code, { verdict: "present", severity });

export const allUnsure = (state, codes) =>
  Object.freeze({
    chosen: null,
    box: null,
    marks: Object.fromEntries(codes.map((code) => [code, { ...markOf(state, code), verdict: "unsure" }])),
  });

export const boxAdded = (state, code, box) => {
  const list = [...markOf(state, code).boxes, box];
  return changed(state, code, { boxes: list }, { chosen: code, box: list.length - 1 });
};

export const boxChanged = (state, code, index, box) =>
  changed(state, code, { boxes: markOf(state, code).boxes.map((old, i) => (i === index ? box : old)) });

export const boxDeleted = (state, code, index) =>
  changed(state, code, { boxes: markOf(state, code).boxes.filter((_, i) => i !== index) }, { box: null });

export const chosen = (state, code, box = null) => Object.freeze({ ...state, chosen: code, box });

/** Codes marked present or unsure, in the standard's order. */
export const marked = (state, standard) =>
  standard.defect_types.map(({ code }) => code).filter((code) => markOf(state, code).verdict !== "absent");

/** The first thing that the standard still asks for: {code, ask: "severity" | "region"}, or null. */
export const lacking = (state, standard) => {
  for (const { code, severity = [], region_required } of standard.defect_types) {
    const mark = markOf(state, code);
    if (mark.verdict !== "present") continue;
    if (severity.length && mark.severity === null) return { code, ask: "severity" };
    if (region_required && !mark.boxes.length) return { code, ask: "region" };
  }
  return null;
};

/** The judgements as they travel; a type left out is absent. */
export const judgements = (state, standard, image) =>
  standard.defect_types
    .filter(({ code }) => markOf(state, code).verdict !== "absent")
    .map(({ code, severity = [], geometry = [] }) => {
      const mark = markOf(state, code);
      const present = mark.verdict === "present";
      return {
        defect_type: code,
        verdict: mark.verdict,
        severity: present && severity.length ? mark.severity : null,
        regions: present && geometry.length ? mark.boxes.map((box) => boxes.document(box, geometry, image)) : [],
      };
    });
