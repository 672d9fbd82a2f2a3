// The outline of a mask along its pixels' edges, as an SVG path of closed loops.

import { pieces } from "./masks.js";

/** Between a column and its right neighbour: down where only the left is marked, up where only the right is. */
const upright = (edges, x, left, right) => {
  const stops = [...new Set([...left, ...right])].sort((a, b) => a - b);
  let [l, r] = [0, 0];
  for (let i = 0; i + 1 < stops.length; i += 1) {
    while (l < left.length && left[l] <= stops[i]) l += 1;
    while (r < right.length && right[r] <= stops[i]) r += 1;
    if (l % 2 === r % 2) continue;
    if (l % 2) edges.push([x, stops[i], x, stops[i + 1]]);
    else edges.push([x, stops[i + 1], x, stops[i]]);
  }
};

/** Edges [x1, y1, x2, y2] with the mask on their right hand. */
const edgesOf = (mask) => {
  const columns = new Map();
  for (const { column, from, past } of pieces(mask)) {
    if (!columns.has(column)) columns.set(column, []);
    columns.get(column).push(from, past);
  }
  const edges = [];
  for (const [x, bounds] of columns) {
    for (let i = 0; i < bounds.length; i += 2) {
      edges.push([x, bounds[i], x + 1, bounds[i]], [x + 1, bounds[i + 1], x, bounds[i + 1]]);
    }
    upright(edges, x, columns.get(x - 1) ?? [], bounds);
    if (!columns.has(x + 1)) upright(edges, x + 1, bounds, []);
  }
  return edges;
};

// Where two pixels touch at a corner only, the loop turns right: each pixel keeps its own outline.
const following = (edge, open) => {
  const turn = (next) => (edge[2] - edge[0]) * (next[3] - next[1]) - (edge[3] - edge[1]) * (next[2] - next[0]);
  const right = open.findIndex((next) => turn(next) > 0);
  return open.splice(open.length > 1 && right >= 0 ? right : 0, 1)[0];
};

const level = (edge) => edge[1] === edge[3];

const bends = (loop) =>
  loop.filter((edge, i) => level(edge) !== level(loop.at(i - 1))).map(([x, y]) => `${x} ${y}`);

export const outline = (mask) => {
  const stride = mask.height + 1;
  const leaving = new Map(); // point -> edges that begin there
  for (const edge of edgesOf(mask)) {
    const key = edge[0] * stride + edge[1];
    if (leaving.has(key)) leaving.get(key).push(edge);
    else leaving.set(key, [edge]);
  }
  let path = "";
  for (const open of leaving.values()) {
    while (open.length) {
      const loop = [open.pop()];
      for (;;) {
        const edge = loop.at(-1);
        const next = following(edge, leaving.get(edge[2] * stride + edge[3]));
        if (!next) break;
        loop.push(next);
      }
      path += `M${bends(loop).join("L")}Z`;
    }
  }
  return path;
};
