// A polygon by taps: each adds a point, one near the first point closes it. A finger that stays down may
// slide to the right place first. The points are kept in the marks, whatever else happens meanwhile.

import * as marks from "../marks.js";
import { area, closed, corner, pointAt, withPoint } from "../polygons.js";
import { edit, gone } from "./edit.js";

export const polygon = (ctx) => {
  const { open } = marks.markOf(ctx.state, ctx.code);
  if (!open.length) return edit(ctx) ?? adding(ctx);
  const near = pointAt(open, ctx.from, Math.min(ctx.reach, closeReach(ctx, open)));
  return near >= 0 ? pulling(ctx, open, near) : adding(ctx);
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

const adding = (ctx) => {
  const { now, code, image, from } = ctx;
  const openNow = () => marks.markOf(now(), code).open;
  const add = (point) => {
    const open = openNow();
    const last = open.at(-1);
    const next = corner(point, image);
    if (last && last[0] === next[0] && last[1] === next[1]) return null;
    if (open.length >= 3 && pointAt([open[0]], point, closeReach(ctx, open)) === 0) return close(now(), code);
    return { change: marks.opened(now(), code, [...open, next]) };
  };
  return {
    draft: (points) => ({ code, open: [...openNow(), corner(points.at(-1), image)] }),
    end: add,
    tap: () => add(from),
  };
};

const pulling = ({ now, code, image }, open, index) => {
  const pulled = (point) => withPoint(open, index, corner(point, image));
  const same = () => marks.markOf(now(), code).open === open;
  return {
    draft: (points) => ({ code, open: pulled(points.at(-1)) }),
    end: (point) => (same() ? { change: marks.opened(now(), code, pulled(point)) } : gone),
    tap: () => (same() && index === 0 && open.length >= 3 && area(open) > 0 ? close(now(), code) : null),
  };
};
