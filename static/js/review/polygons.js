// Polygons in pixels of the upright image: {kind, points: [[x, y], …]}, whole numbers. Pure functions.

import { boot } from "./boot.js";

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** A point as it is kept: a corner of the pixel grid inside the image. */
export const corner = ({ x, y }, image) => [
  clamp(Math.round(x), 0, image.width_px),
  clamp(Math.round(y), 0, image.height_px),
];

const after = (points, i) => points[(i + 1) % points.length];

/** By the shoelace formula, px². */
export const area = (points) =>
  Math.abs(points.reduce((sum, [x, y], i) => sum + x * after(points, i)[1] - after(points, i)[0] * y, 0)) / 2;

/** The closed polygon, or null when the points enclose nothing. */
export const closed = (points) => {
  const kept = points.filter(([x, y], i) => x !== after(points, i)[0] || y !== after(points, i)[1]);
  return kept.length >= 3 && area(kept) > 0 ? { kind: "polygon", points: kept } : null;
};

export const bounds = (points) => {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
};

/** Non-zero winding, as screens fill polygons and as the server counts pixels. */
export const contains = (points, { x, y }) => {
  let winding = 0;
  points.forEach(([ax, ay], i) => {
    const [bx, by] = after(points, i);
    if (ay <= y === by <= y) return;
    const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
    if (ay <= y && side > 0) winding += 1;
    if (by <= y && side < 0) winding -= 1;
  });
  return winding !== 0;
};

export const moved = (points, dx, dy, image) => {
  const box = bounds(points);
  const x = clamp(Math.round(dx), -box.x, image.width_px - box.x - box.width);
  const y = clamp(Math.round(dy), -box.y, image.height_px - box.y - box.height);
  return points.map(([px, py]) => [px + x, py + y]);
};

/** Stretched from the upper left corner of its bounds by (dx, dy). */
export const stretched = (points, dx, dy, image) => {
  const { x, y, width, height } = bounds(points);
  const across = Math.max(1, width + dx) / Math.max(1, width);
  const down = Math.max(1, height + dy) / Math.max(1, height);
  return points.map(([px, py]) => corner({ x: x + (px - x) * across, y: y + (py - y) * down }, image));
};

/** Index of the point nearest to another within reach, or -1. */
export const pointAt = (points, at, reach) => {
  const far = points.map(([x, y]) => Math.hypot(x - at.x, y - at.y));
  const nearest = far.indexOf(Math.min(...far));
  return far[nearest] <= reach ? nearest : -1;
};

const distanceToLine = ({ x, y }, [ax, ay], [bx, by]) => {
  const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = length2 ? clamp(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2, 0, 1) : 0;
  return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
};

/** Index of the edge (from that point to the next) within reach, or -1. */
export const edgeAt = (points, at, reach) => {
  const far = points.map((from, i) => distanceToLine(at, from, after(points, i)));
  const nearest = far.indexOf(Math.min(...far));
  return far[nearest] <= reach ? nearest : -1;
};

export const withPoint = (points, index, point) => points.map((old, i) => (i === index ? point : old));

export const withNewPoint = (points, edge, point) => [...points.slice(0, edge + 1), point, ...points.slice(edge + 1)];

/** Fewer points, no more than the server takes, none of the left out ones farther than `tolerance` px from the line (Douglas and Peucker, 1973). */
export const simplified = (points, tolerance) => {
  const kept = thinned(points, tolerance);
  return kept.length > boot.limits.points ? simplified(points, tolerance * 2) : kept;
};

const thinned = (points, tolerance) => {
  const keep = new Set([0, points.length - 1]);
  const open = [[0, points.length - 1]];
  while (open.length) {
    const [first, last] = open.pop();
    let farthest = -1;
    let most = tolerance;
    for (let i = first + 1; i < last; i += 1) {
      const far = distanceToLine({ x: points[i][0], y: points[i][1] }, points[first], points[last]);
      if (far > most) [most, farthest] = [far, i];
    }
    if (farthest < 0) continue;
    keep.add(farthest);
    open.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, i) => keep.has(i));
};
