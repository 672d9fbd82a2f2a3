// The tools by name. A tool makes a deed of where the hand came down:
//   ctx  {state, now(), code, geometry, image, from (point, image px), unit (image px per CSS px), reach (px), radius (px)}
//   deed {draft(points): what to show under way, end(point, far_px), tap(), pans}
// `state` is what the hand came down on; the other hand may answer while this one draws, so end and tap build on
// `now()`, and answer `gone` where what the deed was for is not there any more.
// end and tap answer {change: state}, which Undo takes back, {look: state}, {say: key of a text}, or null.

import { box } from "./box.js";
import { brush, eraser } from "./brush.js";
import { choose, edit } from "./edit.js";
import { lasso } from "./lasso.js";
import { polygon } from "./polygon.js";

const select = (ctx) => edit(ctx) ?? looking(ctx);

/** The hand that draws nothing: it pans, and a tap chooses. */
export const looking = (ctx) => ({ pans: true, tap: () => choose(ctx) });

export const tools = { select, box, polygon, lasso, brush, eraser };

const needs = {
  box: ["box"], polygon: ["polygon"], lasso: ["polygon", "mask"], brush: ["mask"], eraser: ["mask"],
};

/** Names of the tools that a defect type's geometries allow; the first is the one to begin with. */
export const toolsFor = (geometry = []) => {
  const drawing = Object.keys(needs).filter((name) => needs[name].some((kind) => geometry.includes(kind)));
  const order = drawing[0] === "lasso" ? ["brush", "eraser", "lasso"] : drawing;
  return order.length > 1 ? [...order, "select"] : order;
};
