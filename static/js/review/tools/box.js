// A box by dragging from corner to corner.

import { between } from "../boxes.js";
import * as marks from "../marks.js";
import { choose, edit } from "./edit.js";

const TINY_PX = 6;
const THIN_PX = 3; // a line along the edge, drawn beside the picture

export const box = (ctx) => edit(ctx) ?? drawn(ctx);

const drawn = (ctx) => {
  const { now, code, from, image, unit } = ctx;
  return {
    draft: (points) => ({ code, index: null, shape: between(from, points.at(-1), image) }),
    end: (point, far_px) => {
      if (far_px < TINY_PX) return choose(ctx);
      const shape = between(from, point, image);
      const thin = (side, whole) => side < Math.min(THIN_PX * unit, whole); // all of a strip is no line
      if (thin(shape.width, image.width_px) || thin(shape.height, image.height_px)) return null;
      return { change: marks.regionAdded(now(), code, shape) };
    },
    tap: () => choose(ctx),
  };
};
