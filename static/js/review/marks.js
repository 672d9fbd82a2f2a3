// What the reviewer has marked on one picture: frozen states and pure steps between them.
// {marks: {code: {verdict, severity, regions, open}}, chosen: code or null, region: index or null};
// `open` holds the points of a polygon that is not closed yet.

import * as shapes from "./shapes.js";

export const nothing = Object.freeze({ marks: {}, chosen: null, region: null });

const blank = { verdict: "absent", severity: null, regions: [], open: [] };

export const markOf = (state, code) => state.marks[code] ?? blank;

const changed = (state, code, change, rest = {}) =>
  Object.freeze({
    ...state,
    ...rest,
    marks: { ...state.marks, [code]: { ...markOf(state, code), ...change } },
  });

/** Tap on a defect type: present, again absent. Its regions are kept aside and come back with it. */
export const toggled = (state, code) =>
  markOf(state, code).verdict === "absent"
    ? changed(state, code, { verdict: "present" }, { chosen: code, region: null })
    : changed(state, code, { verdict: "absent" }, { chosen: null, region: null });

/** "Can't tell" for one type; again: present. */
export const unsure = (state, code) =>
  changed(state, code, { verdict: markOf(state, code).verdict === "unsure" ? "present" : "unsure" }, { region: null });

export const graded = (state, code, severity) =>
  changed(state, code, { verdict: "present", severity });

export const allUnsure = (state, { defect_types }) =>
  Object.freeze({
    chosen: null,
    region: null,
    marks: Object.fromEntries(defect_types.map(({ code }) => [code, { ...markOf(state, code), verdict: "unsure" }])),
  });

export const everyUnsure = (state, { defect_types }) =>
  defect_types.every(({ code }) => markOf(state, code).verdict === "unsure");

export const regionAdded = (state, code, shape) => {
  const list = [...markOf(state, code).regions, shape];
  return changed(state, code, { regions: list }, { chosen: code, region: list.length - 1 });
};

export const regionChanged = (state, code, index, shape) =>
  changed(state, code, { regions: markOf(state, code).regions.map((old, i) => (i === index ? shape : old)) }, { region: index });

export const regionDeleted = (state, code, index) =>
  changed(state, code, { regions: markOf(state, code).regions.filter((_, i) => i !== index) }, { region: null });

/** Other points for the polygon that is being tapped; none: there is no such polygon. */
export const opened = (state, code, points) => changed(state, code, { open: points }, { chosen: code, region: null });

/** The open polygon becomes a region. */
export const polygonClosed = (state, code, shape) => regionAdded(opened(state, code, []), code, shape);

export const chosen = (state, code, region = null) => Object.freeze({ ...state, chosen: code, region });

/** The region that is chosen, or null. */
export const chosenRegion = (state) =>
  state.chosen === null || state.region === null ? null : markOf(state, state.chosen).regions[state.region];

/** Codes marked present or unsure, in the standard's order. */
export const marked = (state, standard) =>
  standard.defect_types.map(({ code }) => code).filter((code) => markOf(state, code).verdict !== "absent");

/** The first thing that the standard still asks for: {code, ask: "severity" | "close" | "region"}, or null. */
export const lacking = (state, standard) => {
  for (const { code, severity = [], region_required } of standard.defect_types) {
    const mark = markOf(state, code);
    if (mark.verdict !== "present") continue;
    if (severity.length && mark.severity === null) return { code, ask: "severity" };
    if (mark.open.length) return { code, ask: "close" };
    if (region_required && !mark.regions.length) return { code, ask: "region" };
  }
  return null;
};

/** The judgements as they travel; a type left out is absent. */
export const judgements = (state, standard) =>
  standard.defect_types
    .filter(({ code }) => markOf(state, code).verdict !== "absent")
    .map(({ code, severity = [], geometry = [] }) => {
      const mark = markOf(state, code);
      const present = mark.verdict === "present";
      return {
        defect_type: code,
        verdict: mark.verdict,
        severity: present && severity.length ? mark.severity : null,
        regions: present && geometry.length ? mark.regions.map(shapes.document) : [],
      };
    });
