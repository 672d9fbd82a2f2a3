// One finger, pen or mouse on the picture: draws a box, moves it, pulls its corners, or taps to choose it.

import { between, contains, cornerAt, corners, moved } from "./boxes.js";
import { markOf } from "./marks.js";
import { viewport } from "./viewport.js";

const PALM_PX = 190; // 30 mm at 160 dpi
const HOLD_MS = 180;
const TINY_PX = 6;
const THIN_PX = 3; // a line along the edge, drawn beside the picture
const PEN_REST_MS = 1000;

const gloves = () => document.documentElement.dataset.mode === "glove";

/** `view()` answers {state, standard, image, usable}; the other callbacks receive what the hand did. */
export const bindCanvas = (stage, { view, onDraft, onBox, onChange, onChoose, onRefused, onPointer }) => {
  const touches = new Set();
  let drag = null;
  let penAt_ms = -Infinity;

  const beginKind = (point) => {
    const { state } = view();
    const reach = (parseFloat(getComputedStyle(stage).getPropertyValue("--handle-hit")) / 2) * viewport.pixelsPerScreen();
    if (state.chosen !== null && state.box !== null) {
      const box = markOf(state, state.chosen).boxes[state.box];
      const corner = cornerAt(box, point, reach);
      const held = { code: state.chosen, index: state.box, original: box };
      if (corner >= 0) return { ...held, kind: "resize", anchor: corners(box)[3 - corner], grip: corners(box)[corner] };
      if (contains(box, point)) return { ...held, kind: "move" };
    }
    return { kind: "draw", code: state.chosen, index: null };
  };

  const refusal = () => {
    const { state, standard } = view();
    const type = standard.defect_types.find(({ code }) => code === state.chosen);
    if (!type || markOf(state, type.code).verdict !== "present") return "choose_type";
    return type.geometry?.length ? null : "no_place";
  };

  const boxNow = (point) => {
    const { image } = view();
    const dx = point.x - drag.from.x;
    const dy = point.y - drag.from.y;
    if (drag.kind === "draw") return between(drag.from, point, image);
    if (drag.kind === "move") return moved(drag.original, dx, dy, image);
    return between(drag.anchor, { x: drag.grip.x + dx, y: drag.grip.y + dy }, image);
  };

  const begin = ({ held = false } = {}) => {
    clearTimeout(drag.timer);
    const why = drag.kind === "draw" ? refusal() : null;
    if (why && held) return; // a slow tap is still a tap
    if (why) {
      onRefused(why);
      drag = null;
      return;
    }
    drag.begun = true;
  };

  const stop = () => {
    if (drag) clearTimeout(drag.timer);
    drag = null;
    onDraft(null);
    onPointer(null);
  };

  const ignored = (event) => {
    if (event.pointerType === "pen") penAt_ms = event.timeStamp;
    if (event.pointerType !== "touch") return event.button > 0;
    return Math.max(event.width, event.height) > PALM_PX || event.timeStamp - penAt_ms < PEN_REST_MS;
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button, a, .stage-message") || !view().usable || ignored(event)) return;
    if (event.pointerType === "touch") touches.add(event.pointerId);
    if (drag || touches.size > 1) {
      stop(); // a second finger is no drawing
      return;
    }
    const from = viewport.imagePoint(event);
    drag = { ...beginKind(from), from, id: event.pointerId, x: event.clientX, y: event.clientY, begun: false };
    if (gloves()) drag.timer = setTimeout(() => drag && !drag.begun && begin({ held: true }), HOLD_MS);
    stage.setPointerCapture(event.pointerId);
  });

  stage.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
    if (!drag.begun && far > (gloves() ? 20 : 4)) begin();
    if (!drag?.begun) return;
    const point = viewport.imagePoint(event);
    onDraft({ code: drag.code, index: drag.index, box: boxNow(point) });
    onPointer({ event, point });
  });

  stage.addEventListener("pointerup", (event) => {
    touches.delete(event.pointerId);
    if (!drag || event.pointerId !== drag.id) return;
    const done = drag;
    const far = Math.hypot(event.clientX - done.x, event.clientY - done.y);
    const box = done.begun && far >= TINY_PX ? boxNow(viewport.imagePoint(event)) : null;
    stop();
    if (box && done.kind === "draw" && Math.min(box.width, box.height) < THIN_PX * viewport.pixelsPerScreen()) return;
    if (!box) onChoose(done.from);
    else if (done.kind === "draw") onBox(done.code, box);
    else onChange(done.code, done.index, box);
  });

  stage.addEventListener("pointercancel", (event) => {
    touches.delete(event.pointerId);
    if (drag?.id === event.pointerId) stop();
  });

  return { stop };
};
