// What every tool does on the chosen region: pull a handle, add a point to a polygon's edge, move the whole;
// and what a tap means: choose the region under it.

import * as marks from "../marks.js";
import * as polygons from "../polygons.js";
import * as shapes from "../shapes.js";

const NEAR_PX = 12; // CSS px around a thin painted line
const TINY_PX = 6;

/** What a deed answers when the region or the outline that it was for has gone meanwhile. */
export const gone = Object.freeze({ say: "drawing_gone" });

/** `shape` in place of a region, wherever that stands now. */
export const replaced = (state, code, region, shape) => {
  const index = marks.markOf(state, code).regions.indexOf(region);
  return index < 0 ? gone : { change: marks.regionChanged(state, code, index, shape) };
};

/** Draws from the region as it was and the way that the hand has gone; see tools/tool.js for deeds. */
const reshaping = (ctx, shape, change, tapped) => {
  const { now, code, from } = ctx;
  const region = marks.chosenRegion(ctx.state);
  const pulled = (point) => change(shape, point.x - from.x, point.y - from.y);
  const tap = () => (tapped ? replaced(now(), code, region, tapped) : choose(ctx));
  return {
    draft: (points) => ({
      code,
      index: marks.markOf(now(), code).regions.indexOf(region),
      shape: pulled(points.at(-1)),
    }),
    end: (point, far_px) => (far_px < TINY_PX ? tap() : replaced(now(), code, region, pulled(point))),
    tap,
  };
};

const newPoint = ({ from, reach, image }, shape) => {
  if (shape.kind !== "polygon") return null;
  const { width, height } = shapes.bounds(shape);
  const within = Math.min(reach / 2, shapes.contains(shape, from) ? Math.min(width, height) / 5 : Infinity);
  const edge = polygons.edgeAt(shape.points, from, within);
  if (edge < 0) return null;
  return { index: edge + 1, shape: { ...shape, points: polygons.withNewPoint(shape.points, edge, polygons.corner(from, image)) } };
};

/** The deed on the chosen region, or null where the hand is not on it. */
export const edit = (ctx) => {
  const shape = marks.chosenRegion(ctx.state);
  if (!shape || marks.markOf(ctx.state, ctx.state.chosen).verdict !== "present") return null;
  const handle = shapes.handleAt(shape, ctx.from, ctx.reach);
  if (handle >= 0) return reshaping(ctx, shape, (old, dx, dy) => shapes.pulled(old, handle, dx, dy, ctx.image));
  const added = newPoint(ctx, shape);
  const pull = (old, dx, dy) => shapes.pulled(old, added.index, dx, dy, ctx.image);
  if (added) return reshaping(ctx, added.shape, pull, added.shape);
  if (!shapes.touched(shape, ctx.from, NEAR_PX * ctx.unit)) return null;
  return reshaping(ctx, shape, (old, dx, dy) => shapes.moved(old, dx, dy, ctx.image));
};

/** A tap chooses the smallest region under it, or lets the chosen one go. */
export const choose = ({ now, from, unit }) => {
  const state = now();
  const under = Object.entries(state.marks)
    .filter(([, mark]) => mark.verdict === "present")
    .flatMap(([code, mark]) => mark.regions.map((shape, index) => ({ code, index, shape })))
    .filter(({ shape }) => shapes.touched(shape, from, NEAR_PX * unit))
    .sort((a, b) => shapes.area(a.shape) - shapes.area(b.shape))[0];
  return { look: under ? marks.chosen(state, under.code, under.index) : marks.chosen(state, state.chosen) };
};
