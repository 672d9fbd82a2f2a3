// Which tiles the view needs: pure arithmetic, in pixels of the upright image.

const WHOLE = 1.001; // a whole picture in view is the preview's business
const MARGIN = 0.25; // of a tile, so that a short pan finds its tiles there

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The coarsest level that still has a pixel for every pixel of the device. */
export const levelFor = (density, levels) => clamp(Math.floor(Math.log2(1 / density) + 0.1), 0, levels - 1);

/** The sides of a level in its own pixels: halved and rounded up, as the server does. */
export const levelSize = ({ width_px, height_px }, level) => ({
  width: Math.ceil(width_px / 2 ** level),
  height: Math.ceil(height_px / 2 ** level),
});

/** The tiles of a level that touch a part of the image ({x, y, width, height}), the nearest to its centre first. */
export const tilesIn = (image, level, part, margin = 0) => {
  const side = image.tiles.size * 2 ** level; // of a tile, in pixels of the image
  const size = levelSize(image, level);
  const range = (from, length, count) => [
    clamp(Math.floor(from / side - margin), 0, count - 1),
    clamp(Math.ceil((from + length) / side + margin) - 1, 0, count - 1),
  ];
  const [left, right] = range(part.x, part.width, Math.ceil(size.width / image.tiles.size));
  const [top, bottom] = range(part.y, part.height, Math.ceil(size.height / image.tiles.size));
  const middle = { x: (part.x + part.width / 2) / side - 0.5, y: (part.y + part.height / 2) / side - 0.5 };
  const found = [];
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) found.push({ level, x, y, far: Math.hypot(x - middle.x, y - middle.y) });
  }
  return found.sort((a, b) => a.far - b.far);
};

/**
 * `{level, shown, wanted}`: the level, its tiles in view, and those with a margin to fetch; null where the preview,
 * `preview_px` wide, has all that the device can show, or nothing of the image is in view.
 */
export const planFor = (image, preview_px, { zoom, scale, part, ratio }) => {
  const density = scale * ratio; // device pixels per pixel of the image
  if (!image.tiles || zoom <= WHOLE || part.width <= 0 || part.height <= 0) return null;
  const level = levelFor(density, image.tiles.levels);
  if (density * image.width_px <= preview_px || levelSize(image, level).width <= preview_px) return null;
  return { level, shown: tilesIn(image, level, part), wanted: tilesIn(image, level, part, MARGIN) };
};
