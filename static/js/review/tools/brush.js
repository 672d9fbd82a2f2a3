// A mask painted with a round brush, and the eraser. Exact to the pixel: see masks.js.

import * as marks from "../marks.js";
import { Stroke, contains, difference, maskOf, union } from "../masks.js";
import { gone, replaced } from "./edit.js";

const LEAST_RADIUS = 0.75; // px: a touch marks a pixel at least, wherever in it the middle lies

const stroking = (ctx, erases, finish) => {
  const { code, from, image } = ctx;
  const radius = Math.max(LEAST_RADIUS, ctx.radius);
  const stroke = new Stroke(image);
  const trail = [from];
  stroke.add(from, from, radius);
  const paint = (points) => {
    for (const point of points) {
      stroke.add(trail.at(-1), point, radius);
      trail.push(point);
    }
    return { code, trail, width: 2 * radius, erases };
  };
  return {
    draft: paint,
    end: (point) => {
      paint([point]);
      return finish(stroke.runs);
    },
    tap: () => finish(stroke.runs),
  };
};

const chosenMask = (state) => {
  const shape = marks.chosenRegion(state);
  return shape?.kind === "mask" ? shape : null;
};

/** Adds to the chosen mask, else to the one under the first touch, else a mask of its own. */
export const brush = (ctx) => {
  const { state, now, code, from, image } = ctx;
  const under = () => marks.markOf(state, code).regions.find((shape) => shape.kind === "mask" && contains(shape, from));
  const mask = chosenMask(state) ?? under();
  return stroking(ctx, false, (runs) => {
    if (!runs.length) return null; // beside the picture
    if (!mask) return { change: marks.regionAdded(now(), code, maskOf(runs, image)) };
    return replaced(now(), code, mask, maskOf(union(mask.runs, runs), image));
  });
};

/** Takes from the chosen mask, else from all of the defect type. */
export const eraser = (ctx) => {
  const { now, code, image } = ctx;
  const chosen = chosenMask(ctx.state);
  return stroking(ctx, true, (runs) => {
    const state = now();
    const { regions } = marks.markOf(state, code);
    if (chosen && !regions.includes(chosen)) return gone;
    let next = state;
    for (let index = regions.length - 1; index >= 0; index -= 1) {
      const shape = regions[index];
      if (shape.kind !== "mask" || (chosen && shape !== chosen)) continue;
      const left = difference(shape.runs, runs);
      if (left.join() === shape.runs.join()) continue;
      if (!left.length) next = marks.regionDeleted(next, code, index);
      else next = marks.chosen(marks.regionChanged(next, code, index, maskOf(left, image)), code, chosen ? index : null);
    }
    return next === state ? { say: "nothing_to_erase" } : { change: next };
  });
};
