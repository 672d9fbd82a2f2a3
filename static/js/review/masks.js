// Masks: {kind, width, height, runs: [start, past, …]} of an image. A place is column × height + row; runs
// ascend and do not touch. A pixel belongs to what contains its centre, as labeler/core/masks.py has it.

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Ascending runs from pairs in any order, made one where they overlap or touch. */
const joined = (pairs) => {
  pairs.sort((a, b) => a[0] - b[0]);
  const runs = [];
  for (const [start, past] of pairs) {
    if (past <= start) continue;
    const last = runs.length - 1;
    if (last > 0 && start <= runs[last]) runs[last] = Math.max(runs[last], past);
    else runs.push(start, past);
  }
  return runs;
};

const pairsOf = (runs) => Array.from({ length: runs.length / 2 }, (_, i) => [runs[2 * i], runs[2 * i + 1]]);

export const union = (a, b) => joined([...pairsOf(a), ...pairsOf(b)]);

/** The pixels of `a` that `b` lacks. */
export const difference = (a, b) => {
  const left = [];
  let next = 0;
  for (const [start, past] of pairsOf(a)) {
    while (next < b.length && b[next + 1] <= start) next += 2;
    let from = start;
    for (let i = next; i < b.length && b[i] < past; i += 2) {
      if (b[i] > from) left.push(from, b[i]);
      from = Math.max(from, b[i + 1]);
    }
    if (from < past) left.push(from, past);
  }
  return left;
};

export const maskOf = (runs, { width_px, height_px }) => ({ kind: "mask", width: width_px, height: height_px, runs });

/** COCO's uncompressed run lengths: column by column, the first run counts background. */
export const counts = ({ width, height, runs }) => {
  const lengths = runs.map((bound, i) => bound - (i ? runs[i - 1] : 0));
  const rest = width * height - (runs.at(-1) ?? 0);
  return rest > 0 ? [...lengths, rest] : lengths;
};

export const area = (runs) => pairsOf(runs).reduce((sum, [start, past]) => sum + past - start, 0);

export const contains = ({ width, height, runs }, { x, y }) => {
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  const place = Math.floor(x) * height + Math.floor(y);
  return pairsOf(runs).some(([start, past]) => start <= place && place < past);
};

/** The runs cut at the columns' ends: [{column, from, past}], rows half-open. */
export const pieces = ({ height, runs }) => {
  const found = [];
  for (const [start, past] of pairsOf(runs)) {
    for (let at = start; at < past; ) {
      const column = Math.floor(at / height);
      const end = Math.min(past, (column + 1) * height);
      found.push({ column, from: at - column * height, past: end - column * height });
      at = end;
    }
  }
  return found;
};

export const bounds = (mask) => {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { column, from, past } of pieces(mask)) {
    left = Math.min(left, column);
    top = Math.min(top, from);
    right = Math.max(right, column + 1);
    bottom = Math.max(bottom, past);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
};

/** Moved by whole pixels and kept inside the image. */
export const moved = (mask, dx, dy) => {
  const box = bounds(mask);
  const x = clamp(Math.round(dx), -box.x, mask.width - box.x - box.width);
  const y = clamp(Math.round(dy), -box.y, mask.height - box.y - box.height);
  const pairs = pieces(mask).map(({ column, from, past }) => {
    const start = (column + x) * mask.height + y;
    return [start + from, start + past];
  });
  return { ...mask, runs: joined(pairs) };
};

const firstCentre = (edge, limit) => clamp(Math.ceil(edge - 0.5), 0, limit);

/** The pixels of a polygon ([[x, y], …], any numbers), by non-zero winding. */
export const polygonRuns = (points, { width_px, height_px }) => {
  const columns = new Map(); // column -> [[row, winding step], …]
  points.forEach((here, i) => {
    const next = points[(i + 1) % points.length];
    const step = here[0] <= next[0] ? 1 : -1;
    const [[x1, y1], [x2, y2]] = step > 0 ? [here, next] : [next, here];
    for (let column = firstCentre(x1, width_px); column < firstCentre(x2, width_px); column += 1) {
      const y = y1 + ((column + 0.5 - x1) / (x2 - x1)) * (y2 - y1);
      if (!columns.has(column)) columns.set(column, []);
      columns.get(column).push([firstCentre(y, height_px), step]);
    }
  });
  const pairs = [];
  for (const [column, steps] of columns) {
    steps.sort((a, b) => a[0] - b[0]);
    let winding = 0;
    steps.forEach(([row, step], i) => {
      if (winding !== 0) pairs.push([column * height_px + steps[i - 1][0], column * height_px + row]);
      winding += step;
    });
  }
  return joined(pairs);
};

/** What a round brush has passed over, kept as spans of rows per column: small whatever the image's size. */
export class Stroke {
  #columns = new Map();
  #image;

  constructor(image) {
    this.#image = image;
  }

  /** From one point to the next: the pixels whose centre is at most `radius` px from the line between. */
  add(from, to, radius) {
    const { width_px, height_px } = this.#image;
    const low = Math.max(0, Math.ceil(Math.min(from.x, to.x) - radius - 0.5));
    const high = Math.min(width_px - 1, Math.floor(Math.max(from.x, to.x) + radius - 0.5));
    for (let column = low; column <= high; column += 1) {
      const [top, bottom] = across(from, to, radius, column + 0.5);
      const first = firstCentre(top, height_px);
      const past = clamp(Math.floor(bottom - 0.5) + 1, 0, height_px);
      if (!this.#columns.has(column)) this.#columns.set(column, []);
      this.#columns.get(column).push([column * height_px + first, column * height_px + past]);
    }
  }

  get runs() {
    return joined([...this.#columns.values()].flat());
  }
}

// Where the upright line at x passes two discs and the band between them: [top, bottom].
const across = (from, to, radius, x) => {
  const ys = [];
  for (const end of [from, to]) {
    const half = Math.sqrt(radius ** 2 - (x - end.x) ** 2);
    if (half >= 0) ys.push(end.y - half, end.y + half);
  }
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const aside = [(-(to.y - from.y) / length) * radius, ((to.x - from.x) / length) * radius];
  const ring = [[from, 1], [to, 1], [to, -1], [from, -1]].map(([end, side]) => [end.x + side * aside[0], end.y + side * aside[1]]);
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % 4];
    const share = (x - ax) / (bx - ax); // not a number where there is no band
    if (share >= 0 && share <= 1) ys.push(ay + share * (by - ay));
  });
  return [Math.min(...ys), Math.max(...ys)];
};
