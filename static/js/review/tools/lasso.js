// A loop drawn by hand: a polygon of few points, or the pixels inside where only masks are allowed.

import * as marks from "../marks.js";
import { corner, simplified } from "../polygons.js";
import { enclosed } from "../shapes.js";
import { choose, edit } from "./edit.js";

const STRAIGHT_PX = 1.5; // CSS px that a point may lie beside the line before it is kept

export const lasso = (ctx) => edit(ctx) ?? drawn(ctx);

const drawn = (ctx) => {
  const { now, code, from, geometry, image, unit } = ctx;
  const trail = [from];
  return {
    draft: (points) => {
      trail.push(...points);
      return { code, trail };
    },
    end: (point) => {
      const loop = [...trail, point].map(({ x, y }) => [x, y]);
      const points = geometry.includes("polygon")
        ? simplified(loop, STRAIGHT_PX * unit).map(([x, y]) => corner({ x, y }, image))
        : loop;
      const shape = enclosed(points, geometry, image);
      return shape && { change: marks.regionAdded(now(), code, shape) };
    },
    tap: () => choose(ctx),
  };
};
