// Boxes in pixels of the upright image: {kind, x, y, width, height}, whole numbers, half-open. Pure functions.

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The box between two points, cut to the image and rounded to whole pixels; at least one pixel. */
export const between = (from, to, image) => {
  const x = clamp(Math.round(Math.min(from.x, to.x)), 0, image.width_px - 1);
  const y = clamp(Math.round(Math.min(from.y, to.y)), 0, image.height_px - 1);
  const right = clamp(Math.round(Math.max(from.x, to.x)), x + 1, image.width_px);
  const bottom = clamp(Math.round(Math.max(from.y, to.y)), y + 1, image.height_px);
  return { kind: "box", x, y, width: right - x, height: bottom - y };
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

/** The box with one corner pulled by (dx, dy); the opposite one stays. */
export const pulled = (box, corner, dx, dy, image) => {
  const all = corners(box);
  return between(all[3 - corner], { x: all[corner].x + dx, y: all[corner].y + dy }, image);
};

export const contains = (box, point) =>
  point.x >= box.x && point.x <= box.x + box.width && point.y >= box.y && point.y <= box.y + box.height;

/** A box in the middle, a quarter of the part in view: where the keyboard begins. */
export const centred = ({ x, y, width, height }, image) =>
  between(
    { x: x + width * 0.375, y: y + height * 0.375 },
    { x: x + width * 0.625, y: y + height * 0.625 },
    image,
  );
