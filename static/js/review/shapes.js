// A region of any kind: what boxes, polygons and masks have in common. Pure functions.

import * as boxes from "./boxes.js";
import * as masks from "./masks.js";
import { outline } from "./outlines.js";
import * as polygons from "./polygons.js";

/** {x, y, width, height} around a region, px. */
export const bounds = (shape) => {
  if (shape.kind === "box") return shape;
  return shape.kind === "polygon" ? polygons.bounds(shape.points) : masks.bounds(shape);
};

export const area = (shape) => {
  if (shape.kind === "box") return shape.width * shape.height;
  return shape.kind === "polygon" ? polygons.area(shape.points) : masks.area(shape.runs);
};

export const contains = (shape, point) => {
  if (shape.kind === "box") return boxes.contains(shape, point);
  return shape.kind === "polygon" ? polygons.contains(shape.points, point) : masks.contains(shape, point);
};

/** Whether a tap at a point, within `reach` px, means this region: a painted scratch is thinner than a finger. */
export const touched = (shape, point, reach) => {
  if (contains(shape, point)) return true;
  if (shape.kind !== "mask") return shape.kind === "polygon" && polygons.edgeAt(shape.points, point, reach) >= 0;
  return masks.pieces(shape).some(({ column, from, past }) => {
    const down = Math.max(from - point.y, point.y - past, 0);
    return Math.hypot(column + 0.5 - point.x, down) <= reach;
  });
};

export const moved = (shape, dx, dy, image) => {
  if (shape.kind === "box") return boxes.moved(shape, dx, dy, image);
  if (shape.kind === "mask") return masks.moved(shape, dx, dy);
  return { ...shape, points: polygons.moved(shape.points, dx, dy, image) };
};

/** Larger or smaller by (dx, dy) px, its upper left corner held; a mask has no size of its own. */
export const resized = (shape, dx, dy, image) => {
  if (shape.kind === "mask") return shape;
  if (shape.kind === "polygon") return polygons.closed(polygons.stretched(shape.points, dx, dy, image)) ?? shape;
  const far = { x: shape.x + shape.width + dx, y: shape.y + shape.height + dy };
  return boxes.between(shape, { x: Math.max(far.x, shape.x + 1), y: Math.max(far.y, shape.y + 1) }, image);
};

/** Where handles stand: {x, y} in px; a mask has none. */
export const handles = (shape) => {
  if (shape.kind === "box") return boxes.corners(shape);
  return shape.kind === "polygon" ? shape.points.map(([x, y]) => ({ x, y })) : [];
};

/** Index of the handle within reach (px) of a point, or -1.
    Inside the region the reach shrinks, so that a small one can still be moved by its middle. */
export const handleAt = (shape, point, reach) => {
  const { width, height } = bounds(shape);
  const within = contains(shape, point) ? Math.min(reach, Math.min(width, height) / 3) : reach;
  const points = handles(shape).map(({ x, y }) => [x, y]);
  return points.length ? polygons.pointAt(points, point, within) : -1;
};

/** With one handle pulled by (dx, dy). */
export const pulled = (shape, handle, dx, dy, image) => {
  if (shape.kind === "box") return boxes.pulled(shape, handle, dx, dy, image);
  const [x, y] = shape.points[handle];
  const points = polygons.withPoint(shape.points, handle, polygons.corner({ x: x + dx, y: y + dy }, image));
  return polygons.area(points) > 0 ? { ...shape, points } : shape;
};

/** A ring of points as a polygon where the geometries allow one, else as a mask; null when it holds nothing. */
export const enclosed = (points, geometry, image) => {
  if (geometry.includes("polygon")) return polygons.closed(points);
  const runs = masks.polygonRuns(points, image);
  return runs.length ? masks.maskOf(runs, image) : null;
};

/** The region as it travels. */
export const document = (shape) => {
  if (shape.kind !== "mask") return shape;
  return { kind: "mask", rle: { size: [shape.height, shape.width], counts: masks.counts(shape) } };
};

const paths = new WeakMap();

/** An SVG path of the region's outline, in px; made once per region. */
export const pathOf = (shape) => {
  if (!paths.has(shape)) paths.set(shape, shape.kind === "mask" ? outline(shape) : ring(shape));
  return paths.get(shape);
};

const ring = (shape) => {
  const points = handles(shape).map(({ x, y }) => `${x} ${y}`);
  const [a, b, c, d] = points;
  return `M${(shape.kind === "box" ? [a, b, d, c] : points).join("L")}Z`;
};
