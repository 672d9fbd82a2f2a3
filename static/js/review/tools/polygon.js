// A polygon by taps: each adds a point, one near the first point closes it. A finger that stays down may
// slide to the right place first. The points are kept in the marks, whatever else happens meanwhile.

import * as marks from "../marks.js";
import { area, closed, corner, pointAt, withPoint } from "../polygons.js";
import { edit } from "./edit.js";

export const polygon = (ctx) => {
  const { open } = marks.markOf(ctx.state, ctx.code);
  if (!open.length) return edit(ctx) ?? adding(ctx, open);
  const near = pointAt(open, ctx.from, Math.min(ctx.reach, closeReach(ctx, open)));
  return near >= 0 ? pulling(ctx, open, near) : adding(ctx, open);
};

/** Close makes a region of the open points. */
export const close = (state, code) => {
  const shape = closed(marks.markOf(state, code).open);
  return shape ? { change: marks.polygonClosed(state, code, shape) } : { say: "polygon_empty" };
};

export const undoPoint = (state, code) => ({
  change: marks.opened(state, code, marks.markOf(state, code).open.slice(0, -1)),
});

// A small polygon must not close at its third point: the first one's reach is a third of its extent.
const closeReach = ({ reach }, open) => {
  const far = open.map(([x, y]) => Math.hypot(x - open[0][0], y - open[0][1]));
  return Math.min(reach, Math.max(...far) / 3);
};

const adding = (ctx, open) => {
  const { state, code, image, from } = ctx;
  const add = (point) => {
    const last = open.at(-1);
    const next = corner(point, image);
    if (last && last[0] === next[0] && last[1] === next[1]) return null;
    if (open.length >= 3 && pointAt([open[0]], point, closeReach(ctx, open)) === 0) return close(state, code);
    return { change: marks.opened(state, code, [...open, next]) };
  };
  return {
    draft: (points) => ({ code, open: [...open, corner(points.at(-1), image)] }),
    end: add,
    tap: () => add(from),
  };
};

const pulling = ({ state, code, image }, open, index) => {
  const now = (point) => withPoint(open, index, corner(point, image));
  return {
    draft: (points) => ({ code, open: now(points.at(-1)) }),
    end: (point) => ({ change: marks.opened(state, code, now(point)) }),
    tap: () => (index === 0 && open.length >= 3 && area(open) > 0 ? close(state, code) : null),
  };
};
