// A magnified view of what the finger hides, in the corner away from it.

import { find } from "./boot.js";
import { viewport } from "./viewport.js";

const MAGNIFIED = 2;
const loupe = find("loupe");
const context = loupe.getContext("2d");

/** `where` is {event, point}, or null to hide it. Only for touch: a mouse hides nothing. */
export const showLoupe = (where, picture, image, stage) => {
  loupe.hidden = !where || where.event.pointerType !== "touch" || !picture;
  if (loupe.hidden) return;
  const bounds = stage.getBoundingClientRect();
  const near = where.event.clientX < bounds.left + bounds.width / 2;
  loupe.classList.toggle("far", near);
  const scale = picture.naturalWidth / image.width_px;
  const side = ((loupe.width / devicePixelRatio) * viewport.pixelsPerScreen() * scale) / MAGNIFIED;
  const middle = loupe.width / 2;
  context.fillRect(0, 0, loupe.width, loupe.height);
  context.drawImage(
    picture,
    where.point.x * scale - side / 2, where.point.y * scale - side / 2, side, side,
    0, 0, loupe.width, loupe.height,
  );
  for (const [colour, width] of [["#000", 8], ["#fff", 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(middle, middle - 60);
    context.lineTo(middle, middle + 60);
    context.moveTo(middle - 60, middle);
    context.lineTo(middle + 60, middle);
    context.stroke();
  }
};
