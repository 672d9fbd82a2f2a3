// A magnified view of what the finger hides, in the corner away from it, with what is being drawn.

import { find } from "./boot.js";
import { piecesOf } from "./closeup.js";
import { pathOf } from "./shapes.js";
import { viewport } from "./viewport.js";

const MAGNIFIED = 2;
const layer = find("picture");
const loupe = find("loupe");
const context = loupe.getContext("2d");

const pathIn = (draft) => {
  const points = draft.open?.map(([x, y]) => `${x} ${y}`) ?? draft.trail?.map(({ x, y }) => `${x} ${y}`);
  return new Path2D(points ? `M${points.join("L")}` : pathOf(draft.shape));
};

const drawDraft = (draft, scale) => {
  const path = pathIn(draft);
  context.lineCap = context.lineJoin = "round";
  for (const [colour, width] of [["#000", 7], ["#fff", 3]]) {
    context.globalAlpha = draft.width ? 0.35 : 1;
    context.strokeStyle = colour;
    context.lineWidth = draft.width ? draft.width + width / scale : width / scale;
    context.stroke(path);
  }
  context.globalAlpha = 1;
};

const drawCross = (middle) => {
  for (const [colour, width] of [["#000", 6], ["#fff", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(middle, middle - 40);
    context.lineTo(middle, middle + 40);
    context.moveTo(middle - 40, middle);
    context.lineTo(middle + 40, middle);
    context.stroke();
  }
};

/** The sharp tiles that are there, over the preview; their edges on whole pixels, as on the stage. */
const drawPieces = (scale, left, top, { x, y }) => {
  const half = loupe.width / 2 / scale;
  for (const { picture, x0, y0, x1, y1, side } of piecesOf({ x: x - half, y: y - half, width: 2 * half, height: 2 * half })) {
    const [a, b] = [Math.round(left + x0 * scale), Math.round(top + y0 * scale)];
    const [c, d] = [Math.round(left + x1 * scale), Math.round(top + y1 * scale)];
    context.drawImage(picture, 0, 0, (x1 - x0) / side, (y1 - y0) / side, a, b, c - a, d - b);
  }
};

/** `where` is {event, point}, or null to hide it. Only for touch: a mouse hides nothing. */
export const showLoupe = (where, draft) => {
  if (!where && loupe.hidden) return; // at every answer
  const picture = layer.lastElementChild; // the plain one, or over it the one through the window that was chosen
  loupe.hidden = !where || where.event.pointerType !== "touch" || !picture;
  if (loupe.hidden) return;
  const { x, y } = where.point;
  loupe.classList.toggle("far", viewport.screenPoint(where.point).x < viewport.size.width / 2);
  const middle = loupe.width / 2;
  const scale = viewport.scale * (loupe.width / loupe.clientWidth) * MAGNIFIED; // loupe px per image px
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, loupe.width, loupe.height);
  const [left, top] = [middle - x * scale, middle - y * scale];
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(picture, left, top, viewport.image.width_px * scale, viewport.image.height_px * scale);
  drawPieces(scale, left, top, where.point);
  context.setTransform(scale, 0, 0, scale, left, top);
  if (draft) drawDraft(draft, scale);
  context.setTransform(1, 0, 0, 1, 0, 0);
  drawCross(middle);
};
