// What hands do on the stage: one finger, pen or mouse is the tool; two fingers pan and zoom.
// Once a pen has been seen it draws and fingers pan, on this station until somebody switches it off. A palm is
// nobody's hand.

import { usedPxPerMm } from "../millimetres.js";
import { choose } from "../station_choice.js";
import { viewport } from "./viewport.js";

const PALM_MM = 30;
const HOLD_MS = 180;
const SURE_MS = 250; // so long after a line has begun, a second finger is a mistake, not a pinch
const PEN_REST_MS = 500;
const PANS = { pans: true };

const gloves = () => document.documentElement.dataset.mode === "glove";
const penDraws = () => document.documentElement.dataset.pen === "pen";
const isPalm = ({ width, height }) => Math.max(width, height) > PALM_MM * usedPxPerMm();
const placeOf = ({ clientX, clientY }) => ({ clientX, clientY });
const away = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);

const between = ([a, b]) => ({
  at: viewport.stagePoint({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 }),
  span: Math.max(1, away(a, b)),
});

/** `usable()`: is there a picture; `touched()` is called when a hand comes down alone; `start(event, {finger})` answers
    a deed: {pans, begin({held}), move(events), end(event, far_px), tap(event), cancel()}, with {idle: true} where it
    draws nothing; `onPen()` is called when a pen is seen for the first time. */
export const bindGestures = (stage, { usable, touched, start, onPen }) => {
  const touches = new Map(); // pointerId -> where that finger is
  let active = null; // {id, deed, made, from, last, begun, begun_ms, timer}
  let pair = null; // two fingers: {at, span}
  let penDown = false;
  let penAt_ms = -Infinity;
  let spaceHeld = false;
  let spaceUsed = false;

  const drop = () => {
    clearTimeout(active?.timer);
    active = null;
    stage.classList.remove("drawing");
  };

  const cancel = () => {
    const gone = active;
    drop();
    gone?.made?.cancel?.();
  };

  const begin = (event, held = false) => {
    clearTimeout(active.timer);
    const { deed } = active;
    if (!deed.pans && deed.begin?.({ held }) === false) {
      if (!held) drop(); // a slow tap is still a tap
      return;
    }
    active.begun = true;
    active.begun_ms = event.timeStamp;
    stage.classList.toggle("drawing", !deed.pans);
    if (held) deed.move?.([event]);
  };

  // A pinch begins as one finger: what that would do alone is not asked before it does something.
  const take = (event, deedOf) => {
    const mine = {
      id: event.pointerId,
      made: null,
      get deed() {
        return (this.made ??= deedOf());
      },
      from: placeOf(event),
      last: placeOf(event),
      begun: false,
    };
    active = mine;
    touched();
    const rests = () => active === mine && !mine.begun && !mine.deed.pans;
    if (gloves()) mine.timer = setTimeout(() => rests() && begin(event, true), HOLD_MS);
  };

  const startTouch = (event) => {
    if (isPalm(event) || penDown || event.timeStamp - penAt_ms < PEN_REST_MS || touches.size === 2) return;
    const sure = active?.begun && !active.deed.pans && event.timeStamp - active.begun_ms > SURE_MS;
    if (sure || (active && !touches.size)) return; // the mouse or a long line is at work
    touches.set(event.pointerId, placeOf(event));
    if (touches.size === 2) {
      cancel();
      pair = between([...touches.values()]);
    } else if (!pair) take(event, () => start(event, { finger: penDraws() }));
  };

  const seePen = (event) => {
    if (event.pointerType !== "pen") return;
    penAt_ms = event.timeStamp;
    if (document.documentElement.dataset.pen) return; // chosen already
    choose("pen", "pen");
    onPen();
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button, a, .stage-message") || !usable()) return;
    viewport.locate();
    seePen(event);
    if (event.pointerType === "touch") startTouch(event);
    else if (event.pointerType === "pen") {
      cancel();
      touches.clear();
      pair = null;
      penDown = true;
      take(event, () => start(event, { finger: false }));
    } else if (!active && event.button <= 1) {
      spaceUsed = spaceHeld;
      const pans = event.button === 1 || spaceHeld;
      take(event, () => (pans ? PANS : start(event, { finger: false })));
      if (event.button === 1) event.preventDefault();
    }
    if (active?.id === event.pointerId || touches.has(event.pointerId)) stage.setPointerCapture(event.pointerId);
  });

  const movePair = (event) => {
    touches.set(event.pointerId, placeOf(event));
    const now = between([...touches.values()]);
    viewport.panBy(now.at.x - pair.at.x, now.at.y - pair.at.y);
    viewport.zoomBy(now.span / pair.span, now.at);
    pair = now;
  };

  const moveOne = (event) => {
    if (!active.begun && away(event, active.from) > (gloves() ? 20 : 4)) begin(event);
    if (!active?.begun) return;
    if (active.deed.pans) viewport.panBy(event.clientX - active.last.clientX, event.clientY - active.last.clientY);
    else active.deed.move?.(event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]);
    active.last = placeOf(event);
  };

  stage.addEventListener("pointermove", (event) => {
    seePen(event);
    const mine = active?.id === event.pointerId;
    if (event.pointerType === "touch" && (mine || touches.has(event.pointerId)) && isPalm(event)) release(event);
    else if (pair && touches.has(event.pointerId)) movePair(event);
    else if (mine) moveOne(event);
  });

  // A finger that is lifted, cancelled, or has turned out to be a palm. The other one of two goes on panning.
  const release = (event) => {
    const paired = pair !== null && touches.has(event.pointerId);
    touches.delete(event.pointerId);
    if (active?.id === event.pointerId) cancel();
    if (!paired) return;
    pair = null;
    const [[id, place]] = touches;
    active = { id, deed: PANS, from: place, last: place, begun: true };
  };

  stage.addEventListener("pointerup", (event) => {
    if (event.pointerType === "pen") penDown = false;
    if (pair || active?.id !== event.pointerId) {
      release(event);
      return;
    }
    touches.delete(event.pointerId);
    const { deed, begun, from } = active;
    drop();
    if (begun) deed.end?.(event, away(event, from));
    else deed.tap?.(event);
  });

  // A hand that is lost without a word counts as cancelled: answers would wait for it for ever.
  const lost = (event) => {
    if (event.pointerType === "pen") penDown = false;
    release(event);
  };
  stage.addEventListener("pointercancel", lost);
  stage.addEventListener("lostpointercapture", (event) => event.target === stage && lost(event));

  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault(); // Ctrl and wheel would zoom the page
      if (!usable() || active?.begun) return;
      viewport.locate();
      const lines = event.deltaMode === 1 ? 16 : 1;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        viewport.panBy(-(event.deltaX || event.deltaY) * lines, event.deltaX ? -event.deltaY * lines : 0);
      } else viewport.zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), viewport.stagePoint(event));
    },
    { passive: false },
  );

  return {
    /** Lets go of whatever a hand is doing. */
    cancel: () => {
      cancel();
      touches.clear();
      pair = null;
    },
    /** While Space is held the mouse pans; answers on its release whether it has. */
    space: (held) => {
      const used = spaceUsed;
      spaceHeld = held;
      spaceUsed = false;
      stage.classList.toggle("panning", held);
      return used;
    },
    /** Whether a hand is down that may leave something on the picture. */
    get drawing() {
      return Boolean(active && !active.deed.pans && !active.deed.idle);
    },
  };
};
