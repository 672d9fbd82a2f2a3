// Boxes in pixels of the upright image: {x, y, width, height}, whole numbers, half-open. Pure functions.

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The box between two points, cut to the image and rounded to whole pixels; at least one pixel. */
export const between = (from, to, image) => {
  const x = clamp(Math.round(Math.min(from.x, to.x)), 0, image.width_px - 1);
  const y = clamp(Math.round(Math.min(from.y, to.y)), 0, image.height_px - 1);
  const right = clamp(Math.round(Math.max(from.x, to.x)), x + 1, image.width_px);
  const bottom = clamp(Math.round(Math.max(from.y, to.y)), y + 1, image.height_px);
  return { x, y, width: right - x, height: bottom - y };
};

/** The box moved by (dx, dy), kept inside the image. */
export const moved = (box, dx, dy, image) => ({
  ...box,
  x: clamp(Math.round(box.x + dx), 0, image.width_px - box.width),
  y: clamp(Math.round(box.y + dy), 0, image.height_px - box.height),
});

/** Corners in reading order: top left, top right, bottom left, bottom right. */
export const corners = ({ x, y, width, height }) => [
  { x, y },
  { x: x + width, y },
  { x, y: y + height },
  { x: x + width, y: y + height },
];

export const contains = (box, point) =>
  point.x >= box.x && point.x <= box.x + box.width && point.y >= box.y && point.y <= box.y + box.height;

/** Index of the corner within reach (image px) of a point, or -1.
    Inside the box the reach shrinks, so that a small box can still be moved by its middle. */
export const cornerAt = (box, point, reach) => {
  const inner = Math.min(reach, Math.min(box.width, box.height) / 3);
  const within = contains(box, point) ? inner : reach;
  const distances = corners(box).map((corner) => Math.hypot(corner.x - point.x, corner.y - point.y));
  const nearest = distances.indexOf(Math.min(...distances));
  return distances[nearest] <= within ? nearest : -1;
};

/** A box in the middle, a quarter of the image: where the keyboard begins. */
export const centred = (image) =>
  between(
    { x: image.width_px * 0.375, y: image.height_px * 0.375 },
    { x: image.width_px * 0.625, y: image.height_px * 0.625 },
    image,
  );

/** The box as it travels, in the first form that the defect type's geometry allows. */
export const document = (box, geometry, image) => {
  if (geometry.includes("box")) return { kind: "box", ...box };
  if (geometry.includes("polygon")) {
    const [a, b, c, d] = corners(box).map(({ x, y }) => [x, y]);
    return { kind: "polygon", points: [a, b, d, c] };
  }
  return { kind: "mask", rle: { size: [image.height_px, image.width_px], counts: runs(box, image) } };
};

// COCO run lengths: column by column, the first run counts background.
const runs = ({ x, y, width, height }, image) => {
  const gap = image.height_px - height;
  const counts = [x * image.height_px + y];
  for (let column = 0; column < width; column += 1) {
    if (gap === 0 && column > 0) counts[counts.length - 1] += height;
    else counts.push(height);
    if (gap > 0 && column < width - 1) counts.push(gap);
  }
  const rest = image.width_px * image.height_px - counts.reduce((sum, run) => sum + run, 0);
  return rest > 0 ? [...counts, rest] : counts;
};
