// Taps that a glove can make: they may drift inside the control, and a bounce counts once.
// `act(control)` runs on lifting the finger, so that sliding off the control takes the touch back.

const BOUNCE_MS = 350;
const SAME_TAP_MS = 700;

/** When a touch began, on the clock of performance.now(). */
export const begunAt = (event) => {
  const now = performance.now();
  return event.timeStamp > 0 && event.timeStamp <= now + 1 ? event.timeStamp : now;
};

/** A tap that is felt where the device can; before the first touch a browser only warns of it. */
export const shake = () => {
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(18);
};

/** A tap that is seen on its control, and felt. */
export const acknowledge = ({ classList }) => {
  // Two names for one animation: the other one begins anew, and nothing has to be laid out for it.
  classList.toggle("again", classList.contains("tapped") && !classList.contains("again"));
  classList.add("tapped");
  shake();
};

const within = ({ left, right, top, bottom }, { clientX, clientY }) =>
  clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;

// A tap may open something under the finger, or close what lay there. The click that follows the touch, and a glove's
// bounce at the same place, are part of that tap.
let lifted = null; // {control, group: the buttons beside it, box, at_ms}
document.addEventListener("pointerdown", (event) => {
  const elsewhere = !lifted || lifted.group?.contains(event.target.closest("button")) || !within(lifted.box, event);
  if (elsewhere || performance.now() - lifted.at_ms > BOUNCE_MS) lifted = null;
  else event.stopImmediatePropagation();
}, { capture: true });
document.addEventListener("click", (event) => {
  if (!lifted || event.detail === 0 || lifted.control.contains(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

// A finger or mouse leaves no focus behind, nor where it was: Space goes on meaning Submit.
const leaveFocus = (touched) => {
  const focused = document.activeElement;
  if (focused !== touched && focused?.matches("button, a")) focused.blur();
};

/** Calls `act(control)` for each tap on `selector` inside `root` that `accepts(begun_ms, control)`.
    Two taps on a control that are closer than `bounce_ms` are one. A long press counts: gloves rest on a key, and a
    browser makes no click of that. */
export const onTap = (root, selector, { accepts = () => true, bounce_ms = BOUNCE_MS, act }) => {
  const down = new Map(); // pointerId -> {control, begun_ms}
  const lastAccepted = new WeakMap();
  const lastSeen = new WeakMap();

  const control = (event) => {
    const found = event.target.closest?.(selector);
    return found && root.contains(found) && !found.disabled ? found : null;
  };
  const consider = (target, begun_ms) => {
    if (begun_ms - (lastAccepted.get(target) ?? -Infinity) < bounce_ms) return;
    if (!accepts(begun_ms, target)) return;
    lastAccepted.set(target, performance.now());
    acknowledge(target);
    act(target);
  };

  root.addEventListener("pointerdown", (event) => {
    const target = control(event);
    if (target && event.button === 0) down.set(event.pointerId, { target, begun_ms: begunAt(event) });
  });
  root.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  root.addEventListener("pointerup", (event) => {
    const touch = down.get(event.pointerId);
    down.delete(event.pointerId);
    const box = touch?.target.getBoundingClientRect();
    if (!touch || !within(box, event)) return;
    lastSeen.set(touch.target, performance.now());
    const group = touch.target.closest("[role=group]") ?? touch.target.parentElement;
    lifted = { control: touch.target, group, box, at_ms: performance.now() };
    leaveFocus(touch.target);
    consider(touch.target, touch.begun_ms);
  });
  // What a tap opens comes up under the finger: the mouse events that a browser makes of the touch must not
  // land on it. The tap itself has been heard by then.
  root.addEventListener("touchend", (event) => {
    if (event.cancelable && control(event)) event.preventDefault();
  }, { passive: false });
  // Keyboards and assistive technology send a click without a pointer.
  root.addEventListener("click", (event) => {
    const target = control(event);
    if (!target || performance.now() - (lastSeen.get(target) ?? -Infinity) < SAME_TAP_MS) return;
    consider(target, begunAt(event));
  });
  root.addEventListener("mousedown", (event) => {
    if (control(event)) event.preventDefault();
  });
};
