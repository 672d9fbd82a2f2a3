// A magnified view of what the finger hides, in the corner away from it, with what is being drawn.

import { find } from "./boot.js";
import { pathOf } from "./shapes.js";
import { viewport } from "./viewport.js";

const MAGNIFIED = 2;
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

/** `where` is {event, point}, or null to hide it. Only for touch: a mouse hides nothing. */
export const showLoupe = (where, picture, draft) => {
  loupe.hidden = !where || where.event.pointerType !== "touch" || !picture;
  if (loupe.hidden) return;
  const { x, y } = where.point;
  loupe.classList.toggle("far", viewport.screenPoint(where.point).x < viewport.size.width / 2);
  const middle = loupe.width / 2;
  const scale = viewport.scale * (loupe.width / loupe.clientWidth) * MAGNIFIED; // loupe px per image px
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, loupe.width, loupe.height);
  context.setTransform(scale, 0, 0, scale, middle - x * scale, middle - y * scale);
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(picture, 0, 0, viewport.image.width_px, viewport.image.height_px);
  if (draft) drawDraft(draft, scale);
  context.setTransform(1, 0, 0, 1, 0, 0);
  drawCross(middle);
};
