// How much the server takes of one picture, by its own word: where it would refuse a review for its size, nothing
// more is drawn.

import { boot, text } from "./boot.js";
import * as marks from "./marks.js";
import { isElse } from "./something_else.js";

const { limits } = boot;

const crowded = (code, { regions }) => {
  const most = isElse(code) ? limits.else_regions : limits.regions;
  return regions.length > most && { why: text("most_regions", { most }) };
};

const pointed = ({ regions, open }) => {
  const most = limits.points;
  const over = open.length > most || regions.some(({ kind, points }) => kind === "polygon" && points.length > most);
  return over && { why: text("most_points", { most }) };
};

// What is left over after the last run is a run as well.
const intricate = ({ regions }) =>
  regions.some(({ kind, runs }) => kind === "mask" && runs.length + 1 > limits.runs) && { why: text("most_runs"), lets_go: true };

/** Null where a step from `before` to `next` can be sent; else {why, rest}: what to say, and the state to go on with.
    A mask that is full is let go, so that the next stroke can begin another one. */
export const beyond = (next, before) => {
  for (const [code, mark] of Object.entries(next.marks)) {
    if (mark === before.marks[code]) continue;
    const full = crowded(code, mark) || pointed(mark) || intricate(mark);
    if (full) return { why: full.why, rest: full.lets_go ? marks.chosen(before, before.chosen) : before };
  }
  return null;
};
